//! How good a network is while it is fitted: the loss, and how well its activations alone do.
//!
//! No decoder is involved: [`crate::evaluate`] says what a user gets, this says which epoch to keep.

use attacca_models::{Task, front_end::FRAMES_PER_SECOND};
use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::{
    corpus::{Corpus, Excerpt},
    crop::{Batch, CropError, whole},
    scores::{ClassCount, FrameCount, PeakCount, Scores, Tally, thresholds},
    targets::{FramedLabels, Targets},
    workers::Workers,
};
use crate::{
    graph::Graph,
    metrics::f_measure::{BEAT_WINDOW_SECONDS, ONSET_WINDOW_SECONDS, matching},
    recipe::ModelRecipe,
};

/// Frames that go through the graph together, over all sequences: enough for its matrix products, few enough for the
/// memory.
const FRAMES_AT_ONCE: usize = 24_000;

/// A peak is the largest activation of this many frames before and after it.
const PEAK_REACH_FRAMES: usize = 3;

/// What the validation side says of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validation {
    /// Mean cross-entropy over excerpts.
    pub loss: f64,
    /// How well the activations do.
    pub scores: Scores,
}

/// Runs the network over the validation side.
pub(super) fn validate(
    graph: &Graph,
    device: &Device,
    corpus: &Corpus,
    recipe: &ModelRecipe,
    workers: &Workers,
) -> Result<Validation, CropError> {
    let chunks = chunks(&corpus.validation);
    let heard = workers.each(&chunks, |chunk| hear(graph, whole(chunk, corpus, recipe)?.on(device)?, chunk, recipe));
    let mut loss = 0.0;
    let mut tally = Tally::new(recipe.task);
    for (result, chunk) in heard.into_iter().zip(&chunks) {
        let (chunk_loss, chunk_tally) = result?;
        loss += chunk_loss * chunk.len() as f64;
        tally.merge(chunk_tally);
    }
    Ok(Validation { loss: loss / corpus.validation.len().max(1) as f64, scores: tally.scores(recipe.task) })
}

/// Excerpts in order, as many together as fit in [`FRAMES_AT_ONCE`] side by side; a longer one is alone.
fn chunks(mut excerpts: &[Excerpt]) -> Vec<&[Excerpt]> {
    let mut chunks = Vec::new();
    while !excerpts.is_empty() {
        let longest = |count: usize| excerpts[..count].iter().map(Excerpt::frames).max().unwrap_or(0);
        let fits = |count: &usize| count * longest(*count) <= FRAMES_AT_ONCE;
        let count = (2..=excerpts.len()).take_while(fits).last().unwrap_or(1);
        let (chunk, rest) = excerpts.split_at(count);
        chunks.push(chunk);
        excerpts = rest;
    }
    chunks
}

/// Loss and counts of a few excerpts.
fn hear(graph: &Graph, batch: Batch, excerpts: &[Excerpt], recipe: &ModelRecipe) -> Result<(f64, Tally), CropError> {
    let logits = graph.forward_logits(&batch.frames)?;
    let loss = batch.loss(&logits)?.to_scalar::<f32>()?;
    let labelled = excerpts.iter().map(|excerpt| (excerpt, excerpt.framed(recipe.labels)));
    let mut tally = Tally::new(recipe.task);
    match &mut tally {
        Tally::Peaks(counts) => {
            for ((excerpt, framed), activations) in labelled.zip(activations(&logits)?) {
                let labels = counts.iter_mut().zip(&activations).zip(excerpt.labels.events());
                labels.for_each(|((counts, activations), events)| {
                    count_peaks(counts, activations, &framed.weights, &events, recipe);
                });
            }
        }
        Tally::Frames(counts) => {
            for ((_, framed), activations) in labelled.zip(activations(&logits)?) {
                count_frames(counts, &activations[0], &framed);
            }
        }
        Tally::Classes(count) => {
            let found = logits.squeeze(3)?.argmax(2)?.t()?.to_vec2::<u32>()?;
            labelled.zip(found).for_each(|((_, framed), found)| count_classes(count, &found, &framed, recipe.task));
        }
    }
    Ok((f64::from(loss), tally))
}

/// Probabilities `[sequence][label][frame]` of logits.
fn activations(logits: &Tensor) -> candle_core::Result<Vec<Vec<Vec<f32>>>> {
    candle_nn::ops::sigmoid(logits)?.squeeze(3)?.permute((1, 2, 0))?.to_vec3()
}

fn count_peaks(counts: &mut [PeakCount], activations: &[f32], weights: &[f32], events: &[f64], recipe: &ModelRecipe) {
    let window = if recipe.task == Task::Onset { ONSET_WINDOW_SECONDS } else { BEAT_WINDOW_SECONDS };
    let peaks = peaks(&activations[..weights.len()], weights);
    let seconds = weights.len() as f64 / f64::from(FRAMES_PER_SECOND);
    let events = events.iter().copied().filter(|&time| time < seconds).collect::<Vec<_>>();
    for (threshold, count) in thresholds().zip(counts) {
        let above = peaks.iter().filter(|(_, height)| f64::from(*height) >= threshold);
        let times = above.map(|&(frame, _)| seconds_of(frame, recipe)).collect::<Vec<_>>();
        count.peaks += times.len();
        count.events += events.len();
        let pairs = matching(&events, &times, window);
        count.lags.extend(pairs.into_iter().map(|(event, peak)| times[peak] - events[event]));
    }
}

fn count_frames(counts: &mut [FrameCount], activations: &[f32], framed: &FramedLabels) {
    let Targets::Independent(targets) = &framed.targets else { return };
    let frames = activations.iter().zip(targets).zip(&framed.weights);
    for ((&activation, &target), _) in frames.filter(|(_, weight)| **weight > 0.0) {
        for (threshold, count) in thresholds().zip(&mut *counts) {
            let counted = match (target >= 0.5, f64::from(activation) >= threshold) {
                (true, true) => &mut count.true_positives,
                (false, true) => &mut count.false_positives,
                (true, false) => &mut count.false_negatives,
                (false, false) => &mut count.true_negatives,
            };
            *counted += 1;
        }
    }
}

fn count_classes(count: &mut ClassCount, found: &[u32], framed: &FramedLabels, task: Task) {
    let Targets::Exclusive(expected) = &framed.targets else { return };
    let frames = expected.iter().zip(found).zip(&framed.weights);
    for ((&expected, &found), _) in frames.filter(|(_, weight)| **weight > 0.0) {
        count.add(task, usize::from(expected), found as usize);
    }
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
