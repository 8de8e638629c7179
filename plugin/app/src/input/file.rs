//! A recording as the input: as it sounds, for rehearsals, or as quickly as can be.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use attacca_decode::{DecodeError, Recording, Source, printable::Printable};

use crate::ear::{Ear, InputFormat};

/// Blocks a second.
const BLOCKS_PER_SECOND: usize = 100;
/// How far a quick player may be ahead of those who send what it plays, in seconds.
const AHEAD_SECONDS: u64 = 2;
/// How long it then waits.
const WAIT: Duration = Duration::from_millis(1);

/// Why a recording is not played.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("{}: {source}", Printable(path))]
    Decode {
        /// Which.
        path: PathBuf,
        /// What was expected and found.
        source: DecodeError,
    },
    /// No thread.
    #[error("a recording cannot be played: {0}")]
    Thread(#[from] io::Error),
}

/// A recording, to be played or being played; it stops when it is dropped.
pub struct FilePlayer {
    path: PathBuf,
    recording: Option<Recording>,
    format: InputFormat,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl FilePlayer {
    /// Opens a recording.
    ///
    /// # Errors
    /// [`FileError`] where it cannot be read.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let recording = Recording::open(&Source::File(path.to_owned()));
        let recording = recording.map_err(|source| FileError::Decode { path: path.to_owned(), source })?;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let format = InputFormat::new(name, recording.format().sample_rate_hz, recording.output_channels(), &[]);
        Ok(Self { path: path.to_owned(), recording: Some(recording), format, stop: Arc::default(), thread: None })
    }

    /// What will be heard.
    pub fn format(&self) -> InputFormat {
        self.format.clone()
    }

    /// Plays it, `repeat`edly or once; `fast` or as it sounds.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn play(mut self, ear: Ear, repeat: bool, fast: bool) -> Result<Self, FileError> {
        let rate = self.format.sample_rate_hz;
        let player = Player {
            path: self.path.clone(),
            repeat,
            pace: if fast { Pace::Fast } else { Pace::RealTime(Instant::now()) },
            block_samples: (rate as usize / BLOCKS_PER_SECOND).max(1) * self.format.channels,
            rate,
            channels: self.format.channels,
            ear,
            stop: Arc::clone(&self.stop),
        };
        let recording = self.recording.take();
        let play = move || player.play(recording);
        self.thread = Some(std::thread::Builder::new().name("attacca-file".to_owned()).spawn(play)?);
        Ok(self)
    }
}

impl Drop for FilePlayer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so, and is over as well.
            let _ = thread.join();
        }
    }
}

#[derive(Clone, Copy)]
enum Pace {
    Fast,
    /// As it sounds, from this instant on.
    RealTime(Instant),
}

/// What the playing thread has.
struct Player {
    path: PathBuf,
    repeat: bool,
    pace: Pace,
    block_samples: usize,
    rate: u32,
    channels: usize,
    ear: Ear,
    stop: Arc<AtomicBool>,
}

impl Player {
    fn play(mut self, mut recording: Option<Recording>) {
        let mut block = Vec::with_capacity(self.block_samples);
        while let Some(mut playing) = recording.take() {
            // A recording that is damaged from here on ends here.
            while let Ok(Some(mut samples)) = playing.next_block() {
                while !samples.is_empty() {
                    let wanted = (self.block_samples - block.len()).min(samples.len());
                    block.extend_from_slice(&samples[..wanted]);
                    samples = &samples[wanted..];
                    if block.len() == self.block_samples && !self.hear(&mut block) {
                        return;
                    }
                }
            }
            if self.repeat {
                recording = Recording::open(&Source::File(self.path.clone())).ok();
            }
        }
        if !self.hear(&mut block) {
            return;
        }
        self.ear.end();
        let mut silent_samples = self.ear.latency_samples() as usize * self.channels;
        while silent_samples > 0 {
            block.resize(silent_samples.min(self.block_samples), 0.0);
            silent_samples -= block.len();
            if !self.hear(&mut block) {
                return;
            }
        }
        self.ear.finish();
    }

    /// Hears a block at its time, and empties it; says whether to go on.
    fn hear(&mut self, block: &mut Vec<f32>) -> bool {
        let end = self.ear.position().0 + (block.len() / self.channels) as u64;
        let at = match self.pace {
            Pace::RealTime(begin) => {
                let due = begin + Duration::from_secs_f64(end as f64 / f64::from(self.rate));
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                due
            }
            Pace::Fast => {
                while self.ear.position().0 > self.ear.sent_samples() + AHEAD_SECONDS * u64::from(self.rate) {
                    if self.stop.load(Ordering::Relaxed) {
                        return false;
                    }
                    std::thread::sleep(WAIT);
                }
                Instant::now()
            }
        };
        self.ear.hear(block, at);
        block.clear();
        !self.stop.load(Ordering::Relaxed)
    }
}
