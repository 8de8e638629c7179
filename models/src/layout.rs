//! What a list of layers amounts to: the shape of every frame between them, the tensors that each one needs, what it
//! looks ahead and how far back it sees.
//!
//! The file's checks, the streaming [`Network`](crate::Network) and the trainer's graph all read the same layout, so
//! that none of them works out a shape for itself. Main thread only. Every size is bounded here, before anything is
//! allocated for it.

mod infer;
#[cfg(test)]
mod tests;

use std::path::Path;

use self::infer::Inference;
use crate::{error::WeightsError, layer_spec::LayerSpec, shape::Shape};

/// Values in the largest frame that may pass between two layers.
pub const MAXIMUM_FRAME_VALUES: usize = 1 << 16;

/// Trained values in the largest network: what fits into a file of [`MAXIMUM_FILE_BYTES`](crate::weights::MAXIMUM_FILE_BYTES).
pub const MAXIMUM_PARAMETERS: usize = 1 << 24;

/// Values of streaming state (histories, delays and frames between layers) in the largest network: 16 MiB. State costs
/// nothing in the file, so that it needs a bound of its own.
pub const MAXIMUM_STATE_VALUES: usize = 1 << 22;

/// How deep residual and concatenation joins may nest.
pub const MAXIMUM_NESTING: usize = 8;

/// Recurrent layers in the tallest stack of one [`LayerSpec::Recurrent`].
pub const MAXIMUM_STACK: usize = 16;

/// A tensor that a layer needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorLayout {
    /// Its full name in the file, such as `3.weight`.
    pub name: String,
    /// Size of each axis.
    pub shape: Vec<usize>,
}

impl TensorLayout {
    /// Number of values; saturates.
    pub fn values(&self) -> usize {
        self.shape.iter().fold(1, |product, &size| product.saturating_mul(size))
    }
}

/// One layer in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerLayout {
    /// Its path in the list, such as `3` or, nested, `4.0.1`.
    pub path: String,
    /// Shape of the frame it takes.
    pub input: Shape,
    /// Shape of the frame it gives.
    pub output: Shape,
    /// Frames by which its output lags behind its input, since it sees that much of the future.
    pub look_ahead_frames: usize,
    /// Input frames that one output frame depends on; `None` where that is every frame since the reset.
    pub receptive_frames: Option<usize>,
    /// Its own tensors; those of nested layers are in `branches`.
    pub tensors: Vec<TensorLayout>,
    /// The nested lists: one for a residual, one a branch for a concatenation, none otherwise.
    pub branches: Vec<StackLayout>,
    state_values: usize,
}

/// A list of layers, each on the output of the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackLayout {
    /// Shape of the frame that the first layer takes.
    pub input: Shape,
    /// Shape of the frame that the last layer gives; that of the input where there are no layers.
    pub output: Shape,
    /// Sum of the layers' look-ahead.
    pub look_ahead_frames: usize,
    /// Input frames that one output frame depends on; `None` where that is every frame since the reset.
    pub receptive_frames: Option<usize>,
    /// The layers.
    pub layers: Vec<LayerLayout>,
}

impl StackLayout {
    /// Works out the layout of a network's layers on frames of shape `input`; `file` names the file in errors.
    ///
    /// # Errors
    /// When a layer cannot take the frame before it, or a size is zero or beyond the bounds of this module.
    pub fn infer(file: &Path, layers: &[LayerSpec], input: Shape) -> Result<Self, WeightsError> {
        if !(1..=MAXIMUM_FRAME_VALUES).contains(&input.len()) {
            let expected = format!("1 to {MAXIMUM_FRAME_VALUES} values a frame");
            return Err(WeightsError::new(file, "front_end", expected, input));
        }
        let layout = Inference { file }.stack(layers, input, "", 0)?;
        let parameters = layout.tensors().iter().fold(0usize, |sum, tensor| sum.saturating_add(tensor.values()));
        if parameters > MAXIMUM_PARAMETERS {
            let expected = format!("at most {MAXIMUM_PARAMETERS} trained values");
            return Err(WeightsError::new(file, "layers", expected, parameters));
        }
        let state = layout.state_values();
        if state > MAXIMUM_STATE_VALUES {
            let expected = format!("at most {MAXIMUM_STATE_VALUES} values of streaming state");
            return Err(WeightsError::new(file, "layers", expected, state));
        }
        Ok(layout)
    }

    /// Every tensor of the list, nested ones included, in the order of the layers.
    pub fn tensors(&self) -> Vec<&TensorLayout> {
        let mut tensors = Vec::new();
        self.collect_tensors(&mut tensors);
        tensors
    }

    fn collect_tensors<'a>(&'a self, tensors: &mut Vec<&'a TensorLayout>) {
        for layer in &self.layers {
            tensors.extend(&layer.tensors);
            layer.branches.iter().for_each(|branch| branch.collect_tensors(tensors));
        }
    }

    fn state_values(&self) -> usize {
        self.layers.iter().fold(0, |sum: usize, layer| {
            let nested = layer.branches.iter().fold(0, |sum: usize, branch| sum.saturating_add(branch.state_values()));
            sum.saturating_add(layer.state_values).saturating_add(layer.output.len()).saturating_add(nested)
        })
    }
}

/// Values that a streaming 2-D convolution stores of one padded row for each residue of the band modulo the stride:
/// whole vectors of outputs, and the kernel's reach beyond them.
pub(crate) fn phase_values(output_bands: usize, reach_bands: usize, stride_bands: usize) -> usize {
    output_bands.next_multiple_of(crate::kernels::LANES) + reach_bands / stride_bands
}
