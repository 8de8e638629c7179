//! Decoder settings from validation data: when to report, what a confidence means, and how late events are.

use std::ops::RangeInclusive;

use attacca_models::{NetworkDescription, Task, WeightsError, WeightsFile, description::DecoderSettings};

use super::{
    Found, What,
    calibration::{self, Calibration},
    listen_to_all,
    piece::Piece,
    scoring::{ScoreError, all_scores, means},
    verdict::{lateness, verdicts},
};
use crate::metrics::median;

/// Thresholds that are tried, in per cent.
const THRESHOLDS: RangeInclusive<u32> = 5..=90;

/// The same for beats, which are reported even where the filter is far from sure.
const BEAT_THRESHOLDS: RangeInclusive<u32> = 1..=90;

/// From one threshold to the next, in per cent, where each takes a run of the engine: the score changes little within it.
const ASKED_STEP: usize = 5;

/// Why settings cannot be found.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The engine refused the network.
    #[error(transparent)]
    Build(#[from] attacca_engine::BuildError),
    /// The weights file cannot be rewritten.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// A piece cannot be scored.
    #[error(transparent)]
    Score(#[from] ScoreError),
    /// No piece has the annotation, or the network is never sure of anything.
    #[error(
        "validation data: expected pieces with {task} annotations in which the network finds anything, found none; has it \
         learnt anything?"
    )]
    NothingToLearnFrom {
        /// The task's name.
        task: &'static str,
    },
}

/// A file with the same network and the decoder settings that do best on `pieces`.
///
/// The engine first reports with raw confidences, from which the calibration comes. For beats it reports everything, and
/// the threshold with the best mean F-measure and the median lateness follow. For onsets and the voice it is asked again
/// with every threshold, since what rises over one cannot be thresholded afterwards; the best mean F-measure of the onsets
/// decides, and the best mean frame accuracy of the voice. Chords and keys change as they did: their threshold is moved with
/// the calibration.
///
/// # Errors
/// See [`SettingsError`].
pub fn calibrated(weights: &WeightsFile, pieces: &[Piece]) -> Result<WeightsFile, SettingsError> {
    let settings = match weights.description().task {
        Task::Beat => of_beats(weights, pieces)?,
        Task::Onset | Task::Voice => of_rises(weights, pieces)?,
        Task::Chord | Task::Key => of_classes(weights, pieces)?,
    };
    Ok(with_settings(weights, settings)?)
}

fn of_beats(weights: &WeightsFile, pieces: &[Piece]) -> Result<DecoderSettings, SettingsError> {
    let heard = listen_raw(weights, pieces, percent(*BEAT_THRESHOLDS.start()))?;
    let calibration = calibration(Task::Beat, pieces, &heard)?;
    let mut best = Best::default();
    for threshold in BEAT_THRESHOLDS.map(percent) {
        let kept: Vec<Vec<Found>> = heard.iter().map(|found| above(found, threshold)).collect();
        best.consider(threshold, criterion(Task::Beat, pieces, &kept)?);
    }
    let kept: Vec<Vec<Found>> = heard.iter().map(|found| above(found, best.threshold)).collect();
    // The beat decoder compares calibrated confidences.
    let threshold = moved(best.threshold, calibration);
    Ok(settings(threshold, calibration, -median_lateness(Task::Beat, pieces, &kept)))
}

/// Settings of a decoder that compares activations with its threshold as they come.
fn of_rises(weights: &WeightsFile, pieces: &[Piece]) -> Result<DecoderSettings, SettingsError> {
    let task = weights.description().task;
    let mut best = Best::default();
    let mut best_heard = Vec::new();
    for threshold in THRESHOLDS.step_by(ASKED_STEP).map(percent) {
        let heard = listen_raw(weights, pieces, threshold)?;
        if best.consider(threshold, criterion(task, pieces, &heard)?) {
            best_heard = heard;
        }
    }
    let lateness = if task == Task::Onset { median_lateness(task, pieces, &best_heard) } else { 0.0 };
    Ok(settings(best.threshold, calibration(task, pieces, &best_heard)?, -lateness))
}

fn median_lateness(task: Task, pieces: &[Piece], heard: &[Vec<Found>]) -> f64 {
    median(pieces.iter().zip(heard).flat_map(|(piece, found)| lateness(task, piece, found)).collect()).unwrap_or(0.0)
}

fn of_classes(weights: &WeightsFile, pieces: &[Piece]) -> Result<DecoderSettings, SettingsError> {
    let threshold = f64::from(DecoderSettings::default().threshold);
    let heard = listen_raw(weights, pieces, threshold)?;
    let calibration = calibration(weights.description().task, pieces, &heard)?;
    Ok(settings(moved(threshold, calibration), calibration, 0.0))
}

/// The threshold with the best score so far, the lowest of equals.
struct Best {
    threshold: f64,
    score: f64,
}

impl Default for Best {
    fn default() -> Self {
        Self { threshold: f64::from(DecoderSettings::default().threshold), score: f64::NEG_INFINITY }
    }
}

impl Best {
    /// Whether a threshold is better than all before it.
    fn consider(&mut self, threshold: f64, score: f64) -> bool {
        let is_better = score > self.score;
        if is_better {
            *self = Self { threshold, score };
        }
        is_better
    }
}

/// What a threshold is chosen by: the mean of the task's main metric.
fn criterion(task: Task, pieces: &[Piece], heard: &[Vec<Found>]) -> Result<f64, ScoreError> {
    Ok(means(&all_scores(task, pieces, heard)?).first().map_or(0.0, |mean| mean.value))
}

/// What the engine says with raw confidences.
fn listen_raw(weights: &WeightsFile, pieces: &[Piece], threshold: f64) -> Result<Vec<Vec<Found>>, SettingsError> {
    let raw = DecoderSettings { threshold: threshold as f32, ..DecoderSettings::default() };
    Ok(listen_to_all(&with_settings(weights, raw)?, &[], pieces)?)
}

/// The calibration of raw confidences.
fn calibration(task: Task, pieces: &[Piece], heard: &[Vec<Found>]) -> Result<Calibration, SettingsError> {
    let observations = judged(task, pieces, heard, |found, is_right| match found.what {
        // The decoder calibrates the probability of a voice, and says its complement of a pause.
        What::Voice(false) => (-log_odds(found.confidence), !is_right),
        _ => (log_odds(found.confidence), is_right),
    });
    if observations.is_empty() {
        return Err(SettingsError::NothingToLearnFrom { task: task.name() });
    }
    Ok(calibration::fit(&observations))
}

/// The calibrated confidence at which a raw one stands.
fn moved(threshold: f64, calibration: Calibration) -> f64 {
    calibration.probability(log_odds(threshold))
}

fn settings(threshold: f64, calibration: Calibration, time_correction_seconds: f64) -> DecoderSettings {
    DecoderSettings {
        threshold: threshold as f32,
        calibration_slope: calibration.slope as f32,
        calibration_offset: calibration.offset as f32,
        time_correction_seconds: time_correction_seconds as f32,
    }
}

fn percent(percent: u32) -> f64 {
    f64::from(percent) / 100.0
}

/// Mean difference between confidences and hit rates over all pieces.
pub fn calibration_error(task: Task, pieces: &[Piece], heard: &[Vec<Found>]) -> f64 {
    calibration::expected_error(&judged(task, pieces, heard, |found, is_right| (found.confidence, is_right)))
}

fn with_settings(weights: &WeightsFile, decoder: DecoderSettings) -> Result<WeightsFile, WeightsError> {
    let description = NetworkDescription { decoder, ..weights.description().clone() };
    WeightsFile::new(std::path::Path::new("calibrated weights"), description, weights.tensors().clone())
}

fn above(found: &[Found], confidence: f64) -> Vec<Found> {
    found.iter().copied().filter(|found| found.confidence >= confidence).collect()
}

/// What `of` makes of every event that can be judged and of whether it is right.
fn judged(
    task: Task,
    pieces: &[Piece],
    heard: &[Vec<Found>],
    of: impl Fn(&Found, bool) -> (f64, bool),
) -> Vec<(f64, bool)> {
    let mut judged = Vec::new();
    for (piece, found) in pieces.iter().zip(heard) {
        let verdicts = verdicts(task, piece, found).into_iter().flatten();
        judged.extend(found.iter().zip(verdicts).filter_map(|(found, verdict)| Some(of(found, verdict?))));
    }
    judged
}

fn log_odds(probability: f64) -> f64 {
    let bounded = probability.clamp(1e-5, 1.0 - 1e-5);
    (bounded / (1.0 - bounded)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Labels, labels::Annotation};

    #[test]
    fn what_a_pause_says_is_calibrated_as_the_complement_of_a_voice() {
        let labels = Labels { voice: Some(Annotation::unmasked(vec![[0.0, 5.0]])), ..Labels::default() };
        let piece = Piece { name: "ten seconds".to_owned(), samples: vec![0.0; 1000], sample_rate_hz: 100, labels };
        let event = |time, active, confidence| Found { time, confidence, what: What::Voice(active) };
        // Confident and right on both sides: as if every voice were certain and every pause the opposite.
        let certain = vec![vec![event(0.0, true, 0.7), event(5.0, false, 0.7)]; 50];
        let calibration = calibration(Task::Voice, &vec![piece; 50], &certain).expect("there are events");
        assert!(calibration.slope > 1.5 && calibration.offset.abs() < 0.1, "{calibration:?}");
    }

    #[test]
    fn the_lowest_of_equally_good_thresholds_is_kept() {
        let mut best = Best::default();
        assert!(best.consider(0.2, 0.5) && !best.consider(0.3, 0.5) && best.consider(0.4, 0.6));
        assert_eq!(best.threshold, 0.4);
    }
}
