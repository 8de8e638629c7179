//! Annotations as lines of fields.
//!
//! ```text
//! file  = { line }
//! line  = field { separator field }     blank lines and lines that start with # are left out
//! separator = spaces, tabs, commas or semicolons, any number of them
//! ```

use std::path::Path;

use super::problem::{Place, Problem};

/// A text annotation of a recording.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// Its file, for messages.
    pub file: &'a Path,
    /// Its contents.
    pub contents: &'a str,
    /// Length of the recording in seconds.
    pub seconds: f64,
}

/// A line that says something.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    file: &'a Path,
    number: usize,
    contents: &'a str,
}

impl<'a> Text<'a> {
    /// The lines that say something.
    pub fn rows(self) -> impl Iterator<Item = Row<'a>> {
        let lines = self.contents.trim_start_matches('\u{feff}').lines().enumerate();
        lines
            .map(move |(index, line)| Row { file: self.file, number: index + 1, contents: line.trim() })
            .filter(|row| !row.contents.is_empty() && !row.contents.starts_with('#'))
    }
}

impl<'a> Row<'a> {
    /// Where it is.
    pub fn place(&self) -> Place {
        Place::line(self.file, self.number)
    }

    /// A field, counted from 0.
    pub fn field(&self, index: usize) -> Option<&'a str> {
        self.contents.split(is_separator).filter(|field| !field.is_empty()).nth(index)
    }

    /// Everything from a field on, for labels that hold separators; without quotation marks around it.
    pub fn rest(&self, index: usize) -> &'a str {
        let mut rest = self.contents;
        for _ in 0..index {
            rest = rest.trim_start_matches(is_separator);
            rest = &rest[rest.find(is_separator).unwrap_or(rest.len())..];
        }
        rest.trim_matches(is_separator).trim_matches('"')
    }

    /// A field as a time in seconds.
    ///
    /// # Errors
    /// [`Problem::Contents`] for what is no number.
    pub fn time(&self, index: usize) -> Result<f64, Problem> {
        let number = self.field(index).and_then(|field| field.parse::<f64>().ok());
        number.filter(|number| number.is_finite()).ok_or_else(|| self.refused("a time in seconds"))
    }

    /// The problem that the line is not what was expected.
    pub fn refused(&self, expected: &'static str) -> Problem {
        Problem::Contents { place: self.place(), expected, actual: self.contents.to_owned() }
    }
}

fn is_separator(character: char) -> bool {
    character.is_whitespace() || matches!(character, ',' | ';')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_told_apart_by_whatever_stands_between_them() {
        let contents = "\u{feff}# time label\n\n0.5,\t1.5;  \"C:maj(1,5)\"\r\n";
        let text = Text { file: Path::new("x.lab"), contents, seconds: 9.0 };
        let rows: Vec<Row<'_>> = text.rows().collect();
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].time(0).unwrap(), rows[0].time(1).unwrap(), rows[0].rest(2)), (0.5, 1.5, "C:maj(1,5)"));
        let message = rows[0].time(2).unwrap_err().to_string();
        assert!(message.starts_with("x.lab:3: expected a time in seconds, found `0.5,"), "{message}");
    }
}
