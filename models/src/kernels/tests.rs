//! Every kernel of every instruction set of the machine against the same in `f64`.

use proptest::prelude::*;

use crate::bfloat16;

use super::{Kernels, LANES, aligned::AlignedValues, packed_filters::PackedFilters, packed_matrix::PackedMatrix};

/// Miri takes a thousand times as long: it looks at how memory is used, and at few values.
const CASES: u32 = if cfg!(miri) { 2 } else { 100 };
const LARGEST: usize = if cfg!(miri) { 40 } else { 200 };
const LONGEST: usize = if cfg!(miri) { 220 } else { 1500 };
const SWEEP_STEP: usize = if cfg!(miri) { 10_007 } else { 1 };

fn values(length: usize) -> impl Strategy<Value = Vec<f32>> {
    prop::collection::vec(-1.0f32..1.0, length)
}

/// A matrix `[rows, inputs]`, a bias, an input and what stands in the output before.
fn product() -> impl Strategy<Value = (usize, Vec<f32>, Vec<f32>, Vec<f32>)> {
    prop_oneof![(1..LARGEST, 1..LARGEST), (1usize..20, 200..LONGEST)]
        .prop_flat_map(|(rows, inputs)| (Just(inputs), values(rows * inputs), values(rows), values(inputs)))
}

/// Filters whose taps lie [`TAP_DISTANCE`] apart in their context.
#[derive(Clone, Debug)]
struct Filters {
    bands: usize,
    offsets: Vec<usize>,
    weights: Vec<f32>,
    bias: Vec<f32>,
    context: Vec<f32>,
}

const TAP_DISTANCE: usize = 7;

fn filters() -> impl Strategy<Value = Filters> {
    (1usize..10, 1usize..12, 1usize..150).prop_flat_map(|(filters, taps, bands)| {
        let offsets: Vec<usize> = (0..taps).map(|tap| tap * TAP_DISTANCE).collect();
        let context = values(bands.next_multiple_of(LANES) + taps * TAP_DISTANCE);
        (values(filters * taps), values(filters), context).prop_map(move |(weights, bias, context)| Filters {
            bands,
            offsets: offsets.clone(),
            weights,
            bias,
            context,
        })
    })
}

/// The rounding of a sum of `terms` products of order 1, each partial sum rounded to half a unit of the last place.
fn tolerance(terms: usize) -> f64 {
    (terms as f64 + 2.0) * f64::from(f32::EPSILON)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn products_equal_the_reference((inputs, weights, bias, input) in product(), in_pairs in any::<bool>()) {
        let weights: Vec<f32> = if in_pairs { weights.into_iter().map(bfloat16::nearest).collect() } else { weights };
        let sum = |row: &[f32]| row.iter().zip(&input).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>();
        for kernels in Kernels::available() {
            let with_bias = PackedMatrix::new(kernels, &weights, inputs, Some(&bias));
            let without_bias = PackedMatrix::new(kernels, &weights, inputs, None);
            let mut replaced = vec![f32::NAN; bias.len()];
            let mut added_to = bias.clone();
            (0..with_bias.slice_count()).for_each(|slice| with_bias.run_slice(slice, &input, &mut replaced));
            (0..without_bias.slice_count()).for_each(|slice| without_bias.run_slice(slice, &input, &mut added_to));
            for (row, (weights, &bias)) in weights.chunks_exact(inputs).zip(&bias).enumerate() {
                let expected = f64::from(bias) + sum(weights);
                for actual in [replaced[row], added_to[row]] {
                    prop_assert!(
                        (f64::from(actual) - expected).abs() <= tolerance(inputs),
                        "{}, row {row}: {actual} for {expected}",
                        kernels.instruction_set
                    );
                }
            }
        }
    }

    #[test]
    fn filters_equal_the_reference(Filters { bands, offsets, weights, bias, context } in filters()) {
        let taps = offsets.len();
        for kernels in Kernels::available() {
            let packed = PackedFilters::new(kernels, bands, offsets.clone(), &weights, &bias);
            let mut output = vec![f32::NAN; bias.len() * bands];
            (0..packed.block_count()).for_each(|block| packed.run_block(block, &context, &mut output));
            for (index, &actual) in output.iter().enumerate() {
                let (filter, band) = (index / bands, index % bands);
                let products = offsets.iter().zip(&weights[filter * taps..]);
                let expected = products.fold(f64::from(bias[filter]), |sum, (offset, &weight)| {
                    sum + f64::from(weight) * f64::from(context[offset + band])
                });
                prop_assert!(
                    (f64::from(actual) - expected).abs() <= tolerance(taps),
                    "{}, filter {filter}, band {band}: {actual} for {expected}",
                    kernels.instruction_set
                );
            }
        }
    }
}

/// Inputs over the whole range where a nonlinearity does anything, and well beyond it.
fn sweep() -> Vec<f32> {
    (-2_000_000..=2_000_000).step_by(SWEEP_STEP).map(|step| step as f32 * 5e-5).collect()
}

/// Below 2e-7: a rounding of the exponential, of the sum and of the quotient, each at most 6e-8 of a result below 1.
const NONLINEARITY_TOLERANCE: f64 = 2e-7;

#[test]
fn nonlinearities_are_accurate() {
    let inputs = sweep();
    for kernels in Kernels::available() {
        for (name, function, reference) in [
            ("logistic", kernels.logistic, (|x| 1.0 / (1.0 + (-x).exp())) as fn(f64) -> f64),
            ("tanh", kernels.tanh, f64::tanh),
        ] {
            let mut outputs = inputs.clone();
            function(&mut outputs);
            for (&input, &output) in inputs.iter().zip(&outputs) {
                let difference = (f64::from(output) - reference(f64::from(input))).abs();
                assert!(difference <= NONLINEARITY_TOLERANCE, "{} {name}({input}) = {output}", kernels.instruction_set);
            }
        }
    }
}

#[test]
fn nonlinearities_stay_in_range_whatever_comes_in() {
    let extremes = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, 0.0, -0.0, 1e-45, -1e-45];
    for kernels in Kernels::available() {
        let mut logistic = extremes;
        (kernels.logistic)(&mut logistic);
        assert!(logistic.iter().all(|value| (0.0..=1.0).contains(value)), "{} {logistic:?}", kernels.instruction_set);
        let mut tanh = extremes;
        (kernels.tanh)(&mut tanh);
        assert!(tanh.iter().all(|value| value.abs() <= 1.0), "{} {tanh:?}", kernels.instruction_set);
        assert_eq!(tanh[5].to_bits(), 0.0f32.to_bits());
        let mut relu = extremes;
        (kernels.relu)(&mut relu);
        assert!(relu.iter().all(|value| *value >= 0.0), "{} {relu:?}", kernels.instruction_set);
        let mut softmax = [f32::MAX, 1.0, f32::MIN, 200.0, -200.0, 0.0];
        (kernels.softmax)(&mut softmax, &mut [0.0; 2], &mut [0.0; 2]);
        assert!(softmax.iter().all(|value| (0.0..=1.0).contains(value)), "{} {softmax:?}", kernels.instruction_set);
    }
}

#[test]
fn a_value_does_not_depend_on_its_place_in_the_slice() {
    let inputs: Vec<f32> = (0..200).map(|step| step as f32 * 0.07 - 7.0).collect();
    for kernels in Kernels::available() {
        for function in [kernels.logistic, kernels.tanh] {
            let mut together = inputs.clone();
            function(&mut together);
            for (&input, together) in inputs.iter().zip(together) {
                let mut alone = [input];
                function(&mut alone);
                assert_eq!(alone[0].to_bits(), together.to_bits(), "{} at {input}", kernels.instruction_set);
            }
        }
    }
}

#[test]
fn packed_values_start_on_a_cache_line() {
    for length in [1, 15, 16, 17, 1000] {
        let values: Vec<f32> = (0..length).map(|value| value as f32).collect();
        let aligned = AlignedValues::new(&values);
        assert_eq!(aligned.as_slice().as_ptr().align_offset(64), 0);
        assert_eq!(aligned.as_slice()[..length], values);
        assert!(aligned.as_slice()[length..].iter().all(|&value| value == 0.0));
    }
}
