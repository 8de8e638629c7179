//! Where a fit's tensors live: in this computer's memory or, in a build with the feature `cuda`, on its first GPU.
//!
//! Features, targets and everything that streams stay on the CPU; a [`Graph`](crate::graph::Graph) and the batches that
//! it is shown are on the same device.

use candle_core::Device;

/// Why there is no device to fit on.
#[derive(Debug, thiserror::Error)]
#[error(
    "expected a GPU that CUDA can use, since attacca-train was built with the feature cuda: {0}. Check the driver with \
     nvidia-smi, or build without the feature to fit on the CPU"
)]
pub struct DeviceError(#[from] candle_core::Error);

/// The device to fit on: the first GPU with the feature `cuda`, else the CPU.
///
/// # Errors
/// [`DeviceError`] where the feature asks for a GPU and there is none.
pub fn device() -> Result<Device, DeviceError> {
    if cfg!(feature = "cuda") { Ok(Device::new_cuda(0)?) } else { Ok(Device::Cpu) }
}
