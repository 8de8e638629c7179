//! Random layers of each kind, on the two channels of a mel front end with a difference.

use attacca_models::{
    ActivationFunction, LayerSpec,
    layer_spec::{Cell, PoolAxes, Reduction},
};
use proptest::prelude::*;

/// A list of layers and the bands of the frames that the first one takes.
#[derive(Clone, Debug)]
pub struct Case {
    pub bands: usize,
    pub layers: Vec<LayerSpec>,
}

/// Every kind by name.
pub fn kinds() -> Vec<(&'static str, BoxedStrategy<Case>)> {
    vec![
        ("dense", on_frames(dense())),
        ("conv1d", on_frames(conv1d())),
        ("conv2d", conv2d().boxed()),
        ("pool", pool().boxed()),
        ("global pool", on_frames(global_pool())),
        ("recurrent", on_frames(recurrent())),
        ("bidirectional", on_frames(bidirectional())),
        ("batch norm", batch_norm().boxed()),
        ("activation", on_frames(activation())),
        ("residual", residual().boxed()),
        ("concatenate", concatenate().boxed()),
        ("deep", deep().boxed()),
    ]
}

fn bands() -> impl Strategy<Value = usize> {
    1_usize..24
}

fn on_frames(layer: impl Strategy<Value = LayerSpec> + 'static) -> BoxedStrategy<Case> {
    (bands(), layer).prop_map(|(bands, layer)| Case { bands, layers: vec![layer] }).boxed()
}

fn cell() -> impl Strategy<Value = Cell> {
    prop_oneof![Just(Cell::Vanilla), Just(Cell::Gru), Just(Cell::Lstm)]
}

fn reduction() -> impl Strategy<Value = Reduction> {
    prop_oneof![Just(Reduction::Maximum), Just(Reduction::Average)]
}

fn dense() -> impl Strategy<Value = LayerSpec> {
    (1_usize..40, 1_usize..6).prop_map(|(outputs, context_frames)| LayerSpec::Dense { outputs, context_frames })
}

fn conv1d() -> impl Strategy<Value = LayerSpec> {
    (1_usize..40, 1_usize..5, 1_usize..5).prop_map(|(outputs, kernel_frames, dilation_frames)| LayerSpec::Conv1d {
        outputs,
        kernel_frames,
        dilation_frames,
    })
}

fn conv2d_layer(bands: usize) -> impl Strategy<Value = LayerSpec> {
    let sizes = (1_usize..7, 1_usize..4, 1_usize..4, 1_usize..4, 1_usize..4, 1_usize..4, 0_usize..7);
    sizes.prop_map(move |(outputs, kernel_frames, kernel_bands, dilation_frames, dilation_bands, stride, padding)| {
        let kernel_bands = kernel_bands.min((bands - 1) / dilation_bands + 1);
        LayerSpec::Conv2d {
            outputs,
            kernel_frames,
            kernel_bands,
            dilation_frames,
            dilation_bands,
            stride_bands: stride.min(bands),
            padding_bands: padding.min(dilation_bands * (kernel_bands - 1)),
        }
    })
}

fn conv2d() -> impl Strategy<Value = Case> {
    bands().prop_flat_map(|bands| conv2d_layer(bands).prop_map(move |layer| Case { bands, layers: vec![layer] }))
}

fn pool() -> impl Strategy<Value = Case> {
    bands().prop_flat_map(|bands| {
        (reduction(), 1..=bands, 1_usize..7).prop_map(move |(reduction, window, frames)| Case {
            bands,
            layers: vec![LayerSpec::Pool { reduction, bands: window, frames }],
        })
    })
}

fn global_pool() -> impl Strategy<Value = LayerSpec> {
    let over = prop_oneof![Just(PoolAxes::Frequency), Just(PoolAxes::Time), Just(PoolAxes::FrequencyAndTime)];
    (reduction(), over).prop_map(|(reduction, over)| LayerSpec::GlobalPool { reduction, over })
}

fn recurrent() -> impl Strategy<Value = LayerSpec> {
    (cell(), 1_usize..40, 1_usize..4).prop_map(|(cell, units, stack)| LayerSpec::Recurrent { cell, units, stack })
}

fn bidirectional() -> impl Strategy<Value = LayerSpec> {
    (cell(), 1_usize..16, 0_usize..6).prop_map(|(cell, units, look_ahead_frames)| LayerSpec::Bidirectional {
        cell,
        units,
        look_ahead_frames,
    })
}

fn activation() -> impl Strategy<Value = LayerSpec> {
    prop_oneof![
        Just(ActivationFunction::Logistic),
        Just(ActivationFunction::Tanh),
        Just(ActivationFunction::Relu),
        (-0.5_f32..0.5).prop_map(|slope| ActivationFunction::LeakyRelu { slope }),
        Just(ActivationFunction::Softmax),
    ]
    .prop_map(|function| LayerSpec::Activation { function })
}

fn norm() -> impl Strategy<Value = LayerSpec> {
    (1e-5_f32..0.1).prop_map(|epsilon| LayerSpec::BatchNorm { epsilon })
}

/// On either side of a layer that it may be folded into, and on the input.
fn batch_norm() -> impl Strategy<Value = Case> {
    (bands(), norm(), norm(), prop_oneof![dense(), conv1d(), recurrent()], norm()).prop_map(
        |(bands, input, before, layer, after)| Case {
            bands,
            layers: vec![input, LayerSpec::Activation { function: ActivationFunction::Tanh }, before, layer, after],
        },
    )
}

/// A way around a layer that looks ahead: the delayed input is added.
fn residual() -> impl Strategy<Value = Case> {
    (bands(), 1_usize..12, bidirectional()).prop_map(|(bands, outputs, around)| {
        let dense = LayerSpec::Dense { outputs, context_frames: 1 };
        Case { bands, layers: vec![dense.clone(), LayerSpec::Residual { layers: vec![around, dense] }] }
    })
}

/// Branches of different look-ahead, one of them nested.
fn concatenate() -> impl Strategy<Value = Case> {
    (bands(), bidirectional(), bidirectional(), dense(), 1_usize..12).prop_map(
        |(bands, first, second, dense, outputs)| {
            let narrow = LayerSpec::Dense { outputs, context_frames: 1 };
            let nested = LayerSpec::Residual { layers: vec![second, narrow.clone()] };
            let inner = LayerSpec::Concatenate { branches: vec![vec![nested], Vec::new()] };
            let branches = vec![vec![dense], vec![first], vec![narrow, inner]];
            Case { bands, layers: vec![LayerSpec::Concatenate { branches }] }
        },
    )
}

/// Layers that follow each other as in a network that is used.
fn deep() -> impl Strategy<Value = Case> {
    (conv2d(), norm(), activation(), global_pool(), bidirectional(), recurrent()).prop_map(
        |(mut case, norm, activation, pool, bidirectional, recurrent)| {
            case.layers.extend([norm, activation, pool, bidirectional, recurrent]);
            case
        },
    )
}
