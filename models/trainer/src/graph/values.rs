//! The values of tensors on the CPU, for operations of our own.

use candle_core::{CpuStorage, Layout, Result, Storage, Tensor, bail};

/// The values of a contiguous tensor.
pub(super) fn contiguous<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice::<f32>()?[start..end]),
        None => bail!("an operation of our own takes contiguous tensors"),
    }
}

/// Lends the values of tensors, copied only where they are not contiguous.
pub(super) fn with_values<T>(tensors: &[&Tensor], read: impl FnOnce(&[&[f32]]) -> Result<T>) -> Result<T> {
    let tensors = tensors.iter().map(|tensor| tensor.contiguous()).collect::<Result<Vec<_>>>()?;
    let guards = tensors.iter().map(Tensor::storage_and_layout).collect::<Vec<_>>();
    let values = guards
        .iter()
        .map(|(storage, layout)| match &**storage {
            Storage::Cpu(storage) => contiguous(storage, layout),
            _ => bail!("an operation of our own runs on the CPU alone"),
        })
        .collect::<Result<Vec<_>>>()?;
    read(&values)
}
