//! Decoder settings from validation data: when to report, what a confidence means, and how late events are.

use attacca_models::{NetworkDescription, Task, WeightsError, WeightsFile, description::DecoderSettings};

use super::{
    Found, calibration, listen_to_all,
    piece::Piece,
    scoring::{ScoreError, all_scores, means},
    verdict::{lateness, verdicts},
};
use crate::metrics::median;

/// Thresholds that are tried.
const THRESHOLDS: std::ops::RangeInclusive<u32> = 5..=90;

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
    /// No piece has the annotation.
    #[error("validation data: expected pieces with {task} annotations, found none")]
    NothingToLearnFrom {
        /// The task's name.
        task: &'static str,
    },
}

/// A file with the same network and the decoder settings that do best on `pieces`.
///
/// The engine first reports everything, with raw confidences. From these come the calibration, then the threshold with
/// the best mean F-measure, then the median lateness.
///
/// # Errors
/// See [`SettingsError`].
pub fn calibrated(weights: &WeightsFile, pieces: &[Piece]) -> Result<WeightsFile, SettingsError> {
    let task = weights.description().task;
    let everything = DecoderSettings { threshold: *THRESHOLDS.start() as f32 / 100.0, ..DecoderSettings::default() };
    let heard = listen_to_all(&with_settings(weights, everything)?, pieces)?;
    let judged = judged(task, pieces, &heard, |found| log_odds(found.confidence));
    if judged.is_empty() {
        return Err(SettingsError::NothingToLearnFrom { task: task.name() });
    }
    let calibration = calibration::fit(&judged);

    let mut best = (f64::NEG_INFINITY, 0.5);
    for threshold in THRESHOLDS.map(|percent| f64::from(percent) / 100.0) {
        let kept: Vec<Vec<Found>> = heard.iter().map(|found| above(found, threshold)).collect();
        // The first metric is the one that decides.
        let score = means(&all_scores(task, pieces, &kept)?).first().map_or(0.0, |mean| mean.value);
        if score > best.0 {
            best = (score, threshold);
        }
    }
    let raw_threshold = best.1;

    let late = pieces.iter().zip(&heard).flat_map(|(piece, found)| lateness(task, piece, &above(found, raw_threshold)));
    let median = median(late.collect()).unwrap_or(0.0);

    let threshold = match task {
        // The onset decoder compares activations, the beat decoder calibrated confidences.
        Task::Onset => raw_threshold,
        Task::Beat | Task::Voice | Task::Chord | Task::Key => calibration.probability(log_odds(raw_threshold)),
    };
    let settings = DecoderSettings {
        threshold: threshold as f32,
        calibration_slope: calibration.slope as f32,
        calibration_offset: calibration.offset as f32,
        time_correction_seconds: -median as f32,
    };
    Ok(with_settings(weights, settings)?)
}

/// Mean difference between confidences and hit rates over all pieces.
pub fn calibration_error(task: Task, pieces: &[Piece], heard: &[Vec<Found>]) -> f64 {
    calibration::expected_error(&judged(task, pieces, heard, |found| found.confidence))
}

fn with_settings(weights: &WeightsFile, decoder: DecoderSettings) -> Result<WeightsFile, WeightsError> {
    let description = NetworkDescription { decoder, ..weights.description().clone() };
    WeightsFile::new(std::path::Path::new("calibrated weights"), description, weights.tensors().clone())
}

fn above(found: &[Found], confidence: f64) -> Vec<Found> {
    found.iter().copied().filter(|found| found.confidence >= confidence).collect()
}

/// Something about every event of every piece that can be judged, and whether the event is right.
fn judged(task: Task, pieces: &[Piece], heard: &[Vec<Found>], of: impl Fn(&Found) -> f64) -> Vec<(f64, bool)> {
    let mut judged = Vec::new();
    for (piece, found) in pieces.iter().zip(heard) {
        let verdicts = verdicts(task, piece, found).into_iter().flatten();
        judged.extend(found.iter().zip(verdicts).filter_map(|(found, verdict)| Some((of(found), verdict?))));
    }
    judged
}

fn log_odds(probability: f64) -> f64 {
    let bounded = probability.clamp(1e-5, 1.0 - 1e-5);
    (bounded / (1.0 - bounded)).ln()
}
