//! Pooling over windows of bands and frames, and over everything since the start.

use attacca_models::layer_spec::{PoolAxes, Reduction};
use candle_core::{Result, Tensor};

use super::join::delay;

/// Pools windows of `bands` bands and of the newest `frames` frames.
pub(super) fn pool(input: &Tensor, reduction: Reduction, bands: usize, frames: usize) -> Result<Tensor> {
    let (length, sequences, input_bands, channels) = input.dims4()?;
    let windows = input_bands / bands;
    let windows = input.narrow(2, 0, windows * bands)?.reshape((length, sequences, windows, bands, channels))?;
    match reduction {
        Reduction::Maximum => {
            let newest = windows.max(3)?;
            (1..frames.min(length)).try_fold(newest.clone(), |largest, back| largest.maximum(&hold(&newest, back)?))
        }
        Reduction::Average => {
            let newest = windows.mean(3)?;
            let sum = (1..frames.min(length)).try_fold(newest.clone(), |sum, back| sum + delay(&newest, back)?)?;
            sum.broadcast_mul(&reciprocals(&sum, frames)?)
        }
    }
}

/// Pools everything along the named axes; over time, every frame since the first.
pub(super) fn global_pool(input: &Tensor, reduction: Reduction, over: PoolAxes) -> Result<Tensor> {
    let frame = match (over, reduction) {
        (PoolAxes::Time, _) => input.clone(),
        (_, Reduction::Maximum) => input.max_keepdim(2)?,
        (_, Reduction::Average) => input.mean_keepdim(2)?,
    };
    if matches!(over, PoolAxes::Frequency) {
        return Ok(frame);
    }
    let length = frame.dim(0)?;
    // Windows that double: after the pass with distance d, every frame covers the newest 2·d frames.
    let distances = std::iter::successors(Some(1), |distance| Some(distance * 2)).take_while(|&d| d < length);
    match reduction {
        Reduction::Maximum => {
            distances.into_iter().try_fold(frame, |largest, distance| largest.maximum(&hold(&largest, distance)?))
        }
        Reduction::Average => {
            let sum = distances.into_iter().try_fold(frame, |sum, distance| &sum + delay(&sum, distance)?)?;
            sum.broadcast_mul(&reciprocals(&sum, length)?)
        }
    }
}

/// The same frames, `frames` later, with the first frame in front: it lies in the window of each of those, so that
/// it changes no maximum.
fn hold(input: &Tensor, frames: usize) -> Result<Tensor> {
    input.narrow(0, 0, input.dim(0)? - frames)?.pad_with_same(0, frames, 0)
}

/// For each frame, one over the number of frames in a window of the newest `window`, as `[frame, 1, 1, 1]`.
fn reciprocals(input: &Tensor, window: usize) -> Result<Tensor> {
    let length = input.dim(0)?;
    let values = (1..=length).map(|seen| 1.0 / seen.min(window) as f32).collect::<Vec<_>>();
    Tensor::from_vec(values, (length, 1, 1, 1), input.device())
}
