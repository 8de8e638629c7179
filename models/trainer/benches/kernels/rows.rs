//! The layers that are timed: those of the networks that listen, in their sizes.

use std::{collections::BTreeMap, error::Error, path::Path};

use attacca_models::{
    InstructionSet, LayerSpec, Network, Shape, StackLayout, bfloat16, layer_spec::Cell, weights::Tensor,
};

use crate::timing::{Contestant, Run};

/// Places in memory at which everything that reads weights is timed.
pub const PLACES: usize = 8;

/// How much there is in a weight of a layer's matrices.
#[derive(Clone, Copy, PartialEq)]
pub enum Weights {
    Float32,
    /// As in the networks that ship.
    Bfloat16,
}

/// One layer.
pub struct Row {
    pub name: String,
    pub layer: LayerSpec,
    pub input: Shape,
    /// What its weights are.
    pub weights: Weights,
    /// What the layer must be at least: time of the bound in time of a step on the fastest instruction set.
    pub goal: f64,
}

/// All rows.
pub fn rows() -> Vec<Row> {
    let both = |name: &str, layer: LayerSpec, input, goal| {
        let row = |weights, name| Row { name, layer: layer.clone(), input, weights, goal };
        [row(Weights::Float32, name.to_owned()), row(Weights::Bfloat16, format!("{name}, bfloat16"))]
    };
    let recurrent = |cell, units| LayerSpec::Recurrent { cell, units, stack: 1 };
    let dense = |outputs| LayerSpec::Dense { outputs, context_frames: 1 };
    let conv1d = |outputs, dilation_frames| LayerSpec::Conv1d { outputs, kernel_frames: 3, dilation_frames };
    let conv2d = LayerSpec::Conv2d {
        outputs: 16,
        kernel_frames: 3,
        kernel_bands: 3,
        dilation_frames: 1,
        dilation_bands: 1,
        stride_bands: 1,
        padding_bands: 1,
    };
    let matrices = [
        both("gru 64", recurrent(Cell::Gru, 64), Shape::vector(64), 0.79),
        both("gru 32", recurrent(Cell::Gru, 32), Shape::vector(32), 0.39),
        both("lstm 32", recurrent(Cell::Lstm, 32), Shape::vector(32), 0.51),
        both("lstm 64", recurrent(Cell::Lstm, 64), Shape::vector(64), 0.81),
        both("dense 128", dense(128), Shape::vector(128), 1.0),
        both("dense 64", dense(64), Shape::vector(64), 0.60),
        both("conv1d 16 k3", conv1d(16, 1), Shape::vector(16), 0.23),
        both("conv1d 32 k3 d2", conv1d(32, 2), Shape::vector(32), 0.42),
    ];
    let name = "conv2d 8-16 3x3 80".to_owned();
    let filters = Row { name, layer: conv2d, input: Shape::new(8, 80), weights: Weights::Float32, goal: 0.70 };
    matrices.into_iter().flatten().chain([filters]).collect()
}

impl Row {
    fn layout(&self) -> Result<StackLayout, Box<dyn Error>> {
        Ok(StackLayout::infer(Path::new(&self.name), std::slice::from_ref(&self.layer), self.input)?)
    }

    /// Tensors of the layer, of values that keep its state in range.
    pub fn tensors(&self) -> Result<BTreeMap<String, Tensor>, Box<dyn Error>> {
        let layout = self.layout()?;
        let tensors = layout.tensors().into_iter().map(|tensor| {
            let inputs: usize = tensor.shape.iter().skip(1).product();
            let values = (0..tensor.values()).map(|index| wave(index) / (inputs as f32).sqrt());
            let values = match self.weights {
                Weights::Float32 => values.collect(),
                Weights::Bfloat16 => values.map(bfloat16::nearest).collect(),
            };
            (tensor.name.clone(), Tensor { shape: tensor.shape.clone(), values })
        });
        Ok(tensors.collect())
    }

    /// An input frame.
    pub fn frame(&self) -> Vec<f32> {
        (0..self.input.len()).map(wave).collect()
    }

    /// Bytes of the matrices as `f32`, whatever they are, so that rows have one bound; biases left out.
    pub fn weight_bytes(&self) -> Result<usize, Box<dyn Error>> {
        let matrices = self
            .layout()?
            .tensors()
            .into_iter()
            .filter(|tensor| tensor.shape.len() > 1)
            .map(|tensor| tensor.values())
            .sum::<usize>();
        Ok(matrices * size_of::<f32>())
    }

    /// Operations of the matrices in a step, where a multiplication and an addition are two.
    pub fn flops(&self) -> Result<usize, Box<dyn Error>> {
        // Each weight of a two-dimensional convolution serves every band of the output.
        let bands = self.layout()?.output.bands;
        Ok(2 * self.weight_bytes()? / size_of::<f32>() * bands)
    }

    /// Steps of the layer alone, as a network of one.
    pub fn steps(&self, set: InstructionSet) -> Result<Contestant<'static>, Box<dyn Error>> {
        let layers = std::slice::from_ref(&self.layer);
        let tensors = self.tensors()?;
        let runs = (0..PLACES).map(|_| -> Result<Run<'static>, Box<dyn Error>> {
            let mut network = Network::of_layers(set, Path::new(&self.name), layers, self.input, &tensors)?;
            let frame = self.frame();
            Ok(Box::new(move |repetitions| {
                for _ in 0..repetitions {
                    std::hint::black_box(network.step(std::hint::black_box(&frame)));
                }
            }))
        });
        Ok(Contestant::new(runs.collect::<Result<_, _>>()?))
    }
}

/// A value between −1 and 1 that is neither regular nor random.
fn wave(index: usize) -> f32 {
    (index as f32 * 0.7).sin()
}
