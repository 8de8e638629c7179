//! Layers as the papers have them: offline, over whole sequences, in `f64`, one loop nest each.

use std::collections::BTreeMap;

use crate::{
    layer_spec::{ActivationFunction, Cell, LayerSpec, PoolAxes, Reduction},
    layout::{LayerLayout, StackLayout},
    shape::Shape,
    weights::Tensor,
};

type Sequence = Vec<Vec<f64>>;
type Tensors = BTreeMap<String, Tensor>;

/// Runs a list of layers over a whole sequence of frames.
pub(super) fn run(
    specs: &[LayerSpec],
    layout: &StackLayout,
    tensors: &BTreeMap<String, Tensor>,
    frames: &[Vec<f32>],
) -> Sequence {
    let frames = frames.iter().map(|frame| frame.iter().map(|&value| value.into()).collect()).collect();
    stack(specs, layout, tensors, frames)
}

fn stack(specs: &[LayerSpec], layout: &StackLayout, tensors: &Tensors, frames: Sequence) -> Sequence {
    specs.iter().zip(&layout.layers).fold(frames, |frames, (spec, place)| layer(spec, place, tensors, &frames))
}

fn values(place: &LayerLayout, name: &str, tensors: &Tensors) -> Vec<f64> {
    tensors[&format!("{}.{name}", place.path)].values.iter().map(|&value| value.into()).collect()
}

/// The frame `back` frames before `now`, zeros before the first.
fn past(frames: &Sequence, now: usize, back: usize) -> Vec<f64> {
    match now.checked_sub(back) {
        Some(index) => frames[index].clone(),
        None => vec![0.0; frames[0].len()],
    }
}

fn delayed(frames: &Sequence, by: usize) -> Sequence {
    (0..frames.len()).map(|now| past(frames, now, by)).collect()
}

fn dot(weights: &[f64], input: &[f64]) -> f64 {
    weights.iter().zip(input).map(|(weight, value)| weight * value).sum()
}

fn layer(spec: &LayerSpec, place: &LayerLayout, tensors: &Tensors, frames: &Sequence) -> Sequence {
    let Shape { channels, bands } = place.input;
    let parameter = |name: &str| values(place, name, tensors);
    match spec {
        LayerSpec::Dense { context_frames, .. } => {
            let (weight, bias) = (parameter("weight"), parameter("bias"));
            (0..frames.len())
                .map(|now| {
                    let context: Vec<f64> =
                        (0..*context_frames).rev().flat_map(|back| past(frames, now, back)).collect();
                    weight.chunks(context.len()).zip(&bias).map(|(row, bias)| dot(row, &context) + bias).collect()
                })
                .collect()
        }
        LayerSpec::Conv1d { kernel_frames, dilation_frames, .. } => {
            let (weight, bias) = (parameter("weight"), parameter("bias"));
            let inputs = place.input.len();
            (0..frames.len())
                .map(|now| {
                    let mut output = bias.clone();
                    for (filter, sum) in output.iter_mut().enumerate() {
                        for tap in 0..*kernel_frames {
                            let frame = past(frames, now, (kernel_frames - 1 - tap) * dilation_frames);
                            for (input, value) in frame.iter().enumerate() {
                                *sum += weight[(filter * inputs + input) * kernel_frames + tap] * value;
                            }
                        }
                    }
                    output
                })
                .collect()
        }
        LayerSpec::Conv2d { .. } => conv2d(spec, place, &parameter("weight"), &parameter("bias"), frames),
        LayerSpec::Pool { reduction, bands: width, frames: length } => (0..frames.len())
            .map(|now| {
                let window = &frames[(now + 1).saturating_sub(*length)..=now];
                pooled(*reduction, place, window, |channel, pooled| {
                    let first = channel * bands + pooled * width;
                    first..first + width
                })
            })
            .collect(),
        LayerSpec::GlobalPool { reduction, over } => (0..frames.len())
            .map(|now| {
                let window = if *over == PoolAxes::Frequency { &frames[now..=now] } else { &frames[..=now] };
                pooled(*reduction, place, window, |channel, band| match over {
                    PoolAxes::Time => channel * bands + band..channel * bands + band + 1,
                    _ => channel * bands..(channel + 1) * bands,
                })
            })
            .collect(),
        LayerSpec::Recurrent { cell, units, stack } => (0..*stack).fold(frames.clone(), |frames, level| {
            let mut state = State::new(*cell, *units, place, &format!("l{level}"), tensors);
            frames.iter().map(|frame| state.step(frame)).collect()
        }),
        LayerSpec::Bidirectional { cell, units, look_ahead_frames } => {
            let mut forward = State::new(*cell, *units, place, "l0", tensors);
            (0..frames.len())
                .map(|now| {
                    let mut output = forward.step(&past(frames, now, *look_ahead_frames));
                    let mut backward = State::new(*cell, *units, place, "l0_reverse", tensors);
                    let last =
                        (0..=*look_ahead_frames).fold(Vec::new(), |_, back| backward.step(&past(frames, now, back)));
                    output.extend(last);
                    output
                })
                .collect()
        }
        LayerSpec::BatchNorm { epsilon } => {
            let [weight, bias, mean, variance] = ["weight", "bias", "running_mean", "running_var"].map(parameter);
            frames
                .iter()
                .map(|frame| {
                    let normalised = frame.iter().enumerate().map(|(index, value)| {
                        let channel = index / bands;
                        let deviation = (variance[channel] + f64::from(*epsilon)).sqrt();
                        (value - mean[channel]) / deviation * weight[channel] + bias[channel]
                    });
                    normalised.collect()
                })
                .collect()
        }
        LayerSpec::Activation { function } => {
            frames.iter().map(|frame| activation(*function, channels, bands, frame)).collect()
        }
        LayerSpec::Residual { layers } => {
            let inner = &place.branches[0];
            let output = stack(layers, inner, tensors, frames.clone());
            let around = delayed(frames, inner.look_ahead_frames);
            let sum = |(a, b): (&Vec<f64>, &Vec<f64>)| a.iter().zip(b).map(|(a, b)| a + b).collect();
            output.iter().zip(&around).map(sum).collect()
        }
        LayerSpec::Concatenate { branches } => {
            let outputs: Vec<Sequence> = branches
                .iter()
                .zip(&place.branches)
                .map(|(layers, branch)| {
                    let output = stack(layers, branch, tensors, frames.clone());
                    delayed(&output, place.look_ahead_frames - branch.look_ahead_frames)
                })
                .collect();
            (0..frames.len()).map(|now| outputs.iter().flat_map(|output| output[now].clone()).collect()).collect()
        }
    }
}

fn conv2d(spec: &LayerSpec, place: &LayerLayout, weight: &[f64], bias: &[f64], frames: &Sequence) -> Sequence {
    let &LayerSpec::Conv2d {
        outputs: _,
        kernel_frames,
        kernel_bands,
        dilation_frames,
        dilation_bands,
        stride_bands,
        padding_bands,
    } = spec
    else {
        unreachable!("called for two-dimensional convolutions")
    };
    let Shape { channels, bands } = place.input;
    let mut result = Vec::new();
    for now in 0..frames.len() {
        let mut output = Vec::new();
        for (filter, &bias) in bias.iter().enumerate() {
            for band in 0..place.output.bands {
                let mut sum = bias;
                for channel in 0..channels {
                    for tap in 0..kernel_frames {
                        let frame = past(frames, now, (kernel_frames - 1 - tap) * dilation_frames);
                        for band_tap in 0..kernel_bands {
                            let padded = band * stride_bands + band_tap * dilation_bands;
                            let Some(source) = padded.checked_sub(padding_bands).filter(|&source| source < bands)
                            else {
                                continue;
                            };
                            let index = ((filter * channels + channel) * kernel_frames + tap) * kernel_bands + band_tap;
                            sum += weight[index] * frame[channel * bands + source];
                        }
                    }
                }
                output.push(sum);
            }
        }
        result.push(output);
    }
    result
}

fn pooled(
    reduction: Reduction,
    place: &LayerLayout,
    window: &[Vec<f64>],
    range: impl Fn(usize, usize) -> std::ops::Range<usize>,
) -> Vec<f64> {
    let Shape { channels, bands } = place.output;
    let cells = (0..channels).flat_map(|channel| (0..bands).map(move |band| (channel, band)));
    cells
        .map(|(channel, band)| {
            let values: Vec<f64> =
                window.iter().flat_map(|frame| frame[range(channel, band)].iter().copied()).collect();
            match reduction {
                Reduction::Maximum => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                Reduction::Average => values.iter().sum::<f64>() / values.len() as f64,
            }
        })
        .collect()
}

fn activation(function: ActivationFunction, channels: usize, bands: usize, frame: &[f64]) -> Vec<f64> {
    let each = |function: &dyn Fn(f64) -> f64| frame.iter().map(|&value| function(value)).collect();
    match function {
        ActivationFunction::Logistic => each(&logistic),
        ActivationFunction::Tanh => each(&f64::tanh),
        ActivationFunction::Relu => each(&|value| value.max(0.0)),
        ActivationFunction::LeakyRelu { slope } => {
            each(&|value| if value > 0.0 { value } else { f64::from(slope) * value })
        }
        ActivationFunction::Softmax => (0..frame.len())
            .map(|index| {
                let sum: f64 = (0..channels).map(|channel| frame[channel * bands + index % bands].exp()).sum();
                frame[index].exp() / sum
            })
            .collect(),
    }
}

fn logistic(value: f64) -> f64 {
    1.0 / (1.0 + (-value).exp())
}

struct State {
    cell: Cell,
    units: usize,
    tensors: [Vec<f64>; 4],
    hidden: Vec<f64>,
    memory: Vec<f64>,
}

impl State {
    fn new(cell: Cell, units: usize, place: &LayerLayout, suffix: &str, tensors: &Tensors) -> Self {
        let tensors = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]
            .map(|name| values(place, &format!("{name}_{suffix}"), tensors));
        Self { cell, units, tensors, hidden: vec![0.0; units], memory: vec![0.0; units] }
    }

    fn step(&mut self, input: &[f64]) -> Vec<f64> {
        let [weight_ih, weight_hh, bias_ih, bias_hh] = &self.tensors;
        let product = |weights: &[f64], bias: &[f64], vector: &[f64]| -> Vec<f64> {
            weights.chunks(vector.len()).zip(bias).map(|(row, bias)| dot(row, vector) + bias).collect()
        };
        let from_input = product(weight_ih, bias_ih, input);
        let from_hidden = product(weight_hh, bias_hh, &self.hidden);
        let gate = |gate: usize, unit: usize| {
            let index = gate * self.units + unit;
            from_input[index] + from_hidden[index]
        };
        for unit in 0..self.units {
            match self.cell {
                Cell::Vanilla => self.hidden[unit] = gate(0, unit).tanh(),
                Cell::Gru => {
                    let (reset, update) = (logistic(gate(0, unit)), logistic(gate(1, unit)));
                    let index = 2 * self.units + unit;
                    let new = (from_input[index] + reset * from_hidden[index]).tanh();
                    self.hidden[unit] = (1.0 - update) * new + update * self.hidden[unit];
                }
                Cell::Lstm => {
                    let written = logistic(gate(0, unit)) * gate(2, unit).tanh();
                    self.memory[unit] = logistic(gate(1, unit)) * self.memory[unit] + written;
                    self.hidden[unit] = logistic(gate(3, unit)) * self.memory[unit].tanh();
                }
            }
        }
        self.hidden.clone()
    }
}
