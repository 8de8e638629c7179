//! The face of a running network: units and steps agree to the last bit, nothing is allocated, a reset forgets.

use std::{collections::BTreeMap, path::Path};

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use attacca_models::{
    ActivationFunction, FrontEnd, InstructionSet, LayerSpec, Network, NetworkDescription, StackLayout, Task,
    WeightsFile,
    description::{DecoderSettings, FORMAT_VERSION},
    front_end::{Scaling, StftFrontEnd},
    layer_spec::{Cell, PoolAxes, Reduction},
    weights::Tensor,
};
use proptest::prelude::*;

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const BANDS: usize = 12;

/// A network with a layer of every kind.
fn file() -> WeightsFile {
    let activation = |function| LayerSpec::Activation { function };
    let layers = vec![
        LayerSpec::BatchNorm { epsilon: 1e-5 },
        LayerSpec::Conv2d {
            outputs: 5,
            kernel_frames: 3,
            kernel_bands: 3,
            dilation_frames: 2,
            dilation_bands: 1,
            stride_bands: 1,
            padding_bands: 1,
        },
        LayerSpec::BatchNorm { epsilon: 1e-5 },
        activation(ActivationFunction::LeakyRelu { slope: 0.1 }),
        LayerSpec::Pool { reduction: Reduction::Maximum, bands: 2, frames: 3 },
        activation(ActivationFunction::Softmax),
        LayerSpec::Residual { layers: vec![activation(ActivationFunction::Tanh)] },
        LayerSpec::Concatenate {
            branches: vec![
                vec![LayerSpec::Dense { outputs: 20, context_frames: 4 }, activation(ActivationFunction::Relu)],
                vec![LayerSpec::Bidirectional { cell: Cell::Gru, units: 6, look_ahead_frames: 3 }],
                vec![LayerSpec::GlobalPool { reduction: Reduction::Average, over: PoolAxes::FrequencyAndTime }],
            ],
        },
        LayerSpec::Conv1d { outputs: 70, kernel_frames: 3, dilation_frames: 2 },
        LayerSpec::Recurrent { cell: Cell::Vanilla, units: 9, stack: 1 },
        LayerSpec::Recurrent { cell: Cell::Lstm, units: 30, stack: 2 },
        LayerSpec::Recurrent { cell: Cell::Gru, units: 64, stack: 1 },
        LayerSpec::Dense { outputs: 2, context_frames: 1 },
        activation(ActivationFunction::Logistic),
    ];
    let front_end = FrontEnd::Stft(StftFrontEnd { window_seconds: 0.02, bins: BANDS, scaling: Scaling::LINEAR });
    let layout = StackLayout::infer(Path::new("test"), &layers, front_end.shape()).expect("the layers fit");
    let tensors: BTreeMap<_, _> = layout
        .tensors()
        .into_iter()
        .enumerate()
        .map(|(index, tensor)| {
            let positive = tensor.name.ends_with("running_var");
            let value = |position: usize| ((position * 37 + index * 11) % 101) as f32 / 101.0;
            let values = (0..tensor.values()).map(|at| if positive { 0.5 + value(at) } else { value(at) - 0.5 });
            (tensor.name.clone(), Tensor { shape: tensor.shape.clone(), values: values.collect() })
        })
        .collect();
    let description = NetworkDescription {
        format_version: FORMAT_VERSION,
        name: "every kind".into(),
        task: Task::Beat,
        front_end,
        layers,
        labels: vec!["beat".into(), "downbeat".into()],
        look_ahead_frames: layout.look_ahead_frames,
        decoder: DecoderSettings::default(),
        training_data: Vec::new(),
        scores: Vec::new(),
    };
    WeightsFile::new(Path::new("test"), description, tensors).expect("it fits")
}

fn network() -> Network {
    Network::new(&file()).expect("it can be built")
}

fn frame(index: usize) -> [f32; BANDS] {
    std::array::from_fn(|band| ((index * 31 + band * 17) % 97) as f32 / 97.0)
}

fn bits(output: &[f32]) -> Vec<u32> {
    output.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn a_network_can_be_sent_to_another_thread() {
    fn assert_send<T: Send>(_: &T) {}
    assert_send(&network());
}

#[test]
fn nothing_is_allocated_or_freed_after_building() {
    let mut network = network();
    let last = assert_no_alloc(|| {
        (0..50).for_each(|index| _ = network.step(&frame(index)));
        network.reset();
        network.begin(&frame(0));
        while network.run_unit() {}
        network.output()[0]
    });
    assert!(last.is_finite());
}

#[test]
fn outputs_depend_on_the_input_and_on_its_past() {
    let mut network = network();
    let first = network.step(&frame(0)).to_vec();
    assert!(first.iter().all(|value| (0.0..=1.0).contains(value)), "{first:?}");
    assert_ne!(network.step(&frame(0)), first);
    network.reset();
    assert_eq!(network.output(), [0.0, 0.0]);
    assert_ne!(network.step(&frame(1)), first);
}

#[test]
fn a_network_describes_itself() {
    let (file, network) = (file(), network());
    assert_eq!(network.input_shape(), file.description().front_end.shape());
    assert_eq!(network.output_shape().len(), 2);
    assert_eq!(network.look_ahead_frames(), 3);
    assert_eq!(network.receptive_field_frames(), None);
    let stored: usize = file.tensors().values().map(|tensor| tensor.values.len()).sum();
    assert_eq!(network.parameter_count(), stored);
    let total = network
        .unit_costs()
        .iter()
        .fold((0, 0), |(flops, bytes), cost| (flops + cost.flops, bytes + cost.weight_bytes));
    assert_eq!((network.hop_cost().flops, network.hop_cost().weight_bytes), total);
    // Most of the trained values are read once a hop, and a multiply-add is two operations.
    assert!(total.1 > 4 * network.parameter_count() as u64 * 9 / 10, "{total:?}");
    assert!(total.0 > 2 * network.parameter_count() as u64 * 9 / 10, "{total:?}");
    assert!(format!("{network:?}").contains("units_left: 0"), "{network:?}");
}

#[test]
fn a_network_runs_on_every_instruction_set_of_the_machine_and_on_no_other() {
    let file = file();
    for set in [InstructionSet::Portable, InstructionSet::Avx2, InstructionSet::Avx512, InstructionSet::Neon] {
        let network = Network::on(set, &file);
        if InstructionSet::available().any(|available| available == set) {
            let network = network.expect("it can be built");
            assert_eq!(network.instruction_set(), set);
            assert_eq!(network.unit_costs(), self::network().unit_costs(), "{set}");
        } else {
            let message = network.expect_err("this machine does not have it").to_string();
            assert!(message.contains(&set.to_string()) && message.contains("one that this machine has"), "{message}");
        }
    }
    assert_eq!(network().instruction_set(), InstructionSet::fastest());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn units_in_any_portions_equal_steps(portions in prop::collection::vec(1usize..40, 1..50)) {
        let (mut whole, mut cut) = (network(), network());
        let mut portions = portions.into_iter().cycle();
        for index in 0..30 {
            let expected = bits(whole.step(&frame(index)));
            cut.begin(&frame(index));
            prop_assert_eq!(cut.units_left(), cut.unit_costs().len());
            // A frame that comes before its predecessor's units have run loses none of them.
            let patience = if index % 3 == 0 { 2 } else { usize::MAX };
            for portion in portions.by_ref().take(patience) {
                (0..portion).for_each(|_| _ = cut.run_unit());
                if cut.units_left() == 0 {
                    prop_assert_eq!(bits(cut.output()), expected);
                    break;
                }
            }
        }
    }

    #[test]
    fn a_reset_at_any_point_forgets_everything(frames in 0usize..20, units in 0usize..200) {
        let (mut used, mut fresh) = (network(), network());
        (0..frames).for_each(|index| _ = used.step(&frame(index + 7)));
        used.begin(&frame(3));
        (0..units).for_each(|_| _ = used.run_unit());
        used.reset();
        for index in 0..10 {
            prop_assert_eq!(bits(used.step(&frame(index))), bits(fresh.step(&frame(index))));
        }
    }
}
