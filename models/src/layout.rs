//! What a list of layers amounts to: the shape of every frame between them, the tensors that each one needs, what it
//! looks ahead and how far back it sees.
//!
//! The file's checks, the streaming [`Network`](crate::Network) and the trainer's graph all read the same layout, so
//! that none of them works out a shape for itself. Main thread only. Every size is bounded here, before anything is
//! allocated for it.

#[cfg(test)]
mod tests;

use std::path::Path;

use crate::{
    error::WeightsError,
    layer_spec::{Cell, LayerSpec, PoolAxes},
    shape::Shape,
};

/// Values in the largest frame that may pass between two layers.
pub const MAXIMUM_FRAME_VALUES: usize = 1 << 16;

/// Trained values in the largest network: what fits into a file of [`MAXIMUM_FILE_BYTES`](crate::weights::MAXIMUM_FILE_BYTES).
pub const MAXIMUM_PARAMETERS: usize = 1 << 24;

/// Values of streaming state (histories, delays and frames between layers) in the largest network: 16 MiB. State costs
/// nothing in the file, so that it needs a bound of its own.
pub const MAXIMUM_STATE_VALUES: usize = 1 << 22;

/// How deep residual and concatenation joins may nest.
pub const MAXIMUM_NESTING: usize = 8;

/// Recurrent layers in the tallest stack of one [`LayerSpec::Recurrent`].
pub const MAXIMUM_STACK: usize = 16;

/// A tensor that a layer needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorLayout {
    /// Its full name in the file, such as `3.weight`.
    pub name: String,
    /// Size of each axis.
    pub shape: Vec<usize>,
}

impl TensorLayout {
    /// Number of values; saturates.
    pub fn values(&self) -> usize {
        self.shape.iter().fold(1, |product, &size| product.saturating_mul(size))
    }
}

/// One layer in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerLayout {
    /// Its path in the list, such as `3` or, nested, `4.0.1`.
    pub path: String,
    /// Shape of the frame it takes.
    pub input: Shape,
    /// Shape of the frame it gives.
    pub output: Shape,
    /// Frames by which its output lags behind its input, since it sees that much of the future.
    pub look_ahead_frames: usize,
    /// Input frames that one output frame depends on; `None` where that is every frame since the reset.
    pub receptive_frames: Option<usize>,
    /// Its own tensors; those of nested layers are in `branches`.
    pub tensors: Vec<TensorLayout>,
    /// The nested lists: one for a residual, one a branch for a concatenation, none otherwise.
    pub branches: Vec<StackLayout>,
    state_values: usize,
}

/// A list of layers, each on the output of the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackLayout {
    /// Shape of the frame that the first layer takes.
    pub input: Shape,
    /// Shape of the frame that the last layer gives; that of the input where there are no layers.
    pub output: Shape,
    /// Sum of the layers' look-ahead.
    pub look_ahead_frames: usize,
    /// Input frames that one output frame depends on; `None` where that is every frame since the reset.
    pub receptive_frames: Option<usize>,
    /// The layers.
    pub layers: Vec<LayerLayout>,
}

impl StackLayout {
    /// Works out the layout of a network's layers on frames of shape `input`; `file` names the file in errors.
    ///
    /// # Errors
    /// When a layer cannot take the frame before it, or a size is zero or beyond the bounds of this module.
    pub fn infer(file: &Path, layers: &[LayerSpec], input: Shape) -> Result<Self, WeightsError> {
        if !(1..=MAXIMUM_FRAME_VALUES).contains(&input.len()) {
            let expected = format!("1 to {MAXIMUM_FRAME_VALUES} values a frame");
            return Err(WeightsError::new(file, "front_end", expected, input));
        }
        let layout = Inference { file }.stack(layers, input, "", 0)?;
        let parameters = layout.tensors().iter().fold(0usize, |sum, tensor| sum.saturating_add(tensor.values()));
        if parameters > MAXIMUM_PARAMETERS {
            let expected = format!("at most {MAXIMUM_PARAMETERS} trained values");
            return Err(WeightsError::new(file, "layers", expected, parameters));
        }
        let state = layout.state_values();
        if state > MAXIMUM_STATE_VALUES {
            let expected = format!("at most {MAXIMUM_STATE_VALUES} values of streaming state");
            return Err(WeightsError::new(file, "layers", expected, state));
        }
        Ok(layout)
    }

    /// Every tensor of the list, nested ones included, in the order of the layers.
    pub fn tensors(&self) -> Vec<&TensorLayout> {
        let mut tensors = Vec::new();
        self.collect_tensors(&mut tensors);
        tensors
    }

    fn collect_tensors<'a>(&'a self, tensors: &mut Vec<&'a TensorLayout>) {
        for layer in &self.layers {
            tensors.extend(&layer.tensors);
            layer.branches.iter().for_each(|branch| branch.collect_tensors(tensors));
        }
    }

    fn state_values(&self) -> usize {
        self.layers.iter().fold(0, |sum: usize, layer| {
            let nested = layer.branches.iter().fold(0, |sum: usize, branch| sum.saturating_add(branch.state_values()));
            sum.saturating_add(layer.state_values).saturating_add(layer.output.len()).saturating_add(nested)
        })
    }
}

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

struct Inference<'a> {
    file: &'a Path,
}

impl Inference<'_> {
    fn stack(
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
            LayerSpec::Conv2d { .. } => self.conv2d(&path, input, spec)?,
            LayerSpec::Pool { bands, frames, .. } => self.pool(&path, input, *bands, *frames)?,
            LayerSpec::GlobalPool { over, .. } => global_pool(input, *over),
            LayerSpec::Recurrent { cell, units, stack } => self.recurrent(&path, input, *cell, *units, *stack)?,
            LayerSpec::Bidirectional { cell, units, look_ahead_frames } => {
                self.bidirectional(&path, input, *cell, *units, *look_ahead_frames)?
            }
            LayerSpec::BatchNorm { epsilon } => self.batch_norm(&path, input, *epsilon)?,
            LayerSpec::Activation { function } => {
                if let crate::ActivationFunction::LeakyRelu { slope } = function {
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

    fn conv2d(&self, path: &str, input: Shape, spec: &LayerSpec) -> Result<Facts, WeightsError> {
        let &LayerSpec::Conv2d {
            outputs,
            kernel_frames,
            kernel_bands,
            dilation_frames,
            dilation_bands,
            stride_bands,
            padding_bands,
        } = spec
        else {
            return Err(WeightsError::new(self.file, path, "a two-dimensional convolution", format!("{spec:?}")));
        };
        self.at_least_one(path, "outputs", outputs)?;
        self.at_least_one(path, "kernel_frames", kernel_frames)?;
        self.at_least_one(path, "kernel_bands", kernel_bands)?;
        self.at_least_one(path, "dilation_frames", dilation_frames)?;
        self.at_least_one(path, "dilation_bands", dilation_bands)?;
        self.at_least_one(path, "stride_bands", stride_bands)?;
        let reach = dilation_bands.saturating_mul(kernel_bands - 1);
        let expected = format_args!("at most the kernel's reach of {reach} bands");
        self.require(padding_bands <= reach, path, "padding_bands", expected, padding_bands)?;
        let padded = input.bands.saturating_add(padding_bands.saturating_mul(2));
        let expected = format_args!("at most {MAXIMUM_FRAME_VALUES} bands with their padding");
        self.require(padded <= MAXIMUM_FRAME_VALUES, path, "padding_bands", expected, padded)?;
        let expected = format_args!("a reach below the {padded} padded bands");
        self.require(reach < padded, path, "kernel_bands", expected, reach)?;
        self.require(
            stride_bands <= padded,
            path,
            "stride_bands",
            format_args!("at most the {padded} padded bands"),
            stride_bands,
        )?;
        let output = Shape::new(outputs, (padded - reach - 1) / stride_bands + 1);
        let tensors = vec![
            tensor(path, "weight", &[outputs, input.channels, kernel_frames, kernel_bands]),
            tensor(path, "bias", &[outputs]),
        ];
        let stored = input.channels.saturating_mul(stride_bands * phase_values(output.bands, reach, stride_bands));
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
        expected: impl std::fmt::Display,
        actual: impl std::fmt::Display,
    ) -> Result<(), WeightsError> {
        if holds {
            Ok(())
        } else {
            Err(WeightsError::new(self.file, format!("layers.{path}.{field}"), expected, actual))
        }
    }
}

/// Values that a streaming 2-D convolution stores of one padded row for each residue of the band modulo the stride:
/// whole vectors of outputs, and the kernel's reach beyond them.
pub(crate) fn phase_values(output_bands: usize, reach_bands: usize, stride_bands: usize) -> usize {
    output_bands.next_multiple_of(crate::kernels::LANES) + reach_bands / stride_bands
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
