//! What is remembered from one day to the next: `settings.toml` in the platform's configuration folder.
//!
//! A field that is missing has its default. A file that cannot be understood is said so, and kept under another name.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use attacca_engine::Settings;
use attacca_gui::{Preferences, networks::LoadedFile, scene::WeightsSlot};
use attacca_outputs::{MidiSettings, OscSettings};
use directories::ProjectDirs;
use serde::{Deserialize, Serialize};

use crate::{input::DeviceChoice, midi_port::MidiPortChoice, recorder::RecorderSettings, web::WebSettings};

/// Everything that is remembered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Configuration {
    /// The input; `None` until one was chosen.
    pub input: Option<DeviceChoice>,
    /// How the music is listened to.
    pub listening: Settings,
    /// What leaves as MIDI, and by which port.
    pub midi: MidiConfiguration,
    /// Where OSC goes: one target or several, separated by commas.
    pub osc: OscSettings,
    /// Whether browsers are served.
    pub web: WebSettings,
    /// What is recorded. Whether it is does not outlive the session.
    pub record: RecorderSettings,
    /// The window.
    pub window: WindowConfiguration,
    /// Weights that were loaded in place of the shipped ones.
    pub weights: WeightsConfiguration,
}

/// What leaves as MIDI, and by which port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MidiConfiguration {
    /// The port.
    pub port: MidiPortChoice,
    /// Whether a clock is sent.
    pub clock: bool,
    /// Notes and controllers.
    pub messages: MidiSettings,
}

impl Default for MidiConfiguration {
    fn default() -> Self {
        Self { port: MidiPortChoice::default(), clock: true, messages: MidiSettings::default() }
    }
}

/// The window.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WindowConfiguration {
    /// How it looks.
    pub preferences: Preferences,
    /// Its size in points, where it was changed.
    pub size_points: Option<[f32; 2]>,
}

/// Weights that were loaded in place of the shipped ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WeightsConfiguration {
    /// The slot that listens.
    pub slot: WeightsSlot,
    /// Whether the files' bytes are kept.
    pub embed: bool,
    /// The files.
    pub files: Vec<LoadedFile>,
}

/// Why nothing is remembered.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// The platform has no folder for it.
    #[error("settings are not remembered: this user has no configuration folder; --config FILE names one")]
    NoFolder,
    /// It cannot be read or written.
    #[error("{path}: settings are not remembered: {source}")]
    File {
        /// Which file.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// It is not understood.
    #[error(
        "{path}: the settings cannot be understood, and the defaults are used; the file is kept as {kept}: {reason}"
    )]
    Format {
        /// Which file.
        path: String,
        /// What it is called now.
        kept: String,
        /// What was expected and found.
        reason: String,
    },
    /// It cannot be written down.
    #[error("settings are not remembered: {0}")]
    Write(#[from] toml::ser::Error),
}

/// The file in the platform's configuration folder.
///
/// # Errors
/// [`ConfigurationError::NoFolder`].
pub fn default_path() -> Result<PathBuf, ConfigurationError> {
    let folders = ProjectDirs::from("", "", "attacca-live").ok_or(ConfigurationError::NoFolder)?;
    Ok(folders.config_dir().join("settings.toml"))
}

impl Configuration {
    /// Reads a file; one that does not exist has every default.
    ///
    /// # Errors
    /// [`ConfigurationError`]; the defaults are as good a beginning as any.
    pub fn read(path: &Path) -> Result<Self, ConfigurationError> {
        let failed = |source| ConfigurationError::File { path: path.display().to_string(), source };
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            text => text.map_err(failed)?,
        };
        toml::from_str::<Self>(&text).map(|read| Self { listening: read.listening.clamped(), ..read }).map_err(
            |error| {
                let kept = path.with_extension("toml.refused");
                let moved = fs::rename(path, &kept);
                ConfigurationError::Format {
                    path: path.display().to_string(),
                    kept: moved.map_or_else(|error| error.to_string(), |()| kept.display().to_string()),
                    reason: error.to_string(),
                }
            },
        )
    }

    /// Writes a file, as a whole or not at all.
    ///
    /// # Errors
    /// [`ConfigurationError`]; what was there before stays.
    pub fn write(&self, path: &Path) -> Result<(), ConfigurationError> {
        let failed = |source| ConfigurationError::File { path: path.display().to_string(), source };
        let text = toml::to_string_pretty(self)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(failed)?;
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        io::Write::write_all(&mut file, text.as_bytes()).map_err(failed)?;
        file.persist(path).map_err(|error| failed(error.error))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use attacca_engine::Bpm;

    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/settings.toml");
        let mut configuration = Configuration::default();
        let device = Some("jack:input".to_owned());
        configuration.input = Some(DeviceChoice { device, channels: vec![2], buffer_frames: Some(128) });
        configuration.listening.tempo_range.slowest = Bpm(90.0);
        configuration.listening.metre = Some(3);
        configuration.midi.port = MidiPortChoice::Named("Synth".to_owned());
        configuration.window.size_points = Some([800.0, 500.0]);
        configuration.write(&path).unwrap();
        assert_eq!(Configuration::read(&path).unwrap(), configuration);
    }

    #[test]
    fn what_is_missing_has_its_default() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        assert_eq!(Configuration::read(&path).unwrap(), Configuration::default());
        fs::write(&path, "[midi]\nclock = false\n").unwrap();
        let read = Configuration::read(&path).unwrap();
        assert_eq!((read.midi.clock, read.midi.messages), (false, MidiSettings::default()));
    }

    #[test]
    fn what_is_not_understood_is_kept_under_another_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        fs::write(&path, "midi = 7").unwrap();
        let error = Configuration::read(&path).unwrap_err().to_string();
        assert!(error.contains("settings.toml.refused") && error.contains("cannot be understood"), "{error}");
        assert_eq!(fs::read_to_string(folder.path().join("settings.toml.refused")).unwrap(), "midi = 7");
        assert_eq!(Configuration::read(&path).unwrap(), Configuration::default());
    }
}
