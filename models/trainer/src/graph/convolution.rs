//! Dense layers with context and convolutions as unfolded matrix products.
//!
//! candle's own convolutions have a slow backward pass on the CPU, over two axes and where taps are apart. Forward and
//! backward on one busy core (candle 0.11.1; the ratios repeat, the times are good to a factor of two), unfolded and by
//! candle:
//!
//! | convolution | frames | unfolded | candle |
//! | --- | --- | --- | --- |
//! | 8 → 8 channels, 3 × 3 taps over 40 bands | 1,600 | 95 ms | 340 ms |
//! | 12 → 12 channels, 3 × 3 taps over 20 bands | 1,600 | 60 ms | 255 ms |
//! | 8 → 12 channels, 3 × 3 taps over 36 bands | 6,000 | 455 ms | 1,210 ms |
//! | 32 → 32 inputs, 3 taps 8 frames apart | 1,600 | 0.8 ms | 15 ms |
//! | 80 → 32 inputs, 5 taps | 1,600 | 9 ms | 4 ms |

use candle_core::{D, Result, Tensor};

use super::join::{delay, flatten};

/// The geometry of a convolution over frames and bands; names as in [`attacca_models::LayerSpec::Conv2d`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Unfolding {
    pub(super) kernel_frames: usize,
    pub(super) kernel_bands: usize,
    pub(super) dilation_frames: usize,
    pub(super) dilation_bands: usize,
    pub(super) stride_bands: usize,
    pub(super) padding_bands: usize,
    pub(super) output_bands: usize,
}

/// A causal convolution over time of whole frames. `weight` is `[output, tap, band, channel]`, oldest tap first; the
/// result is `[frame, sequence, 1, output]`.
pub(super) fn convolve(input: &Tensor, weight: &Tensor, bias: &Tensor, dilation_frames: usize) -> Result<Tensor> {
    let (outputs, taps, _, _) = weight.dims4()?;
    let weight = weight.reshape((outputs, ()))?;
    let unfolded = unfold_frames(&flatten(input)?, taps, dilation_frames)?;
    linear(&unfolded, &weight, bias)?.unsqueeze(2)
}

/// A causal convolution over time and frequency. `weight` is `[output, frame tap, band tap, channel]`; the result is
/// `[frame, sequence, output band, output]`.
pub(super) fn convolve_bands(input: &Tensor, weight: &Tensor, bias: &Tensor, unfolding: Unfolding) -> Result<Tensor> {
    let (outputs, _, _, _) = weight.dims4()?;
    let weight = weight.reshape((outputs, ()))?;
    let unfolded = unfold_frames(&unfold_bands(input, unfolding)?, unfolding.kernel_frames, unfolding.dilation_frames)?;
    linear(&unfolded, &weight, bias)
}

/// `y = W · x + b` over the last axis, however many axes come before it.
pub(super) fn linear(input: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<Tensor> {
    let mut shape = input.dims().to_vec();
    let rows = shape.iter().rev().skip(1).product::<usize>();
    let inputs = input.dim(D::Minus1)?;
    let output = input.reshape((rows, inputs))?.matmul(&weight.t()?)?.broadcast_add(bias)?;
    if let Some(last) = shape.last_mut() {
        *last = weight.dim(0)?;
    }
    output.reshape(shape)
}

/// Puts `taps` delayed copies side by side along the last axis, oldest first.
fn unfold_frames(input: &Tensor, taps: usize, dilation_frames: usize) -> Result<Tensor> {
    let copies = (0..taps).rev().map(|tap| delay(input, tap * dilation_frames)).collect::<Result<Vec<_>>>()?;
    Tensor::cat(&copies, D::Minus1)
}

/// Puts the bands under each output band side by side along the channel axis: `[…, output band, tap · channel]`.
fn unfold_bands(input: &Tensor, unfolding: Unfolding) -> Result<Tensor> {
    let Unfolding { kernel_bands, dilation_bands, stride_bands, padding_bands, output_bands, .. } = unfolding;
    let (frames, sequences, bands, channels) = input.dims4()?;
    // The last tap reads whole strides: room for them behind the last band.
    let reach = (kernel_bands - 1) * dilation_bands + output_bands * stride_bands;
    let behind = reach.saturating_sub(padding_bands + bands);
    let padded = input.pad_with_zeros(2, padding_bands, behind)?;
    let taps = (0..kernel_bands)
        .map(|tap| {
            padded
                .narrow(2, tap * dilation_bands, output_bands * stride_bands)?
                .reshape((frames, sequences, output_bands, stride_bands, channels))?
                .narrow(3, 0, 1)?
                .squeeze(3)
        })
        .collect::<Result<Vec<_>>>()?;
    Tensor::cat(&taps, D::Minus1)
}
