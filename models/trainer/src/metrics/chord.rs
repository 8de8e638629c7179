//! Chords: weighted chord symbol recall (WCSR) under the comparisons that MIREX uses, and segmentation.
//!
//! Pauwels and Peeters, *Evaluating automatically estimated chord sequences* (ICASSP 2013), in the form of mir_eval.

use super::{
    chord_label::{ChordLabel, ChordLabelError, Extensions},
    segmentation::Segmentation,
    segments::{Segment, SegmentError, check, fitted, joined, side_by_side},
};

/// The intervals up to the fifth: what triads are compared on.
const TRIAD: u16 = 0b1111_1111;

/// Major and minor triad as sets of intervals.
const MAJOR_OR_MINOR: [u16; 2] = [0b1001_0001, 0b1000_1001];

/// The chords that the sevenths are compared on: maj, min, maj7, 7, min7.
const SEVENTHS: [u16; 5] = [0b1001_0001, 0b1000_1001, 0b1000_1001_0001, 0b100_1001_0001, 0b100_1000_1001];

/// The minor third.
const THIRD: u16 = 1 << 3;

/// Pitch classes that two chords must share to be alike.
const SHARED: u32 = 3;

/// How two chords are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The root alone.
    Root,
    /// Major, minor or none; other references are left out.
    MajorMinor,
    /// Root and third.
    Thirds,
    /// Root, third and fifth.
    Triads,
    /// All tones; references but major, minor, their sevenths and none are left out.
    Sevenths,
    /// All tones.
    Tetrads,
    /// At least three tones in common, whatever the roots.
    Mirex,
}

impl Comparison {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Root, Self::MajorMinor, Self::Thirds, Self::Triads, Self::Sevenths, Self::Tetrads, Self::Mirex];

    /// mir_eval's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::MajorMinor => "majmin",
            Self::Thirds => "thirds",
            Self::Triads => "triads",
            Self::Sevenths => "sevenths",
            Self::Tetrads => "tetrads",
            Self::Mirex => "mirex",
        }
    }

    /// Whether `estimate` is right where `reference` is annotated; `None` where that cannot be compared. Both with
    /// [`Extensions::LeftOut`].
    pub fn is_right(self, reference: ChordLabel, estimate: ChordLabel) -> Option<bool> {
        if reference == ChordLabel::Unknown {
            return None;
        }
        let intervals = reference.tones().map_or(0, |tones| tones.intervals);
        let compared = match self {
            Self::MajorMinor => intervals == 0 || MAJOR_OR_MINOR.contains(&(intervals & TRIAD)),
            Self::Sevenths => intervals == 0 || SEVENTHS.contains(&intervals),
            Self::Mirex => intervals == 0 || intervals.count_ones() >= SHARED,
            Self::Root | Self::Thirds | Self::Triads | Self::Tetrads => true,
        };
        compared.then(|| match self {
            Self::Root => root(reference) == root(estimate),
            Self::Thirds => same_tones(reference, estimate, THIRD),
            Self::MajorMinor | Self::Triads => same_tones(reference, estimate, TRIAD),
            Self::Sevenths | Self::Tetrads => same_tones(reference, estimate, u16::MAX),
            Self::Mirex => are_alike(reference, estimate),
        })
    }
}

fn root(label: ChordLabel) -> Option<u8> {
    label.tones().map(|tones| tones.root)
}

/// Whether the roots are the same, and the intervals as far as `mask` reaches.
fn same_tones(reference: ChordLabel, estimate: ChordLabel, mask: u16) -> bool {
    match (reference, estimate) {
        (ChordLabel::NoChord, ChordLabel::NoChord) => true,
        (ChordLabel::Chord(one), ChordLabel::Chord(other)) => {
            one.root == other.root && (one.intervals ^ other.intervals) & mask == 0
        }
        _ => false,
    }
}

fn are_alike(reference: ChordLabel, estimate: ChordLabel) -> bool {
    match (reference.tones(), estimate.tones()) {
        (Some(one), Some(other)) => {
            let moved = |intervals: u16, root: u8| (intervals << root | intervals >> (12 - root)) & 0xfff;
            (moved(one.intervals, one.root) & moved(other.intervals, other.root)).count_ones() >= SHARED
        }
        // To mir_eval, an estimate without a name has every tone.
        (Some(_), None) => estimate == ChordLabel::Unknown,
        (None, other) => other.is_none(),
    }
}

/// How well an estimated chord sequence agrees with the annotated one.
#[derive(Clone, Debug, PartialEq)]
pub struct ChordScores {
    /// The share of the time in which the chords agree, for each of [`Comparison::ALL`]; `None` where no annotated
    /// chord can be compared (mir_eval says 0 then).
    pub recall: [Option<f64>; Comparison::ALL.len()],
    /// The boundaries of the chords.
    pub segmentation: Segmentation,
}

/// Why chord sequences cannot be compared.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ChordError {
    /// A label is not understood.
    #[error(transparent)]
    Label(#[from] ChordLabelError),
    /// The segments are not in order.
    #[error(transparent)]
    Segments(#[from] SegmentError),
}

/// Compares two chord sequences as mir_eval's `chord.evaluate`: the estimate is cut or filled with `N` to the span of
/// the reference.
///
/// # Errors
/// When a label is not understood, segments have no length or overlap, or the reference is empty.
pub fn evaluate(reference: &[Segment<&str>], estimate: &[Segment<&str>]) -> Result<ChordScores, ChordError> {
    check(reference)?;
    check(estimate)?;
    let (Some(first), Some(last)) = (reference.first(), reference.last()) else {
        return Err(SegmentError::Empty.into());
    };
    let estimate = fitted(estimate, first.start, last.end, "N");
    let compared = (encoded(reference, Extensions::LeftOut)?, encoded(&estimate, Extensions::LeftOut)?);
    let pieces = side_by_side(&compared.0, &compared.1);
    let recall = Comparison::ALL.map(|comparison| {
        weighted_accuracy(
            pieces
                .iter()
                .map(|(seconds, reference, estimate)| (*seconds, comparison.is_right(**reference, **estimate))),
        )
    });
    let reference = joined(&encoded(reference, Extensions::Folded)?);
    let estimate = joined(&encoded(&estimate, Extensions::Folded)?);
    let segmentation = Segmentation::compare(&reference, &estimate).ok_or(SegmentError::Empty)?;
    Ok(ChordScores { recall, segmentation })
}

/// The share of the time that is right, of the time that can be compared; `None` where there is none.
pub fn weighted_accuracy(pieces: impl Iterator<Item = (f64, Option<bool>)>) -> Option<f64> {
    let (mut right, mut compared) = (0.0, 0.0);
    for (seconds, is_right) in pieces.filter_map(|(seconds, is_right)| Some((seconds, is_right?))) {
        compared += seconds;
        right += if is_right { seconds } else { 0.0 };
    }
    (compared > 0.0).then(|| right / compared)
}

fn encoded(segments: &[Segment<&str>], extensions: Extensions) -> Result<Vec<Segment<ChordLabel>>, ChordLabelError> {
    let encoded = segments.iter().map(|segment| {
        let value = ChordLabel::parse(segment.value, extensions)?;
        Ok(Segment { start: segment.start, end: segment.end, value })
    });
    encoded.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_right(comparison: Comparison, reference: &str, estimate: &str) -> Option<bool> {
        let parse = |label| ChordLabel::parse(label, Extensions::LeftOut).expect("a chord");
        comparison.is_right(parse(reference), parse(estimate))
    }

    #[test]
    fn each_comparison_looks_at_its_own_tones() {
        let right = |reference, estimate| {
            Comparison::ALL.map(|comparison| match is_right(comparison, reference, estimate) {
                Some(true) => '1',
                Some(false) => '0',
                None => '-',
            })
        };
        // In the order root, majmin, thirds, triads, sevenths, tetrads, mirex.
        let expected = [
            ("C:maj", "C:maj", "1111111"),
            ("C:7", "C:maj", "1111001"),
            ("C:dim", "C:min", "1-10-00"),
            ("C:maj", "A:min7", "0000001"),
            ("C:5", "C:maj", "1-10-0-"),
            ("C:hdim7", "C:dim", "1-11-01"),
            ("N", "N", "1111111"),
            ("N", "C:maj", "0000000"),
            ("C:maj", "N", "0000000"),
            ("X", "C:maj", "-------"),
        ];
        for (reference, estimate, marks) in expected {
            assert_eq!(right(reference, estimate).iter().collect::<String>(), marks, "{reference} {estimate}");
        }
    }

    #[test]
    fn recall_weighs_by_time_and_leaves_out_what_cannot_be_compared() {
        let segment = |start, end, value| Segment { start, end, value };
        let reference = [segment(0.0, 2.0, "C:maj"), segment(2.0, 4.0, "X"), segment(4.0, 8.0, "G:7")];
        let scores = evaluate(&reference, &[segment(0.5, 8.0, "C:maj")]).expect("they can be compared");
        assert_eq!(scores.recall[0], Some(1.5 / 6.0));
        assert_eq!(scores.segmentation.under, 0.5 / 8.0 + 4.0 / 8.0);
    }

    #[test]
    fn what_cannot_be_compared_is_refused() {
        let segment = |start, end, value| Segment { start, end, value };
        assert_eq!(evaluate(&[], &[]), Err(ChordError::Segments(SegmentError::Empty)));
        let overlap = [segment(0.0, 2.0, "C:maj"), segment(1.0, 3.0, "C:maj")];
        assert!(matches!(evaluate(&overlap, &[]), Err(ChordError::Segments(SegmentError::Overlap { .. }))));
        assert!(matches!(evaluate(&[segment(0.0, 2.0, "H")], &[]), Err(ChordError::Label(_))));
    }
}
