//! Gradients of every layer kind against finite differences. Values are held to the streaming network by the parity
//! tests of this crate.

use attacca_models::layer_spec::{Cell, PoolAxes, Reduction};
use candle_core::{DType, Device};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

const INPUT: Shape = Shape::new(3, 6);
const FRAMES: usize = 7;
const SEQUENCES: usize = 2;
/// Steps of the finite differences.
const STEPS: [f64; 2] = [2e-4, 1e-3];

fn random_tensor(random: &mut ChaCha8Rng, shape: &[usize]) -> Tensor {
    let values = (0..shape.iter().product()).map(|_| random.random_range(-1.0..1.0_f32)).collect::<Vec<_>>();
    Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
}

/// One of each kind; those without parameters stand on a convolution so that their own gradient is seen through it.
fn networks() -> Vec<(&'static str, Vec<LayerSpec>)> {
    let dense = LayerSpec::Dense { outputs: 4, context_frames: 3 };
    let conv2d = LayerSpec::Conv2d {
        outputs: 3,
        kernel_frames: 2,
        kernel_bands: 3,
        dilation_frames: 2,
        dilation_bands: 2,
        stride_bands: 2,
        padding_bands: 2,
    };
    let over = |layer: LayerSpec| vec![conv2d.clone(), layer];
    let mut networks = vec![
        ("dense", vec![dense.clone()]),
        ("conv1d", vec![LayerSpec::Conv1d { outputs: 5, kernel_frames: 3, dilation_frames: 2 }]),
        ("conv2d", vec![conv2d.clone()]),
        ("batch norm", over(LayerSpec::BatchNorm { epsilon: 1e-3 })),
        ("residual", vec![LayerSpec::Residual { layers: vec![LayerSpec::BatchNorm { epsilon: 1e-3 }] }]),
        (
            "concatenate",
            vec![LayerSpec::Concatenate {
                branches: vec![
                    vec![LayerSpec::Bidirectional { cell: Cell::Gru, units: 2, look_ahead_frames: 2 }],
                    vec![dense],
                ],
            }],
        ),
    ];
    for cell in [Cell::Vanilla, Cell::Gru, Cell::Lstm] {
        networks.push(("recurrent", vec![LayerSpec::Recurrent { cell, units: 3, stack: 2 }]));
        networks.push(("bidirectional", vec![LayerSpec::Bidirectional { cell, units: 3, look_ahead_frames: 2 }]));
    }
    for reduction in [Reduction::Maximum, Reduction::Average] {
        networks.push(("pool", over(LayerSpec::Pool { reduction, bands: 2, frames: 3 })));
        for axes in [PoolAxes::Frequency, PoolAxes::Time, PoolAxes::FrequencyAndTime] {
            networks.push(("global pool", over(LayerSpec::GlobalPool { reduction, over: axes })));
        }
    }
    for function in [
        ActivationFunction::Logistic,
        ActivationFunction::Tanh,
        ActivationFunction::LeakyRelu { slope: 0.1 },
        ActivationFunction::Relu,
        ActivationFunction::Softmax,
    ] {
        // The batch norm stands behind it since a training pass leaves out a last activation.
        networks.push(("activation", {
            let mut layers = over(LayerSpec::Activation { function });
            layers.push(LayerSpec::BatchNorm { epsilon: 1e-3 });
            layers
        }));
    }
    networks
}

#[test]
fn gradients_are_slopes() {
    let random = &mut ChaCha8Rng::seed_from_u64(5);
    for (name, layers) in networks() {
        let graph = Graph::new(&layers, INPUT, 9).unwrap();
        let frames = random_tensor(random, &[FRAMES, SEQUENCES, INPUT.channels, INPUT.bands]);
        let output = graph.train(&frames).unwrap().logits;
        let weighting = random_tensor(random, output.dims());
        let weighted = || -> Tensor { (graph.train(&frames).unwrap().logits * &weighting).unwrap() };
        let gradients = weighted().sum_all().unwrap().backward().unwrap();
        let loss = || weighted().to_dtype(DType::F64).unwrap().sum_all().unwrap().to_scalar::<f64>().unwrap();
        for (parameter, variable) in graph.parameters().trainable() {
            let gradient = gradients.get(variable).expect(parameter);
            let direction = random_tensor(random, variable.dims());
            let slope = (gradient * &direction).unwrap().sum_all().unwrap().to_scalar::<f32>().unwrap();
            let start = variable.as_tensor().copy().unwrap();
            let at = |distance: f64| {
                variable.set(&(&start + (&direction * distance).unwrap()).unwrap()).unwrap();
                loss()
            };
            // A batch norm makes the rounding of small differences large, which spoils a short step; a kink spoils a long one.
            let measured = STEPS.map(|step| (at(step) - at(-step)) / (2.0 * step));
            variable.set(&start).unwrap();
            let agrees = |measured: &f64| (f64::from(slope) - measured).abs() < 1e-2 * measured.abs().max(1.0);
            assert!(measured.iter().any(agrees), "{name} {parameter}: {slope}, not {measured:?}");
        }
    }
}

#[test]
fn output_has_the_axes_of_the_layout() {
    let random = &mut ChaCha8Rng::seed_from_u64(5);
    for (name, layers) in networks() {
        let graph = Graph::new(&layers, INPUT, 9).unwrap();
        let frames = random_tensor(random, &[FRAMES, SEQUENCES, INPUT.channels, INPUT.bands]);
        let Shape { channels, bands } = graph.layout().output;
        assert_eq!(graph.forward(&frames).unwrap().dims(), [FRAMES, SEQUENCES, channels, bands], "{name}");
    }
}

#[test]
fn sequences_do_not_see_each_other() {
    let random = &mut ChaCha8Rng::seed_from_u64(6);
    for (name, layers) in networks() {
        let graph = Graph::new(&layers, INPUT, 9).unwrap();
        let frames = random_tensor(random, &[FRAMES, SEQUENCES, INPUT.channels, INPUT.bands]);
        let together = graph.forward(&frames).unwrap().narrow(1, 1, 1).unwrap();
        let alone = graph.forward(&frames.narrow(1, 1, 1).unwrap()).unwrap();
        let difference = (together - alone).unwrap().abs().unwrap().flatten_all().unwrap().max(0).unwrap();
        // The same products, blocked differently.
        assert!(difference.to_scalar::<f32>().unwrap() < 1e-5, "{name}");
    }
}

#[test]
fn logits_lack_the_last_activation() {
    let layers = [
        LayerSpec::Dense { outputs: 2, context_frames: 1 },
        LayerSpec::Activation { function: ActivationFunction::Logistic },
    ];
    let graph = Graph::new(&layers, INPUT, 1).unwrap();
    let frames = random_tensor(&mut ChaCha8Rng::seed_from_u64(7), &[FRAMES, SEQUENCES, INPUT.channels, INPUT.bands]);
    let logits = graph.forward_logits(&frames).unwrap();
    let expected = candle_nn::ops::sigmoid(&logits).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
    assert_eq!(graph.forward(&frames).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap(), expected);
}

#[test]
fn batch_norm_learns_the_statistics_it_saw() {
    let graph = Graph::new(&[LayerSpec::BatchNorm { epsilon: 1e-6 }], INPUT, 1).unwrap();
    let frames = random_tensor(&mut ChaCha8Rng::seed_from_u64(7), &[FRAMES, SEQUENCES, INPUT.channels, INPUT.bands]);
    let frames = ((frames * 3.0).unwrap() + 5.0).unwrap();
    for _ in 0..200 {
        graph.parameters().absorb(&graph.train(&frames).unwrap().statistics).unwrap();
    }
    let in_training = graph.train(&frames).unwrap().logits;
    let in_evaluation = graph.forward(&frames).unwrap();
    let largest = (in_training - in_evaluation).unwrap().abs().unwrap().flatten_all().unwrap().max(0).unwrap();
    // Unbiased variance in the running statistics: the scale differs by 1 / (2 · 84) on values up to 1.8.
    assert!(largest.to_scalar::<f32>().unwrap() < 0.02);
}
