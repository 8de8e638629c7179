//! Chords as Isophonics and others write them.
//!
//! ```text
//! line = start end label        label in Harte's syntax: see [`chord_label`](crate::metrics::chord_label)
//! ```
//! Harte, *Towards automatic extraction of harmony information from music signals*, 2010. A label that cannot be read is
//! left out, which masks its stretch; the report says so.

use std::collections::BTreeMap;

use crate::{
    data::labels::Annotation,
    metrics::chord_label::{ChordLabel, Extensions},
    score::TimedChord,
};

use super::{
    problem::{Place, Problem},
    text::Text,
    timeline::Timeline,
};

/// Reads the chords of a file; also returns remarks for the report.
///
/// # Errors
/// [`Problem`] with the line.
pub fn parse(text: Text<'_>) -> Result<(Annotation<TimedChord>, Vec<String>), Problem> {
    let mut stretches = Vec::new();
    for row in text.rows() {
        let label = row.rest(2);
        if label.is_empty() {
            return Err(row.refused("a start, an end and a chord"));
        }
        stretches.push((row.place(), row.time(0)?, row.time(1)?, label));
    }
    if stretches.is_empty() {
        return Err(Problem::Empty { file: text.file.to_owned(), expected: "chords" });
    }
    labels(stretches, text.seconds)
}

/// Labels from stretches with their places; also returns remarks for the report.
///
/// # Errors
/// [`Problem`] for stretches that overlap or lie outside of the recording.
pub fn labels(
    stretches: Vec<(Place, f64, f64, &str)>,
    seconds: f64,
) -> Result<(Annotation<TimedChord>, Vec<String>), Problem> {
    let mut timeline = Timeline::new(seconds, false);
    let mut chords = Vec::new();
    let mut unknown: BTreeMap<&str, (Place, usize)> = BTreeMap::new();
    for (place, start, end, label) in stretches {
        let Some([start, end]) = timeline.stretch(place.clone(), start, end)? else { continue };
        match ChordLabel::parse(label, Extensions::LeftOut) {
            Ok(ChordLabel::Unknown) => {}
            Ok(_) => chords.push(TimedChord { start, end, label: label.to_owned() }),
            Err(_) => unknown.entry(label).or_insert((place, 0)).1 += 1,
        }
    }
    let remarks = unknown.into_iter().map(|(label, (place, times))| {
        format!("{place}: `{label}` is no chord in Harte's syntax, and masked (found {times} times, here first)")
    });
    Ok((Annotation::unmasked(chords), remarks.collect()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn unknown_labels_are_masked_and_remarked_upon() {
        let contents = "0 1 N\n1\t2\tC:maj(1,5)\n2 3 Cmaj\n3 4 X\n4 5 G:7/3\n5 6 Cmaj\n";
        let (chords, remarks) = parse(Text { file: Path::new("x.lab"), contents, seconds: 6.0 }).unwrap();
        let labels: Vec<_> = chords.values.iter().map(|chord| (chord.start, &*chord.label)).collect();
        assert_eq!(labels, [(0.0, "N"), (1.0, "C:maj(1,5)"), (4.0, "G:7/3")]);
        assert_eq!(remarks, ["x.lab:3: `Cmaj` is no chord in Harte's syntax, and masked (found 2 times, here first)"]);
    }

    #[test]
    fn a_line_without_a_chord_is_refused() {
        let text = Text { file: Path::new("x.lab"), contents: "0 1 N\n1 2\n", seconds: 6.0 };
        assert!(parse(text).unwrap_err().to_string().starts_with("x.lab:2: expected a start, an end and a chord"));
    }
}
