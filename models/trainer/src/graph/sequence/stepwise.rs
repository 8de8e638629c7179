//! The recurrence in candle's own operations, one frame after the other: on every device, and slower than the fused
//! passes on the CPU.

use attacca_models::layer_spec::Cell;
use candle_core::{D, Result, Tensor};
use candle_nn::ops::sigmoid;

/// As [`run`](super::run) of the fused operation; cells and gate order are those of [`cells`](super::cells).
pub(super) fn run(cell: Cell, inputs: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<Tensor> {
    let (frames, sequences, _) = inputs.dims3()?;
    let units = weight.dim(1)?;
    let mut hidden = Tensor::zeros((sequences, units), inputs.dtype(), inputs.device())?;
    let mut memory = hidden.clone();
    let mut outputs = Vec::with_capacity(frames);
    for frame in 0..frames {
        let x = inputs.get(frame)?;
        let a = hidden.matmul(&weight.t()?)?.broadcast_add(bias)?;
        let gate = |t: &Tensor, index: usize| t.narrow(D::Minus1, index * units, units);
        match cell {
            Cell::Vanilla => hidden = (x + a)?.tanh()?,
            Cell::Gru => {
                let r = sigmoid(&(gate(&x, 0)? + gate(&a, 0)?)?)?;
                let z = sigmoid(&(gate(&x, 1)? + gate(&a, 1)?)?)?;
                let n = (gate(&x, 2)? + (r * gate(&a, 2)?)?)?.tanh()?;
                hidden = (((1.0 - &z)? * n)? + (z * hidden)?)?;
            }
            Cell::Lstm => {
                let sum = (x + a)?;
                let i = sigmoid(&gate(&sum, 0)?)?;
                let f = sigmoid(&gate(&sum, 1)?)?;
                let g = gate(&sum, 2)?.tanh()?;
                let o = sigmoid(&gate(&sum, 3)?)?;
                memory = ((f * memory)? + (i * g)?)?;
                hidden = (o * memory.tanh()?)?;
            }
        }
        outputs.push(hidden.clone());
    }
    Tensor::stack(&outputs, 0)
}
