//! Recurrent layers: the input products of all frames at once, then the fused sequence.

use attacca_models::{Shape, layer_spec::Cell, layout::LayerLayout};
use candle_core::{D, Result, Tensor};

use super::{
    Parameters,
    convolution::linear,
    join::{delay, flatten},
    sequence,
};

/// The tensors of one direction of one layer.
struct Weights<'a> {
    input: Tensor,
    input_bias: &'a Tensor,
    state: &'a Tensor,
    state_bias: &'a Tensor,
}

impl<'a> Weights<'a> {
    /// The tensors with this suffix, for frames of shape `input`.
    fn new(parameters: &'a Parameters, path: &str, suffix: &str, input: Shape) -> Result<Self> {
        let get = |name: &str| parameters.get(path, &format!("{name}_{suffix}"));
        let weight = get("weight_ih")?;
        let rows = weight.dim(0)?;
        Ok(Self {
            input: weight
                .reshape((rows, input.channels, input.bands))?
                .transpose(1, 2)?
                .reshape((rows, input.len()))?,
            input_bias: get("bias_ih")?,
            state: get("weight_hh")?,
            state_bias: get("bias_hh")?,
        })
    }

    /// Gate inputs of every frame, `[frame, sequence, gates · units]`, for flat frames.
    fn gates(&self, input: &Tensor) -> Result<Tensor> {
        linear(input, &self.input, self.input_bias)
    }

    fn run(&self, cell: Cell, gates: &Tensor) -> Result<Tensor> {
        sequence::run(cell, gates, self.state, self.state_bias)
    }
}

/// A stack of recurrent layers: `[frame, sequence, 1, units]`.
pub(super) fn recurrent(
    cell: Cell,
    stack: usize,
    layout: &LayerLayout,
    parameters: &Parameters,
    input: &Tensor,
) -> Result<Tensor> {
    let mut values = flatten(input)?;
    let mut shape = layout.input;
    for level in 0..stack {
        let weights = Weights::new(parameters, &layout.path, &format!("l{level}"), shape)?;
        values = weights.run(cell, &weights.gates(&values)?)?;
        shape = layout.output;
    }
    values.unsqueeze(2)
}

/// A forward and a backward layer on the delayed input: `[frame, sequence, 1, 2 · units]`.
pub(super) fn bidirectional(
    cell: Cell,
    look_ahead_frames: usize,
    layout: &LayerLayout,
    parameters: &Parameters,
    input: &Tensor,
) -> Result<Tensor> {
    let input = flatten(input)?;
    let (frames, sequences, _) = input.dims3()?;
    let forward = Weights::new(parameters, &layout.path, "l0", layout.input)?;
    let forward = forward.run(cell, &forward.gates(&delay(&input, look_ahead_frames)?)?)?;

    // Every frame starts a sequence of its own, which runs from that frame back over the look-ahead.
    let backward = Weights::new(parameters, &layout.path, "l0_reverse", layout.input)?;
    let gates = (0..=look_ahead_frames)
        .map(|back| backward.gates(&delay(&input, back)?)?.reshape((frames * sequences, ())))
        .collect::<Result<Vec<_>>>()?;
    let backward =
        backward.run(cell, &Tensor::stack(&gates, 0)?)?.get(look_ahead_frames)?.reshape((frames, sequences, ()))?;
    Tensor::cat(&[forward, backward], D::Minus1)?.unsqueeze(2)
}
