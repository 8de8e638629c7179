//! The networks that come with Attacca.
//!
//! Each file lies in `models/weights/` with a card beside it: what it learnt from, under which licences, and how well
//! it does.

use std::path::Path;

use crate::{description::Task, weights::WeightsFile};

/// The bytes of the file that ships for a task.
pub const fn bytes(task: Task) -> &'static [u8] {
    match task {
        Task::Onset => include_bytes!("../weights/onset.safetensors"),
        Task::Beat => include_bytes!("../weights/beat.safetensors"),
    }
}

/// The network that ships for a task. Main thread only.
///
/// # Panics
/// Never in a released build: a test reads every shipped file.
pub fn weights(task: Task) -> WeightsFile {
    let name = format!("shipped/{}.safetensors", task.name());
    match WeightsFile::from_bytes(Path::new(&name), bytes(task)) {
        Ok(file) => file,
        Err(error) => panic!("a shipped network is broken: {error}"),
    }
}

/// The networks of every task.
pub fn all() -> Vec<WeightsFile> {
    Task::ALL.into_iter().map(weights).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Network;

    #[test]
    fn every_shipped_file_is_whole_and_of_its_task() {
        for task in Task::ALL {
            let file = weights(task);
            assert_eq!(file.description().task, task);
            assert!(!file.description().training_data.is_empty(), "a card says what it learnt from");
            assert!(!file.description().scores.is_empty(), "a card says how well it does");
            Network::new(&file).expect("it can be built");
        }
    }
}
