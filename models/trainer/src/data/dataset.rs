//! A folder of labelled audio.
//!
//! ```text
//! manifest.json          what the folder holds, in order; written last
//! recipe.json            the recipe that it is made by; written first
//! examples/NAME.wav      one excerpt: mono, 44.1 kHz, 16 bits
//! examples/NAME.json     its record: provenance and labels; written after the audio
//! ```
//! Every file is written under a temporary name and then renamed, so that a name that is there is complete.

use std::path::{Path, PathBuf};

use attacca_models::description::DataSource;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{labels::Labels, recipe::Recipe};

/// The version of the layout that this module reads and writes.
pub const DATASET_VERSION: u32 = 2;

/// Full scale of 16-bit audio.
const FULL_SCALE: f32 = 32_767.0;

/// Why a dataset could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// A file could not be read or written.
    #[error("{}: {source}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A description could not be read.
    #[error("{}: {source}", file.display())]
    Json {
        /// The file.
        file: PathBuf,
        /// What the reader said.
        source: serde_json::Error,
    },
    /// Audio could not be read or written.
    #[error("{}: {source}", file.display())]
    Audio {
        /// The file.
        file: PathBuf,
        /// What the reader or writer said.
        source: hound::Error,
    },
    /// A file has not the contents that it should have.
    #[error("{}: {field}: expected {expected}, found {actual}", file.display())]
    Contents {
        /// The file.
        file: PathBuf,
        /// The field at fault.
        field: &'static str,
        /// What was expected.
        expected: String,
        /// What was found.
        actual: String,
    },
}

/// What an example is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// Fitting.
    Train,
    /// Choosing between fits, and calibration.
    Validation,
}

/// What is known of one example.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Name of its files.
    pub name: String,
    /// What it is for.
    pub split: Split,
    /// The kind of source it is from.
    pub source: String,
    /// The piece within that source.
    pub piece: String,
    /// The SoundFont that played it.
    pub soundfont: String,
    /// The effects that were applied, in order.
    pub augmentation: Vec<String>,
    /// Length in seconds.
    pub seconds: f64,
    /// Its labels.
    pub labels: Labels,
}

/// What a finished folder holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`DATASET_VERSION`].
    pub version: u32,
    /// Name of the recipe.
    pub name: String,
    /// The recipe's seed.
    pub seed: u64,
    /// Sample rate of the audio in Hz.
    pub sample_rate: u32,
    /// Where everything comes from, with licences and credits; SoundFonts included.
    pub provenance: Vec<DataSource>,
    /// Names of the examples, in order.
    pub examples: Vec<String>,
}

/// A finished folder, opened: the descriptions are in memory, the audio stays on disk.
#[derive(Clone, Debug)]
pub struct Dataset {
    folder: PathBuf,
    manifest: Manifest,
    examples: Vec<Example>,
}

/// One excerpt of a [`Dataset`].
#[derive(Clone, Debug)]
pub struct Example {
    record: Record,
    audio: PathBuf,
    sample_rate: u32,
}

impl Dataset {
    /// Opens a finished folder.
    ///
    /// # Errors
    /// [`DatasetError`] for a folder that is missing, unfinished or of another version.
    pub fn open(folder: &Path) -> Result<Self, DatasetError> {
        let file = folder.join("manifest.json");
        let manifest: Manifest = read_json(&file)?;
        if manifest.version != DATASET_VERSION {
            let (expected, actual) = (DATASET_VERSION.to_string(), manifest.version.to_string());
            return Err(DatasetError::Contents { file, field: "version", expected, actual });
        }
        let examples = manifest
            .examples
            .iter()
            .map(|name| {
                let record = read_json(&record_file(folder, name))?;
                Ok(Example { record, audio: audio_file(folder, name), sample_rate: manifest.sample_rate })
            })
            .collect::<Result<_, DatasetError>>()?;
        Ok(Self { folder: folder.to_owned(), manifest, examples })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the folder holds.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// All examples, in the manifest's order.
    pub fn examples(&self) -> &[Example] {
        &self.examples
    }

    /// The examples of one side.
    pub fn split(&self, split: Split) -> impl Iterator<Item = &Example> {
        self.examples.iter().filter(move |example| example.record.split == split)
    }
}

impl Example {
    /// What is known of it.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Its labels.
    pub fn labels(&self) -> &Labels {
        &self.record.labels
    }

    /// Sample rate of its audio in Hz.
    pub fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// The file of its audio.
    pub fn audio_file(&self) -> &Path {
        &self.audio
    }

    /// Reads its audio: mono, within ±1.
    ///
    /// # Errors
    /// [`DatasetError`] for audio that is missing, broken, or not mono with 16 bits at the dataset's rate.
    pub fn audio(&self) -> Result<Vec<f32>, DatasetError> {
        read_audio(&self.audio, self.sample_rate)
    }
}

/// Reads a WAV file: mono with 16 bits at a rate in Hz.
pub(crate) fn read_audio(file: &Path, sample_rate: u32) -> Result<Vec<f32>, DatasetError> {
    let failed = |source| DatasetError::Audio { file: file.to_owned(), source };
    let reader = hound::WavReader::open(file).map_err(failed)?;
    let spec = reader.spec();
    if spec != wave_spec(sample_rate) {
        let (expected, actual) = (format!("{:?}", wave_spec(sample_rate)), format!("{spec:?}"));
        return Err(DatasetError::Contents { file: file.to_owned(), field: "format", expected, actual });
    }
    let samples = reader.into_samples::<i16>();
    samples.map(|sample| sample.map(|sample| f32::from(sample) / FULL_SCALE).map_err(failed)).collect()
}

/// Writes a WAV file: mono with 16 bits at a rate in Hz.
pub(crate) fn write_audio(file: &Path, audio: &[f32], sample_rate: u32) -> Result<(), DatasetError> {
    let temporary = temporary_name(file);
    let failed = |source| DatasetError::Audio { file: file.to_owned(), source };
    let mut writer = hound::WavWriter::create(&temporary, wave_spec(sample_rate)).map_err(failed)?;
    for sample in audio {
        writer.write_sample((sample.clamp(-1.0, 1.0) * FULL_SCALE).round() as i16).map_err(failed)?;
    }
    writer.finalize().map_err(failed)?;
    rename(&temporary, file)
}

/// Writes an example; its record comes last, so that a record stands for a complete example.
pub(crate) fn write_example(
    folder: &Path,
    record: &Record,
    audio: &[f32],
    sample_rate: u32,
) -> Result<(), DatasetError> {
    write_audio(&audio_file(folder, &record.name), audio, sample_rate)?;
    write_json(&record_file(folder, &record.name), record)
}

/// The record of an example, or `None` if it has not been written yet.
pub(crate) fn read_record(folder: &Path, name: &str) -> Result<Option<Record>, DatasetError> {
    let file = record_file(folder, name);
    if file.is_file() { read_json(&file).map(Some) } else { Ok(None) }
}

/// Makes the folder, or checks that it was begun with the same recipe.
pub(super) fn begin(folder: &Path, recipe: &Recipe) -> Result<(), DatasetError> {
    let examples = folder.join("examples");
    std::fs::create_dir_all(&examples).map_err(|source| DatasetError::File { file: examples, source })?;
    let file = folder.join("recipe.json");
    if !file.is_file() {
        return write_json(&file, recipe);
    }
    let begun: Recipe = read_json(&file)?;
    if begun != *recipe {
        let expected = format!("the recipe {} as it was when the folder was begun", begun.name);
        let actual = format!("another recipe, {}: give another folder", recipe.name);
        return Err(DatasetError::Contents { file, field: "recipe", expected, actual });
    }
    Ok(())
}

/// Writes the manifest, which makes the folder a dataset.
pub(crate) fn finish(folder: &Path, manifest: &Manifest) -> Result<(), DatasetError> {
    write_json(&folder.join("manifest.json"), manifest)
}

fn wave_spec(sample_rate: u32) -> hound::WavSpec {
    hound::WavSpec { channels: 1, sample_rate, bits_per_sample: 16, sample_format: hound::SampleFormat::Int }
}

fn audio_file(folder: &Path, name: &str) -> PathBuf {
    folder.join("examples").join(format!("{name}.wav"))
}

fn record_file(folder: &Path, name: &str) -> PathBuf {
    folder.join("examples").join(format!("{name}.json"))
}

/// Reads a description.
pub(crate) fn read_json<T: DeserializeOwned>(file: &Path) -> Result<T, DatasetError> {
    let bytes = std::fs::read(file).map_err(|source| DatasetError::File { file: file.to_owned(), source })?;
    serde_json::from_slice(&bytes).map_err(|source| DatasetError::Json { file: file.to_owned(), source })
}

/// Writes a description under a temporary name and renames it.
pub(crate) fn write_json<T: Serialize>(file: &Path, value: &T) -> Result<(), DatasetError> {
    let bytes =
        serde_json::to_vec_pretty(value).map_err(|source| DatasetError::Json { file: file.to_owned(), source })?;
    let temporary = temporary_name(file);
    std::fs::write(&temporary, bytes).map_err(|source| DatasetError::File { file: temporary.clone(), source })?;
    rename(&temporary, file)
}

/// The name under which a file is written before it is complete.
pub(crate) fn temporary_name(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

/// Moves a complete file to its name.
pub(crate) fn rename(temporary: &Path, file: &Path) -> Result<(), DatasetError> {
    std::fs::rename(temporary, file).map_err(|source| DatasetError::File { file: file.to_owned(), source })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::data::labels::Annotation;

    fn record(name: &str) -> Record {
        Record {
            name: name.to_owned(),
            split: Split::Train,
            source: "generated".to_owned(),
            piece: "0".to_owned(),
            soundfont: "none".to_owned(),
            augmentation: Vec::new(),
            seconds: 0.01,
            labels: Labels { onsets: Some(Annotation::unmasked(vec![0.001])), ..Labels::default() },
        }
    }

    fn manifest(version: u32, names: &[&str]) -> Manifest {
        Manifest {
            version,
            name: "test".to_owned(),
            seed: 1,
            sample_rate: 44_100,
            provenance: Vec::new(),
            examples: names.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    fn ramp(samples: usize) -> Vec<f32> {
        (0..samples).map(|index| (index % 441) as f32 / 441.0 - 0.5).collect()
    }

    /// A finished dataset whose examples sound at 100 Hz for `samples` samples.
    pub(in crate::data) fn tiny_dataset(folder: &Path, names: &[&str], samples: usize) -> Dataset {
        std::fs::create_dir(folder.join("examples")).unwrap();
        for name in names {
            write_example(folder, &record(name), &ramp(samples), 44_100).unwrap();
        }
        finish(folder, &manifest(DATASET_VERSION, names)).unwrap();
        Dataset::open(folder).unwrap()
    }

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let dataset = tiny_dataset(folder.path(), &["a"], 441);
        assert_eq!(dataset.examples()[0].record(), &record("a"));
        assert_eq!(dataset.split(Split::Validation).count(), 0);
        for (read, written) in dataset.examples()[0].audio().unwrap().iter().zip(ramp(441)) {
            // Half a step of 16 bits.
            assert!((read - written).abs() <= 0.5 / FULL_SCALE + 1e-7);
        }
    }

    #[test]
    fn an_unfinished_folder_is_no_dataset() {
        let folder = tempfile::tempdir().unwrap();
        let message = Dataset::open(folder.path()).unwrap_err().to_string();
        assert!(message.contains("manifest.json"), "{message}");
    }

    #[test]
    fn another_version_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        finish(folder.path(), &manifest(99, &[])).unwrap();
        let message = Dataset::open(folder.path()).unwrap_err().to_string();
        assert!(message.ends_with("version: expected 2, found 99"), "{message}");
    }
}
