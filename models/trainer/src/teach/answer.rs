//! What a teacher wrote about one recording: JSON, in the format that `teachers/teacher.py` describes.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use attacca_models::description::{DataSource, Task};
use serde::Deserialize;

/// The format that this module reads.
pub const ANSWER_FORMAT: u32 = 1;

/// Why an answer could not be used. Removing the file makes the teacher answer again.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// It could not be read.
    #[error("{}: {source}", file.display())]
    File {
        /// The answer.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is no answer; the message has line and column.
    #[error("{}: {source}. Remove it to have the teacher answer again", file.display())]
    Json {
        /// The answer.
        file: PathBuf,
        /// What the reader said.
        source: serde_json::Error,
    },
    /// It has not the contents that it should have.
    #[error("{}: {field}: expected {expected}, found {actual}. Remove it to have the teacher answer again", file.display())]
    Contents {
        /// The answer.
        file: PathBuf,
        /// The field at fault.
        field: String,
        /// What was expected.
        expected: String,
        /// What was found.
        actual: String,
    },
}

/// A teacher's answer. All times are in seconds.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// [`ANSWER_FORMAT`].
    pub format: u32,
    /// The package that answered.
    pub teacher: String,
    /// Its version.
    pub version: String,
    /// Licence of the weights or the algorithm.
    pub licence: String,
    /// Length of the recording.
    pub seconds: f64,
    /// Probabilities over time.
    #[serde(default)]
    pub curves: Option<Curves>,
    /// Start, end and label in Harte's syntax.
    #[serde(default)]
    pub chords: Option<Vec<(f64, f64, String)>>,
    /// Time and position in the bar from 1, or 0 where it is not known.
    #[serde(default)]
    pub beats: Option<Vec<(f64, u8)>>,
    /// Times of the onsets.
    #[serde(default)]
    pub onsets: Option<Vec<f64>>,
}

/// Probabilities over time.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Curves {
    /// Distance of two values; value `i` is about the time `(i + 0.5) · step_seconds`.
    pub step_seconds: f64,
    /// The values by name.
    pub values: BTreeMap<String, Vec<f32>>,
}

impl Answer {
    /// Reads an answer.
    ///
    /// # Errors
    /// [`AnswerError`] for a file that is missing, is no answer, is of another format or is out of order.
    pub fn read(file: &Path) -> Result<Self, AnswerError> {
        let bytes = std::fs::read(file).map_err(|source| AnswerError::File { file: file.to_owned(), source })?;
        let answer: Self =
            serde_json::from_slice(&bytes).map_err(|source| AnswerError::Json { file: file.to_owned(), source })?;
        answer.check().map_err(|(field, expected, actual)| AnswerError::Contents {
            file: file.to_owned(),
            field: field.to_owned(),
            expected: expected.to_owned(),
            actual,
        })?;
        Ok(answer)
    }

    fn check(&self) -> Result<(), (&'static str, &'static str, String)> {
        if self.format != ANSWER_FORMAT {
            return Err(("format", "1", self.format.to_string()));
        }
        if !(self.seconds.is_finite() && self.seconds > 0.0) {
            return Err(("seconds", "a length above 0", self.seconds.to_string()));
        }
        if let Some(curves) = &self.curves
            && !(curves.step_seconds.is_finite() && curves.step_seconds > 0.0)
        {
            return Err(("curves.step_seconds", "a length above 0", curves.step_seconds.to_string()));
        }
        let beats = self.beats.iter().flatten().map(|beat| beat.0).collect();
        let chords = self.chords.iter().flatten().map(|chord| chord.0).collect();
        let onsets = self.onsets.clone().unwrap_or_default();
        for (field, times) in [("beats", beats), ("chords", chords), ("onsets", onsets)] {
            let times: Vec<f64> = times;
            if let Some(pair) = times.windows(2).find(|pair| pair[0] > pair[1]) {
                return Err((field, "times in order", format!("{} after {}", pair[1], pair[0])));
            }
        }
        Ok(())
    }

    /// The teacher as a source of a dataset's labels.
    pub fn origin(&self, task: Task) -> DataSource {
        let Self { teacher, version, licence, .. } = self;
        DataSource {
            name: format!("Labels ({}) by {teacher}", task.name()),
            source: format!("Python package {teacher} {version}"),
            licence: licence.clone(),
        }
    }

    /// The curves.
    ///
    /// # Errors
    /// [`AnswerError::Contents`] if the teacher gave none; `file` is the answer's name in it.
    pub fn curves(&self, file: &Path) -> Result<&Curves, AnswerError> {
        self.curves.as_ref().ok_or_else(|| self.lacks("curves", file))
    }

    /// The chords.
    ///
    /// # Errors
    /// [`AnswerError::Contents`] if the teacher gave none; `file` is the answer's name in it.
    pub fn chords(&self, file: &Path) -> Result<&[(f64, f64, String)], AnswerError> {
        self.chords.as_deref().ok_or_else(|| self.lacks("chords", file))
    }

    /// The beats.
    ///
    /// # Errors
    /// [`AnswerError::Contents`] if the teacher gave none; `file` is the answer's name in it.
    pub fn beats(&self, file: &Path) -> Result<&[(f64, u8)], AnswerError> {
        self.beats.as_deref().ok_or_else(|| self.lacks("beats", file))
    }

    /// The onsets.
    ///
    /// # Errors
    /// [`AnswerError::Contents`] if the teacher gave none; `file` is the answer's name in it.
    pub fn onsets(&self, file: &Path) -> Result<&[f64], AnswerError> {
        self.onsets.as_deref().ok_or_else(|| self.lacks("onsets", file))
    }

    fn lacks(&self, field: &str, file: &Path) -> AnswerError {
        AnswerError::Contents {
            file: file.to_owned(),
            field: field.to_owned(),
            expected: format!("the {field} of {}", self.teacher),
            actual: "none".to_owned(),
        }
    }
}

impl Curves {
    /// A curve, each value the mean over `window_seconds` around it.
    ///
    /// # Errors
    /// [`AnswerError::Contents`] if there is no such curve; `file` is the answer's name in it.
    pub fn smoothed(&self, name: &str, window_seconds: f64, file: &Path) -> Result<Curve, AnswerError> {
        let values = self.values.get(name).ok_or_else(|| AnswerError::Contents {
            file: file.to_owned(),
            field: format!("curves.values.{name}"),
            expected: "a curve".to_owned(),
            actual: "none".to_owned(),
        })?;
        let reach = (0.5 * window_seconds / self.step_seconds).floor() as usize;
        let mean = |index: usize| {
            let around = &values[index.saturating_sub(reach)..(index + reach + 1).min(values.len())];
            around.iter().sum::<f32>() / around.len() as f32
        };
        Ok(Curve { step_seconds: self.step_seconds, values: (0..values.len()).map(mean).collect() })
    }
}

/// A probability over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    step_seconds: f64,
    values: Vec<f32>,
}

impl Curve {
    /// A curve with a value every `step_seconds`.
    pub fn new(step_seconds: f64, values: Vec<f32>) -> Self {
        Self { step_seconds, values }
    }

    /// The value about a time in seconds; the last one goes on for ever, and a curve without values is unknown: 0.5.
    pub fn at(&self, time: f64) -> f32 {
        let index = (time / self.step_seconds).max(0.0) as usize;
        self.values.get(index).or(self.values.last()).copied().unwrap_or(0.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Answer, AnswerError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("answer.json");
        std::fs::write(&file, text).unwrap();
        Answer::read(&file)
    }

    fn answer(rest: &str) -> String {
        format!(r#"{{"format":1,"teacher":"t","version":"1","licence":"MIT","seconds":2.0{rest}}}"#)
    }

    #[test]
    fn an_answer_is_read() {
        let answer = read(&answer(r#","beats":[[0.5,1],[1.0,0]]"#)).unwrap();
        assert_eq!(answer.beats(Path::new("a")).unwrap(), [(0.5, 1), (1.0, 0)]);
        let message = answer.chords(Path::new("a.json")).unwrap_err().to_string();
        assert!(message.starts_with("a.json: chords: expected the chords of t, found none"), "{message}");
    }

    #[test]
    fn what_is_no_answer_is_refused_with_the_place() {
        for (text, said) in [
            ("{".to_owned(), "line 1 column 1"),
            (answer(r#","beat":[]"#), "unknown field `beat`"),
            (answer("").replace("\"format\":1", "\"format\":2"), "format: expected 1, found 2"),
            (answer("").replace("2.0", "0.0"), "seconds: expected a length above 0, found 0"),
            (answer(r#","onsets":[1.0,0.5]"#), "onsets: expected times in order, found 0.5 after 1"),
            (answer(r#","curves":{"step_seconds":0.0,"values":{}}"#), "curves.step_seconds"),
        ] {
            let message = read(&text).unwrap_err().to_string();
            assert!(message.contains(said) && message.contains("answer.json"), "{message}");
        }
        assert!(matches!(Answer::read(Path::new("nowhere.json")), Err(AnswerError::File { .. })));
    }

    #[test]
    fn curves_are_smoothed_and_asked_by_time() {
        let values = BTreeMap::from([("x".to_owned(), vec![0.0, 0.0, 0.9, 0.0, 0.0])]);
        let curves = Curves { step_seconds: 0.1, values };
        let curve = curves.smoothed("x", 0.2, Path::new("a")).unwrap();
        for (time, expected) in [(0.05, 0.0), (0.15, 0.3), (0.25, 0.3), (0.35, 0.3), (0.45, 0.0), (9.0, 0.0)] {
            // Three numbers of single precision are added and divided.
            assert!((curve.at(time) - expected).abs() < 1e-6, "{time}");
        }
        assert!(curves.smoothed("y", 0.2, Path::new("a")).is_err());
    }
}
