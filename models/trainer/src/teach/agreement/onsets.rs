//! Onsets: rises of the spectrum at which a transcriber starts a note.
//!
//! The transcriber hears notes but no drums, and its times wander by ±25 ms; the spectrum's rises include drums and are
//! within 10 ms, but noise makes them too. An onset that both report has the spectrum's time. What one of them reports
//! alone is masked, so that neither a hit nor a miss counts there.

use crate::data::labels::{Annotation, MERGE_SECONDS};

/// How far the two times of one onset may lie apart, in seconds: the window in which onsets are usually scored.
const TOLERANCE_SECONDS: f64 = 0.05;

/// What is masked on either side of an onset that one teacher reports alone, in seconds.
const MARGIN_SECONDS: f64 = 0.05;

/// The agreement of note starts with rises of the spectrum, both in order.
pub fn agree(notes: &[f64], rises: &[f64]) -> Annotation<f64> {
    let mut onsets = Annotation::<f64>::default();
    let is_near = |time: f64, others: &[f64]| {
        let first = others.partition_point(|other| *other < time - TOLERANCE_SECONDS);
        others.get(first).is_some_and(|other| *other <= time + TOLERANCE_SECONDS)
    };
    for rise in rises.iter().filter(|rise| is_near(**rise, notes)) {
        if onsets.values.last().is_none_or(|last| rise - last > MERGE_SECONDS) {
            onsets.values.push(*rise);
        }
    }
    let alone = rises.iter().filter(|rise| !is_near(**rise, notes));
    let alone = alone.chain(notes.iter().filter(|note| !is_near(**note, rises)));
    let stretches: Vec<[f64; 2]> =
        alone.map(|time| [(time - MARGIN_SECONDS).max(0.0), time + MARGIN_SECONDS]).collect();
    onsets.mask(stretches);
    onsets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_hear_has_the_time_of_the_rise() {
        let agreed = agree(&[1.03, 2.0], &[1.0, 2.04]);
        assert_eq!(agreed, Annotation::unmasked(vec![1.0, 2.04]));
    }

    #[test]
    fn what_one_hears_alone_is_masked() {
        let agreed = agree(&[1.0, 3.0], &[1.0, 2.0]);
        assert_eq!(agreed.values, [1.0]);
        assert_eq!(agreed.masked, [[1.95, 2.05], [2.95, 3.05]]);
    }

    #[test]
    fn onsets_that_are_heard_as_one_are_labelled_as_one() {
        assert_eq!(agree(&[1.0], &[1.0, 1.02]).values, [1.0]);
    }
}
