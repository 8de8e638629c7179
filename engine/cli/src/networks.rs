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

/// Networks, and what is listened for with them.
#[derive(Clone, Debug)]
pub struct Choice {
    /// One network for each task that needs one, in the order of [`Task::ALL`].
    pub networks: Vec<WeightsFile>,
    /// The wanted tasks, in the order of [`Task::ALL`].
    pub tasks: Vec<Task>,
}

/// The networks for the wanted tasks; where none is named, for each that has one. Keys are read from the chords where
/// there is no network for them.
///
/// # Errors
/// When a file is refused or does not stand for exactly one wanted network, or a named task has none.
pub fn choose(tasks: &[Task], files: &[PathBuf]) -> Result<Choice, NetworksError> {
    let mut given: Vec<WeightsFile> = Vec::new();
    for file in files {
        let weights = WeightsFile::read(file)?;
        let task = weights.description().task;
        if given.iter().any(|other| other.description().task == task) {
            return Err(NetworksError::Twice { file: file.clone(), task });
        }
        given.push(weights);
    }
    let is_given = |task| given.iter().any(|weights| weights.description().task == task);
    let keys_from_chords = shipped::bytes(Task::Key).is_none() && !is_given(Task::Key);
    let needed = |task| match task {
        _ if tasks.is_empty() => true,
        Task::Key if keys_from_chords => false,
        Task::Chord if keys_from_chords && tasks.contains(&Task::Key) => true,
        task => tasks.contains(&task),
    };
    let unwanted = given.iter().zip(files).find(|(weights, _)| !needed(weights.description().task));
    if let Some((weights, file)) = unwanted {
        return Err(NetworksError::Unwanted { file: file.clone(), task: weights.description().task });
    }
    let mut networks: Vec<WeightsFile> = Vec::new();
    for task in Task::ALL.into_iter().filter(|task| needed(*task)) {
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
    let has_network = |task| networks.iter().any(|network| network.description().task == task);
    let heard = |task| match task {
        _ if !tasks.is_empty() => tasks.contains(&task),
        Task::Key => has_network(Task::Key) || has_network(Task::Chord),
        task => has_network(task),
    };
    let tasks = Task::ALL.into_iter().filter(|task| heard(*task)).collect();
    Ok(Choice { networks, tasks })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(tasks: &[Task]) -> (Vec<Task>, Vec<Task>) {
        let choice = choose(tasks, &[]).unwrap();
        (choice.networks.iter().map(|network| network.description().task).collect(), choice.tasks)
    }

    #[test]
    fn keys_take_the_network_of_the_chords() {
        assert_eq!(chosen(&[Task::Key]), (vec![Task::Chord], vec![Task::Key]));
        assert_eq!(chosen(&[Task::Key, Task::Chord]), (vec![Task::Chord], vec![Task::Chord, Task::Key]));
        assert_eq!(chosen(&[Task::Onset]), (vec![Task::Onset], vec![Task::Onset]));
        assert_eq!(chosen(&[]), (shipped::tasks().collect(), Task::ALL.to_vec()));
    }
}
