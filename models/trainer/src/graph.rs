//! The differentiable form of a network: the same description as the streaming one, over whole sequences in candle.
//!
//! Trainer threads only. Inside, tensors are `[frame, sequence, band, channel]`: frames come first so that a shift in
//! time and a step of a recurrence are contiguous, channels last so that every convolution is one matrix product.
//! Padding over time is causal, and an output lags by the layers' look-ahead exactly as in
//! [`attacca_models::Network`]; a parity test holds the two together.

mod convolution;
mod join;
mod normalisation;
mod parameters;
mod pooling;
mod recurrence;
mod sequence;
mod unfold;
mod values;

use std::path::Path;

use attacca_models::{
    ActivationFunction, LayerSpec, Shape, WeightsError, WeightsFile,
    layout::{LayerLayout, StackLayout},
};
use candle_core::{D, Device, Error, Result, Tensor};

pub(crate) use self::parameters::is_within;
use self::{
    convolution::{convolve, convolve_bands},
    unfold::Unfolding,
};
pub use self::{normalisation::BatchStatistics, parameters::Parameters};

/// A network whose output can be differentiated with respect to its parameters.
#[derive(Debug)]
pub struct Graph {
    layers: Vec<LayerSpec>,
    layout: StackLayout,
    parameters: Parameters,
}

/// What a training pass gives.
#[derive(Debug)]
pub struct TrainingOutput {
    /// The output before its last activation function, `[frame, sequence, channel, band]`.
    pub logits: Tensor,
    /// What the batch norms saw, for [`Parameters::absorb`].
    pub statistics: Vec<BatchStatistics>,
}

/// State of one pass through the layers.
struct Pass<'a> {
    parameters: &'a Parameters,
    /// In training, the statistics that the batch norms collect; `None` in evaluation.
    statistics: Option<Vec<BatchStatistics>>,
}

impl Graph {
    /// Lays out the layers on frames of shape `input`, with fresh parameters drawn from `seed`, on the CPU.
    ///
    /// # Errors
    /// When the layers do not fit each other.
    pub fn new(layers: &[LayerSpec], input: Shape, seed: u64) -> std::result::Result<Self, WeightsError> {
        let layout = StackLayout::infer(Path::new("network"), layers, input)?;
        let parameters = Parameters::random(&layout, seed);
        Ok(Self { layers: layers.to_vec(), layout, parameters })
    }

    /// The graph of a weights file, with its parameters, on the CPU.
    ///
    /// # Errors
    /// Never for a file that was read: it has passed every check.
    pub fn from_weights(weights: &WeightsFile) -> Result<Self> {
        let description = weights.description();
        let graph = Self::new(&description.layers, description.front_end.shape(), 0).map_err(Error::wrap)?;
        graph.parameters.set(weights.tensors())?;
        Ok(graph)
    }

    /// The graph with its parameters on a device, on which it then takes its inputs; none of its layers are frozen.
    ///
    /// # Errors
    /// When the device is out of memory.
    pub fn on(self, device: &Device) -> Result<Self> {
        Ok(Self { parameters: self.parameters.on(device)?, ..self })
    }

    /// The layout of the layers.
    pub fn layout(&self) -> &StackLayout {
        &self.layout
    }

    /// The parameters, by the names that they have in a weights file.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Keeps the layers at these paths as they are; their batch norms use their running statistics in training too.
    pub fn freeze(&mut self, paths: &[String]) {
        self.parameters.freeze(paths);
    }

    /// The network's output for `frames` `[frame, sequence, channel, band]`, each sequence from a fresh state; the
    /// result has the same axes. Batch norms use their running statistics.
    ///
    /// # Errors
    /// When `frames` has another shape than the network's input.
    pub fn forward(&self, frames: &Tensor) -> Result<Tensor> {
        self.run(frames, self.layers.len(), None).map(|(output, _)| output)
    }

    /// As [`Graph::forward`], without the last layer where that is an activation function: what a stable loss takes.
    ///
    /// # Errors
    /// When `frames` has another shape than the network's input.
    pub fn forward_logits(&self, frames: &Tensor) -> Result<Tensor> {
        self.run(frames, self.layers_before_activation(), None).map(|(output, _)| output)
    }

    /// As [`Graph::forward_logits`], with batch norms that normalise by the batch's own statistics.
    ///
    /// # Errors
    /// When `frames` has another shape than the network's input.
    pub fn train(&self, frames: &Tensor) -> Result<TrainingOutput> {
        let (logits, statistics) = self.run(frames, self.layers_before_activation(), Some(Vec::new()))?;
        Ok(TrainingOutput { logits, statistics: statistics.unwrap_or_default() })
    }

    fn layers_before_activation(&self) -> usize {
        match self.layers.split_last() {
            Some((LayerSpec::Activation { .. }, before)) => before.len(),
            _ => self.layers.len(),
        }
    }

    fn run(
        &self,
        frames: &Tensor,
        layers: usize,
        statistics: Option<Vec<BatchStatistics>>,
    ) -> Result<(Tensor, Option<Vec<BatchStatistics>>)> {
        let mut pass = Pass { parameters: &self.parameters, statistics };
        let input = frames.transpose(2, 3)?.contiguous()?;
        let output = pass.stack(&self.layers[..layers], &self.layout.layers[..layers], input)?;
        Ok((output.transpose(2, 3)?.contiguous()?, pass.statistics))
    }
}

impl Pass<'_> {
    fn stack(&mut self, layers: &[LayerSpec], layouts: &[LayerLayout], input: Tensor) -> Result<Tensor> {
        layers.iter().zip(layouts).try_fold(input, |values, (spec, layout)| self.layer(spec, layout, &values))
    }

    fn layer(&mut self, spec: &LayerSpec, layout: &LayerLayout, input: &Tensor) -> Result<Tensor> {
        let parameter = |name: &str| self.parameters.get(&layout.path, name);
        match spec {
            &LayerSpec::Dense { outputs, context_frames } => {
                let Shape { channels, bands } = layout.input;
                let weight =
                    parameter("weight")?.reshape((outputs, context_frames, channels, bands))?.permute((0, 1, 3, 2))?;
                convolve(input, &weight, parameter("bias")?, 1)
            }
            &LayerSpec::Conv1d { outputs, kernel_frames, dilation_frames } => {
                let Shape { channels, bands } = layout.input;
                let weight =
                    parameter("weight")?.reshape((outputs, channels, bands, kernel_frames))?.permute((0, 3, 2, 1))?;
                convolve(input, &weight, parameter("bias")?, dilation_frames)
            }
            &LayerSpec::Conv2d {
                kernel_frames,
                kernel_bands,
                dilation_frames,
                dilation_bands,
                stride_bands,
                padding_bands,
                ..
            } => {
                let unfolding = Unfolding {
                    kernel_frames,
                    kernel_bands,
                    dilation_frames,
                    dilation_bands,
                    stride_bands,
                    padding_bands,
                    output_bands: layout.output.bands,
                };
                let weight = parameter("weight")?.permute((0, 2, 3, 1))?;
                convolve_bands(input, &weight, parameter("bias")?, unfolding)
            }
            &LayerSpec::Pool { reduction, bands, frames } => pooling::pool(input, reduction, bands, frames),
            &LayerSpec::GlobalPool { reduction, over } => pooling::global_pool(input, reduction, over),
            &LayerSpec::Recurrent { cell, stack, .. } => {
                recurrence::recurrent(cell, stack, layout, self.parameters, input)
            }
            &LayerSpec::Bidirectional { cell, look_ahead_frames, .. } => {
                recurrence::bidirectional(cell, look_ahead_frames, layout, self.parameters, input)
            }
            &LayerSpec::BatchNorm { epsilon } => {
                let statistics = self.statistics.as_mut().filter(|_| !self.parameters.is_frozen(&layout.path));
                normalisation::batch_norm(input, epsilon, &layout.path, self.parameters, statistics)
            }
            LayerSpec::Activation { function } => activation(input, *function),
            LayerSpec::Residual { layers } => self.residual(layers, layout, input),
            LayerSpec::Concatenate { branches } => self.concatenate(branches, layout, input),
        }
    }
}

fn activation(input: &Tensor, function: ActivationFunction) -> Result<Tensor> {
    match function {
        ActivationFunction::Logistic => candle_nn::ops::sigmoid(input),
        ActivationFunction::Tanh => input.tanh(),
        ActivationFunction::Relu => input.relu(),
        ActivationFunction::LeakyRelu { slope } => {
            let slope = f64::from(slope);
            (input.relu()? * (1.0 - slope))? + (input * slope)?
        }
        ActivationFunction::Softmax => candle_nn::ops::softmax(input, D::Minus1),
    }
}

#[cfg(test)]
mod tests;
