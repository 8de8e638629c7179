//! Onset lists: a time a line; further columns (an instrument, a strength) are left out.
//!
//! ```text
//! line = time [ anything ]
//! ```
//! The form of madmom's `.onsets` and of most onset collections. Times closer than 30 ms become one onset.

use crate::data::labels::{Annotation, merged};

use super::{problem::Problem, text::Text, timeline::Timeline};

/// Reads an onset list; an empty one says that there is no onset.
///
/// # Errors
/// [`Problem`] with the line.
pub fn parse(text: Text<'_>) -> Result<Annotation<f64>, Problem> {
    let mut timeline = Timeline::new(text.seconds, true);
    let mut onsets = Vec::new();
    for row in text.rows() {
        let time = row.time(0)?;
        if timeline.event(row.place(), time)? {
            onsets.push(time);
        }
    }
    Ok(Annotation::unmasked(merged(onsets)))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn times_that_are_heard_as_one_are_one() {
        let text = Text { file: Path::new("x.onsets"), contents: "0.1 2\n0.1 1\n0.12\n0.5,3\n", seconds: 1.0 };
        assert_eq!(parse(text).unwrap().values, [0.1, 0.5]);
    }

    #[test]
    fn a_time_that_goes_back_names_its_line() {
        let text = Text { file: Path::new("x.onsets"), contents: "0.5\n0.4\n", seconds: 1.0 };
        let message = parse(text).unwrap_err().to_string();
        assert!(message.starts_with("x.onsets:2: expected a time after 0.5 s, found 0.4 s"), "{message}");
    }
}
