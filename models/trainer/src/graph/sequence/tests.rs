//! The fused recurrence against the same equations in candle's own operations.

use candle_core::{D, Device, Var};
use candle_nn::ops::sigmoid;
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

/// The layer as candle would write it, one frame after the other.
fn reference(cell: Cell, inputs: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<Tensor> {
    let (frames, sequences, _) = inputs.dims3()?;
    let units = weight.dim(1)?;
    let mut hidden = Tensor::zeros((sequences, units), inputs.dtype(), inputs.device())?;
    let mut memory = hidden.clone();
    let mut outputs = Vec::new();
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

fn variable(random: &mut ChaCha8Rng, shape: &[usize], range: f32) -> Var {
    let values = (0..shape.iter().product()).map(|_| random.random_range(-range..range)).collect::<Vec<_>>();
    Var::from_tensor(&Tensor::from_vec(values, shape, &Device::Cpu).unwrap()).unwrap()
}

fn largest_difference(left: &Tensor, right: &Tensor) -> f32 {
    (left - right).unwrap().abs().unwrap().flatten_all().unwrap().max(0).unwrap().to_scalar().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn values_and_gradients_are_those_of_single_operations(
        cell in prop::sample::select(vec![Cell::Vanilla, Cell::Gru, Cell::Lstm]),
        frames in 1_usize..12, sequences in 1_usize..7, units in 1_usize..20, seed: u64,
    ) {
        let random = &mut ChaCha8Rng::seed_from_u64(seed);
        let gates = cell.gates() * units;
        let inputs = variable(random, &[frames, sequences, gates], 2.0);
        let weight = variable(random, &[gates, units], 0.5);
        let bias = variable(random, &[gates], 0.5);
        // A different weight for every output, so that no error hides in a sum.
        let weighting = variable(random, &[frames, sequences, units], 1.0);
        let fused = run(cell, &inputs, &weight, &bias).unwrap();
        let expected = reference(cell, &inputs, &weight, &bias).unwrap();
        // Errors of 3e-7 a function, carried over at most 12 frames by weights of norm about 2.
        prop_assert!(largest_difference(&fused, &expected) < 2e-5);
        let gradients = (&fused * weighting.as_tensor()).unwrap().sum_all().unwrap().backward().unwrap();
        let expected = (&expected * weighting.as_tensor()).unwrap().sum_all().unwrap().backward().unwrap();
        for variable in [&inputs, &weight, &bias] {
            let (gradient, expected) = (gradients.get(variable).unwrap(), expected.get(variable).unwrap());
            let scale = expected.abs().unwrap().flatten_all().unwrap().max(0).unwrap().to_scalar::<f32>().unwrap();
            prop_assert!(largest_difference(gradient, expected) < 1e-4 * scale.max(1.0));
        }
    }
}
