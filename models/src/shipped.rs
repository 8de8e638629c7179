//! The networks that come with Attacca.
//!
//! Each file lies in `models/weights/` with a card beside it: what it learnt from, under which licences, and how well
//! it does.

use std::path::Path;

use crate::{description::Task, weights::WeightsFile};

/// The bytes of the file that ships for a task, if one does.
pub const fn bytes(task: Task) -> Option<&'static [u8]> {
    match task {
        Task::Onset => Some(include_bytes!("../weights/onset.safetensors")),
        Task::Beat => Some(include_bytes!("../weights/beat.safetensors")),
        Task::Voice => Some(include_bytes!("../weights/voice.safetensors")),
        Task::Chord => Some(include_bytes!("../weights/chord.safetensors")),
        Task::Key => None,
    }
}

/// The tasks for which a network ships, in the order of [`Task::ALL`].
pub fn tasks() -> impl Iterator<Item = Task> {
    Task::ALL.into_iter().filter(|task| bytes(*task).is_some())
}

/// The network that ships for a task, if one does. Main thread only.
///
/// # Panics
/// Never in a released build: a test reads every shipped file.
pub fn weights(task: Task) -> Option<WeightsFile> {
    let name = format!("shipped/{}.safetensors", task.name());
    match WeightsFile::from_bytes(Path::new(&name), bytes(task)?) {
        Ok(file) => Some(file),
        Err(error) => panic!("a shipped network is broken: {error}"),
    }
}

/// Every network that ships, in the order of [`Task::ALL`].
pub fn all() -> Vec<WeightsFile> {
    Task::ALL.into_iter().filter_map(weights).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Network;

    #[test]
    fn every_shipped_file_is_whole_and_of_its_task() {
        assert!(tasks().count() >= 2);
        for (task, file) in tasks().zip(all()) {
            assert_eq!(file.description().task, task);
            assert!(!file.description().training_data.is_empty(), "a card says what it learnt from");
            assert!(!file.description().scores.is_empty(), "a card says how well it does");
            Network::new(&file).expect("it can be built");
        }
    }
}
