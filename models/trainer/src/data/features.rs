//! What a network hears of a dataset: frames by the engine's own code, kept on disk between fits.
//!
//! A cached file is current as long as its front end, its audio and the engine are what they were: the first lies in
//! the folder's name, the second in the file, the third is tried on the first example of the dataset each time.

use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use attacca_engine::features::{FeatureStream, FeatureStreamError};
use attacca_models::FrontEnd;
use indicatif::{ProgressBar, ProgressStyle};

use super::{
    dataset::{Dataset, DatasetError, Example, rename, temporary_name},
    hash::hash,
};

/// Bytes in front of the values: hash of the audio, frames, width.
const HEADER_BYTES: usize = 24;

/// Why features could not be computed.
#[derive(Debug, thiserror::Error)]
pub enum FeaturesError {
    /// A file could not be read or written.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The engine refused the front end or the sample rate.
    #[error(transparent)]
    Engine(#[from] FeatureStreamError),
}

/// The frames of one example, `[frame, channel, band]`: frame `n` is what the engine hears at the end of hop `n`.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    width: usize,
    values: Vec<f32>,
}

impl Features {
    /// Hears an example through the engine.
    ///
    /// # Errors
    /// [`FeaturesError`] if its audio cannot be read or the engine refuses the front end.
    pub fn compute(example: &Example, front_end: &FrontEnd) -> Result<Self, FeaturesError> {
        let mut stream = FeatureStream::new(front_end, example.sample_rate(), 1)?;
        let width = front_end.shape().len();
        let mut values = Vec::new();
        stream.push_interleaved(&example.audio()?, |_, frame| values.extend_from_slice(frame));
        Ok(Self { width, values })
    }

    /// Number of frames.
    pub fn frames(&self) -> usize {
        self.values.len() / self.width.max(1)
    }

    /// Values in a frame.
    pub fn width(&self) -> usize {
        self.width
    }

    /// All values, frame after frame.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    fn to_bytes(&self, audio: u64) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES + 4 * self.values.len());
        for number in [audio, self.frames() as u64, self.width as u64] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        self.values.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
        bytes
    }

    /// `None` for bytes that are cut short, of another width or of other audio.
    fn from_bytes(bytes: &[u8], audio: u64, width: usize) -> Option<Self> {
        let (header, body) = bytes.split_at_checked(HEADER_BYTES)?;
        let mut numbers = header.chunks_exact(8).map(|chunk| chunk.try_into().map(u64::from_le_bytes));
        let (found_audio, frames, found_width) = (numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?);
        let values_expected = usize::try_from(frames).ok()?.checked_mul(width)?;
        if found_audio != audio || found_width != width as u64 || body.len() != values_expected.checked_mul(4)? {
            return None;
        }
        let values = body.chunks_exact(4).map(|chunk| chunk.try_into().map(f32::from_le_bytes));
        Some(Self { width, values: values.collect::<Result<_, _>>().ok()? })
    }
}

/// The features of every example, in the dataset's order, from `cache` where they are current and computed on
/// `threads` threads where they are not.
///
/// # Errors
/// [`FeaturesError`]; what has been computed so far stays in the cache.
pub fn cached(
    dataset: &Dataset,
    front_end: &FrontEnd,
    cache: &Path,
    threads: usize,
) -> Result<Vec<Features>, FeaturesError> {
    let folder = cache.join(format!("{:016x}", hash(format!("{front_end:?}").as_bytes())));
    std::fs::create_dir_all(&folder).map_err(|source| DatasetError::File { file: folder.clone(), source })?;
    let examples = dataset.examples();
    let stale = match examples.first() {
        Some(first) => match read(&folder, first, front_end)? {
            Some(kept) => kept != Features::compute(first, front_end)?,
            None => true,
        },
        None => false,
    };
    let bar = ProgressBar::new(examples.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} features of {pos}/{len} excerpts, {eta} left") {
        bar.set_style(style);
    }
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<Result<Features, FeaturesError>>>> =
        examples.iter().map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let (Some(example), Some(slot)) = (examples.get(index), results.get(index)) else { break };
                    let result = one(&folder, example, front_end, stale);
                    if result.is_err() {
                        next.store(examples.len(), Ordering::Relaxed);
                    }
                    if let Ok(mut slot) = slot.lock() {
                        *slot = Some(result);
                    }
                    bar.inc(1);
                }
            });
        }
    });
    bar.finish_and_clear();
    let done: Vec<_> = results.into_iter().filter_map(|slot| slot.into_inner().ok().flatten()).collect();
    done.into_iter().collect()
}

fn one(folder: &Path, example: &Example, front_end: &FrontEnd, stale: bool) -> Result<Features, FeaturesError> {
    if !stale && let Some(kept) = read(folder, example, front_end)? {
        return Ok(kept);
    }
    let features = Features::compute(example, front_end)?;
    let file = cached_file(folder, example);
    let temporary = temporary_name(&file);
    let audio = hash(&example.audio_bytes()?);
    std::fs::write(&temporary, features.to_bytes(audio))
        .map_err(|source| DatasetError::File { file: temporary.clone(), source })?;
    rename(&temporary, &file)?;
    Ok(features)
}

fn read(folder: &Path, example: &Example, front_end: &FrontEnd) -> Result<Option<Features>, FeaturesError> {
    let Ok(bytes) = std::fs::read(cached_file(folder, example)) else { return Ok(None) };
    let audio = hash(&example.audio_bytes()?);
    Ok(Features::from_bytes(&bytes, audio, front_end.shape().len()))
}

fn cached_file(folder: &Path, example: &Example) -> PathBuf {
    folder.join(format!("{}.features", example.record().name))
}

#[cfg(test)]
mod tests {
    use attacca_models::front_end::{MelFrontEnd, MelScale, Scaling};

    use super::*;
    use crate::data::dataset::tests::tiny_dataset;

    fn front_end() -> FrontEnd {
        FrontEnd::Mel(MelFrontEnd {
            window_seconds: 0.046,
            bands: 10,
            minimum_hz: 30.0,
            maximum_hz: 16_000.0,
            scale: MelScale::Slaney,
            difference: true,
            whitening: None,
            harmonic_percussive: None,
            scaling: Scaling::logarithmic(100.0),
        })
    }

    #[test]
    fn a_second_of_audio_has_a_hundred_frames() {
        let folder = tempfile::tempdir().unwrap();
        let dataset = tiny_dataset(folder.path(), &["a"], 44_100);
        let features = Features::compute(&dataset.examples()[0], &front_end()).unwrap();
        assert_eq!((features.frames(), features.width()), (100, 20));
        assert!(features.values().iter().any(|value| *value > 0.0));
    }

    #[test]
    fn cached_features_are_the_computed_ones_and_broken_files_are_computed_anew() {
        let (folder, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let dataset = tiny_dataset(folder.path(), &["a", "b", "c"], 8820);
        let computed = cached(&dataset, &front_end(), cache.path(), 2).unwrap();
        let files: Vec<PathBuf> = std::fs::read_dir(cache.path())
            .unwrap()
            .flat_map(|entry| std::fs::read_dir(entry.unwrap().path()).unwrap())
            .map(|entry| entry.unwrap().path())
            .collect();
        assert_eq!(files.len(), 3);
        let broken = files.iter().find(|file| file.ends_with("b.features")).unwrap();
        std::fs::write(broken, [0u8; 30]).unwrap();
        assert_eq!(cached(&dataset, &front_end(), cache.path(), 1).unwrap(), computed);
    }

    #[test]
    fn features_of_other_audio_are_not_taken() {
        let features = Features { width: 2, values: vec![1.0, 2.0, 3.0, 4.0] };
        let bytes = features.to_bytes(7);
        assert_eq!(Features::from_bytes(&bytes, 7, 2), Some(features));
        assert_eq!(Features::from_bytes(&bytes, 8, 2), None);
        assert_eq!(Features::from_bytes(&bytes, 7, 4), None);
        assert_eq!(Features::from_bytes(&bytes[..bytes.len() - 1], 7, 2), None);
        assert_eq!(Features::from_bytes(&bytes[..10], 7, 2), None);
    }
}
