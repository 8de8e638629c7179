//! Stretches with a singing voice.
//!
//! ```text
//! line  = start end [ label ]
//! label = "sing" | "nosing"        Jamendo (Ramona et al., ICASSP 2008)
//!       | "vocal" | "nonvocal" …   RWC and others; upper and lower case are one
//! ```
//! A stretch without a label is sung: the form of `.voice`, in which an empty file says that nobody sings.
//!
//! A file that names stretches without a voice says nothing of what it leaves out, which is masked. In a file of sung
//! stretches alone nobody sings between them.

use crate::data::labels::Annotation;

use super::{
    problem::{Place, Problem},
    text::Text,
    timeline::Timeline,
};

/// Labels of sung stretches.
const SUNG: [&str; 10] =
    ["sing", "singing", "vocal", "vocals", "voice", "voc", "singing voice", "singing_voice", "lead vocal", "vox"];

/// Labels of stretches in which nobody sings.
const UNSUNG: [&str; 14] = [
    "nosing",
    "nosinging",
    "no sing",
    "nonvocal",
    "non-vocal",
    "non_vocal",
    "novocal",
    "novocals",
    "no vocal",
    "instrumental",
    "inst",
    "novoice",
    "no voice",
    "silence",
];

/// Whether a label says that somebody sings; `None` for a label of something else.
pub fn is_sung(label: &str) -> Option<bool> {
    let label = label.trim().to_lowercase();
    if SUNG.contains(&label.as_str()) {
        return Some(true);
    }
    UNSUNG.contains(&label.as_str()).then_some(false)
}

/// Reads the stretches of a file.
///
/// # Errors
/// [`Problem`] with the line.
pub fn parse(text: Text<'_>) -> Result<Annotation<[f64; 2]>, Problem> {
    let mut stretches = Vec::new();
    for row in text.rows() {
        let label = row.rest(2);
        let sung = if label.is_empty() { Some(true) } else { is_sung(label) };
        let sung = sung.ok_or_else(|| row.refused("a start, an end and `sing` or `nosing`"))?;
        stretches.push((row.place(), row.time(0)?, row.time(1)?, sung));
    }
    let may_be_empty = text.file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("voice"));
    if stretches.is_empty() && !may_be_empty {
        return Err(Problem::Empty { file: text.file.to_owned(), expected: "stretches with and without a voice" });
    }
    labels(stretches, text.seconds)
}

/// Labels from stretches with their places and whether they are sung.
///
/// # Errors
/// [`Problem`] for stretches that overlap or lie outside of the recording.
pub fn labels(stretches: Vec<(Place, f64, f64, bool)>, seconds: f64) -> Result<Annotation<[f64; 2]>, Problem> {
    let mut timeline = Timeline::new(seconds, false);
    let masks_gaps = stretches.iter().any(|(.., sung)| !sung);
    let mut voice: Annotation<[f64; 2]> = Annotation::default();
    let mut covered = 0.0;
    let mut gaps = Vec::new();
    for (place, start, end, sung) in stretches {
        let Some([start, end]) = timeline.stretch(place, start, end)? else { continue };
        if start > covered {
            gaps.push([covered, start]);
        }
        covered = end;
        if sung {
            match voice.values.last_mut() {
                Some(last) if last[1] >= start => last[1] = end,
                _ => voice.values.push([start, end]),
            }
        }
    }
    if covered < seconds {
        gaps.push([covered, seconds]);
    }
    if masks_gaps {
        voice.mask(gaps);
    }
    Ok(voice)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn read(contents: &str) -> Result<Annotation<[f64; 2]>, String> {
        parse(Text { file: Path::new("x.lab"), contents, seconds: 10.0 }).map_err(|problem| problem.to_string())
    }

    #[test]
    fn what_a_complete_annotation_leaves_out_is_masked() {
        let voice = read("0 2.5 nosing\n2.5 4 sing\n4 5 Sing\n6 9.0 nosing\n").unwrap();
        assert_eq!(voice.values, [[2.5, 5.0]]);
        assert_eq!(voice.masked, [[5.0, 6.0], [9.0, 10.0]]);
    }

    #[test]
    fn between_sung_stretches_alone_nobody_sings() {
        let voice = read("2.5\t4\tvocals\n8 9 vocals\n").unwrap();
        assert_eq!((voice.values, voice.masked), (vec![[2.5, 4.0], [8.0, 9.0]], vec![]));
    }

    #[test]
    fn stretches_need_no_label_and_an_empty_list_of_them_is_one() {
        assert_eq!(read("2 3\n").unwrap().values, [[2.0, 3.0]]);
        assert!(read("").is_err());
        let empty = Text { file: Path::new("x.voice"), contents: "", seconds: 10.0 };
        assert_eq!(parse(empty).unwrap(), Annotation::default());
    }

    #[test]
    fn other_labels_are_refused_with_their_line() {
        assert!(
            read("0 1 sing\n1 2 perhaps\n").unwrap_err().starts_with("x.lab:2: expected a start, an end and `sing`")
        );
    }
}
