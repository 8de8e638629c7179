//! The frames and bands under each output of a convolution, side by side, as one differentiable operation.
//!
//! Put together of candle's operations, every tap is a slice whose gradient is as large as the whole input; here the
//! gradient is gathered in one pass. It is for the CPU; on any other device the unfolding is [`stepwise`].

use candle_core::{CpuStorage, CustomOp1, D, Layout, Result, Shape, Tensor};

use super::{
    join::delay,
    values::{contiguous, with_values},
};

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

/// Unfolds `[frame, sequence, band, channel]` to `[frame, sequence, output band, frame tap · band tap · channel]`, oldest
/// frame first, with zeros before the first frame and beyond the outer bands.
pub(super) fn unfold(input: &Tensor, unfolding: Unfolding) -> Result<Tensor> {
    if input.device().is_cpu() {
        return input.contiguous()?.apply_op1(unfolding);
    }
    stepwise(input, unfolding)
}

/// Sizes of a call.
#[derive(Clone, Copy)]
struct Sizes {
    frames: usize,
    sequences: usize,
    bands: usize,
    channels: usize,
}

impl Sizes {
    fn new(input: &Shape) -> Result<Self> {
        let (frames, sequences, bands, channels) = input.dims4()?;
        Ok(Self { frames, sequences, bands, channels })
    }

    /// Values of one frame of one sequence.
    fn frame(self) -> usize {
        self.bands * self.channels
    }
}

impl Unfolding {
    /// Values under one output.
    fn taps(self, sizes: Sizes) -> usize {
        self.kernel_frames * self.kernel_bands * sizes.channels
    }

    /// Calls `copy(folded, unfolded, length)` for every run of values that lie side by side in both.
    fn runs(self, sizes: Sizes, mut copy: impl FnMut(usize, usize, usize)) {
        // Bands that touch are one run.
        let (runs, run_bands) = if self.dilation_bands == 1 { (1, self.kernel_bands) } else { (self.kernel_bands, 1) };
        let taps = self.taps(sizes);
        for row in 0..sizes.frames * sizes.sequences {
            for tap in 0..self.kernel_frames {
                let Some(source) =
                    row.checked_sub((self.kernel_frames - 1 - tap) * self.dilation_frames * sizes.sequences)
                else {
                    continue;
                };
                for band in 0..self.output_bands {
                    let output = (row * self.output_bands + band) * taps;
                    for run in 0..runs {
                        // Bands count from the first one of the padding.
                        let first = band * self.stride_bands + run * self.dilation_bands;
                        let begin = first.max(self.padding_bands);
                        let end = (first + run_bands).min(self.padding_bands + sizes.bands);
                        if begin < end {
                            copy(
                                source * sizes.frame() + (begin - self.padding_bands) * sizes.channels,
                                output + ((tap * self.kernel_bands + run) + (begin - first)) * sizes.channels,
                                (end - begin) * sizes.channels,
                            );
                        }
                    }
                }
            }
        }
    }
}

impl CustomOp1 for Unfolding {
    fn name(&self) -> &'static str {
        "unfold"
    }

    fn cpu_fwd(&self, input: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let sizes = Sizes::new(layout.shape())?;
        let input = contiguous(input, layout)?;
        let shape = Shape::from((sizes.frames, sizes.sequences, self.output_bands, self.taps(sizes)));
        let mut output = vec![0.0; shape.elem_count()];
        self.runs(sizes, |folded, unfolded, length| {
            output[unfolded..][..length].copy_from_slice(&input[folded..][..length]);
        });
        Ok((CpuStorage::F32(output), shape))
    }

    fn bwd(&self, input: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let sizes = Sizes::new(input.shape())?;
        let folded_gradient = with_values(&[gradient], |values| {
            let mut sums = vec![0.0; input.elem_count()];
            for gradient in values {
                self.runs(sizes, |folded, unfolded, length| {
                    let sums = sums[folded..][..length].iter_mut();
                    sums.zip(&gradient[unfolded..][..length]).for_each(|(sum, value)| *sum += value);
                });
            }
            Ok(sums)
        })?;
        Tensor::from_vec(folded_gradient, input.shape(), input.device()).map(Some)
    }
}

/// [`unfold`] of candle's operations.
fn stepwise(input: &Tensor, unfolding: Unfolding) -> Result<Tensor> {
    let Unfolding { kernel_frames, kernel_bands, dilation_frames, dilation_bands, .. } = unfolding;
    let Unfolding { stride_bands, padding_bands, output_bands, .. } = unfolding;
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
    let bands = Tensor::cat(&taps, D::Minus1)?;
    let copies =
        (0..kernel_frames).rev().map(|tap| delay(&bands, tap * dilation_frames)).collect::<Result<Vec<_>>>()?;
    Tensor::cat(&copies, D::Minus1)
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;

    const PLAIN: Unfolding = Unfolding {
        kernel_frames: 3,
        kernel_bands: 3,
        dilation_frames: 1,
        dilation_bands: 1,
        stride_bands: 1,
        padding_bands: 1,
        output_bands: 7,
    };
    const CASES: [Unfolding; 4] = [
        Unfolding { kernel_bands: 5, stride_bands: 2, padding_bands: 2, output_bands: 4, ..PLAIN },
        Unfolding { dilation_frames: 2, ..PLAIN },
        Unfolding { kernel_frames: 2, dilation_bands: 2, padding_bands: 0, output_bands: 3, ..PLAIN },
        Unfolding { kernel_frames: 5, kernel_bands: 1, dilation_frames: 9, padding_bands: 0, ..PLAIN },
    ];

    #[test]
    fn values_and_gradients_are_those_of_candles_operations() {
        for unfolding in CASES {
            let input = Var::randn(0f32, 1.0, (11, 2, 7, 3), &Device::Cpu).unwrap();
            let fused = unfold(&input, unfolding).unwrap();
            let slow = stepwise(&input, unfolding).unwrap();
            assert_eq!(fused.dims(), slow.dims());
            let values = |tensor: &Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            assert_eq!(values(&fused), values(&slow));

            let factors = Tensor::randn(0f32, 1.0, fused.shape(), &Device::Cpu).unwrap();
            let gradient = |output: &Tensor| {
                let store = (output * &factors).unwrap().sum_all().unwrap().backward().unwrap();
                values(store.get(&input).unwrap())
            };
            for (fused, slow) in gradient(&fused).iter().zip(gradient(&slow)) {
                assert!((fused - slow).abs() < 1e-4, "{unfolding:?}: {fused} and {slow}");
            }
        }
    }
}
