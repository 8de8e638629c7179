//! Which networks listen: the shipped ones, and what the user loaded in their place.
//!
//! What a window's owner needs to carry out the actions about weights. Any thread but the audio thread.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use attacca_engine::{
    BuildError, Command, Controller,
    models::{Task, WeightsError, WeightsFile, shipped},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};

use crate::scene::{NetworkInUse, WeightsSlot};

/// Notices that are kept; the oldest give way.
const NOTICES: usize = 20;

/// A weights file that stands in for the shipped network of its task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadedFile {
    /// In which slot.
    #[serde(default)]
    pub slot: WeightsSlot,
    /// For which task.
    pub task: Task,
    /// Where it was.
    pub path: PathBuf,
    /// Its content hash.
    pub hash: String,
    /// Its bytes in base64, where they are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<String>,
}

/// Why a file is not loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// Which file.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// It holds no network that fits.
    #[error(transparent)]
    Weights(#[from] WeightsError),
}

/// The networks, shared by all threads but the audio thread.
#[derive(Debug, Default)]
pub struct Networks {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    controller: Option<Controller>,
    slot: WeightsSlot,
    /// What was loaded, and by which file.
    loaded: Vec<(LoadedFile, WeightsFile)>,
    /// The networks in use; hashes are too slow to compute for every frame that is drawn.
    shown: Vec<NetworkInUse>,
    notices: Vec<String>,
}

impl Networks {
    /// Takes what was kept: each file from its path if it is the one that was meant, else from the bytes that were kept;
    /// where neither is to be had, the shipped network takes its place, and a notice says so.
    pub fn restore(&self, files: &[LoadedFile], slot: WeightsSlot) {
        let mut state = self.state();
        state.slot = slot;
        state.loaded.clear();
        for file in files {
            match found(file) {
                Ok(weights) => state.loaded.push((file.clone(), weights)),
                Err(reason) => state.notice(format!(
                    "{}: {reason}. The shipped {} network listens in its place.",
                    file.path.display(),
                    file.task.name()
                )),
            }
        }
        state.replace();
    }

    /// The networks that listen now.
    pub fn in_use(&self) -> Vec<WeightsFile> {
        self.state().in_use()
    }

    /// Takes the controller of a new engine, which was built with [`Networks::in_use`].
    pub fn connect(&self, controller: Controller) {
        let mut state = self.state();
        state.show(controller.networks());
        state.controller = Some(controller);
    }

    /// Asks the engine.
    ///
    /// # Errors
    /// [`BuildError::QueueFull`] where nobody takes what is asked for; without an engine there is nobody to ask.
    pub fn send(&self, command: Command) -> Result<(), BuildError> {
        self.state().controller.as_mut().map_or(Ok(()), |controller| controller.send(command))
    }

    /// Loads a file into a slot; gives what is to be kept.
    ///
    /// # Errors
    /// [`LoadError`]; what was loaded before goes on.
    pub fn load(&self, slot: WeightsSlot, path: &Path, embed: bool) -> Result<Vec<LoadedFile>, LoadError> {
        let read = |source| LoadError::Read { path: path.display().to_string(), source };
        let bytes = std::fs::read(path).map_err(read)?;
        let weights = WeightsFile::from_bytes(path, &bytes)?;
        let mut state = self.state();
        let task = weights.description().task;
        let file = LoadedFile {
            slot,
            task,
            path: path.to_owned(),
            hash: weights.content_hash(),
            bytes: embed.then(|| BASE64_STANDARD.encode(&bytes)),
        };
        state.forget(slot, task);
        state.loaded.push((file, weights));
        state.replace();
        Ok(state.files())
    }

    /// Puts the shipped network of a task back into a slot; gives what is to be kept.
    pub fn forget(&self, slot: WeightsSlot, task: Task) -> Vec<LoadedFile> {
        let mut state = self.state();
        state.forget(slot, task);
        state.replace();
        state.files()
    }

    /// Keeps the bytes of what is loaded, or not; gives what is to be kept.
    ///
    /// # Errors
    /// [`LoadError`] for a network that cannot be written.
    pub fn embed(&self, embed: bool) -> Result<Vec<LoadedFile>, LoadError> {
        let mut state = self.state();
        for (file, weights) in &mut state.loaded {
            file.bytes = if embed { Some(BASE64_STANDARD.encode(weights.to_bytes(&file.path)?)) } else { None };
        }
        Ok(state.files())
    }

    /// Listens with the networks of a slot.
    pub fn use_slot(&self, slot: WeightsSlot) {
        let mut state = self.state();
        if state.slot != slot {
            state.slot = slot;
            state.replace();
        }
    }

    /// Tells the user something.
    pub fn notice(&self, text: String) {
        self.state().notice(text);
    }

    /// What the user should know, newest last.
    pub fn notices(&self) -> Vec<String> {
        self.state().notices.clone()
    }

    /// The slot that listens, what is loaded, and the networks in use with the latencies of their tasks. Frees what the
    /// audio thread gave back.
    pub fn shown(
        &self,
        latencies_samples: [u32; Task::ALL.len()],
    ) -> (WeightsSlot, Vec<(WeightsSlot, Task, PathBuf)>, Vec<NetworkInUse>) {
        let mut state = self.state();
        if let Some(controller) = &mut state.controller {
            controller.free_returned();
        }
        let loaded = state.loaded.iter().map(|(file, _)| (file.slot, file.task, file.path.clone())).collect();
        let mut networks = state.shown.clone();
        for network in &mut networks {
            network.latency_samples = latencies_samples[network.task as usize];
        }
        (state.slot, loaded, networks)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn in_use(&self) -> Vec<WeightsFile> {
        let in_slot = |task| {
            let mut loaded = self.loaded.iter().filter(|(file, _)| file.slot == self.slot && file.task == task);
            loaded.next().map(|(_, weights)| weights.clone())
        };
        Task::ALL.into_iter().filter_map(|task| in_slot(task).or_else(|| shipped::weights(task))).collect()
    }

    fn replace(&mut self) {
        let networks = self.in_use();
        self.show(&networks);
        let result = match &mut self.controller {
            // Loading twice the same would only cost a warm-up.
            Some(controller) if !same(controller.networks(), &networks) => controller.replace(networks),
            _ => Ok(()),
        };
        if let Err(error) = result {
            self.notice(format!("The networks before go on listening: {error}"));
        }
    }

    fn show(&mut self, networks: &[WeightsFile]) {
        let shown = networks.iter().map(|weights| NetworkInUse {
            task: weights.description().task,
            name: weights.description().name.clone(),
            hash: weights.content_hash(),
            latency_samples: 0,
        });
        self.shown = shown.collect();
    }

    fn forget(&mut self, slot: WeightsSlot, task: Task) {
        self.loaded.retain(|(file, _)| (file.slot, file.task) != (slot, task));
    }

    fn files(&self) -> Vec<LoadedFile> {
        self.loaded.iter().map(|(file, _)| file.clone()).collect()
    }

    /// Says something, or says it again: then it moves to the end.
    fn notice(&mut self, text: String) {
        self.notices.retain(|said| *said != text);
        if self.notices.len() == NOTICES {
            self.notices.remove(0);
        }
        self.notices.push(text);
    }
}

fn same(some: &[WeightsFile], others: &[WeightsFile]) -> bool {
    some.len() == others.len()
        && some.iter().zip(others).all(|(some, other)| some.content_hash() == other.content_hash())
}

/// The network of a file that was kept, or why it is not to be had.
fn found(file: &LoadedFile) -> Result<WeightsFile, String> {
    let checked = |bytes: &[u8]| {
        let weights = WeightsFile::from_bytes(&file.path, bytes).map_err(|error| error.to_string())?;
        if weights.content_hash() == file.hash && weights.description().task == file.task {
            Ok(weights)
        } else {
            Err(format!("expected the network that was loaded ({}), found another one", file.hash))
        }
    };
    let on_disk = std::fs::read(&file.path).map_err(|error| error.to_string()).and_then(|bytes| checked(&bytes));
    let Some(kept) = &file.bytes else { return on_disk };
    on_disk
        .or_else(|_| BASE64_STANDARD.decode(kept).map_err(|error| error.to_string()).and_then(|bytes| checked(&bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped_file(folder: &Path, task: Task) -> PathBuf {
        let path = folder.join("network.safetensors");
        std::fs::write(&path, shipped::bytes(task).unwrap()).unwrap();
        path
    }

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("attacca-networks-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_file_that_is_gone_comes_back_from_its_bytes() {
        let folder = folder("kept");
        let path = shipped_file(&folder, Task::Beat);
        let networks = Networks::default();
        let files = networks.load(WeightsSlot::A, &path, true).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        let opened = Networks::default();
        opened.restore(&files, WeightsSlot::A);
        assert_eq!(opened.notices(), Vec::<String>::new());
        assert_eq!(opened.shown([0; 5]).1, [(WeightsSlot::A, Task::Beat, path)]);
    }

    #[test]
    fn a_file_that_is_gone_for_good_gives_way_to_the_shipped_one_and_says_so() {
        let folder = folder("gone");
        let path = shipped_file(&folder, Task::Beat);
        let files = Networks::default().load(WeightsSlot::A, &path, false).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        let opened = Networks::default();
        opened.restore(&files, WeightsSlot::A);
        let notices = opened.notices();
        assert!(
            notices[0].contains("network.safetensors") && notices[0].contains("shipped beat network"),
            "{notices:?}"
        );
        assert_eq!(opened.in_use().len(), shipped::all().len());
        opened.restore(&files, WeightsSlot::A);
        assert_eq!(opened.notices(), notices, "a host that activates again is told once");
    }

    #[test]
    fn another_network_under_the_same_name_is_not_taken() {
        let folder = folder("other");
        let path = shipped_file(&folder, Task::Beat);
        let files = Networks::default().load(WeightsSlot::A, &path, false).unwrap();
        std::fs::write(&path, shipped::bytes(Task::Onset).unwrap()).unwrap();
        let opened = Networks::default();
        opened.restore(&files, WeightsSlot::A);
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(opened.notices()[0].contains("found another one"), "{:?}", opened.notices());
    }

    #[test]
    fn what_is_no_network_is_refused_and_changes_nothing() {
        let folder = folder("none");
        let path = folder.join("x.safetensors");
        std::fs::write(&path, b"not a network").unwrap();
        let networks = Networks::default();
        assert!(networks.load(WeightsSlot::A, &path, false).is_err());
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(networks.shown([0; 5]).1.is_empty());
    }
}
