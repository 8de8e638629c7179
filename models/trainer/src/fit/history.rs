//! What happened in each epoch, and its log.

use std::{fs, io, path::Path};

use attacca_models::Task;
use serde::{Deserialize, Serialize};

use super::validation::Validation;

/// One epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EpochRecord {
    /// Mean loss over the epoch's steps.
    pub training_loss: f64,
    /// Mean norm of the gradients before clipping.
    pub gradient_norm: f64,
    /// The learning rate of its last step.
    pub learning_rate: f64,
    /// What the validation side said after it.
    pub validation: Validation,
}

/// The epoch with the lowest validation loss, from 0.
pub(super) fn best_epoch(history: &[EpochRecord]) -> Option<usize> {
    let losses = history.iter().map(|record| record.validation.loss).enumerate();
    losses.min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(epoch, _)| epoch)
}

/// Writes the whole log as CSV, under another name first.
pub(super) fn write_log(file: &Path, task: Task, history: &[EpochRecord]) -> io::Result<()> {
    let mut text = "epoch,training_loss,gradient_norm,learning_rate,validation_loss".to_owned();
    let names = history.first().map(|record| record.validation.scores.named(task)).unwrap_or_default();
    text.extend(names.iter().flat_map(|(name, _)| [",", name]));
    text.push('\n');
    for (epoch, record) in history.iter().enumerate() {
        let EpochRecord { training_loss, gradient_norm, learning_rate, validation } = record;
        let loss = validation.loss;
        text += &format!("{},{training_loss:.6},{gradient_norm:.4},{learning_rate:e},{loss:.6}", epoch + 1);
        for (_, score) in validation.scores.named(task) {
            text += &format!(",{score:.4}");
        }
        text.push('\n');
    }
    let temporary = file.with_extension("part");
    fs::write(&temporary, text)?;
    fs::rename(&temporary, file)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::fit::scores::{PeakScore, Scores};

    pub(in crate::fit) fn record(loss: f64) -> EpochRecord {
        let score = PeakScore { threshold: 0.25, f_measure: 0.5, lag_seconds: -0.01 };
        let validation = Validation { loss, scores: Scores::Peaks(vec![score]) };
        EpochRecord { training_loss: 0.75, gradient_norm: 2.0, learning_rate: 0.002, validation }
    }

    #[test]
    fn log_has_a_line_an_epoch() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("log.csv");
        write_log(&file, Task::Onset, &[record(0.5), record(0.25)]).unwrap();
        let lines = fs::read_to_string(&file).unwrap().lines().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[0].split(',').count(), lines[2].split(',').count());
        assert_eq!(lines[2], "2,0.750000,2.0000,2e-3,0.250000,0.5000,0.2500,-0.0100");
    }

    #[test]
    fn best_epoch_has_the_lowest_validation_loss() {
        assert_eq!(best_epoch(&[]), None);
        assert_eq!(best_epoch(&[record(0.5), record(0.25), record(0.3)]), Some(1));
    }
}
