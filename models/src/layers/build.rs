//! From a description and its tensors to streaming layers. Main thread only.

use std::{collections::BTreeMap, path::Path};

use super::{
    Layer,
    activation::Activation,
    affine::Affine,
    bidirectional::Bidirectional,
    concatenate::{Branch, Concatenate},
    conv1d,
    conv2d::{Conv2d, Conv2dSizes},
    dense::Dense,
    global_pool::GlobalPool,
    linear::{ChannelAffine, Linear},
    parameters::Parameters,
    pool::Pool,
    recurrent::Recurrent,
    residual::Residual,
    stack::Stack,
};
use crate::{
    error::WeightsError,
    kernels::Kernels,
    layer_spec::LayerSpec,
    layout::{LayerLayout, StackLayout},
    weights::Tensor,
};

/// What every layer is built from.
#[derive(Clone, Copy)]
pub(crate) struct Builder<'a> {
    /// Names the file in errors.
    pub(crate) file: &'a Path,
    /// The kernels that all layers call.
    pub(crate) kernels: &'static Kernels,
    /// All tensors of the file.
    pub(crate) tensors: &'a BTreeMap<String, Tensor>,
}

impl<'a> Builder<'a> {
    /// Builds a list of layers; `layout` is the one inferred from `specs`.
    pub(crate) fn stack(&self, specs: &[LayerSpec], layout: &'a StackLayout) -> Result<Stack, WeightsError> {
        let mut layers: Vec<(Box<dyn Layer>, usize)> = Vec::with_capacity(specs.len());
        let mut remaining = specs.iter().zip(&layout.layers).peekable();
        while let Some((spec, layer)) = remaining.next() {
            let mut following = Vec::new();
            if matches!(spec, LayerSpec::Dense { .. } | LayerSpec::Conv1d { .. } | LayerSpec::Conv2d { .. }) {
                while let Some((LayerSpec::BatchNorm { epsilon }, norm)) =
                    remaining.next_if(|(spec, _)| matches!(spec, LayerSpec::BatchNorm { .. }))
                {
                    following.push(ChannelAffine::new(self.parameters(norm), *epsilon)?);
                }
            }
            layers.push((self.layer(spec, layer, &following)?, layer.output.len()));
        }
        Ok(Stack::new(layers))
    }

    fn parameters(&self, layer: &'a LayerLayout) -> Parameters<'a> {
        Parameters { file: self.file, tensors: self.tensors, path: &layer.path }
    }

    /// Builds a layer, with the normalisations that follow it folded in where it is linear.
    fn layer(
        &self,
        spec: &LayerSpec,
        layer: &'a LayerLayout,
        following: &[ChannelAffine],
    ) -> Result<Box<dyn Layer>, WeightsError> {
        let (kernels, parameters) = (self.kernels, self.parameters(layer));
        let linear = || -> Result<Linear, WeightsError> {
            let mut linear = Linear::new(parameters)?;
            following.iter().for_each(|affine| linear.fold(affine));
            Ok(linear)
        };
        Ok(match spec {
            LayerSpec::Dense { context_frames, .. } => Box::new(Dense::new(kernels, &linear()?, *context_frames, 1)),
            LayerSpec::Conv1d { kernel_frames, dilation_frames, .. } => {
                Box::new(conv1d::new(kernels, &linear()?, *kernel_frames, *dilation_frames))
            }
            &LayerSpec::Conv2d {
                outputs: _,
                kernel_frames,
                kernel_bands,
                dilation_frames,
                dilation_bands,
                stride_bands,
                padding_bands,
            } => {
                let sizes = Conv2dSizes {
                    input: layer.input,
                    output: layer.output,
                    kernel_frames,
                    kernel_bands,
                    dilation_frames,
                    dilation_bands,
                    stride_bands,
                    padding_bands,
                };
                Box::new(Conv2d::new(kernels, &linear()?, sizes))
            }
            LayerSpec::Pool { reduction, bands, frames } => {
                Box::new(Pool::new(*reduction, *bands, *frames, layer.input))
            }
            LayerSpec::GlobalPool { reduction, over } => {
                Box::new(GlobalPool::new(*reduction, *over, layer.input, layer.output))
            }
            LayerSpec::Recurrent { cell, units, stack } => {
                Box::new(Recurrent::new(kernels, parameters, *cell, *units, *stack)?)
            }
            LayerSpec::Bidirectional { cell, units, look_ahead_frames } => {
                Box::new(Bidirectional::new(kernels, parameters, *cell, layer.input.len(), *units, *look_ahead_frames)?)
            }
            LayerSpec::BatchNorm { epsilon } => {
                Box::new(Affine::new(&ChannelAffine::new(parameters, *epsilon)?, layer.input))
            }
            LayerSpec::Activation { function } => Box::new(Activation::new(kernels, *function, layer.input)),
            LayerSpec::Residual { layers } => {
                let inner = layer.branches.first().ok_or_else(|| self.without_branches(layer))?;
                let values = layer.output.len();
                Box::new(Residual::new(self.stack(layers, inner)?, inner.look_ahead_frames, values))
            }
            LayerSpec::Concatenate { branches } => {
                let branches = branches.iter().zip(&layer.branches).map(|(layers, branch)| {
                    let delay = layer.look_ahead_frames - branch.look_ahead_frames;
                    Ok(Branch::new(self.stack(layers, branch)?, delay, branch.output.len()))
                });
                Box::new(Concatenate::new(branches.collect::<Result<_, WeightsError>>()?))
            }
        })
    }

    fn without_branches(&self, layer: &LayerLayout) -> WeightsError {
        WeightsError::new(self.file, format!("layers.{}", layer.path), "a layout with nested layers", "none")
    }
}
