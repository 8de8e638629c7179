//! Annotated recordings: the validation split of a dataset, or a folder of `X.wav` with any of
//!
//! - `X.onsets`: a time in seconds a line;
//! - `X.beats`: time, position in the bar (1 is the downbeat);
//! - `X.chords`: start, end, chord in Harte's syntax;
//! - `X.voice`: start and end of a stretch in which somebody sings; an empty file where nobody does.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use attacca_decode::{DecodeError, mono};
use attacca_models::Task;

use crate::{
    data::{
        Dataset, DatasetError, Labels, Split,
        labels::{Annotation, LabelledBeat},
    },
    metrics::chord_label::{ChordLabel, Extensions},
    score::TimedChord,
};

/// An annotated recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// Its name.
    pub name: String,
    /// Samples of the mean of its channels.
    pub samples: Vec<f32>,
    /// Rate of the samples in Hz.
    pub sample_rate_hz: u32,
    /// What is annotated.
    pub labels: Labels,
}

impl Piece {
    /// How long it is, in seconds.
    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.sample_rate_hz)
    }

    /// Whether it has the annotation of a task.
    pub fn is_annotated_for(&self, task: Task) -> bool {
        match task {
            Task::Onset => self.labels.onsets.is_some(),
            Task::Beat => self.labels.beats.is_some(),
            Task::Voice => self.labels.voice.is_some(),
            Task::Chord => self.labels.chords.is_some(),
            Task::Key => self.labels.keys.is_some(),
        }
    }
}

/// Why an annotated recording cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PieceError {
    /// A file or folder cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// What was to be read.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A recording cannot be decoded.
    #[error("{}: {source}", path.display())]
    Audio {
        /// The recording.
        path: PathBuf,
        /// What the decoder said.
        source: DecodeError,
    },
    /// A line of an annotation is not understood.
    #[error("{}:{line}: expected {expected}, found `{actual}`", path.display())]
    Line {
        /// The annotation.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What was expected.
        expected: &'static str,
        /// What was found.
        actual: String,
    },
    /// A dataset cannot be read.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// There is nothing to evaluate on.
    #[error("{}: expected X.wav with X.onsets, X.beats, X.chords or X.voice, found none", folder.display())]
    Empty {
        /// The folder.
        folder: PathBuf,
    },
}

/// Reads a dataset's validation split, or every annotated recording of a folder in the order of their names.
///
/// # Errors
/// When anything in it cannot be read, or there is none.
pub fn read(folder: &Path) -> Result<Vec<Piece>, PieceError> {
    if folder.join("manifest.json").exists() { read_dataset(folder) } else { read_folder(folder) }
}

fn read_dataset(folder: &Path) -> Result<Vec<Piece>, PieceError> {
    let dataset = Dataset::open(folder)?;
    let pieces = dataset.split(Split::Validation).map(|example| {
        Ok(Piece {
            name: example.record().name.clone(),
            samples: example.audio()?,
            sample_rate_hz: example.sample_rate(),
            labels: example.labels().clone(),
        })
    });
    pieces.collect()
}

fn read_folder(folder: &Path) -> Result<Vec<Piece>, PieceError> {
    let unreadable = |source| PieceError::Read { path: folder.to_owned(), source };
    let mut recordings = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "wav") {
            recordings.push(path);
        }
    }
    recordings.sort();
    let pieces: Vec<Piece> = recordings.iter().map(|path| read_recording(path)).collect::<Result<_, _>>()?;
    let annotated: Vec<Piece> = pieces.into_iter().filter(|piece| piece.labels != Labels::default()).collect();
    if annotated.is_empty() {
        return Err(PieceError::Empty { folder: folder.to_owned() });
    }
    Ok(annotated)
}

fn read_recording(path: &Path) -> Result<Piece, PieceError> {
    let (samples, sample_rate_hz) = read_wav(path)?;
    let onsets = lines(&path.with_extension("onsets"))?
        .map(|lines| lines.iter().map(|line| line.number(0, "a time in seconds")).collect::<Result<Vec<f64>, _>>())
        .transpose()?;
    let beats = lines(&path.with_extension("beats"))?.map(|lines| beats(&lines)).transpose()?;
    let chords = lines(&path.with_extension("chords"))?.map(|lines| chords(&lines)).transpose()?;
    let voice = lines(&path.with_extension("voice"))?.map(|lines| spans(&lines)).transpose()?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let labels = Labels {
        onsets: onsets.map(Annotation::unmasked),
        beats: beats.map(Annotation::unmasked),
        chords: chords.map(Annotation::unmasked),
        voice: voice.map(Annotation::unmasked),
        keys: None,
    };
    Ok(Piece { name, samples, sample_rate_hz, labels })
}

fn read_wav(path: &Path) -> Result<(Vec<f32>, u32), PieceError> {
    let unreadable = |source| PieceError::Audio { path: path.to_owned(), source };
    let recording = mono::read(path).map_err(unreadable)?;
    Ok((recording.samples, recording.sample_rate_hz))
}

/// Beats with the length of their bar: the largest position before the next downbeat.
fn beats(lines: &[Line]) -> Result<Vec<LabelledBeat>, PieceError> {
    let mut beats = Vec::with_capacity(lines.len());
    for line in lines {
        let position = line.number(1, "a position in the bar from 1 after the time")?;
        if !(1.0..=64.0).contains(&position) {
            return Err(line.refused("a position in the bar from 1 to 64"));
        }
        beats.push(LabelledBeat {
            time: line.number(0, "a time in seconds")?,
            position: position as u8,
            beats_per_bar: position as u8,
        });
    }
    for index in (1..beats.len()).rev() {
        if beats[index].position != 1 {
            beats[index - 1].beats_per_bar = beats[index].beats_per_bar;
        }
    }
    Ok(beats)
}

fn chords(lines: &[Line]) -> Result<Vec<TimedChord>, PieceError> {
    let chord = |(line, [start, end]): (&Line, [f64; 2])| {
        let label = line.text.split_whitespace().nth(2).unwrap_or_default();
        ChordLabel::parse(label, Extensions::LeftOut)
            .map_err(|_| line.refused("start, end and a chord in Harte's syntax, such as `F#:min7/b3` or `N`"))?;
        Ok(TimedChord { start, end, label: label.to_owned() })
    };
    lines.iter().zip(spans(lines)?).map(chord).collect()
}

/// Starts and ends of stretches that follow each other.
fn spans(lines: &[Line]) -> Result<Vec<[f64; 2]>, PieceError> {
    let mut spans: Vec<[f64; 2]> = Vec::with_capacity(lines.len());
    for line in lines {
        let start = line.number(0, "a start in seconds")?;
        let end = line.number(1, "an end in seconds after the start")?;
        if !(0.0..end).contains(&start) {
            return Err(line.refused("a start at 0 s or later, and an end after it"));
        }
        if spans.last().is_some_and(|[_, before]| start < *before) {
            return Err(line.refused("a start that is not before the end of the line above"));
        }
        spans.push([start, end]);
    }
    Ok(spans)
}

struct Line {
    path: PathBuf,
    number: usize,
    text: String,
}

impl Line {
    fn number(&self, column: usize, expected: &'static str) -> Result<f64, PieceError> {
        let field = self.text.split_whitespace().nth(column).and_then(|field| field.parse::<f64>().ok());
        field.filter(|value| value.is_finite()).ok_or_else(|| self.refused(expected))
    }

    fn refused(&self, expected: &'static str) -> PieceError {
        PieceError::Line { path: self.path.clone(), line: self.number, expected, actual: self.text.clone() }
    }
}

/// The lines of an annotation that are not blank; `None` where there is no such file.
fn lines(path: &Path) -> Result<Option<Vec<Line>>, PieceError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(PieceError::Read { path: path.to_owned(), source }),
    };
    let numbered = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let line = |(index, text): (usize, &str)| Line { path: path.to_owned(), number: index + 1, text: text.to_owned() };
    Ok(Some(numbered.map(line).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let format = hound::WavSpec {
            channels: 2,
            sample_rate: 8000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut audio = hound::WavWriter::create(folder.path().join("a.wav"), format).expect("a WAV file");
        for sample in [16_384_i16, 0, -16_384, -16_384] {
            audio.write_sample(sample).expect("a sample");
        }
        audio.finalize().expect("a whole file");
        for (name, text) in files {
            fs::write(folder.path().join(name), text).expect("an annotation");
        }
        folder
    }

    #[test]
    fn audio_and_annotations_are_read_together() {
        let folder = folder(&[("a.onsets", "0.1\n\n0.5\n"), ("a.beats", "0.1\t2\n0.6\t1\n1.1\t2\n1.6\t3\n2.1\t1\n")]);
        let pieces = read_folder(folder.path()).expect("it is whole");
        assert_eq!(pieces[0].samples, [0.25, -0.5]);
        assert_eq!(pieces[0].labels.onsets, Some(Annotation::unmasked(vec![0.1, 0.5])));
        let beats = pieces[0].labels.beats.as_ref().expect("beats");
        let metres: Vec<u8> = beats.values.iter().map(|beat| beat.beats_per_bar).collect();
        assert_eq!(metres, [2, 3, 3, 3, 1]);
    }

    #[test]
    fn errors_name_file_and_line() {
        let folder = folder(&[("a.beats", "0.1\t1\n0.6\tdown\n")]);
        let error = read_folder(folder.path()).expect_err("`down` is no position").to_string();
        assert!(error.contains("a.beats:2") && error.contains("0.6\tdown"), "{error}");
    }

    #[test]
    fn chords_and_voice_are_stretches_that_follow_each_other() {
        let files = [("a.chords", "0 1.5 N\n1.5\t3\tF#:min7/b3\n"), ("a.voice", "0.5 1\n2 3\n")];
        let labels = read_folder(folder(&files).path()).expect("it is whole").remove(0).labels;
        let chords = labels.chords.expect("chords").values;
        assert_eq!((chords[1].start, chords[1].label.as_str()), (1.5, "F#:min7/b3"));
        assert_eq!(labels.voice, Some(Annotation::unmasked(vec![[0.5, 1.0], [2.0, 3.0]])));
        for (name, text) in [
            ("a.chords", "0 1 N\n1 2 H:maj\n"),
            ("a.chords", "0 1 N\n1 2\n"),
            ("a.voice", "0 1\n0.5 2\n"),
            ("a.voice", "0 1\n3 2\n"),
        ] {
            let error = read_folder(folder(&[(name, text)]).path()).expect_err(text).to_string();
            assert!(error.contains(&format!("{name}:2")), "{error}");
        }
    }

    #[test]
    fn a_folder_without_annotations_is_refused() {
        assert!(matches!(read_folder(folder(&[]).path()), Err(PieceError::Empty { .. })));
    }
}
