//! Tunes in ABC notation (the ABC standard 2.1, and what older files write), read into lines of notes in quarter notes.
//!
//! Read are notes with accidentals, octaves and lengths, rests, chords, ties, broken rhythm, tuplets, chord symbols, keys
//! with their modes, metres, unit lengths and tempo marks, also where they change within a tune, overlays, and repeats with
//! their endings, which are played out. Left out are grace notes, ornaments, slurs, lyrics, and the order of parts (`P:`):
//! a tune is read straight through. Refused are tunes in several voices and without a metre.

mod body;
mod cursor;
mod fields;
mod line;
mod symbol;

use std::path::{Path, PathBuf};

use self::{body::Body, line::Line};
use super::written::{WrittenScore, played_out};

/// What a line of a tune should hold and does not.
#[derive(Debug, thiserror::Error)]
#[error("{}:{line}: expected {expected}, found {found}", file.display())]
pub struct AbcError {
    /// The file.
    pub file: PathBuf,
    /// The line's number, from 1.
    pub line: usize,
    /// What was expected.
    pub expected: &'static str,
    /// What is there.
    pub found: String,
}

/// Something that is not what ABC asks for.
#[derive(Debug, PartialEq)]
struct Fault {
    expected: &'static str,
    found: String,
}

impl Fault {
    fn new(expected: &'static str, found: impl Into<String>) -> Self {
        Self { expected, found: found.into() }
    }
}

/// A tune of a file, not yet read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tune {
    /// Its number, as its field `X:` has it.
    pub number: String,
    /// Its first title, which may be empty.
    pub title: String,
    /// The line of its field `X:`, from 1.
    pub line: usize,
    /// Fields before the first tune, which hold for all, each with its line.
    common: Vec<(usize, String)>,
    lines: Vec<String>,
}

/// The tunes of a file: each from its field `X:` to the next empty line or tune.
pub fn tunes(text: &str) -> Vec<Tune> {
    let mut tunes: Vec<Tune> = Vec::new();
    let mut common = Vec::new();
    let mut open = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_end();
        if let Some(number) = line.strip_prefix("X:") {
            let (number, title) = (number.trim().to_owned(), String::new());
            tunes.push(Tune { number, title, line: index + 1, common: common.clone(), lines: Vec::new() });
            open = true;
        }
        match tunes.last_mut() {
            _ if line.is_empty() => open = false,
            Some(tune) if open => {
                if let Some(title) = line.strip_prefix("T:").filter(|_| tune.title.is_empty()) {
                    title.trim().clone_into(&mut tune.title);
                }
                tune.lines.push(line.to_owned());
            }
            None => common.push((index + 1, line.to_owned())),
            Some(_) => {}
        }
    }
    tunes
}

impl Tune {
    /// Reads the tune; `file` is its name in errors.
    ///
    /// # Errors
    /// [`AbcError`] with the line of what is no ABC, of a second voice, and of a tune without key or metre.
    pub fn read(&self, file: &Path) -> Result<WrittenScore, AbcError> {
        let refused = |line| move |Fault { expected, found }| AbcError { file: file.to_owned(), line, expected, found };
        let mut body = Body::default();
        for (line, text) in &self.common {
            // Before the first tune there may be anything; only fields count.
            if let Line::Field(name, value) = Line::of(text) {
                body.header(name, value).map_err(refused(*line))?;
            }
        }
        let mut in_header = true;
        for (line, text) in (self.line..).zip(&self.lines) {
            let read = match Line::of(text) {
                Line::Nothing => Ok(()),
                Line::Field(name, value) if in_header => {
                    in_header = name != 'K';
                    body.header(name, value)
                }
                Line::Field(name, value) => body.field(name, value),
                Line::Music(_) if in_header => Err(Fault::new("a key (K:) before the notes", text)),
                Line::Music(music) => body.music(music),
            };
            read.map_err(refused(line))?;
        }
        let last = self.line + self.lines.len().saturating_sub(1);
        let measures = body.finish().map_err(refused(last))?;
        Ok(played_out(&[(self.title.clone(), measures)]))
    }
}

#[cfg(test)]
mod tests;
