//! The same layers in candle, one step at a time on one thread, as the trainer's graph would run live.

use std::{collections::HashMap, error::Error, hint::black_box};

use attacca_models::{LayerSpec, layer_spec::Cell};
use candle_core::{DType, Device, Module, Tensor};
use candle_nn::{Conv1d, Conv1dConfig, Conv2d, Conv2dConfig, Linear, VarBuilder, rnn};

use crate::{
    rows::{PLACES, Row},
    timing::{Contestant, Run},
};

/// Steps of a row's layer in candle. Convolutions are given their window; keeping it is not timed.
pub fn steps(row: &Row) -> Result<Contestant<'static>, Box<dyn Error>> {
    Ok(Contestant::new((0..PLACES).map(|_| run(row)).collect::<Result<_, _>>()?))
}

fn run(row: &Row) -> Result<Run<'static>, Box<dyn Error>> {
    let device = Device::Cpu;
    let frame = Tensor::from_vec(row.frame(), (1, row.input.len()), &device)?;
    let mut tensors = HashMap::new();
    for (name, tensor) in row.tensors()? {
        // Tensors are named `0.weight` and so on: there is one layer.
        let name = name.trim_start_matches("0.").to_owned();
        tensors.insert(name, Tensor::from_vec(tensor.values, tensor.shape, &device)?);
    }
    let named = |name: &str| tensors.get(name).cloned().ok_or_else(|| format!("{}: no tensor {name}", row.name));
    Ok(match row.layer {
        LayerSpec::Recurrent { cell: Cell::Gru, units, .. } => {
            let builder = VarBuilder::from_tensors(tensors, DType::F32, &device);
            recurrent(rnn::gru(row.input.len(), units, rnn::GRUConfig::default(), builder)?, frame)?
        }
        LayerSpec::Recurrent { units, .. } => {
            let builder = VarBuilder::from_tensors(tensors, DType::F32, &device);
            recurrent(rnn::lstm(row.input.len(), units, rnn::LSTMConfig::default(), builder)?, frame)?
        }
        LayerSpec::Conv1d { kernel_frames, dilation_frames, .. } => {
            let config = Conv1dConfig { dilation: dilation_frames, ..Conv1dConfig::default() };
            let layer = Conv1d::new(named("weight")?, Some(named("bias")?), config);
            let frames = (kernel_frames - 1) * dilation_frames + 1;
            module(layer, frame.unsqueeze(2)?.repeat((1, 1, frames))?)?
        }
        LayerSpec::Conv2d { kernel_frames, padding_bands, .. } => {
            let layer = Conv2d::new(named("weight")?, Some(named("bias")?), Conv2dConfig::default());
            let frame = frame.reshape((1, row.input.channels, 1, row.input.bands))?.repeat((1, 1, kernel_frames, 1))?;
            module(layer, frame.pad_with_zeros(3, padding_bands, padding_bands)?)?
        }
        _ => module(Linear::new(named("weight")?, Some(named("bias")?)), frame)?,
    })
}

fn module(layer: impl Module + 'static, input: Tensor) -> candle_core::Result<Run<'static>> {
    // What follows is the same work, so that an error would have shown here.
    layer.forward(&input)?;
    Ok(Box::new(move |repetitions| {
        for _ in 0..repetitions {
            _ = black_box(layer.forward(black_box(&input)));
        }
    }))
}

fn recurrent<Layer: rnn::RNN + 'static>(layer: Layer, input: Tensor) -> candle_core::Result<Run<'static>> {
    let mut state = layer.step(&input, &layer.zero_state(1)?)?;
    Ok(Box::new(move |repetitions| {
        for _ in 0..repetitions {
            if let Ok(next) = layer.step(black_box(&input), &state) {
                state = next;
            }
        }
    }))
}
