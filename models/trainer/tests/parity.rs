//! The differentiable graph and the streaming network are the same function: for every layer kind with random shapes
//! and weights, and for every file that ships, over a thousand frames.

#[path = "parity/layer_strategies.rs"]
mod layer_strategies;

use std::{collections::BTreeMap, path::Path};

use attacca_models::{
    FrontEnd, LayerSpec, Network, NetworkDescription, Shape, Task, WeightsFile,
    description::{DecoderSettings, FORMAT_VERSION},
    front_end::{MelFrontEnd, MelScale, Scaling},
    layout::StackLayout,
    shipped, weights,
};
use attacca_trainer::graph::Graph;
use candle_core::{Device, Tensor};
use proptest::{
    prelude::*,
    test_runner::{TestError, TestRunner},
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Ten seconds.
const FRAMES: usize = 1000;

/// What the house asks for: `f32` sums taken in another order, over a thousand steps of a recurrence.
const TOLERANCE: f32 = 1e-4;

/// A network of the given layers, closed by a dense layer since a file's network ends with one value a label.
fn random_weights(bands: usize, mut layers: Vec<LayerSpec>, seed: u64) -> WeightsFile {
    layers.push(LayerSpec::Dense { outputs: Task::Beat.labels().len(), context_frames: 1 });
    let front_end = FrontEnd::Mel(MelFrontEnd {
        window_seconds: 0.02,
        bands,
        minimum_hz: 30.0,
        maximum_hz: 17_000.0,
        scale: MelScale::Htk,
        difference: true,
        whitening: None,
        harmonic_percussive: None,
        scaling: Scaling::LINEAR,
    });
    let layout = StackLayout::infer(Path::new("random"), &layers, front_end.shape()).expect("the layers fit");
    let tensors = random_tensors(&layout, seed);
    let description = NetworkDescription {
        format_version: FORMAT_VERSION,
        name: "random".to_owned(),
        task: Task::Beat,
        front_end,
        layers,
        labels: Task::Beat.labels().iter().map(|&label| label.to_owned()).collect(),
        look_ahead_frames: layout.look_ahead_frames,
        decoder: DecoderSettings::default(),
        training_data: Vec::new(),
        scores: Vec::new(),
    };
    WeightsFile::new(Path::new("random"), description, tensors).expect("every tensor is there")
}

/// Values with a variance of a fitted network's: one over the inputs for matrices, positive variances.
fn random_tensors(layout: &StackLayout, seed: u64) -> BTreeMap<String, weights::Tensor> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let tensors = layout.tensors().into_iter().map(|tensor| {
        let inputs = tensor.shape.iter().skip(1).product::<usize>();
        let (low, high) = match tensor.name.ends_with(".running_var") {
            true => (0.5, 2.0),
            false => (-(3.0 / inputs as f32).sqrt(), (3.0 / inputs as f32).sqrt()),
        };
        let values = (0..tensor.values()).map(|_| random.random_range(low..high)).collect();
        (tensor.name.clone(), weights::Tensor { shape: tensor.shape.clone(), values })
    });
    tensors.collect()
}

/// Runs both forms over the same random frames and returns the largest difference of an output.
fn largest_difference(weights: &WeightsFile, seed: u64) -> f32 {
    let mut network = Network::new(weights).expect("a checked file can be built");
    let graph = Graph::from_weights(weights).expect("a checked file can be built");
    let Shape { channels, bands } = network.input_shape();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let values = (0..FRAMES * channels * bands).map(|_| random.random_range(-1.5..1.5_f32)).collect::<Vec<_>>();
    let frames = Tensor::from_slice(&values, (FRAMES, 1, channels, bands), &Device::Cpu).expect("as many values");
    let expected = graph.forward(&frames).expect("frames fit").flatten_all().expect("a tensor").to_vec1::<f32>();
    let expected = expected.expect("a tensor of f32");
    let outputs = values.chunks_exact(channels * bands).flat_map(|frame| network.step(frame).to_vec());
    let differences = outputs.zip(&expected).map(|(streamed, expected)| (streamed - expected).abs());
    // Not `max` alone: it would pass over a NaN.
    differences.fold(0.0, |largest, difference| if difference <= largest { largest } else { difference })
}

#[test]
fn every_layer_kind_streams_what_the_graph_computes() {
    for (kind, strategy) in layer_strategies::kinds() {
        let mut runner = TestRunner::new(ProptestConfig { cases: 12, ..ProptestConfig::default() });
        let result = runner.run(&(strategy, any::<u64>()), |(case, seed)| {
            let weights = random_weights(case.bands, case.layers, seed);
            let difference = largest_difference(&weights, seed ^ 1);
            prop_assert!(difference <= TOLERANCE, "they differ by {difference}");
            Ok(())
        });
        match result {
            Ok(()) => {}
            Err(TestError::Fail(reason, case)) => panic!("{kind}: {reason} for {case:?}"),
            Err(TestError::Abort(reason)) => panic!("{kind}: {reason}"),
        }
    }
}

#[test]
fn every_shipped_file_streams_what_the_graph_computes() {
    for weights in shipped::all() {
        let difference = largest_difference(&weights, 7);
        assert!(difference <= TOLERANCE, "{}: they differ by {difference}", weights.description().name);
    }
}
