//! `attacca-train evaluate`, `calibrate` and `card`: what a weights file does, through the streaming engine.

use std::path::{Path, PathBuf};

use attacca_engine::BuildError;
use attacca_models::{NetworkDescription, WeightsError, WeightsFile, description::Score};
use clap::Args;

use crate::evaluate::{
    self, NamedValue,
    piece::{Piece, PieceError},
    settings::{SettingsError, calibrated, calibration_error},
};

/// Scores a weights file on annotated recordings.
#[derive(Debug, Args)]
pub struct EvaluateCommand {
    /// The weights file.
    weights: PathBuf,
    /// A folder of X.wav with X.onsets and X.beats, or a dataset of `data make` (its validation split).
    data: PathBuf,
    /// Keep the scores in the weights file, under this name for the material.
    #[arg(long, value_name = "MATERIAL")]
    record: Option<String>,
    /// Print the scores of each piece too.
    #[arg(long)]
    pieces: bool,
}

/// Finds a weights file's decoder settings on validation data.
#[derive(Debug, Args)]
pub struct CalibrateCommand {
    /// The weights file, which is rewritten.
    weights: PathBuf,
    /// A dataset of `data make` (its validation split), or a folder of annotated recordings.
    data: PathBuf,
}

/// Writes the card of a weights file beside it.
#[derive(Debug, Args)]
pub struct CardCommand {
    /// The weights file.
    weights: PathBuf,
}

/// Why one of the commands failed.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateCommandError {
    /// The weights file was refused.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The recordings could not be read.
    #[error(transparent)]
    Piece(#[from] PieceError),
    /// The engine refused the network.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// No settings could be found.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The card could not be written.
    #[error("{}: {source}", file.display())]
    Card {
        /// The card.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl EvaluateCommand {
    /// Runs the command.
    ///
    /// # Errors
    /// [`EvaluateCommandError`] with a message for the user.
    pub fn run(self) -> Result<(), EvaluateCommandError> {
        let weights = WeightsFile::read(&self.weights)?;
        let task = weights.description().task;
        let pieces = evaluate::piece::read(&self.data)?;
        let heard = evaluate::listen_to_all(&weights, &pieces)?;
        if self.pieces {
            for (piece, found) in pieces.iter().zip(&heard) {
                let scores = evaluate::piece_scores(task, piece, found).unwrap_or_default();
                println!("{:40} {}", piece.name, one_line(&scores));
            }
        }
        let mut scores = evaluate::scores(task, &pieces, &heard);
        scores.push(("calibration error of the confidences", calibration_error(task, &pieces, &heard)));
        println!("{:40} {}", format!("mean of {} pieces", pieces.len()), one_line(&scores));
        match self.record {
            Some(material) => record(&weights, &self.weights, &material, &scores),
            None => Ok(()),
        }
    }
}

fn one_line(scores: &[NamedValue]) -> String {
    scores.iter().map(|(name, value)| format!("{name} {value:.3}")).collect::<Vec<_>>().join("; ")
}

/// Replaces what the file says of this material.
fn record(
    weights: &WeightsFile,
    path: &Path,
    material: &str,
    scores: &[NamedValue],
) -> Result<(), EvaluateCommandError> {
    let mut description: NetworkDescription = weights.description().clone();
    description.scores.retain(|score| score.material != material);
    description.scores.extend(scores.iter().map(|&(metric, value)| Score {
        material: material.to_owned(),
        metric: metric.to_owned(),
        // Four digits are more than a dozen pieces can tell apart.
        value: (value * 1e4).round() / 1e4,
    }));
    Ok(WeightsFile::new(path, description, weights.tensors().clone())?.write(path)?)
}

impl CalibrateCommand {
    /// Runs the command.
    ///
    /// # Errors
    /// [`EvaluateCommandError`] with a message for the user.
    pub fn run(self) -> Result<(), EvaluateCommandError> {
        let weights = WeightsFile::read(&self.weights)?;
        let pieces: Vec<Piece> = evaluate::piece::read(&self.data)?;
        let calibrated = calibrated(&weights, &pieces)?;
        let settings = calibrated.description().decoder;
        println!(
            "threshold {:.3}, confidence = logistic({:.3} · x + {:.3}), times corrected by {:+.1} ms, from {} pieces",
            settings.threshold,
            settings.calibration_slope,
            settings.calibration_offset,
            1000.0 * settings.time_correction_seconds,
            pieces.len(),
        );
        Ok(calibrated.write(&self.weights)?)
    }
}

impl CardCommand {
    /// Runs the command.
    ///
    /// # Errors
    /// [`EvaluateCommandError`] with a message for the user.
    pub fn run(self) -> Result<(), EvaluateCommandError> {
        let weights = WeightsFile::read(&self.weights)?;
        let file = self.weights.with_extension("md");
        let card = crate::card::card(&weights)?;
        std::fs::write(&file, card).map_err(|source| EvaluateCommandError::Card { file: file.clone(), source })?;
        println!("{}", file.display());
        Ok(())
    }
}
