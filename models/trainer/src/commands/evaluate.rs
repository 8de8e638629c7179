//! `attacca-train evaluate`, `calibrate` and `card`: what a weights file does, through the streaming engine.

use std::path::{Path, PathBuf};

use attacca_engine::BuildError;
use attacca_models::{
    NetworkDescription, Task, WeightsError, WeightsFile,
    description::{PieceScore, Score},
};
use clap::Args;

use super::table::{Table, interval};
use crate::evaluate::{
    self, Found,
    piece::{Piece, PieceError},
    scoring::{Mean, NamedValue, ScoreError, all_scores, means},
    settings::{SettingsError, calibrated, calibration_error},
};

/// The name under which the calibration error is printed and kept.
const CALIBRATION_ERROR: &str = "calibration error of the confidences";

/// Scores a weights file on annotated recordings.
#[derive(Debug, Args)]
pub struct EvaluateCommand {
    /// The weights file.
    weights: PathBuf,
    /// A folder of X.wav with X.onsets, X.beats, X.chords or X.voice, or a dataset of `data make` (its validation split).
    data: PathBuf,
    /// Keep the scores in the weights file, under this name for the material.
    #[arg(long, value_name = "MATERIAL")]
    record: Option<String>,
    /// Print the scores of each piece too.
    #[arg(long)]
    pieces: bool,
    /// Another network that listens beside it, as the others do in the engine: bars are counted with the help of chords.
    #[arg(long, value_name = "WEIGHTS")]
    beside: Vec<PathBuf>,
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
    /// A piece cannot be scored.
    #[error(transparent)]
    Score(#[from] ScoreError),
    /// No piece has the annotation.
    #[error("{}: expected pieces with {task} annotations, found none", data.display())]
    NotAnnotated {
        /// The recordings.
        data: PathBuf,
        /// The task's name.
        task: &'static str,
    },
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
        let pieces = read_annotated(&self.data, task)?;
        let beside = self.beside.iter().map(|file| WeightsFile::read(file)).collect::<Result<Vec<_>, _>>()?;
        let heard = evaluate::listen_to_all(&weights, &beside, &pieces)?;
        if self.pieces {
            println!("{}", table_of_pieces(&pieces, &all_scores(task, &pieces, &heard)?).plain());
        }
        let scores = Scores::of(task, &pieces, &heard)?;
        println!("{}", scores.table().plain());
        let Some(material) = self.record else { return Ok(()) };
        Ok(scores.recorded(&weights, &material)?.write(&self.weights)?)
    }
}

/// What a weights file scores on some material.
pub(super) struct Scores {
    means: Vec<Mean>,
    /// The pieces that score lowest in the main metric, the lowest first.
    weakest: Vec<PieceScore>,
    calibration_error: f64,
}

/// Pieces that a weights file names as its weakest.
const WEAKEST: usize = 3;

impl Scores {
    /// Scores what an engine found in pieces.
    pub(super) fn of(task: Task, pieces: &[Piece], heard: &[Vec<Found>]) -> Result<Self, ScoreError> {
        let scores = all_scores(task, pieces, heard)?;
        let main = pieces.iter().zip(&scores).filter_map(|(piece, scores)| {
            let (_, value) = scores.as_ref()?.first()?;
            Some(PieceScore { piece: piece.name.clone(), value: rounded(*value) })
        });
        let mut weakest: Vec<PieceScore> = main.collect();
        weakest.sort_by(|one, other| one.value.total_cmp(&other.value));
        weakest.truncate(WEAKEST);
        Ok(Self { means: means(&scores), weakest, calibration_error: calibration_error(task, pieces, heard) })
    }

    /// A row a metric: mean, the interval it lies in, how many pieces it is of.
    pub(super) fn table(&self) -> Table {
        let mut table = Table::new(["metric", "mean", "95 % interval", "pieces"].map(str::to_owned));
        for mean in &self.means {
            table.row([mean.name.to_owned(), format!("{:.3}", mean.value), interval(mean), mean.pieces.to_string()]);
        }
        let error = format!("{:.3}", self.calibration_error);
        table.row([CALIBRATION_ERROR.to_owned(), error, String::new(), String::new()]);
        table
    }

    /// The same weights file with these scores in place of what it says of the material.
    pub(super) fn recorded(&self, weights: &WeightsFile, material: &str) -> Result<WeightsFile, WeightsError> {
        let mut description: NetworkDescription = weights.description().clone();
        description.scores.retain(|score| score.material != material);
        let means = self.means.iter().map(|mean| (mean.name, mean.value, mean.interval));
        let mut weakest = self.weakest.clone();
        let scores = means.chain([(CALIBRATION_ERROR, self.calibration_error, None)]);
        description.scores.extend(scores.map(|(metric, value, interval)| Score {
            material: material.to_owned(),
            metric: metric.to_owned(),
            value: rounded(value),
            interval: interval.map(|bounds| bounds.map(rounded)),
            // The main metric comes first.
            weakest: std::mem::take(&mut weakest),
        }));
        WeightsFile::new(Path::new(&weights.description().name), description, weights.tensors().clone())
    }
}

/// To four digits, which are more than a dozen pieces can tell apart.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

/// The pieces with the annotation of a task; says which others there are.
pub(super) fn read_annotated(data: &Path, task: Task) -> Result<Vec<Piece>, EvaluateCommandError> {
    let (annotated, others): (Vec<Piece>, Vec<Piece>) =
        evaluate::piece::read(data)?.into_iter().partition(|piece| piece.is_annotated_for(task));
    if annotated.is_empty() {
        return Err(EvaluateCommandError::NotAnnotated { data: data.to_owned(), task: task.name() });
    }
    if !others.is_empty() {
        let names: Vec<&str> = others.iter().map(|piece| piece.name.as_str()).collect();
        eprintln!("{} pieces without {} annotations are left out: {}", names.len(), task.name(), names.join(", "));
    }
    Ok(annotated)
}

/// A column a piece would not fit: a row a piece and metric.
fn table_of_pieces(pieces: &[Piece], scores: &[Option<Vec<NamedValue>>]) -> Table {
    let mut table = Table::new(["piece", "metric", "value"].map(str::to_owned));
    for (piece, scores) in pieces.iter().zip(scores) {
        for (name, value) in scores.iter().flatten() {
            table.row([piece.name.clone(), (*name).to_owned(), format!("{value:.3}")]);
        }
    }
    table
}

impl CalibrateCommand {
    /// Runs the command.
    ///
    /// # Errors
    /// [`EvaluateCommandError`] with a message for the user.
    pub fn run(self) -> Result<(), EvaluateCommandError> {
        let weights = WeightsFile::read(&self.weights)?;
        let pieces = read_annotated(&self.data, weights.description().task)?;
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
        let file = write_card(&WeightsFile::read(&self.weights)?, &self.weights)?;
        println!("{}", file.display());
        Ok(())
    }
}

/// Writes the card of a weights file beside it; returns where.
pub(super) fn write_card(weights: &WeightsFile, beside: &Path) -> Result<PathBuf, EvaluateCommandError> {
    let file = beside.with_extension("md");
    let card = crate::card::card(weights)?;
    std::fs::write(&file, card).map_err(|source| EvaluateCommandError::Card { file: file.clone(), source })?;
    Ok(file)
}
