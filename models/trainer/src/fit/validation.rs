//! How good a network is while it is fitted: the loss, and how well plain peaks of its activations find the events.
//!
//! No decoder is involved: [`crate::evaluate`] says what a user gets, this says which epoch to keep.

use attacca_models::{Task, front_end::FRAMES_PER_SECOND};
use candle_core::Result;
use serde::{Deserialize, Serialize};

use super::{
    corpus::{Corpus, Excerpt},
    crop::whole,
    loss::binary_cross_entropy,
};
use crate::{
    evaluate::f_measure::{BEAT_WINDOW_SECONDS, ONSET_WINDOW_SECONDS, matching},
    graph::Graph,
    recipe::ModelRecipe,
};

/// Excerpts that go through the graph together: enough for its matrix products, few enough for the memory.
const EXCERPTS_AT_ONCE: usize = 8;

/// A peak is the largest activation of this many frames before and after it.
const PEAK_REACH_FRAMES: usize = 3;

/// Thresholds that are tried: twentieths.
const THRESHOLDS: usize = 19;

/// What the validation side says of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validation {
    /// Mean cross-entropy over excerpts.
    pub loss: f64,
    /// For each label, how well its peaks find the events.
    pub labels: Vec<PeakScore>,
}

/// How well peaks above the best threshold find the events of one label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeakScore {
    /// The threshold with the largest F-measure.
    pub threshold: f64,
    /// F-measure over all events together, at the tolerance that mir_eval has for the task.
    pub f_measure: f64,
    /// Median of peak time minus event time over the events found, in seconds.
    pub lag_seconds: f64,
}

/// Peaks found, events, and pairs of the two at one threshold.
#[derive(Clone, Debug, Default)]
struct Count {
    peaks: usize,
    events: usize,
    lags: Vec<f64>,
}

impl Count {
    fn f_measure(&self) -> f64 {
        2.0 * self.lags.len() as f64 / (self.peaks + self.events).max(1) as f64
    }
}

/// Runs the network over the validation side.
pub(super) fn validate(graph: &Graph, corpus: &Corpus, recipe: &ModelRecipe) -> Result<Validation> {
    let chunks = corpus.validation.chunks(EXCERPTS_AT_ONCE).collect::<Vec<_>>();
    let mut heard = Vec::with_capacity(chunks.len());
    for together in chunks.chunks(recipe.fit.threads) {
        let results = std::thread::scope(|scope| {
            let threads = together.iter().map(|chunk| scope.spawn(|| hear(graph, chunk, corpus, recipe)));
            threads.collect::<Vec<_>>().into_iter().map(super::joined).collect::<Vec<_>>()
        });
        heard.extend(results.into_iter().collect::<Result<Vec<_>>>()?);
    }
    let loss = heard.iter().zip(&chunks).map(|(heard, chunk)| heard.loss * chunk.len() as f64).sum::<f64>();
    let labels = recipe.task.labels().len();
    let activations = heard.iter().flat_map(|heard| &heard.activations).collect::<Vec<_>>();
    let scores = (0..labels).map(|label| score(label, &activations, corpus, recipe)).collect();
    Ok(Validation { loss: loss / corpus.validation.len().max(1) as f64, labels: scores })
}

/// What a network says of a few excerpts.
struct Heard {
    loss: f64,
    /// For each excerpt, `[label][frame]`.
    activations: Vec<Vec<Vec<f32>>>,
}

fn hear(graph: &Graph, excerpts: &[Excerpt], corpus: &Corpus, recipe: &ModelRecipe) -> Result<Heard> {
    let batch = whole(excerpts, &corpus.front_end, recipe)?;
    let logits = graph.forward_logits(&batch.frames)?;
    let loss = binary_cross_entropy(&logits, &batch.targets, &batch.weights)?.to_scalar::<f32>()?;
    let activations = candle_nn::ops::sigmoid(&logits)?.squeeze(3)?.permute((1, 2, 0))?.to_vec3::<f32>()?;
    Ok(Heard { loss: f64::from(loss), activations })
}

fn score(label: usize, activations: &[&Vec<Vec<f32>>], corpus: &Corpus, recipe: &ModelRecipe) -> PeakScore {
    let window = match recipe.task {
        Task::Onset => ONSET_WINDOW_SECONDS,
        Task::Beat | Task::Voice | Task::Chord | Task::Key => BEAT_WINDOW_SECONDS,
    };
    let mut counts = vec![Count::default(); THRESHOLDS];
    for (excerpt, activations) in corpus.validation.iter().zip(activations) {
        let peaks = peaks(&activations[label][..excerpt.frames()], &excerpt.weights);
        let seconds = excerpt.frames() as f64 / f64::from(FRAMES_PER_SECOND);
        let events = excerpt.events[label].iter().copied().filter(|&time| time < seconds).collect::<Vec<_>>();
        for (index, count) in counts.iter_mut().enumerate() {
            let above = peaks.iter().filter(|(_, height)| f64::from(*height) >= threshold(index));
            let times = above.map(|&(frame, _)| seconds_of(frame, recipe)).collect::<Vec<_>>();
            count.peaks += times.len();
            count.events += events.len();
            let pairs = matching(&events, &times, window);
            count.lags.extend(pairs.into_iter().map(|(event, peak)| times[peak] - events[event]));
        }
    }
    let best = counts.iter_mut().enumerate().max_by(|(_, a), (_, b)| a.f_measure().total_cmp(&b.f_measure()));
    best.map_or_else(PeakScore::default, |(index, count)| {
        let f_measure = count.f_measure();
        count.lags.sort_by(f64::total_cmp);
        let lag_seconds = count.lags.get(count.lags.len() / 2).copied().unwrap_or(0.0);
        PeakScore { threshold: threshold(index), f_measure, lag_seconds }
    })
}

fn threshold(index: usize) -> f64 {
    (index + 1) as f64 / (THRESHOLDS + 1) as f64
}

/// The middle of the hop that an activation is about.
fn seconds_of(frame: usize, recipe: &ModelRecipe) -> f64 {
    (frame as f64 + 0.5 - recipe.labels.look_ahead_frames as f64) / f64::from(FRAMES_PER_SECOND)
}

/// Frames and heights of the peaks in frames that are not masked.
fn peaks(activations: &[f32], weights: &[f32]) -> Vec<(usize, f32)> {
    let is_peak = |&(frame, &height): &(usize, &f32)| {
        let around = &activations[frame.saturating_sub(PEAK_REACH_FRAMES)..];
        let around = &around[..around.len().min(2 * PEAK_REACH_FRAMES + 1)];
        weights[frame] > 0.0 && around.iter().all(|&other| other <= height)
    };
    let mut peaks: Vec<(usize, f32)> =
        activations.iter().enumerate().filter(is_peak).map(|(frame, &height)| (frame, height)).collect();
    // A plateau counts once.
    peaks.dedup_by(|later, earlier| later.0 - earlier.0 <= PEAK_REACH_FRAMES && later.1 == earlier.1);
    peaks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_are_largest_of_their_surroundings_and_not_masked() {
        let mut activations = vec![0.0_f32; 30];
        for (frame, height) in [(5, 0.9), (7, 0.5), (15, 0.4), (16, 0.4), (25, 0.8)] {
            activations[frame] = height;
        }
        let mut weights = vec![1.0; 30];
        weights[25] = 0.0;
        let found = peaks(&activations, &weights).into_iter().filter(|peak| peak.1 > 0.0).collect::<Vec<_>>();
        assert_eq!(found, [(5, 0.9), (15, 0.4)]);
    }
}
