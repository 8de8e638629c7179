//! Shapes, names and spans worked out by hand, and absurd sizes.

use proptest::prelude::*;

use super::*;
use crate::layer_spec::{ActivationFunction, Cell, PoolAxes, Reduction};

fn infer(layers: &[LayerSpec], input: Shape) -> Result<StackLayout, WeightsError> {
    StackLayout::infer(Path::new("test"), layers, input)
}

fn dense(outputs: usize) -> LayerSpec {
    LayerSpec::Dense { outputs, context_frames: 1 }
}

fn conv2d(kernel_bands: usize, dilation_bands: usize, stride_bands: usize, padding_bands: usize) -> LayerSpec {
    LayerSpec::Conv2d {
        outputs: 6,
        kernel_frames: 3,
        kernel_bands,
        dilation_frames: 4,
        dilation_bands,
        stride_bands,
        padding_bands,
    }
}

#[test]
fn shapes_follow_the_documented_formulas() {
    let input = Shape::new(2, 81);
    let output = |layer: LayerSpec| infer(&[layer], input).expect("it fits").output;
    assert_eq!(output(dense(7)), Shape::new(7, 1));
    assert_eq!(output(LayerSpec::Conv1d { outputs: 5, kernel_frames: 3, dilation_frames: 2 }), Shape::new(5, 1));
    assert_eq!(output(conv2d(3, 1, 1, 1)), Shape::new(6, 81));
    assert_eq!(output(conv2d(3, 1, 1, 0)), Shape::new(6, 79));
    assert_eq!(output(conv2d(3, 2, 3, 2)), Shape::new(6, 27));
    let average = Reduction::Average;
    assert_eq!(output(LayerSpec::Pool { reduction: average, bands: 4, frames: 9 }), Shape::new(2, 20));
    let global = |over| output(LayerSpec::GlobalPool { reduction: average, over });
    assert_eq!(global(PoolAxes::Frequency), Shape::new(2, 1));
    assert_eq!(global(PoolAxes::Time), input);
    assert_eq!(global(PoolAxes::FrequencyAndTime), Shape::new(2, 1));
    assert_eq!(output(LayerSpec::Recurrent { cell: Cell::Gru, units: 9, stack: 2 }), Shape::new(9, 1));
    let bidirectional = LayerSpec::Bidirectional { cell: Cell::Lstm, units: 9, look_ahead_frames: 5 };
    assert_eq!(output(bidirectional), Shape::new(18, 1));
    assert_eq!(output(LayerSpec::BatchNorm { epsilon: 1e-5 }), input);
    assert_eq!(output(LayerSpec::Activation { function: ActivationFunction::Softmax }), input);
    assert_eq!(output(LayerSpec::Concatenate { branches: vec![vec![], vec![conv2d(3, 1, 1, 1)]] }), Shape::new(8, 81));
}

#[test]
fn tensors_are_named_by_path_and_shaped_as_pytorch_has_them() {
    let layers = [
        conv2d(5, 1, 1, 2),
        LayerSpec::Residual {
            layers: vec![LayerSpec::Activation { function: ActivationFunction::Relu }, conv2d(1, 1, 1, 0)],
        },
        LayerSpec::Concatenate {
            branches: vec![
                vec![dense(4), LayerSpec::BatchNorm { epsilon: 1e-3 }],
                vec![LayerSpec::Conv1d { outputs: 3, kernel_frames: 2, dilation_frames: 1 }],
            ],
        },
        LayerSpec::Recurrent { cell: Cell::Gru, units: 5, stack: 2 },
        LayerSpec::Bidirectional { cell: Cell::Vanilla, units: 2, look_ahead_frames: 0 },
    ];
    let layout = infer(&layers, Shape::new(2, 10)).expect("they fit");
    let actual: Vec<(&str, &[usize])> =
        layout.tensors().iter().map(|tensor| (tensor.name.as_str(), tensor.shape.as_slice())).collect();
    let expected: [(&str, &[usize]); 28] = [
        ("0.weight", &[6, 2, 3, 5]),
        ("0.bias", &[6]),
        ("1.1.weight", &[6, 6, 3, 1]),
        ("1.1.bias", &[6]),
        ("2.0.0.weight", &[4, 60]),
        ("2.0.0.bias", &[4]),
        ("2.0.1.weight", &[4]),
        ("2.0.1.bias", &[4]),
        ("2.0.1.running_mean", &[4]),
        ("2.0.1.running_var", &[4]),
        ("2.1.0.weight", &[3, 60, 2]),
        ("2.1.0.bias", &[3]),
        ("3.weight_ih_l0", &[15, 7]),
        ("3.weight_hh_l0", &[15, 5]),
        ("3.bias_ih_l0", &[15]),
        ("3.bias_hh_l0", &[15]),
        ("3.weight_ih_l1", &[15, 5]),
        ("3.weight_hh_l1", &[15, 5]),
        ("3.bias_ih_l1", &[15]),
        ("3.bias_hh_l1", &[15]),
        ("4.weight_ih_l0", &[2, 5]),
        ("4.weight_hh_l0", &[2, 2]),
        ("4.bias_ih_l0", &[2]),
        ("4.bias_hh_l0", &[2]),
        ("4.weight_ih_l0_reverse", &[2, 5]),
        ("4.weight_hh_l0_reverse", &[2, 2]),
        ("4.bias_ih_l0_reverse", &[2]),
        ("4.bias_hh_l0_reverse", &[2]),
    ];
    assert_eq!(actual, expected);
}

#[test]
fn receptive_fields_and_look_ahead_add_up() {
    let pool = LayerSpec::Pool { reduction: Reduction::Maximum, bands: 1, frames: 5 };
    // 1 + 2 · 4 frames of the convolution, 4 more of the pool, 2 more of the context.
    let layers = [conv2d(1, 1, 1, 0), pool.clone(), LayerSpec::Dense { outputs: 3, context_frames: 3 }];
    assert_eq!(infer(&layers, Shape::new(1, 4)).expect("they fit").receptive_frames, Some(15));
    let look = |look_ahead_frames| LayerSpec::Bidirectional { cell: Cell::Gru, units: 2, look_ahead_frames };
    let layers = [look(3), LayerSpec::Concatenate { branches: vec![vec![look(2), look(2)], vec![look(1)]] }];
    let layout = infer(&layers, Shape::new(1, 4)).expect("they fit");
    assert_eq!((layout.look_ahead_frames, layout.receptive_frames), (7, None));
    let layers = [LayerSpec::Concatenate { branches: vec![vec![pool], vec![]] }];
    assert_eq!(infer(&layers, Shape::new(1, 4)).expect("they fit").receptive_frames, Some(5));
}

#[test]
fn misfits_are_refused_by_field() {
    let field = |layer: LayerSpec| infer(&[layer], Shape::new(2, 10)).expect_err("it does not fit").field;
    assert_eq!(field(dense(0)), "layers.0.outputs");
    assert_eq!(field(dense(usize::MAX)), "layers.0.output");
    assert_eq!(field(LayerSpec::Dense { outputs: 1, context_frames: 0 }), "layers.0.context_frames");
    assert_eq!(field(LayerSpec::Dense { outputs: 1, context_frames: usize::MAX }), "layers");
    assert_eq!(
        field(LayerSpec::Conv1d { outputs: 1, kernel_frames: 1, dilation_frames: 0 }),
        "layers.0.dilation_frames"
    );
    assert_eq!(field(conv2d(11, 1, 1, 0)), "layers.0.kernel_bands");
    assert_eq!(field(conv2d(3, 1, 1, 3)), "layers.0.padding_bands");
    assert_eq!(field(conv2d(3, usize::MAX, 1, usize::MAX)), "layers.0.padding_bands");
    assert_eq!(field(conv2d(3, 1, 100, 1)), "layers.0.stride_bands");
    assert_eq!(field(conv2d(3, 1, 0, 1)), "layers.0.stride_bands");
    let average = Reduction::Average;
    assert_eq!(field(LayerSpec::Pool { reduction: average, bands: 11, frames: 1 }), "layers.0.bands");
    assert_eq!(field(LayerSpec::Pool { reduction: average, bands: 1, frames: 1 << 40 }), "layers");
    assert_eq!(field(LayerSpec::Recurrent { cell: Cell::Gru, units: 4, stack: usize::MAX }), "layers.0.stack");
    assert_eq!(field(LayerSpec::BatchNorm { epsilon: 0.0 }), "layers.0.epsilon");
    assert_eq!(field(LayerSpec::Residual { layers: vec![dense(20)] }), "layers.0.layers");
    assert_eq!(field(LayerSpec::Concatenate { branches: vec![] }), "layers.0.branches");
    assert_eq!(field(LayerSpec::Concatenate { branches: vec![vec![], vec![dense(3)]] }), "layers.0.branches");
    let nested = (0..20).fold(Vec::new(), |layers, _| vec![LayerSpec::Residual { layers }]);
    let error = infer(&nested, Shape::new(1, 1)).expect_err("too deep");
    assert!(error.expected.contains("nested at most 8 deep"), "{error}");
}

/// Sizes of every order of magnitude, the absurd ones included.
fn size() -> impl Strategy<Value = usize> {
    prop_oneof![0usize..20, any::<usize>(), (0u32..64).prop_map(|bits| 1usize << bits), Just(usize::MAX)]
}

fn anything() -> impl Strategy<Value = LayerSpec> {
    let cell = || prop_oneof![Just(Cell::Vanilla), Just(Cell::Gru), Just(Cell::Lstm)];
    let reduction = Reduction::Maximum;
    let leaf = prop_oneof![
        (size(), size()).prop_map(|(outputs, context_frames)| LayerSpec::Dense { outputs, context_frames }),
        (size(), size(), size()).prop_map(|(outputs, kernel_frames, dilation_frames)| LayerSpec::Conv1d {
            outputs,
            kernel_frames,
            dilation_frames
        }),
        [size(), size(), size(), size(), size(), size(), size()].prop_map(
            |[outputs, kernel_frames, kernel_bands, dilation_frames, dilation_bands, stride_bands, padding_bands]| {
                LayerSpec::Conv2d {
                    outputs,
                    kernel_frames,
                    kernel_bands,
                    dilation_frames,
                    dilation_bands,
                    stride_bands,
                    padding_bands,
                }
            }
        ),
        (size(), size()).prop_map(move |(bands, frames)| LayerSpec::Pool { reduction, bands, frames }),
        Just(LayerSpec::GlobalPool { reduction, over: PoolAxes::Time }),
        (cell(), size(), size()).prop_map(|(cell, units, stack)| LayerSpec::Recurrent { cell, units, stack }),
        (cell(), size(), size()).prop_map(|(cell, units, look_ahead_frames)| LayerSpec::Bidirectional {
            cell,
            units,
            look_ahead_frames
        }),
        any::<f32>().prop_map(|epsilon| LayerSpec::BatchNorm { epsilon }),
    ];
    leaf.prop_recursive(4, 20, 4, |inner| {
        let list = || prop::collection::vec(inner.clone(), 0..3);
        prop_oneof![
            list().prop_map(|layers| LayerSpec::Residual { layers }),
            prop::collection::vec(list(), 0..3).prop_map(|branches| LayerSpec::Concatenate { branches }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn absurd_sizes_are_refused_or_bounded(
        layers in prop::collection::vec(anything(), 0..4),
        channels in size(),
        bands in size(),
    ) {
        if let Ok(layout) = infer(&layers, Shape::new(channels, bands)) {
            prop_assert!(layout.state_values() <= MAXIMUM_STATE_VALUES);
            let parameters: usize = layout.tensors().iter().map(|tensor| tensor.values()).sum();
            prop_assert!(parameters <= MAXIMUM_PARAMETERS);
        }
    }
}
