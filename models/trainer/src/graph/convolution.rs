//! Dense layers with context and convolutions as unfolded matrix products.
//!
//! candle's own convolutions have a slow backward pass on the CPU, over two axes and where taps are apart. Forward and
//! backward on one busy core (candle 0.11.1; the ratios repeat, the times are good to a factor of two), unfolded by candle's
//! operations and by its convolution. As one operation the unfolding takes less again: a fit of the voice network three
//! quarters of the time.
//!
//! | convolution | frames | unfolded | candle |
//! | --- | --- | --- | --- |
//! | 8 → 8 channels, 3 × 3 taps over 40 bands | 1,600 | 95 ms | 340 ms |
//! | 12 → 12 channels, 3 × 3 taps over 20 bands | 1,600 | 60 ms | 255 ms |
//! | 8 → 12 channels, 3 × 3 taps over 36 bands | 6,000 | 455 ms | 1,210 ms |
//! | 32 → 32 inputs, 3 taps 8 frames apart | 1,600 | 0.8 ms | 15 ms |
//! | 80 → 32 inputs, 5 taps | 1,600 | 9 ms | 4 ms |

use candle_core::{D, Result, Tensor};

use super::{
    join::flatten,
    unfold::{Unfolding, unfold},
};

/// A causal convolution over time of whole frames. `weight` is `[output, tap, band, channel]`, oldest tap first; the
/// result is `[frame, sequence, 1, output]`.
pub(super) fn convolve(input: &Tensor, weight: &Tensor, bias: &Tensor, dilation_frames: usize) -> Result<Tensor> {
    let (outputs, taps, _, _) = weight.dims4()?;
    let weight = weight.reshape((outputs, ()))?;
    let frames = flatten(input)?.unsqueeze(2)?;
    if taps == 1 {
        return linear(&frames, &weight, bias);
    }
    let unfolding = Unfolding {
        kernel_frames: taps,
        kernel_bands: 1,
        dilation_frames,
        dilation_bands: 1,
        stride_bands: 1,
        padding_bands: 0,
        output_bands: 1,
    };
    linear(&unfold(&frames, unfolding)?, &weight, bias)
}

/// A causal convolution over time and frequency. `weight` is `[output, frame tap, band tap, channel]`; the result is
/// `[frame, sequence, output band, output]`.
pub(super) fn convolve_bands(input: &Tensor, weight: &Tensor, bias: &Tensor, unfolding: Unfolding) -> Result<Tensor> {
    let (outputs, _, _, _) = weight.dims4()?;
    let weight = weight.reshape((outputs, ()))?;
    linear(&unfold(input, unfolding)?, &weight, bias)
}

/// `y = W · x + b` over the last axis, however many axes come before it.
pub(super) fn linear(input: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<Tensor> {
    let mut shape = input.dims().to_vec();
    let rows = shape.iter().rev().skip(1).product::<usize>();
    let inputs = input.dim(D::Minus1)?;
    let output = (input.reshape((rows, inputs))?.matmul(&weight.t()?)? + repeat(bias, rows)?)?;
    if let Some(last) = shape.last_mut() {
        *last = weight.dim(0)?;
    }
    output.reshape(shape)
}

/// A vector as each of `rows` rows. As a product with ones, so that its gradient is one too: candle's sums over rows are
/// several times as slow.
pub(super) fn repeat(vector: &Tensor, rows: usize) -> Result<Tensor> {
    Tensor::ones((rows, 1), vector.dtype(), vector.device())?.matmul(&vector.unsqueeze(0)?)
}

/// The mean of the rows of a matrix, as a product with ones, for the reason that [`repeat`] gives.
pub(super) fn mean_of_rows(matrix: &Tensor) -> Result<Tensor> {
    let rows = matrix.dim(0)?;
    Tensor::full(1.0 / rows as f32, (1, rows), matrix.device())?.matmul(matrix)?.squeeze(0)
}
