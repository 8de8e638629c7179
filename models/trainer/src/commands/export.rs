//! `attacca-train export`: from a fit to a file that ships.

use std::path::{Path, PathBuf};

use attacca_models::{Task, WeightsFile};
use clap::Args;

use super::evaluate::{EvaluateCommandError, Scores, read_annotated, write_card};
use crate::{
    evaluate::{listen_to_all, settings::calibrated},
    export::{self, MeanError},
};

/// Finishes the network of a fit: rounds its matrices to 16 bits, calibrates its decoder on validation data, scores it
/// there, and writes weights and card.
#[derive(Debug, Args)]
pub struct ExportCommand {
    /// Folder of the fit.
    pub(super) fit: PathBuf,
    /// The dataset that it was fitted to (its validation split), or a folder of annotated recordings.
    #[arg(long, value_name = "DIR")]
    pub(super) data: PathBuf,
    /// The weights file to write; the card is written beside it.
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
    /// The network that the fit started from: what is written is the mean of that one and the fitted one.
    #[arg(long, value_name = "WEIGHTS")]
    pub(super) mean_with: Option<PathBuf>,
    /// Weight of the fitted network in that mean, in percent.
    #[arg(long, value_name = "PERCENT", default_value_t = 50, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(super) share: u8,
    /// What the validation material is called in the file and on the card.
    #[arg(long, value_name = "NAME", default_value = "held-out pieces of the training recipe (SoundFont trained on)")]
    pub(super) material: String,
}

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub enum ExportCommandError {
    /// There is no fitted network in the folder.
    #[error("{}: expected the folder of a fit with at least one finished epoch, found no TASK.safetensors in it", folder.display())]
    NoFit {
        /// The folder.
        folder: PathBuf,
    },
    /// The network cannot be read, or has no mean with the other one.
    #[error(transparent)]
    Mean(#[from] MeanError),
    /// The network could not be calibrated, scored or written.
    #[error(transparent)]
    Evaluate(#[from] EvaluateCommandError),
}

impl ExportCommand {
    /// Runs the command.
    ///
    /// # Errors
    /// [`ExportCommandError`] with a message for the user.
    pub fn run(self) -> Result<(), ExportCommandError> {
        let fitted = fitted_network(&self.fit).ok_or_else(|| ExportCommandError::NoFit { folder: self.fit.clone() })?;
        let weights = WeightsFile::read(&fitted).map_err(MeanError::from)?;
        let weights = match &self.mean_with {
            Some(start) => export::mean(&weights, start, f32::from(self.share) / 100.0)?,
            None => weights,
        };
        let weights = export::rounded(&weights, &self.out).map_err(MeanError::from)?;
        self.export(&weights)?;
        println!("{}", self.out.display());
        Ok(())
    }

    fn export(&self, weights: &WeightsFile) -> Result<(), EvaluateCommandError> {
        let task = weights.description().task;
        let pieces = read_annotated(&self.data, task)?;
        let weights = calibrated(weights, &pieces)?;
        let scores = Scores::of(task, &pieces, &listen_to_all(&weights, &[], &pieces)?)?;
        println!("{}", scores.table().plain());
        let weights = scores.recorded(&weights, &self.material)?;
        weights.write(&self.out)?;
        write_card(&weights, &self.out)?;
        Ok(())
    }
}

/// The network of a fit's best epoch.
fn fitted_network(folder: &Path) -> Option<PathBuf> {
    let files = Task::ALL.map(|task| folder.join(format!("{}.safetensors", task.name())));
    files.into_iter().find(|file| file.is_file())
}
