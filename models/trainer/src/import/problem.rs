//! What can be wrong with a recording or an annotation, and where.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use attacca_decode::DecodeError;
use attacca_models::Task;

use crate::score::midi_file::MidiError;

/// Where something is in an annotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a line of a text file, counted from 1.
    Line(PathBuf, usize),
    /// In an observation of a JAMS file: the annotation's number and namespace, and the observation, counted from 0.
    Observation {
        /// The file.
        file: PathBuf,
        /// The annotation's number.
        annotation: usize,
        /// The annotation's namespace.
        namespace: String,
        /// The observation's number.
        observation: usize,
    },
    /// In a file whose parts have no names.
    File(PathBuf),
}

impl Place {
    /// A line of a text file.
    pub fn line(file: &Path, line: usize) -> Self {
        Self::Line(file.to_owned(), line)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(file, line) => write!(formatter, "{}:{line}", file.display()),
            Self::Observation { file, annotation, namespace, observation } => {
                write!(formatter, "{}: annotations[{annotation}] ({namespace}), data[{observation}]", file.display())
            }
            Self::File(file) => write!(formatter, "{}", file.display()),
        }
    }
}

/// Why a recording or an annotation is not imported.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// A file or folder cannot be read.
    #[error("{}: {source}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A recording cannot be decoded.
    #[error("{}: {source}", file.display())]
    Audio {
        /// The recording.
        file: PathBuf,
        /// What the decoder said.
        source: DecodeError,
    },
    /// A JAMS file is no JSON.
    #[error("{}: expected a JAMS file: {source}", file.display())]
    Json {
        /// The file.
        file: PathBuf,
        /// What the reader said.
        source: serde_json::Error,
    },
    /// A MIDI file was refused.
    #[error(transparent)]
    Midi(#[from] MidiError),
    /// Something is not what it should be.
    #[error("{place}: expected {expected}, found `{actual}`")]
    Contents {
        /// Where.
        place: Place,
        /// What was expected.
        expected: &'static str,
        /// What was found.
        actual: String,
    },
    /// Times go back.
    #[error("{place}: expected a time after {previous} s, found {actual} s: sort the file, or mend the time")]
    Order {
        /// Where.
        place: Place,
        /// The time before, in seconds.
        previous: f64,
        /// The time found, in seconds.
        actual: f64,
    },
    /// A stretch starts before the one before it has ended.
    #[error("{place}: expected a start from {previous_end} s on, where the stretch before ends, found {actual} s")]
    Overlap {
        /// Where.
        place: Place,
        /// The end of the stretch before, in seconds.
        previous_end: f64,
        /// The start found, in seconds.
        actual: f64,
    },
    /// A time lies behind the end of the recording.
    #[error(
        "{place}: expected a time within the recording's {seconds:.3} s, found {actual} s: is this the annotation of \
         another recording, or of another edition?"
    )]
    BeyondEnd {
        /// Where.
        place: Place,
        /// Length of the recording in seconds.
        seconds: f64,
        /// The time found, in seconds.
        actual: f64,
    },
    /// An annotation says nothing.
    #[error("{}: expected {expected}, found none", file.display())]
    Empty {
        /// The file.
        file: PathBuf,
        /// What was expected.
        expected: &'static str,
    },
    /// Beats without positions in the bar.
    #[error(
        "{}: expected each beat's position in the bar after its time, found times alone: a beat network learns \
         downbeats too, and would learn that there are none; add the positions (1 is the downbeat)",
        file.display()
    )]
    NoPositions {
        /// The file.
        file: PathBuf,
    },
    /// What a text file holds cannot be told from its name and contents.
    #[error(
        "{}: cannot tell what this holds: expected beats, onsets, chords or voice; call it X.beats, X.onsets, \
         X.chords.lab or X.voice.lab after its recording X",
        file.display()
    )]
    UnknownLayout {
        /// The file.
        file: PathBuf,
    },
    /// Two annotations say different things of one recording.
    #[error(
        "{} and {} both hold {} labels of the same recording and differ: keep one of them",
        first.display(), second.display(), task.name()
    )]
    TwoAnnotations {
        /// One file.
        first: PathBuf,
        /// The other.
        second: PathBuf,
        /// What both hold.
        task: Task,
    },
    /// Two recordings claim one annotation.
    #[error(
        "{}: belongs to {} as well as to {}: keep one of them, or put the annotation beside its recording",
        annotation.display(), first.display(), second.display()
    )]
    TwoRecordings {
        /// The annotation.
        annotation: PathBuf,
        /// One recording.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// A recording without annotation.
    #[error("{}: has no annotation that could be used: expected one with the same name", file.display())]
    NoAnnotation {
        /// The recording.
        file: PathBuf,
    },
    /// An annotation without recording.
    #[error("{}: has no recording: expected one with the same name", file.display())]
    NoRecording {
        /// The annotation.
        file: PathBuf,
    },
}
