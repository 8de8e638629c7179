//! A session on disk: its events as JSON lines, and what was heard as WAV.
//!
//! The audio thread leaves samples in a queue of ten seconds; a thread of its own writes them. Samples are written as the engine
//! heard them, as 32-bit floating-point numbers of the heard channels, from the first one on: analysing the file says again
//! what the lines say. When the disk is full, that is said, and the listening goes on.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::mpsc::SyncSender,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use hound::{SampleFormat, WavSpec, WavWriter};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{ear::InputFormat, report::Report};

/// How often samples are taken from the queue.
const PERIOD: Duration = Duration::from_millis(50);
/// How often the file is brought up to date, so that a crash costs no more than this.
const FLUSH: Duration = Duration::from_secs(1);
/// Bytes of samples that a WAV file has room for, a little less than 4 GiB.
const MOST_BYTES: u64 = u32::MAX as u64 - 4096;
/// Names that are tried where sessions begin within a second.
const NAMES: usize = 100;

/// What is recorded, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RecorderSettings {
    /// Whether events are.
    pub enabled: bool,
    /// Whether samples are too.
    pub audio: bool,
    /// In which folder; `None` for the present one.
    pub folder: Option<PathBuf>,
}

/// Why nothing is recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// No file can be made.
    #[error("nothing is recorded: {path}: {reason}")]
    File {
        /// Which file.
        path: String,
        /// What the system says.
        reason: String,
    },
}

impl RecordError {
    fn of(path: &Path, reason: impl ToString) -> Self {
        Self::File { path: path.display().to_string(), reason: reason.to_string() }
    }
}

/// The thread that writes samples, until the ear is gone and everything is written.
#[derive(Debug)]
pub struct Recorder {
    thread: Option<JoinHandle<()>>,
}

impl Recorder {
    /// Begins a session in new files; gives where the events are to be written.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn start(
        settings: &RecorderSettings,
        format: &InputFormat,
        samples: Option<rtrb::Consumer<f32>>,
        reports: SyncSender<Report>,
    ) -> Result<(Self, Box<dyn Write + Send>), RecordError> {
        let folder = settings.folder.clone().unwrap_or_else(|| PathBuf::from("."));
        fs::create_dir_all(&folder).map_err(|error| RecordError::of(&folder, error))?;
        let (log, path) = new_log(&folder)?;
        let mut thread = None;
        if let Some(samples) = samples.filter(|_| settings.audio) {
            let path = path.with_extension("wav");
            let file = File::create(&path).map_err(|error| RecordError::of(&path, error))?;
            let spec = WavSpec {
                channels: format.heard.len() as u16,
                sample_rate: format.sample_rate_hz,
                bits_per_sample: 32,
                sample_format: SampleFormat::Float,
            };
            let writer = WavWriter::new(BufWriter::new(file), spec).map_err(|error| RecordError::of(&path, error))?;
            let write = move || {
                if let Err(error) = write_samples(writer, samples) {
                    let text = format!("{}: the recording ends here, listening goes on: {error}", path.display());
                    // Without a reporter there is nobody to tell.
                    let _ = reports.send(Report::Notice(text));
                }
            };
            let builder = std::thread::Builder::new().name("attacca-recorder".to_owned());
            thread = Some(builder.spawn(write).map_err(|error| RecordError::of(&folder, error))?);
        }
        Ok((Self { thread }, Box::new(log)))
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so, and is over as well.
            let _ = thread.join();
        }
    }
}

/// A new file for events, called after the time.
fn new_log(folder: &Path) -> Result<(File, PathBuf), RecordError> {
    let now = OffsetDateTime::now_utc();
    let (date, time) = (now.date(), now.time());
    let stem = format!(
        "attacca-{:04}-{:02}-{:02}-{:02}{:02}{:02}",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    );
    let mut path = folder.join(format!("{stem}.jsonl"));
    for number in 2..NAMES {
        match File::create_new(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                path = folder.join(format!("{stem}-{number}.jsonl"));
            }
            Err(error) => return Err(RecordError::of(&path, error)),
        }
    }
    Err(RecordError::of(&path, "too many sessions began within this second"))
}

/// Writes samples until there will be no more.
fn write_samples<W: Write + io::Seek>(
    mut writer: WavWriter<W>,
    mut samples: rtrb::Consumer<f32>,
) -> Result<(), hound::Error> {
    let mut flushed = Instant::now();
    let mut bytes = 0;
    loop {
        // Asked for before the queue is emptied: what comes after the answer is taken.
        let is_last = samples.is_abandoned();
        while let Ok(sample) = samples.pop() {
            writer.write_sample(sample)?;
            bytes += size_of::<f32>() as u64;
            if bytes >= MOST_BYTES {
                writer.finalize()?;
                return Err(hound::Error::IoError(io::Error::other("a WAV file has room for 4 GiB")));
            }
        }
        if is_last {
            return writer.finalize();
        }
        if flushed.elapsed() >= FLUSH {
            writer.flush()?;
            flushed = Instant::now();
        }
        std::thread::sleep(PERIOD);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;

    fn format() -> InputFormat {
        InputFormat::new("x".to_owned(), 8000, 2, &[])
    }

    #[test]
    fn samples_are_written_as_they_were_heard() {
        let folder = tempfile::tempdir().unwrap();
        let settings = RecorderSettings { enabled: true, audio: true, folder: Some(folder.path().join("new")) };
        let (mut heard, recorded) = rtrb::RingBuffer::new(1000);
        let (reports, _notices) = sync_channel(10);
        let (recorder, mut log) = Recorder::start(&settings, &format(), Some(recorded), reports).unwrap();
        let samples: Vec<f32> = (0..600).map(|index| index as f32 / 777.0).collect();
        for &sample in &samples {
            heard.push(sample).unwrap();
        }
        log.write_all(b"{}\n").unwrap();
        drop((heard, recorder));
        let mut files: Vec<_> =
            fs::read_dir(folder.path().join("new")).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        assert_eq!(fs::read_to_string(&files[0]).unwrap(), "{}\n");
        let mut wav = hound::WavReader::open(&files[1]).unwrap();
        assert_eq!((wav.spec().channels, wav.spec().sample_rate), (2, 8000));
        assert_eq!(wav.samples::<f32>().map(Result::unwrap).collect::<Vec<_>>(), samples);
    }

    #[test]
    fn sessions_of_one_second_have_names_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<_> = (0..3).map(|_| new_log(folder.path()).unwrap().1).collect();
        assert!(paths[0] != paths[1] && paths[1] != paths[2], "{paths:?}");
    }

    /// A disk with room for a header and little more.
    struct FullDisk(io::Cursor<Vec<u8>>);

    impl Write for FullDisk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0.position() > 200 { Err(io::ErrorKind::StorageFull.into()) } else { self.0.write(bytes) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl io::Seek for FullDisk {
        fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }

    #[test]
    fn a_full_disk_ends_the_recording_with_its_reason() {
        let spec = WavSpec { channels: 1, sample_rate: 8000, bits_per_sample: 32, sample_format: SampleFormat::Float };
        let writer = WavWriter::new(FullDisk(io::Cursor::default()), spec).unwrap();
        let (mut heard, recorded) = rtrb::RingBuffer::new(1000);
        for _ in 0..1000 {
            heard.push(0.5).unwrap();
        }
        let error = write_samples(writer, recorded).unwrap_err();
        assert!(matches!(error, hound::Error::IoError(error) if error.kind() == io::ErrorKind::StorageFull));
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let settings = RecorderSettings { enabled: true, audio: false, folder: Some(file.path().join("below")) };
        let error = Recorder::start(&settings, &format(), None, sync_channel(1).0).err().unwrap().to_string();
        assert!(error.contains("below") && error.starts_with("nothing is recorded"), "{error}");
    }
}
