//! What a network hears of a dataset: frames by the engine's own code, kept on disk and read from there piece by piece,
//! so that memory does not grow with the dataset.
//!
//! A folder stands for one front end; its files hold the frames of one example each, as 16-bit floats. A file is
//! current as long as its front end, its audio and the engine are what they were: the first lies in the folder's name,
//! length and time of change of the second in the file, the third is tried on the first example each time.
//!
//! Half precision keeps 11 bits of a magnitude, and steps of 6e-8 below 6e-5: after compression by `ln(1 + 1000 x)` that
//! is an error of 0.0005 at most, in values that vary by about 1.

use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::UNIX_EPOCH,
};

use attacca_engine::features::{FeatureStream, FeatureStreamError};
use attacca_models::FrontEnd;
use half::f16;
use indicatif::ProgressBar;

use super::{
    dataset::{DatasetError, Example, rename},
    hash::hash,
};

/// What a file starts with; the last digit is the version of the layout.
const MAGIC: [u8; 8] = *b"attacca1";

/// Numbers of 8 bytes after the magic: length and time of change of the audio, frames, width.
const HEADER_NUMBERS: usize = 4;

/// Bytes in front of the values.
const HEADER_BYTES: usize = MAGIC.len() + 8 * HEADER_NUMBERS;

/// Why features could not be had.
#[derive(Debug, thiserror::Error)]
pub enum FeaturesError {
    /// A file could not be read or written.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The engine refused the front end or the sample rate.
    #[error(transparent)]
    Engine(#[from] FeatureStreamError),
}

/// The frames of one example, `[frame, channel, band]`, in a file: frame `n` is what the engine hears at the end of
/// hop `n`.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    file: PathBuf,
    frames: usize,
    width: usize,
}

impl Features {
    /// Number of frames.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// Values in a frame.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Reads `count` frames from `first` on, or as many as there are; nothing else of the file is read.
    ///
    /// # Errors
    /// When the file cannot be read any more.
    pub fn read(&self, first: usize, count: usize) -> Result<Vec<f32>, FeaturesError> {
        let first = first.min(self.frames);
        let count = count.min(self.frames - first);
        let mut bytes = vec![0; count * self.width * size_of::<f16>()];
        let start = HEADER_BYTES + first * self.width * size_of::<f16>();
        File::open(&self.file)
            .and_then(|mut file| {
                file.seek(SeekFrom::Start(start as u64))?;
                file.read_exact(&mut bytes)
            })
            .map_err(|source| DatasetError::File { file: self.file.clone(), source })?;
        Ok(bytes.as_chunks().0.iter().map(|&value| f16::from_le_bytes(value).to_f32()).collect())
    }

    /// Writes frames of `width` values to a file that is there whole or not at all. `audio` says which audio they are
    /// of.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn write(file: &Path, audio: AudioStamp, width: usize, values: &[f32]) -> Result<Self, FeaturesError> {
        let values = values.iter().map(|&value| f16::from_f32(value)).collect::<Vec<_>>();
        let frames = values.len() / width.max(1);
        let mut bytes = Vec::with_capacity(HEADER_BYTES + values.len() * size_of::<f16>());
        bytes.extend_from_slice(&MAGIC);
        let numbers: [u64; HEADER_NUMBERS] = [audio.bytes, audio.changed, frames as u64, width as u64];
        numbers.into_iter().for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
        values.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
        // Two fits may hear the same dataset at once.
        let temporary = file.with_extension(format!("{}.part", std::process::id()));
        fs::write(&temporary, bytes).map_err(|source| DatasetError::File { file: temporary.clone(), source })?;
        rename(&temporary, file)?;
        Ok(Self { file: file.to_owned(), frames, width })
    }

    /// Opens a file; `None` for one that is missing, cut short, of another width or of other audio.
    fn open(file: &Path, audio: AudioStamp, width: usize) -> Option<Self> {
        let mut header = [0; HEADER_BYTES];
        let mut opened = File::open(file).ok()?;
        opened.read_exact(&mut header).ok()?;
        let numbers = header.strip_prefix(&MAGIC)?.as_chunks().0;
        let numbers: [u64; HEADER_NUMBERS] = std::array::from_fn(|index| u64::from_le_bytes(numbers[index]));
        let [audio_bytes, audio_changed, frames, found_width] = numbers;
        let frames = usize::try_from(frames).ok()?;
        let length = frames.checked_mul(width)?.checked_mul(size_of::<f16>())?.checked_add(HEADER_BYTES)?;
        let is_current = found_width == width as u64
            && audio == AudioStamp { bytes: audio_bytes, changed: audio_changed }
            && opened.metadata().ok()?.len() == length as u64;
        is_current.then(|| Self { file: file.to_owned(), frames, width })
    }
}

/// What tells whether an audio file is the one that was heard.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct AudioStamp {
    bytes: u64,
    /// Nanoseconds of the clock at the last change.
    changed: u64,
}

impl AudioStamp {
    fn of(example: &Example) -> Result<Self, DatasetError> {
        let file = example.audio_file();
        let metadata = fs::metadata(file).map_err(|source| DatasetError::File { file: file.to_owned(), source })?;
        let changed = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Ok(Self { bytes: metadata.len(), changed: changed.map_or(0, |changed| changed.as_nanos() as u64) })
    }
}

/// The features of every example, in order, from the files in `cache` where they are current and computed on `threads`
/// threads where they are not.
///
/// # Errors
/// [`FeaturesError`]; what has been computed so far stays in the cache.
pub fn cached(
    examples: &[&Example],
    front_end: &FrontEnd,
    cache: &Path,
    threads: usize,
    progress: &ProgressBar,
) -> Result<Vec<Features>, FeaturesError> {
    let folder = cache.join(format!("{:016x}", hash(format!("{front_end:?}").as_bytes())));
    fs::create_dir_all(&folder).map_err(|source| DatasetError::File { file: folder.clone(), source })?;
    let is_stale = match examples.first() {
        Some(first) => is_stale(&folder, first, front_end)?,
        None => false,
    };
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<Result<Features, FeaturesError>>>> =
        examples.iter().map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let (Some(example), Some(slot)) = (examples.get(index), results.get(index)) else { break };
                    let result = one(&folder, example, front_end, is_stale);
                    if result.is_err() {
                        next.store(examples.len(), Ordering::Relaxed);
                    }
                    if let Ok(mut slot) = slot.lock() {
                        *slot = Some(result);
                    }
                    progress.inc(1);
                }
            });
        }
    });
    let done: Vec<_> = results.into_iter().filter_map(|slot| slot.into_inner().ok().flatten()).collect();
    done.into_iter().collect()
}

/// Whether the engine hears the first example otherwise than when it was kept.
fn is_stale(folder: &Path, first: &Example, front_end: &FrontEnd) -> Result<bool, FeaturesError> {
    let Some(kept) = Features::open(&file_of(folder, first), AudioStamp::of(first)?, front_end.shape().len()) else {
        return Ok(true);
    };
    let values = heard(first, front_end)?;
    Ok(kept.read(0, kept.frames)? != values.iter().map(|&value| f16::from_f32(value).to_f32()).collect::<Vec<_>>())
}

fn one(folder: &Path, example: &Example, front_end: &FrontEnd, is_stale: bool) -> Result<Features, FeaturesError> {
    let (file, audio) = (file_of(folder, example), AudioStamp::of(example)?);
    let width = front_end.shape().len();
    match Features::open(&file, audio, width) {
        Some(kept) if !is_stale => Ok(kept),
        _ => Features::write(&file, audio, width, &heard(example, front_end)?),
    }
}

/// What the engine hears, frame after frame.
fn heard(example: &Example, front_end: &FrontEnd) -> Result<Vec<f32>, FeaturesError> {
    let mut stream = FeatureStream::new(front_end, example.sample_rate(), 1)?;
    let mut values = Vec::new();
    stream.push_interleaved(&example.audio()?, |_, frame| values.extend_from_slice(frame));
    Ok(values)
}

fn file_of(folder: &Path, example: &Example) -> PathBuf {
    folder.join(format!("{}.features", example.record().name))
}

#[cfg(test)]
mod tests {
    use attacca_models::front_end::{MelFrontEnd, MelScale, Scaling};

    use super::*;
    use crate::data::dataset::{Dataset, tests::tiny_dataset};

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

    fn all(dataset: &Dataset, cache: &Path, threads: usize) -> Vec<Features> {
        let examples = dataset.examples().iter().collect::<Vec<_>>();
        cached(&examples, &front_end(), cache, threads, &ProgressBar::hidden()).unwrap()
    }

    #[test]
    fn a_second_of_audio_has_a_hundred_frames_which_are_what_the_engine_hears() {
        let (folder, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let dataset = tiny_dataset(folder.path(), &["a"], 44_100);
        let features = &all(&dataset, cache.path(), 1)[0];
        assert_eq!((features.frames(), features.width()), (100, 20));
        let expected = heard(&dataset.examples()[0], &front_end()).unwrap();
        assert!(expected.iter().any(|value| *value > 0.1));
        for (value, expected) in features.read(0, 100).unwrap().iter().zip(&expected) {
            // Half a step of 11 bits.
            assert!((value - expected).abs() <= expected.abs() / 2048.0 + 1e-7, "{value}, not {expected}");
        }
        assert_eq!(features.read(98, 5).unwrap(), features.read(0, 100).unwrap()[98 * 20..]);
    }

    #[test]
    fn files_are_kept_and_broken_ones_are_computed_anew() {
        let (folder, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let dataset = tiny_dataset(folder.path(), &["a", "b", "c"], 8820);
        let computed = all(&dataset, cache.path(), 2);
        let read = || computed.iter().map(|features| fs::read(&features.file).unwrap()).collect::<Vec<_>>();
        let expected = read();
        fs::write(&computed[1].file, [0_u8; 30]).unwrap();
        let changed = |features: &Features| fs::metadata(&features.file).unwrap().modified().unwrap();
        let kept = changed(&computed[2]);
        assert_eq!(all(&dataset, cache.path(), 1), computed);
        assert_eq!(read(), expected);
        assert_eq!(changed(&computed[2]), kept);
    }

    #[test]
    fn features_of_other_audio_or_another_engine_are_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.features");
        let audio = AudioStamp { bytes: 7, changed: 1 };
        let written = Features::write(&file, audio, 2, &[1.0, 2.0, 3.0, 4.0]).unwrap();
        assert_eq!(Features::open(&file, audio, 2), Some(written));
        assert_eq!(Features::open(&file, AudioStamp { bytes: 8, ..audio }, 2), None);
        assert_eq!(Features::open(&file, AudioStamp { changed: 2, ..audio }, 2), None);
        assert_eq!(Features::open(&file, audio, 4), None);

        let cache = tempfile::tempdir().unwrap();
        let dataset = tiny_dataset(folder.path(), &["a"], 8820);
        let first = &all(&dataset, cache.path(), 1)[0];
        let example = &dataset.examples()[0];
        let silence = vec![0.0; first.frames() * first.width()];
        Features::write(&first.file, AudioStamp::of(example).unwrap(), first.width(), &silence).unwrap();
        assert_eq!(all(&dataset, cache.path(), 1)[0], *first);
    }
}
