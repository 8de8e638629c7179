//! The networks that listen: those that come with Attacca, and those of the command line in their place.

use std::path::PathBuf;

use attacca_decode::printable::Printable;
use attacca_engine::models::{Task, WeightsError, WeightsFile, shipped};

use crate::analysis::run::identity;

/// Why no set of networks could be put together.
#[derive(Debug, thiserror::Error)]
pub enum NetworksError {
    /// A weights file was refused.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// Two files for one task.
    #[error("{}: a second network for the task {}: expected one --model for each task", Printable(file), task.name())]
    Twice {
        /// The second file.
        file: PathBuf,
        /// Its task.
        task: Task,
    },
    /// A task for which there is no network.
    #[error("no network for the task {} comes with attacca; give one with --model", .0.name())]
    Missing(Task),
    /// A file for a task that is not wanted.
    #[error("{}: a network for the task {}, which --tasks does not name", Printable(file), task.name())]
    Unwanted {
        /// The file.
        file: PathBuf,
        /// Its task.
        task: Task,
    },
}

/// One network for each wanted task, in the order of [`Task::ALL`]; where none is named, for each that has one.
///
/// # Errors
/// When a file is refused or does not stand for exactly one wanted network, or a named task has none.
pub fn choose(tasks: &[Task], files: &[PathBuf]) -> Result<Vec<WeightsFile>, NetworksError> {
    let mut given: Vec<WeightsFile> = Vec::new();
    for file in files {
        let weights = WeightsFile::read(file)?;
        let task = weights.description().task;
        if !tasks.is_empty() && !tasks.contains(&task) {
            return Err(NetworksError::Unwanted { file: file.clone(), task });
        }
        if given.iter().any(|other| other.description().task == task) {
            return Err(NetworksError::Twice { file: file.clone(), task });
        }
        given.push(weights);
    }
    let mut networks = Vec::new();
    for task in Task::ALL.into_iter().filter(|task| tasks.is_empty() || tasks.contains(task)) {
        let network = match given.iter().position(|weights| weights.description().task == task) {
            Some(index) => Some(given.swap_remove(index)),
            None => shipped::weights(task),
        };
        match network {
            Some(network) => networks.push(network),
            None if tasks.is_empty() => {}
            None => return Err(NetworksError::Missing(task)),
        }
    }
    Ok(networks)
}

/// A table of the networks that come with Attacca.
pub fn table() -> String {
    let mut lines =
        vec!["task   values   sha256                                                            name".to_string()];
    for weights in shipped::all() {
        let task = weights.description().task;
        let values: usize = weights.tensors().values().map(|tensor| tensor.values.len()).sum();
        let network = identity(&weights);
        lines.push(format!("{:<5}  {values:>6}  {}  {}", task.name(), network.sha256, network.name));
        for score in &weights.description().scores {
            lines.push(format!("       {} {:.3} on {}", score.metric, score.value, score.material));
        }
    }
    lines.join("\n")
}
