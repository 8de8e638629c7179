//! The F-measure of event times, as mir_eval defines it for onsets and beats.

/// Tolerance for onsets in seconds (mir_eval's default).
pub const ONSET_WINDOW_SECONDS: f64 = 0.05;
/// Tolerance for beats in seconds (mir_eval's default).
pub const BEAT_WINDOW_SECONDS: f64 = 0.07;
/// What mir_eval leaves out at the start of a piece when it judges beats, in seconds.
pub const BEAT_TRIM_SECONDS: f64 = 5.0;

/// How well estimated event times agree with annotated ones.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FMeasure {
    /// Harmonic mean of precision and recall, 0 to 1; 0 where either list is empty.
    pub f_measure: f64,
    /// Share of the estimates that are right.
    pub precision: f64,
    /// Share of the annotations that were found.
    pub recall: f64,
}

/// Pairs `(reference, estimate)` of indices: a largest matching in which no time is used twice and no pair is further
/// apart than `window_seconds`. Both lists ascend. For events on a line with one window for all, taking the earliest
/// possible partner each time is optimal.
pub fn matching(reference: &[f64], estimate: &[f64], window_seconds: f64) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let mut next = 0;
    for (index, &time) in estimate.iter().enumerate() {
        // The window is laid around the estimate, as in mir_eval: at its very edge the rounding decides.
        while next < reference.len() && reference[next] < time - window_seconds {
            next += 1;
        }
        if next < reference.len() && reference[next] <= time + window_seconds {
            pairs.push((next, index));
            next += 1;
        }
    }
    pairs
}

/// The F-measure of `estimate` against `reference`, both ascending, in seconds.
pub fn f_measure(reference: &[f64], estimate: &[f64], window_seconds: f64) -> FMeasure {
    if reference.is_empty() || estimate.is_empty() {
        return FMeasure::default();
    }
    let matched = matching(reference, estimate, window_seconds).len() as f64;
    let precision = matched / estimate.len() as f64;
    let recall = matched / reference.len() as f64;
    let f_measure = if matched > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 };
    FMeasure { f_measure, precision, recall }
}

/// The times from `start_seconds` on.
pub fn trimmed(times: &[f64], start_seconds: f64) -> &[f64] {
    &times[times.partition_point(|&time| time < start_seconds)..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_of_three_is_missed_and_one_is_wrong() {
        let score = f_measure(&[1.0, 2.0, 3.0], &[1.02, 2.5, 2.96], 0.05);
        assert_eq!((score.precision, score.recall), (2.0 / 3.0, 2.0 / 3.0));
    }

    #[test]
    fn two_estimates_of_one_event_count_once() {
        assert_eq!(matching(&[1.0], &[0.98, 1.01], 0.05).len(), 1);
    }

    #[test]
    fn an_early_partner_leaves_the_late_one_free() {
        // Nearest-first would pair 1.00 with 1.03 and lose the second pair.
        assert_eq!(matching(&[1.0, 1.06], &[0.96, 1.03], 0.05), [(0, 0), (1, 1)]);
    }

    #[test]
    fn nothing_against_something_is_zero() {
        assert_eq!(f_measure(&[], &[1.0], 0.05), FMeasure::default());
        assert_eq!(f_measure(&[1.0], &[], 0.05), FMeasure::default());
    }

    /// The largest matching by trying everything.
    fn exhaustive(reference: &[f64], estimate: &[f64], window: f64) -> usize {
        let Some((first, rest)) = reference.split_first() else { return 0 };
        let mut best = exhaustive(rest, estimate, window);
        for index in 0..estimate.len() {
            if (estimate[index] - first).abs() <= window {
                let mut others = estimate.to_vec();
                others.remove(index);
                best = best.max(1 + exhaustive(rest, &others, window));
            }
        }
        best
    }

    proptest! {
        #[test]
        fn the_matching_is_a_largest_one(
            mut reference in prop::collection::vec(0_u32..40, 0..6),
            mut estimate in prop::collection::vec(0_u32..40, 0..6),
        ) {
            reference.sort_unstable();
            estimate.sort_unstable();
            let seconds = |times: &[u32]| times.iter().map(|&time| f64::from(time)).collect::<Vec<_>>();
            let (reference, estimate) = (seconds(&reference), seconds(&estimate));
            let pairs = matching(&reference, &estimate, 3.0);
            prop_assert_eq!(pairs.len(), exhaustive(&reference, &estimate, 3.0));
        }
    }
}
