//! Scores of chords.

use super::NamedValue;
use crate::{
    data::labels::Annotation,
    evaluate::{Found, What, judged::JudgedTime, states},
    metrics::{
        chord::{ChordError, Comparison, evaluate},
        segments::Segment,
    },
    score::TimedChord,
};

/// The comparisons in the order in which they are reported, with their metrics' names.
const RECALL: [(Comparison, &str); 7] = [
    (Comparison::MajorMinor, "chord majmin WCSR"),
    (Comparison::Root, "chord root WCSR"),
    (Comparison::Thirds, "chord thirds WCSR"),
    (Comparison::Triads, "chord triads WCSR"),
    (Comparison::Sevenths, "chord sevenths WCSR"),
    (Comparison::Tetrads, "chord tetrads WCSR"),
    (Comparison::Mirex, "chord mirex WCSR"),
];

/// Weighted chord symbol recall under every comparison, and segmentation, over the time that is annotated and not
/// masked. Before the first event there is no chord.
pub(super) fn scores(
    annotation: &Annotation<TimedChord>,
    found: &[Found],
    end: f64,
) -> Result<Vec<NamedValue>, ChordError> {
    let judged = JudgedTime::covered(annotation, |chord| [chord.start, chord.end], end);
    if judged.seconds() == 0.0 {
        return Ok(Vec::new());
    }
    let reference = annotation.values.iter().map(|chord| Segment {
        start: chord.start,
        end: chord.end,
        value: chord.label.as_str(),
    });
    let reference = judged.segments(&reference.collect::<Vec<_>>());
    let estimate = judged.segments(&states(found, What::chord, "N", end));
    let scores = evaluate(&reference, &estimate)?;
    let recall = RECALL.iter().filter_map(|&(comparison, name)| Some((name, scores.recall[comparison as usize]?)));
    let segmentation = [
        ("chord segmentation", scores.segmentation.worse()),
        ("chord over-segmentation", scores.segmentation.over),
        ("chord under-segmentation", scores.segmentation.under),
    ];
    Ok(recall.chain(segmentation).collect())
}

#[cfg(test)]
mod tests {
    use attacca_models::vocabulary::{ChordClass, ChordQuality};

    use super::*;

    #[test]
    fn what_is_masked_or_not_annotated_does_not_count() {
        let chord = |start, end, label: &str| TimedChord { start, end, label: label.to_owned() };
        let annotation = Annotation {
            values: vec![chord(0.0, 2.0, "N"), chord(2.0, 6.0, "C:7"), chord(7.0, 9.0, "G:maj")],
            masked: vec![[4.0, 6.0]],
        };
        let c_major = ChordClass { root: 0, quality: ChordQuality::Major };
        let found = [Found { time: 2.0, confidence: 1.0, what: What::Chord(Some(c_major)) }];
        let scores = scores(&annotation, &found, 20.0).expect("they can be compared");
        // Six seconds count, in four of which no chord or the right root is found.
        assert_eq!(scores[0], ("chord majmin WCSR", 4.0 / 6.0));
        assert_eq!(scores[1], ("chord root WCSR", 4.0 / 6.0));
        assert_eq!(scores[4], ("chord sevenths WCSR", 2.0 / 6.0));
    }

    #[test]
    fn a_label_that_is_no_chord_is_refused() {
        let chord = TimedChord { start: 0.0, end: 2.0, label: "H".to_owned() };
        assert!(matches!(scores(&Annotation::unmasked(vec![chord]), &[], 2.0), Err(ChordError::Label(_))));
    }
}
