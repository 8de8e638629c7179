//! Beat lists: a time and its position in the bar a line.
//!
//! ```text
//! line     = time position [ anything ]
//! position = beat                  1 is the downbeat: Ballroom, GTZAN, madmom's .beats, Isophonics
//!          | bar "." beat          1.3 is the third beat of the first bar: candombe, Isophonics' Queen
//! ```
//! A file whose positions hold a point with anything but zeros behind it is of the second form. Times without
//! positions are refused: a network for beats learns downbeats from the same labels, and there is no mask for the
//! downbeats alone.

use crate::data::labels::{Annotation, LabelledBeat};

use super::{problem::Problem, text::Text, timeline::Timeline};

/// Longest bar, in beats.
const LONGEST_BAR: u8 = 64;

/// Reads a beat list.
///
/// # Errors
/// [`Problem`] with the line.
pub fn parse(text: Text<'_>) -> Result<Annotation<LabelledBeat>, Problem> {
    let mut positions = text.rows().filter_map(|row| row.field(1)).peekable();
    if positions.peek().is_none() {
        return Err(match text.rows().next() {
            Some(_) => Problem::NoPositions { file: text.file.to_owned() },
            None => Problem::Empty { file: text.file.to_owned(), expected: "beats" },
        });
    }
    let bar_and_beat =
        positions.any(|field| field.split_once('.').is_some_and(|(_, beat)| beat.bytes().any(|digit| digit != b'0')));
    let mut timeline = Timeline::new(text.seconds, false);
    let mut beats = Vec::new();
    for row in text.rows() {
        let time = row.time(0)?;
        let (field, expected) = match (row.field(1), bar_and_beat) {
            (Some(field), false) => (field.split('.').next(), "a time and a position in the bar from 1 to 64"),
            (Some(field), true) => (
                field.split_once('.').map(|(_, beat)| beat),
                "a time and a position as bar.beat, such as 1.3, with a beat from 1 to 64",
            ),
            (None, _) => (None, "a position in the bar after the time, as in the other lines"),
        };
        let position =
            field.and_then(|field| field.parse().ok()).filter(|position| (1..=LONGEST_BAR).contains(position));
        let position = position.ok_or_else(|| row.refused(expected))?;
        if timeline.event(row.place(), time)? {
            beats.push((time, position));
        }
    }
    Ok(Annotation::unmasked(with_bars(&beats)))
}

/// Beats from their times and positions: a bar has as many beats as its last position says; the last bar, which may be
/// cut, has no fewer than the one before it.
pub fn with_bars(beats: &[(f64, u8)]) -> Vec<LabelledBeat> {
    let mut labelled: Vec<LabelledBeat> = beats
        .iter()
        .map(|(time, position)| LabelledBeat { time: *time, position: *position, beats_per_bar: *position })
        .collect();
    for index in (1..labelled.len()).rev() {
        if labelled[index].position > labelled[index - 1].position {
            labelled[index - 1].beats_per_bar = labelled[index].beats_per_bar;
        }
    }
    let last_bar = labelled.iter().rposition(|beat| beat.position == 1).unwrap_or(0);
    if last_bar > 0 {
        let before = labelled[last_bar - 1].beats_per_bar;
        for beat in &mut labelled[last_bar..] {
            beat.beats_per_bar = beat.beats_per_bar.max(before);
        }
    }
    labelled
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn read(contents: &str) -> Result<Vec<(f64, u8, u8)>, String> {
        let beats = parse(Text { file: Path::new("x.beats"), contents, seconds: 10.0 });
        let beats = beats.map_err(|problem| problem.to_string())?;
        Ok(beats.values.iter().map(|beat| (beat.time, beat.position, beat.beats_per_bar)).collect())
    }

    #[test]
    fn bars_are_as_long_as_their_last_position() {
        let expected = vec![(0.5, 3, 3), (1.0, 1, 3), (1.5, 2, 3), (2.0, 3, 3), (2.5, 1, 3)];
        assert_eq!(read("0.5 3\n1.0 1\n1.5\t2\n2.0 3.0\n2.5 1\n").unwrap(), expected);
    }

    #[test]
    fn bar_and_beat_are_told_from_a_position() {
        let expected = vec![(3.41, 1, 2), (4.03, 2, 2), (4.64, 1, 2), (5.2, 2, 2)];
        assert_eq!(read("3.41,9.1\n4.03,9.2\n4.64,10.1\n5.2,10.2\n").unwrap(), expected);
    }

    #[test]
    fn what_is_no_position_is_refused_with_its_line() {
        assert!(read("0.5 1\n1.0 0\n").unwrap_err().starts_with("x.beats:2: expected a time and a position"));
        assert!(read("0.5 1\n1.0 New Point\n").unwrap_err().starts_with("x.beats:2: "));
        assert!(read("0.5 1\n1.0\n").unwrap_err().starts_with("x.beats:2: expected a position in the bar"));
        assert!(read("0.5 1.1\n1.0 1.\n").unwrap_err().contains("bar.beat"));
        assert!(read("0.5\n1.0\n").unwrap_err().contains("downbeats too"));
        assert!(read("\n").unwrap_err().ends_with("expected beats, found none"));
    }
}
