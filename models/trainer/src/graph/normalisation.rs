//! Batch normalisation: by the batch's own statistics in training, by running ones in evaluation.

use candle_core::{Result, Tensor};

use super::{
    Parameters,
    convolution::{mean_of_rows, repeat},
};

/// What a batch norm saw in one training pass.
#[derive(Debug)]
pub struct BatchStatistics {
    /// Path of the layer.
    pub(super) path: String,
    /// Mean of each channel.
    pub(super) mean: Tensor,
    /// Unbiased variance of each channel.
    pub(super) variance: Tensor,
}

/// Normalises each channel of `[frame, sequence, band, channel]`, and records the batch's statistics in training.
pub(super) fn batch_norm(
    input: &Tensor,
    epsilon: f32,
    path: &str,
    parameters: &Parameters,
    training: Option<&mut Vec<BatchStatistics>>,
) -> Result<Tensor> {
    let rows = input.reshape(((), input.dim(3)?))?;
    let count = rows.dim(0)?;
    let (centred, variance) = match training {
        Some(statistics) => {
            let mean = mean_of_rows(&rows)?;
            let centred = (&rows - repeat(&mean, count)?)?;
            let variance = mean_of_rows(&centred.sqr()?)?;
            let unbiased = (variance.detach() * (count as f64 / (count as f64 - 1.0).max(1.0)))?;
            statistics.push(BatchStatistics { path: path.to_owned(), mean: mean.detach(), variance: unbiased });
            (centred, variance)
        }
        None => {
            let mean = parameters.get(path, "running_mean")?.detach();
            ((rows - repeat(&mean, count)?)?, parameters.get(path, "running_var")?.detach())
        }
    };
    let scale = (parameters.get(path, "weight")? / (variance + f64::from(epsilon))?.sqrt()?)?;
    let bias = repeat(parameters.get(path, "bias")?, count)?;
    ((centred * repeat(&scale, count)?)? + bias)?.reshape(input.shape())
}
