//! Delays, and the joins that need them.

use attacca_models::{LayerSpec, layout::LayerLayout};
use candle_core::{D, Result, Tensor};

use super::Pass;

/// The same frames, `frames` later; zeros come first.
pub(super) fn delay(input: &Tensor, frames: usize) -> Result<Tensor> {
    if frames == 0 {
        return Ok(input.clone());
    }
    let length = input.dim(0)?;
    let frames = frames.min(length);
    input.narrow(0, 0, length - frames)?.pad_with_zeros(0, frames, 0)
}

/// `[frame, sequence, band · channel]`.
pub(super) fn flatten(input: &Tensor) -> Result<Tensor> {
    let (frames, sequences, bands, channels) = input.dims4()?;
    input.reshape((frames, sequences, bands * channels))
}

impl Pass<'_> {
    pub(super) fn residual(&mut self, layers: &[LayerSpec], layout: &LayerLayout, input: &Tensor) -> Result<Tensor> {
        let mut output = delay(input, layout.look_ahead_frames)?;
        for branch in &layout.branches {
            output = (output + self.stack(layers, &branch.layers, input.clone())?)?;
        }
        Ok(output)
    }

    pub(super) fn concatenate(
        &mut self,
        branches: &[Vec<LayerSpec>],
        layout: &LayerLayout,
        input: &Tensor,
    ) -> Result<Tensor> {
        let mut outputs = Vec::with_capacity(branches.len());
        for (layers, branch) in branches.iter().zip(&layout.branches) {
            let output = self.stack(layers, &branch.layers, input.clone())?;
            outputs.push(delay(&output, layout.look_ahead_frames - branch.look_ahead_frames)?);
        }
        Tensor::cat(&outputs, D::Minus1)
    }
}
