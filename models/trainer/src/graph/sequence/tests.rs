//! The fused recurrence against the stepwise one.

use candle_core::{Device, Var};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

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
        let expected = stepwise::run(cell, &inputs, &weight, &bias).unwrap();
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
