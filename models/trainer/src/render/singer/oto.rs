//! `oto.ini`, the table of the syllables in a folder of clips for the singing synthesizer UTAU.
//!
//! ```text
//! file.wav=name,offset,consonant,cutoff,preutterance,overlap
//! ```
//! Times are milliseconds. The syllable starts at `offset`; `consonant` after it the part begins that may be stretched,
//! which ends at `cutoff` before the file's end or, where negative, that long after `offset`; a note starts
//! `preutterance` after `offset`. The text is UTF-8 or, as UTAU writes it, Shift JIS.

use std::path::{Path, PathBuf};

use encoding_rs::SHIFT_JIS;

/// Why a table was refused.
#[derive(Debug, thiserror::Error)]
pub enum OtoError {
    /// The file could not be read.
    #[error("{}: {source}", file.display())]
    Read {
        /// The table.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line could not be read.
    #[error("{}:{line}: expected `file=name,offset,consonant,cutoff,preutterance,overlap`", file.display())]
    Line {
        /// The table.
        file: PathBuf,
        /// The line's number, from 1.
        line: usize,
    },
}

/// A syllable in a file, in seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct OtoEntry {
    /// The file's name as it stands in the table.
    pub file: String,
    /// Start of the syllable.
    pub offset: f64,
    /// From `offset` to where the part begins that may be stretched.
    pub consonant: f64,
    /// From the end of the file back to the end of the syllable; where negative, from `offset` on to it.
    pub cutoff: f64,
    /// From `offset` to what falls on the start of a note.
    pub preutterance: f64,
}

impl OtoEntry {
    /// Start and end of the part that may be stretched, in a file of `length` seconds.
    pub fn sustained(&self, length: f64) -> [f64; 2] {
        let end = if self.cutoff < 0.0 { self.offset - self.cutoff } else { length - self.cutoff };
        [self.offset + self.consonant, end]
    }
}

/// Reads a table.
///
/// # Errors
/// [`OtoError`] with the line that could not be read.
pub fn read(file: &Path) -> Result<Vec<OtoEntry>, OtoError> {
    let bytes = std::fs::read(file).map_err(|source| OtoError::Read { file: file.to_owned(), source })?;
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => SHIFT_JIS.decode(error.as_bytes()).0.into_owned(),
    };
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| entry(line).ok_or_else(|| OtoError::Line { file: file.to_owned(), line: index + 1 }))
        .collect()
}

fn entry(line: &str) -> Option<OtoEntry> {
    let (file, settings) = line.trim().trim_start_matches('\u{feff}').split_once('=')?;
    let mut numbers = settings.split(',').skip(1).map(|number| number.trim().parse::<f64>().map(|ms| ms / 1000.0));
    let mut next = || numbers.next()?.ok();
    let [offset, consonant, cutoff, preutterance] = [next()?, next()?, next()?, next()?];
    Some(OtoEntry { file: file.to_owned(), offset, consonant, cutoff, preutterance })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_ends_before_the_files_end_or_after_its_offset() {
        let positive = entry("ka.wav=ka,100,150,300,60,20").unwrap();
        let [start, end] = positive.sustained(2.0);
        assert!((start - 0.25).abs() < 1e-9 && (end - 1.7).abs() < 1e-9);
        let negative = entry("ka.wav=ka,100,150,-800,60,20").unwrap();
        assert!((negative.sustained(2.0)[1] - 0.9).abs() < 1e-9);
        assert_eq!(negative.preutterance, 0.06);
    }

    #[test]
    fn a_line_that_is_no_entry_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("oto.ini");
        std::fs::write(&file, "a.wav=a,1,2,3,4,5\na.wav=a,1,x\n").unwrap();
        let error = read(&file).unwrap_err().to_string();
        assert!(error.contains("oto.ini:2: expected"), "{error}");
    }
}
