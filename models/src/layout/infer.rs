//! How the layout of each layer kind follows from its description and its input.

use std::{fmt::Display, path::Path};

use super::{
    LayerLayout, MAXIMUM_FRAME_VALUES, MAXIMUM_NESTING, MAXIMUM_STACK, StackLayout, TensorLayout, phase_values,
};
use crate::{
    error::WeightsError,
    layer_spec::{ActivationFunction, Cell, LayerSpec, PoolAxes},
    shape::Shape,
};

/// What one kind of layer amounts to, before it is put in its place.
struct Facts {
    output: Shape,
    look_ahead_frames: usize,
    receptive_frames: Option<usize>,
    tensors: Vec<TensorLayout>,
    branches: Vec<StackLayout>,
    state_values: usize,
}

impl Facts {
    /// A layer that needs nothing but the current frame.
    fn memoryless(output: Shape, tensors: Vec<TensorLayout>) -> Self {
        Self { output, look_ahead_frames: 0, receptive_frames: Some(1), tensors, branches: Vec::new(), state_values: 0 }
    }

    /// A layer over `taps` frames, `dilation` apart, that stores `frame_values` of each frame between them twice (see
    /// `layers/history.rs`).
    fn with_context(mut self, taps: usize, dilation: usize, frame_values: usize) -> Self {
        let span = taps.saturating_sub(1).saturating_mul(dilation).saturating_add(1);
        self.receptive_frames = Some(span);
        self.state_values = taps.saturating_mul(dilation).saturating_mul(frame_values).saturating_mul(2);
        self
    }

    /// A layer that depends on every frame since the reset.
    fn unbounded(mut self) -> Self {
        self.receptive_frames = None;
        self
    }
}

/// What a two-dimensional convolution does along the frequency axis, in bands.
#[derive(Clone, Copy)]
struct Bands {
    kernel: usize,
    dilation: usize,
    stride: usize,
    padding: usize,
}

/// Works out layouts and refuses sizes; holds what errors need.
pub(super) struct Inference<'a> {
    pub(super) file: &'a Path,
}

impl Inference<'_> {
    /// The layout of a list whose layers' paths begin with `prefix`, `depth` joins below the network.
    pub(super) fn stack(
        &self,
        specs: &[LayerSpec],
        input: Shape,
        prefix: &str,
        depth: usize,
    ) -> Result<StackLayout, WeightsError> {
        if depth > MAXIMUM_NESTING {
            let expected = format!("joins nested at most {MAXIMUM_NESTING} deep");
            return Err(WeightsError::new(self.file, format!("layers.{prefix}"), expected, depth));
        }
        let mut layers = Vec::with_capacity(specs.len());
        let (mut shape, mut look_ahead_frames, mut receptive_frames) = (input, 0usize, Some(1usize));
        for (index, spec) in specs.iter().enumerate() {
            let layer = self.layer(spec, shape, format!("{prefix}{index}"), depth)?;
            shape = layer.output;
            look_ahead_frames = look_ahead_frames.saturating_add(layer.look_ahead_frames);
            receptive_frames =
                receptive_frames.zip(layer.receptive_frames).map(|(past, own)| past.saturating_add(own - 1));
            layers.push(layer);
        }
        Ok(StackLayout { input, output: shape, look_ahead_frames, receptive_frames, layers })
    }

    fn layer(&self, spec: &LayerSpec, input: Shape, path: String, depth: usize) -> Result<LayerLayout, WeightsError> {
        let facts = match spec {
            LayerSpec::Dense { outputs, context_frames } => self.dense(&path, input, *outputs, *context_frames)?,
            LayerSpec::Conv1d { outputs, kernel_frames, dilation_frames } => {
                self.conv1d(&path, input, *outputs, *kernel_frames, *dilation_frames)?
            }
            &LayerSpec::Conv2d {
                outputs,
                kernel_frames,
                kernel_bands,
                dilation_frames,
                dilation_bands,
                stride_bands,
                padding_bands,
            } => {
                let bands = Bands {
                    kernel: kernel_bands,
                    dilation: dilation_bands,
                    stride: stride_bands,
                    padding: padding_bands,
                };
                self.conv2d(&path, input, outputs, (kernel_frames, dilation_frames), bands)?
            }
            LayerSpec::Pool { bands, frames, .. } => self.pool(&path, input, *bands, *frames)?,
            LayerSpec::GlobalPool { over, .. } => global_pool(input, *over),
            LayerSpec::Recurrent { cell, units, stack } => self.recurrent(&path, input, *cell, *units, *stack)?,
            LayerSpec::Bidirectional { cell, units, look_ahead_frames } => {
                self.bidirectional(&path, input, *cell, *units, *look_ahead_frames)?
            }
            LayerSpec::BatchNorm { epsilon } => self.batch_norm(&path, input, *epsilon)?,
            LayerSpec::Activation { function } => {
                if let ActivationFunction::LeakyRelu { slope } = function {
                    self.require(slope.is_finite(), &path, "slope", "a finite number", slope)?;
                }
                Facts::memoryless(input, Vec::new())
            }
            LayerSpec::Residual { layers } => self.residual(&path, input, layers, depth)?,
            LayerSpec::Concatenate { branches } => self.concatenate(&path, input, branches, depth)?,
        };
        let Facts { output, look_ahead_frames, receptive_frames, tensors, branches, state_values } = facts;
        let within = (1..=MAXIMUM_FRAME_VALUES).contains(&output.len());
        let expected = format_args!("1 to {MAXIMUM_FRAME_VALUES} values a frame");
        self.require(within, &path, "output", expected, output)?;
        Ok(LayerLayout { path, input, output, look_ahead_frames, receptive_frames, tensors, branches, state_values })
    }

    fn dense(&self, path: &str, input: Shape, outputs: usize, context: usize) -> Result<Facts, WeightsError> {
        self.at_least_one(path, "outputs", outputs)?;
        self.at_least_one(path, "context_frames", context)?;
        let tensors = vec![
            tensor(path, "weight", &[outputs, context.saturating_mul(input.len())]),
            tensor(path, "bias", &[outputs]),
        ];
        Ok(Facts::memoryless(Shape::vector(outputs), tensors).with_context(context, 1, input.len()))
    }

    fn conv1d(
        &self,
        path: &str,
        input: Shape,
        outputs: usize,
        kernel: usize,
        dilation: usize,
    ) -> Result<Facts, WeightsError> {
        self.at_least_one(path, "outputs", outputs)?;
        self.at_least_one(path, "kernel_frames", kernel)?;
        self.at_least_one(path, "dilation_frames", dilation)?;
        let tensors = vec![tensor(path, "weight", &[outputs, input.len(), kernel]), tensor(path, "bias", &[outputs])];
        Ok(Facts::memoryless(Shape::vector(outputs), tensors).with_context(kernel, dilation, input.len()))
    }

    fn conv2d(
        &self,
        path: &str,
        input: Shape,
        outputs: usize,
        (kernel_frames, dilation_frames): (usize, usize),
        bands: Bands,
    ) -> Result<Facts, WeightsError> {
        self.at_least_one(path, "outputs", outputs)?;
        self.at_least_one(path, "kernel_frames", kernel_frames)?;
        self.at_least_one(path, "kernel_bands", bands.kernel)?;
        self.at_least_one(path, "dilation_frames", dilation_frames)?;
        self.at_least_one(path, "dilation_bands", bands.dilation)?;
        self.at_least_one(path, "stride_bands", bands.stride)?;
        let reach = bands.dilation.saturating_mul(bands.kernel - 1);
        let expected = format_args!("at most the kernel's reach of {reach} bands");
        self.require(bands.padding <= reach, path, "padding_bands", expected, bands.padding)?;
        let padded = input.bands.saturating_add(bands.padding.saturating_mul(2));
        let expected = format_args!("at most {MAXIMUM_FRAME_VALUES} bands with their padding");
        self.require(padded <= MAXIMUM_FRAME_VALUES, path, "padding_bands", expected, padded)?;
        let expected = format_args!("a reach below the {padded} padded bands");
        self.require(reach < padded, path, "kernel_bands", expected, reach)?;
        self.require(
            bands.stride <= padded,
            path,
            "stride_bands",
            format_args!("at most the {padded} padded bands"),
            bands.stride,
        )?;
        let output = Shape::new(outputs, (padded - reach - 1) / bands.stride + 1);
        let tensors = vec![
            tensor(path, "weight", &[outputs, input.channels, kernel_frames, bands.kernel]),
            tensor(path, "bias", &[outputs]),
        ];
        let stored = input.channels.saturating_mul(bands.stride * phase_values(output.bands, reach, bands.stride));
        Ok(Facts::memoryless(output, tensors).with_context(kernel_frames, dilation_frames, stored))
    }

    fn pool(&self, path: &str, input: Shape, bands: usize, frames: usize) -> Result<Facts, WeightsError> {
        self.at_least_one(path, "bands", bands)?;
        self.at_least_one(path, "frames", frames)?;
        let expected = format_args!("at most the {} bands of the input", input.bands);
        self.require(bands <= input.bands, path, "bands", expected, bands)?;
        let output = Shape::new(input.channels, input.bands / bands);
        Ok(Facts::memoryless(output, Vec::new()).with_context(frames, 1, output.len()))
    }

    fn recurrent(
        &self,
        path: &str,
        input: Shape,
        cell: Cell,
        units: usize,
        stack: usize,
    ) -> Result<Facts, WeightsError> {
        self.at_least_one(path, "units", units)?;
        let expected = format_args!("1 to {MAXIMUM_STACK}");
        self.require((1..=MAXIMUM_STACK).contains(&stack), path, "stack", expected, stack)?;
        let tensors = (0..stack)
            .flat_map(|level| {
                let inputs = if level == 0 { input.len() } else { units };
                recurrent_tensors(path, cell, units, inputs, &format!("l{level}"))
            })
            .collect();
        let mut facts = Facts::memoryless(Shape::vector(units), tensors).unbounded();
        facts.state_values = stack.saturating_mul(units).saturating_mul(2 + 2 * cell.gates());
        Ok(facts)
    }

    fn bidirectional(
        &self,
        path: &str,
        input: Shape,
        cell: Cell,
        units: usize,
        look_ahead_frames: usize,
    ) -> Result<Facts, WeightsError> {
        self.at_least_one(path, "units", units)?;
        let mut tensors = recurrent_tensors(path, cell, units, input.len(), "l0");
        tensors.extend(recurrent_tensors(path, cell, units, input.len(), "l0_reverse"));
        let mut facts = Facts::memoryless(Shape::vector(units.saturating_mul(2)), tensors).unbounded();
        facts.look_ahead_frames = look_ahead_frames;
        let each_frame = input.len().saturating_add(units.saturating_mul(cell.gates()));
        facts.state_values = look_ahead_frames.saturating_add(1).saturating_mul(each_frame);
        Ok(facts)
    }

    fn batch_norm(&self, path: &str, input: Shape, epsilon: f32) -> Result<Facts, WeightsError> {
        let fits = epsilon.is_normal() && epsilon > 0.0;
        self.require(fits, path, "epsilon", "a finite number above 0", epsilon)?;
        let tensors =
            ["weight", "bias", "running_mean", "running_var"].map(|name| tensor(path, name, &[input.channels])).into();
        Ok(Facts::memoryless(input, tensors))
    }

    fn residual(&self, path: &str, input: Shape, layers: &[LayerSpec], depth: usize) -> Result<Facts, WeightsError> {
        let inner = self.stack(layers, input, &format!("{path}."), depth + 1)?;
        let expected = format_args!("the shape of the input, {input}");
        self.require(inner.output == input, path, "layers", expected, inner.output)?;
        Ok(Facts {
            output: input,
            look_ahead_frames: inner.look_ahead_frames,
            receptive_frames: inner.receptive_frames,
            tensors: Vec::new(),
            state_values: inner.look_ahead_frames.saturating_mul(input.len()),
            branches: vec![inner],
        })
    }

    fn concatenate(
        &self,
        path: &str,
        input: Shape,
        branches: &[Vec<LayerSpec>],
        depth: usize,
    ) -> Result<Facts, WeightsError> {
        self.at_least_one(path, "branches", branches.len())?;
        let branches = branches
            .iter()
            .enumerate()
            .map(|(index, layers)| self.stack(layers, input, &format!("{path}.{index}."), depth + 1))
            .collect::<Result<Vec<_>, _>>()?;
        let bands = branches[0].output.bands;
        for branch in &branches {
            let expected = format_args!("{bands} bands, as the first branch gives");
            self.require(branch.output.bands == bands, path, "branches", expected, branch.output)?;
        }
        let look_ahead_frames = branches.iter().map(|branch| branch.look_ahead_frames).max().unwrap_or(0);
        let channels = branches.iter().fold(0, |sum: usize, branch| sum.saturating_add(branch.output.channels));
        let delayed = branches.iter().fold(0, |sum: usize, branch| {
            let delay = look_ahead_frames - branch.look_ahead_frames;
            sum.saturating_add(branch.output.len().saturating_mul(delay.saturating_add(1)))
        });
        let receptive_frames = branches.iter().try_fold(1, |longest, branch| {
            let delay = look_ahead_frames - branch.look_ahead_frames;
            branch.receptive_frames.map(|frames| longest.max(frames.saturating_add(delay)))
        });
        Ok(Facts {
            output: Shape::new(channels, bands),
            look_ahead_frames,
            receptive_frames,
            tensors: Vec::new(),
            branches,
            state_values: delayed,
        })
    }

    fn at_least_one(&self, path: &str, field: &str, value: usize) -> Result<(), WeightsError> {
        self.require(value > 0, path, field, "1 or more", value)
    }

    fn require(
        &self,
        holds: bool,
        path: &str,
        field: &str,
        expected: impl Display,
        actual: impl Display,
    ) -> Result<(), WeightsError> {
        if holds {
            Ok(())
        } else {
            Err(WeightsError::new(self.file, format!("layers.{path}.{field}"), expected, actual))
        }
    }
}

fn global_pool(input: Shape, over: PoolAxes) -> Facts {
    let (bands, over_time) = match over {
        PoolAxes::Frequency => (1, false),
        PoolAxes::Time => (input.bands, true),
        PoolAxes::FrequencyAndTime => (1, true),
    };
    let facts = Facts::memoryless(Shape::new(input.channels, bands), Vec::new());
    if over_time { facts.unbounded() } else { facts }
}

fn tensor(path: &str, name: &str, shape: &[usize]) -> TensorLayout {
    TensorLayout { name: format!("{path}.{name}"), shape: shape.to_vec() }
}

fn recurrent_tensors(path: &str, cell: Cell, units: usize, inputs: usize, suffix: &str) -> Vec<TensorLayout> {
    let rows = units.saturating_mul(cell.gates());
    vec![
        tensor(path, &format!("weight_ih_{suffix}"), &[rows, inputs]),
        tensor(path, &format!("weight_hh_{suffix}"), &[rows, units]),
        tensor(path, &format!("bias_ih_{suffix}"), &[rows]),
        tensor(path, &format!("bias_hh_{suffix}"), &[rows]),
    ]
}
