//! Every layer kind against a naive offline implementation in `f64`, on every instruction set of the machine.

mod reference;
mod strategies;

use std::{collections::BTreeMap, path::Path};

use proptest::prelude::*;

use self::strategies::{Case, case};
use super::{Layer, build::Builder};
use crate::{
    kernels::Kernels,
    layer_spec::{ActivationFunction, Cell, LayerSpec, PoolAxes, Reduction},
    layout::StackLayout,
    shape::Shape,
    weights::Tensor,
};

/// Values in `±1` from a linear congruential generator (Knuth's MMIX constants), so that a failing case reproduces.
fn noise(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    }
}

/// Tensors for a layout, scaled by the number of inputs as an initialiser would.
fn random_tensors(layout: &StackLayout, seed: u64) -> BTreeMap<String, Tensor> {
    let mut noise = noise(seed);
    let tensors = layout.tensors().into_iter().map(|tensor| {
        let inputs: usize = tensor.shape.iter().skip(1).product();
        let scale = 1.5 / (inputs as f32).sqrt();
        let values = (0..tensor.values())
            .map(|_| match tensor.name.ends_with("running_var") {
                true => 1.0 + 0.5 * noise(),
                false => scale * noise(),
            })
            .collect();
        (tensor.name.clone(), Tensor { shape: tensor.shape.clone(), values })
    });
    tensors.collect()
}

/// Runs the streaming layers and the offline reference over the same frames and compares every output.
///
/// The tolerance covers the rounding of `f32` sums of up to a few hundred terms of order 1 (about 1e-6), carried
/// through a few layers and a recurrence that does not amplify it.
fn check(layers: &[LayerSpec], input: Shape, seed: u64, frames: usize) -> Result<(), TestCaseError> {
    const TOLERANCE: f64 = 3e-5;
    let layout = StackLayout::infer(Path::new("test"), layers, input).expect("the layers fit");
    let tensors = random_tensors(&layout, seed);
    let mut noise = noise(seed ^ 0x5eed);
    let stream: Vec<Vec<f32>> = (0..frames).map(|_| (0..input.len()).map(|_| noise()).collect()).collect();
    let expected = reference::run(layers, &layout, &tensors, &stream);
    for kernels in Kernels::available() {
        let builder = Builder { file: Path::new("test"), kernels, tensors: &tensors };
        let mut stack = builder.stack(layers, &layout).expect("every tensor is there");
        let mut output = vec![0.0; layout.output.len()];
        for round in 0..2 {
            for (index, (frame, expected)) in stream.iter().zip(&expected).enumerate() {
                (0..stack.unit_count()).for_each(|unit| stack.run_unit(unit, frame, &mut output));
                for (position, (&actual, &expected)) in output.iter().zip(expected).enumerate() {
                    let difference = (f64::from(actual) - expected).abs();
                    prop_assert!(
                        difference <= TOLERANCE * (1.0 + expected.abs()),
                        "{}, round {round}, frame {index}, value {position}: {actual} for {expected} in {layers:?}",
                        kernels.instruction_set,
                    );
                }
            }
            stack.reset();
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn layers_of_every_kind_equal_the_offline_reference(case in case(), seed: u64) {
        let Case { input, layers } = case;
        check(&layers, input, seed, 24)?;
    }
}

#[test]
fn sizes_that_networks_use_equal_the_offline_reference() {
    let conv = |outputs, stride_bands, dilation_frames| LayerSpec::Conv2d {
        outputs,
        kernel_frames: 3,
        kernel_bands: 3,
        dilation_frames,
        dilation_bands: 1,
        stride_bands,
        padding_bands: 1,
    };
    let network = [
        conv(8, 1, 1),
        LayerSpec::BatchNorm { epsilon: 1e-5 },
        LayerSpec::Activation { function: ActivationFunction::Relu },
        conv(12, 2, 2),
        LayerSpec::Pool { reduction: Reduction::Maximum, bands: 3, frames: 1 },
        LayerSpec::Dense { outputs: 64, context_frames: 1 },
        LayerSpec::Recurrent { cell: Cell::Gru, units: 64, stack: 2 },
        LayerSpec::Dense { outputs: 2, context_frames: 1 },
        LayerSpec::Activation { function: ActivationFunction::Logistic },
    ];
    check(&network, Shape::new(2, 81), 1, 100).expect("equal");
}

#[test]
fn a_hop_is_cut_into_small_units() {
    let layers = [
        LayerSpec::Dense { outputs: 200, context_frames: 5 },
        LayerSpec::Recurrent { cell: Cell::Lstm, units: 100, stack: 2 },
    ];
    let layout = StackLayout::infer(Path::new("test"), &layers, Shape::new(2, 80)).expect("the layers fit");
    let tensors = random_tensors(&layout, 1);
    let mut costs_of_sets = Kernels::available().map(|kernels| {
        let builder = Builder { file: Path::new("test"), kernels, tensors: &tensors };
        let stack = builder.stack(&layers, &layout).expect("every tensor is there");
        (0..stack.unit_count()).map(|unit| stack.unit_cost(unit)).collect::<Vec<_>>()
    });
    let costs = costs_of_sets.next().expect("every machine has an instruction set");
    assert!(costs_of_sets.all(|others| others == costs), "the units are the same on every instruction set");
    let stored: u64 = tensors.values().map(|tensor| 4 * tensor.values.len() as u64).sum();
    let read: u64 = costs.iter().map(|cost| cost.weight_bytes).sum();
    // Rows are padded to whole vectors, and an LSTM's two biases become one.
    assert!((stored * 99 / 100..stored * 11 / 10).contains(&read), "{read} bytes read of {stored}");
    // One column of bias stands beside the 16 KiB of a panel.
    assert!(costs.iter().all(|cost| cost.weight_bytes <= (16 << 10) + 512), "{costs:?}");
}

#[test]
fn an_average_since_the_reset_neither_drifts_nor_overflows() {
    let layers = [LayerSpec::GlobalPool { reduction: Reduction::Average, over: PoolAxes::FrequencyAndTime }];
    let layout = StackLayout::infer(Path::new("test"), &layers, Shape::new(1, 2)).expect("the layers fit");
    let tensors = BTreeMap::new();
    let kernels = Kernels::available().next().expect("every machine has an instruction set");
    let builder = Builder { file: Path::new("test"), kernels, tensors: &tensors };
    let mut stack = builder.stack(&layers, &layout).expect("no tensors are needed");
    let mut output = [0.0];
    // A million frames are three hours of music.
    for frame in 0..1_000_000 {
        let value = if frame % 2 == 0 { 1e30 } else { 0.5e30 };
        stack.run_unit(0, &[value, value], &mut output);
    }
    assert!((output[0] / 0.75e30 - 1.0).abs() < 1e-6, "{}", output[0]);
}
