//! Random layers that fit a random input.

use proptest::prelude::*;

use crate::{
    layer_spec::{ActivationFunction, Cell, LayerSpec, PoolAxes, Reduction},
    shape::Shape,
};

/// A list of layers and the shape of the frames they take.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) input: Shape,
    pub(super) layers: Vec<LayerSpec>,
}

/// One layer of any kind, sometimes with a normalisation before or after it.
pub(super) fn case() -> impl Strategy<Value = Case> {
    (1usize..5, 1usize..40).prop_flat_map(|(channels, bands)| {
        let input = Shape::new(channels, bands);
        let norm = || prop::option::of((1e-5f32..0.1).prop_map(|epsilon| LayerSpec::BatchNorm { epsilon }));
        (norm(), prop_oneof![3 => simple(input), 1 => joined(input)], norm()).prop_map(move |(before, layer, after)| {
            Case { input, layers: before.into_iter().chain([layer]).chain(after).collect() }
        })
    })
}

fn reduction() -> impl Strategy<Value = Reduction> {
    prop_oneof![Just(Reduction::Maximum), Just(Reduction::Average)]
}

fn cell() -> impl Strategy<Value = Cell> {
    prop_oneof![Just(Cell::Vanilla), Just(Cell::Gru), Just(Cell::Lstm)]
}

fn activation() -> impl Strategy<Value = LayerSpec> {
    prop_oneof![
        Just(ActivationFunction::Logistic),
        Just(ActivationFunction::Tanh),
        Just(ActivationFunction::Relu),
        (-0.5f32..0.5).prop_map(|slope| ActivationFunction::LeakyRelu { slope }),
        Just(ActivationFunction::Softmax),
    ]
    .prop_map(|function| LayerSpec::Activation { function })
}

fn simple(input: Shape) -> BoxedStrategy<LayerSpec> {
    let axes = prop_oneof![Just(PoolAxes::Frequency), Just(PoolAxes::Time), Just(PoolAxes::FrequencyAndTime)];
    prop_oneof![
        (1usize..150, 1usize..5).prop_map(|(outputs, context_frames)| LayerSpec::Dense { outputs, context_frames }),
        (1usize..40, 1usize..5, 1usize..4).prop_map(|(outputs, kernel_frames, dilation_frames)| {
            LayerSpec::Conv1d { outputs, kernel_frames, dilation_frames }
        }),
        conv2d(input),
        (reduction(), 1..=input.bands, 1usize..6).prop_map(|(reduction, bands, frames)| LayerSpec::Pool {
            reduction,
            bands,
            frames
        }),
        (reduction(), axes).prop_map(|(reduction, over)| LayerSpec::GlobalPool { reduction, over }),
        (cell(), 1usize..50, 1usize..4).prop_map(|(cell, units, stack)| LayerSpec::Recurrent { cell, units, stack }),
        bidirectional(),
        activation(),
    ]
    .boxed()
}

fn bidirectional() -> impl Strategy<Value = LayerSpec> {
    (cell(), 1usize..30, 0usize..6).prop_map(|(cell, units, look_ahead_frames)| LayerSpec::Bidirectional {
        cell,
        units,
        look_ahead_frames,
    })
}

fn conv2d(input: Shape) -> impl Strategy<Value = LayerSpec> {
    let sizes = (1usize..9, 1usize..4, 1usize..4, 1usize..4, 1usize..4, 1usize..4, 0usize..7);
    sizes.prop_map(move |(outputs, kernel_frames, kernel_bands, dilation_frames, dilation_bands, stride, padding)| {
        let kernel_bands = kernel_bands.min((input.bands - 1) / dilation_bands + 1);
        LayerSpec::Conv2d {
            outputs,
            kernel_frames,
            kernel_bands,
            dilation_frames,
            dilation_bands,
            stride_bands: stride.min(input.bands),
            padding_bands: padding.min(dilation_bands * (kernel_bands - 1)),
        }
    })
}

/// A join, whose branches may look ahead by different lengths.
fn joined(input: Shape) -> BoxedStrategy<LayerSpec> {
    let values = input.len();
    let keeps_shape = LayerSpec::Conv2d {
        outputs: input.channels,
        kernel_frames: 2,
        kernel_bands: 1,
        dilation_frames: 2,
        dilation_bands: 1,
        stride_bands: 1,
        padding_bands: 0,
    };
    let residual = activation().prop_map(move |activation| {
        let layers = vec![keeps_shape.clone(), activation, LayerSpec::BatchNorm { epsilon: 1e-3 }];
        LayerSpec::Residual { layers }
    });
    // A delayed way around needs layers that look ahead and keep a frame without bands in shape.
    let delayed_residual = (bidirectional(), 1usize..20).prop_map(move |(bidirectional, outputs)| {
        let back = LayerSpec::Dense { outputs, context_frames: 1 };
        let around = LayerSpec::Residual { layers: vec![bidirectional, back.clone()] };
        LayerSpec::Concatenate {
            branches: vec![vec![back, around], vec![LayerSpec::Dense { outputs: values, context_frames: 2 }]],
        }
    });
    let branches = prop::collection::vec(prop_oneof![bidirectional(), dense_vector()], 1..4).prop_map(|branches| {
        LayerSpec::Concatenate { branches: branches.into_iter().map(|layer| vec![layer]).collect() }
    });
    let passing = activation()
        .prop_map(|activation| LayerSpec::Concatenate { branches: vec![Vec::new(), vec![activation], Vec::new()] });
    prop_oneof![residual, delayed_residual, branches, passing].boxed()
}

fn dense_vector() -> impl Strategy<Value = LayerSpec> {
    (1usize..20, 1usize..3).prop_map(|(outputs, context_frames)| LayerSpec::Dense { outputs, context_frames })
}
