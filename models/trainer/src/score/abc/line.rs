//! What kind of line a line is.

/// A line of a tune.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// A comment, a directive, or nothing.
    Nothing,
    /// A field: its letter and its value.
    Field(char, &'a str),
    /// Notes.
    Music(&'a str),
}

impl<'a> Line<'a> {
    pub(super) fn of(line: &'a str) -> Self {
        let line = without_comment(line).trim();
        let mut letters = line.chars();
        match (letters.next(), letters.next()) {
            (None, _) => Self::Nothing,
            (Some(name), Some(':')) if is_field(name, letters.as_str()) => Self::Field(name, letters.as_str().trim()),
            _ => Self::Music(line),
        }
    }
}

/// Whether a letter before a colon is the name of a field: `d:|` ends in a repeat.
fn is_field(name: char, rest: &str) -> bool {
    (name.is_ascii_alphabetic() || name == '+') && !rest.starts_with(['|', ':'])
}

/// A line up to its comment; a percent sign after a backslash or between quotes starts none.
fn without_comment(line: &str) -> &str {
    let (mut quoted, mut escaped) = (false, false);
    for (index, letter) in line.char_indices() {
        match letter {
            '"' if !escaped => quoted = !quoted,
            '%' if !escaped && (!quoted || index == 0) => return &line[..index],
            _ => {}
        }
        escaped = letter == '\\';
    }
    line
}
