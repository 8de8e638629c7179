//! What a project keeps beside parameters: loaded weights, OSC, the window. Main, window and background thread.
//!
//! Each is JSON with the number of its format. A field that an older plugin did not write has its default. What was written
//! in a newer format, or is damaged, is refused, and the defaults stay: a project opens in any case.

use std::sync::{
    PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

use attacca_gui::{Preferences, networks::LoadedFile};
use attacca_outputs::OscSettings;
use nice_plug_core::params::persist::PersistentField;
use serde::{Deserialize, Deserializer, Serialize, de::Error};

/// The format that is written, and the newest that is read.
const FORMAT: u32 = 1;

/// What the user loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectWeights {
    /// Number of the format.
    #[serde(deserialize_with = "known_format")]
    pub(crate) format: Format,
    /// The files.
    #[serde(default)]
    pub files: Vec<LoadedFile>,
    /// Whether their bytes are kept in the project.
    #[serde(default)]
    pub embed: bool,
}

impl ProjectWeights {
    /// What is kept in the present format.
    pub fn new(files: Vec<LoadedFile>, embed: bool) -> Self {
        Self { files, embed, ..Self::default() }
    }
}

/// The window, and what it sets that no host need know.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WindowState {
    /// Number of the format.
    #[serde(deserialize_with = "known_format")]
    pub(crate) format: Format,
    /// What the window remembers.
    #[serde(default)]
    pub preferences: Preferences,
    /// Its size in points, where it was changed.
    #[serde(default)]
    pub size_points: Option<[f32; 2]>,
    /// Where OSC goes.
    #[serde(default)]
    pub osc: OscSettings,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Format(u32);

impl Default for Format {
    fn default() -> Self {
        Self(FORMAT)
    }
}

fn known_format<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Format, D::Error> {
    let format = u32::deserialize(deserializer)?;
    if format > FORMAT {
        return Err(D::Error::custom(format!(
            "format: expected {FORMAT} or less, found {format}; is the plugin older?"
        )));
    }
    Ok(Format(format))
}

/// What a project keeps, shared by threads, with a count of how often a host has put something else in its place.
#[derive(Debug, Default)]
pub struct Restorable<T> {
    value: RwLock<T>,
    restored: AtomicU64,
}

impl<T: Clone> Restorable<T> {
    /// A copy.
    pub fn get(&self) -> T {
        self.value.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Remembers what the user did.
    pub fn remember(&self, value: T) {
        *self.value.write().unwrap_or_else(PoisonError::into_inner) = value;
    }

    /// How often a host has restored it. Any thread; waits for nobody.
    pub fn restored(&self) -> u64 {
        self.restored.load(Ordering::Acquire)
    }
}

impl<'a, T> PersistentField<'a, T> for Restorable<T>
where
    T: Clone + Serialize + Deserialize<'a> + Send + Sync,
{
    fn set(&self, value: T) {
        self.remember(value);
        self.restored.fetch_add(1, Ordering::Release);
    }

    fn map<F, R>(&self, read: F) -> R
    where
        F: Fn(&T) -> R,
    {
        read(&self.value.read().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use attacca_engine::models::Task;
    use attacca_gui::scene::WeightsSlot;

    use super::*;

    #[test]
    fn what_is_kept_is_read_again() {
        let file = LoadedFile {
            slot: WeightsSlot::B,
            task: Task::Chord,
            path: "/home/somebody/chords.safetensors".into(),
            hash: "12ab".to_owned(),
            bytes: Some("AAAA".to_owned()),
        };
        let weights = ProjectWeights::new(vec![file], true);
        let text = serde_json::to_string(&weights).unwrap();
        assert_eq!(serde_json::from_str::<ProjectWeights>(&text).unwrap(), weights);
    }

    /// The first format, without anything that was added since. This text never changes.
    #[test]
    fn projects_of_the_first_format_open() {
        let text = r#"{"format":1,"files":[{"task":"beat","path":"b.safetensors","hash":"00ff"}]}"#;
        let weights: ProjectWeights = serde_json::from_str(text).unwrap();
        assert_eq!((weights.files[0].slot, weights.files[0].task, weights.embed), (WeightsSlot::A, Task::Beat, false));
        let window: WindowState = serde_json::from_str(r#"{"format":1}"#).unwrap();
        assert_eq!(window, WindowState::default());
    }

    #[test]
    fn newer_formats_are_refused() {
        let error = serde_json::from_str::<ProjectWeights>(r#"{"format":9}"#).unwrap_err().to_string();
        assert!(error.contains("expected 1 or less, found 9"), "{error}");
    }

    #[test]
    fn restoring_is_noticed_and_remembering_is_not() {
        let shared = Restorable::<ProjectWeights>::default();
        shared.remember(ProjectWeights { embed: true, ..ProjectWeights::default() });
        assert_eq!(shared.restored(), 0);
        shared.set(ProjectWeights::default());
        assert_eq!((shared.restored(), shared.get().embed), (1, false));
    }
}
