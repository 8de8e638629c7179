//! A recurrent layer over whole sequences as one differentiable operation.
//!
//! Written step by step in candle, a recurrence records some fifteen small operations a frame, and the gradient of
//! each frame's slice is as large as the whole sequence: time and memory grow with its square. Here the forward pass
//! is one loop, and the backward pass is backpropagation through time by hand: the gates of all frames are computed
//! again in one matrix product (the states before them are known), then one loop runs back over the frames. It is for
//! the CPU; on any other device the recurrence is [`stepwise`].
//!
//! Trainer only; one call works on one thread, since [`crate::fit`] splits a batch over threads.

mod cells;
mod functions;
mod passes;
mod product;
mod stepwise;

use attacca_models::layer_spec::Cell;
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};

use self::{
    cells::{Gru, Lstm, Vanilla},
    passes::{BackwardPass, ForwardPass, Sizes},
};
use super::values::{contiguous, with_values};

/// Runs a recurrent layer from a zero state.
///
/// `inputs` `[frame, sequence, gates · units]` are the products of the input weights with their bias added;
/// `weight` `[gates · units, units]` and `bias` `[gates · units]` act on the state. The result is the hidden state
/// after each frame, `[frame, sequence, units]`.
pub(super) fn run(cell: Cell, inputs: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<Tensor> {
    if !inputs.device().is_cpu() {
        return stepwise::run(cell, inputs, weight, bias);
    }
    inputs.contiguous()?.apply_op3(&weight.contiguous()?, &bias.contiguous()?, Sequence { cell })?.get(0)
}

/// The operation. Its result is `[state, frame, sequence, units]`: the hidden state and, for an LSTM, the cell's
/// memory, which the backward pass needs.
#[derive(Clone, Copy, Debug)]
struct Sequence {
    cell: Cell,
}

/// Sizes of a call, from the shapes of its arguments.
fn sizes(cell: Cell, inputs: &Shape, weight: &Shape, bias: &Shape) -> Result<Sizes> {
    let (frames, sequences, columns) = inputs.dims3()?;
    let (rows, units) = weight.dims2()?;
    let gates = cell.gates() * units;
    if rows != gates || columns != gates || bias.dims1()? != gates {
        bail!("a {cell:?} layer of {units} units has {gates} gates; got {inputs:?}, {weight:?} and {bias:?}")
    }
    Ok(Sizes { frames, sequences, units, gates })
}

/// States that a cell carries from frame to frame.
fn states(cell: Cell) -> usize {
    match cell {
        Cell::Vanilla | Cell::Gru => 1,
        Cell::Lstm => 2,
    }
}

impl CustomOp3 for Sequence {
    fn name(&self) -> &'static str {
        "recurrent-sequence"
    }

    fn cpu_fwd(
        &self,
        inputs: &CpuStorage,
        inputs_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let sizes = sizes(self.cell, inputs_layout.shape(), weight_layout.shape(), bias_layout.shape())?;
        let states = states(self.cell);
        let mut output = vec![0.0; states * sizes.frames * sizes.state()];
        let pass = ForwardPass {
            sizes,
            inputs: contiguous(inputs, inputs_layout)?,
            weight: contiguous(weight, weight_layout)?,
            bias: contiguous(bias, bias_layout)?,
            output: &mut output,
        };
        match self.cell {
            Cell::Vanilla => pass.run::<Vanilla>(),
            Cell::Gru => pass.run::<Gru>(),
            Cell::Lstm => pass.run::<Lstm>(),
        }
        Ok((CpuStorage::F32(output), Shape::from((states, sizes.frames, sizes.sequences, sizes.units))))
    }

    fn bwd(
        &self,
        inputs: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        result: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let sizes = sizes(self.cell, inputs.shape(), weight.shape(), bias.shape())?;
        let (inputs, weight, bias, result) = (inputs.detach(), weight.detach(), bias.detach(), result.detach());
        let hidden_before = result
            .get(0)?
            .narrow(0, 0, sizes.frames - 1)?
            .pad_with_zeros(0, 1, 0)?
            .reshape((sizes.frames * sizes.sequences, sizes.units))?;
        let recurrent = hidden_before.matmul(&weight.t()?)?.broadcast_add(&bias)?;

        let gradients = with_values(&[&inputs, &recurrent, &weight, &result, gradient], |values| {
            let &[inputs, recurrent, weight, result, gradient] = values else { bail!("five tensors were asked for") };
            let pass = BackwardPass { sizes, inputs, recurrent, weight, result, gradient };
            Ok(match self.cell {
                Cell::Vanilla => pass.run::<Vanilla>(),
                Cell::Gru => pass.run::<Gru>(),
                Cell::Lstm => pass.run::<Lstm>(),
            })
        })?;
        let device = inputs.device();
        let rows = sizes.frames * sizes.sequences;
        let inputs_gradient = Tensor::from_vec(gradients.inputs, (sizes.frames, sizes.sequences, sizes.gates), device)?;
        let recurrent_gradient = Tensor::from_vec(gradients.recurrent, (rows, sizes.gates), device)?;
        let weight_gradient = recurrent_gradient.t()?.matmul(&hidden_before)?;
        let bias_gradient = recurrent_gradient.sum(0)?;
        Ok((Some(inputs_gradient), Some(weight_gradient), Some(bias_gradient)))
    }
}

#[cfg(test)]
mod tests;
