//! How well the boundaries of two segmentations agree, whatever their segments are called.
//!
//! The directional Hamming distance of Abdallah et al., *Theory and evaluation of a Bayesian music structure extractor*
//! (ISMIR 2005), for chords as in Mauch (*Automatic chord transcription from audio using computational models of musical
//! context*, 2010) and mir_eval.

use super::segments::Segment;

/// How well the estimate's boundaries cut the reference's segments, and the other way round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segmentation {
    /// 1 where no reference segment is cut (`overseg`).
    pub over: f64,
    /// 1 where no estimated segment spans a reference boundary (`underseg`).
    pub under: f64,
}

impl Segmentation {
    /// Compares two lists of segments that span the same time; `None` where one is empty.
    pub fn compare<A, B>(reference: &[Segment<A>], estimate: &[Segment<B>]) -> Option<Self> {
        Some(Self {
            over: 1.0 - directional_hamming_distance(reference, estimate)?,
            under: 1.0 - directional_hamming_distance(estimate, reference)?,
        })
    }

    /// The worse of the two (`seg`).
    pub fn worse(self) -> f64 {
        self.over.min(self.under)
    }
}

/// The share of the time that is left when each segment of `of` keeps its longest part that `by` does not cut.
fn directional_hamming_distance<A, B>(of: &[Segment<A>], by: &[Segment<B>]) -> Option<f64> {
    let (first, last) = (of.first()?, of.last()?);
    let mut cuts: Vec<f64> = by.iter().flat_map(|segment| [segment.start, segment.end]).collect();
    cuts.sort_by(f64::total_cmp);
    let mut lost = 0.0;
    for segment in of {
        let (mut from, mut longest) = (segment.start, 0.0_f64);
        let after = cuts.partition_point(|cut| *cut < segment.start);
        let within = cuts[after..].iter().take_while(|cut| **cut < segment.end);
        for cut in within.chain([&segment.end]) {
            longest = longest.max(cut - from);
            from = *cut;
        }
        lost += segment.end - segment.start - longest;
    }
    Some(lost / (last.end - first.start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(boundaries: &[f64]) -> Vec<Segment<()>> {
        boundaries.windows(2).map(|pair| Segment { start: pair[0], end: pair[1], value: () }).collect()
    }

    #[test]
    fn a_cut_too_many_and_one_too_few_are_told_apart() {
        let reference = segments(&[0.0, 4.0, 8.0]);
        let cut = Segmentation::compare(&reference, &segments(&[0.0, 1.0, 4.0, 8.0])).unwrap();
        assert_eq!((cut.over, cut.under, cut.worse()), (0.875, 1.0, 0.875));
        let whole = Segmentation::compare(&reference, &segments(&[0.0, 8.0])).unwrap();
        assert_eq!((whole.over, whole.under), (1.0, 0.5));
    }

    #[test]
    fn nothing_cannot_be_compared() {
        assert_eq!(Segmentation::compare(&segments(&[]), &segments(&[0.0, 1.0])), None);
    }
}
