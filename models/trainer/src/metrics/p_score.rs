//! P-score of beats: the share of beats that lie near an annotated one, as in MIREX.
//!
//! McKinney et al., *Evaluation of audio beat tracking and music tempo extraction algorithms* (2007), in the form of
//! mir_eval: both lists become trains of impulses every 10 ms, which are correlated.

use super::median;

/// Impulses a second.
const RATE_HZ: f64 = 100.0;

/// How far a beat may be from an annotation, as a share of the median annotated interval.
const TOLERANCE: f64 = 0.2;

/// P-score of `estimate` against `reference`; 0 where either has fewer than two beats, or where all annotations fall
/// on one impulse (which mir_eval refuses).
pub fn p_score(reference: &[f64], estimate: &[f64]) -> f64 {
    let ([first, _, ..], [first_found, _, ..]) = (reference, estimate) else { return 0.0 };
    let start = first.min(*first_found);
    let (annotated, found) = (impulses(reference, start), impulses(estimate, start));
    let intervals = annotated.windows(2).map(|pair| (pair[1] - pair[0]) as f64).collect();
    let Some(interval) = median(intervals) else { return 0.0 };
    let reach = (TOLERANCE * interval).round_ties_even() as i64;
    let mut pairs = 0;
    for impulse in &found {
        let from = annotated.partition_point(|other| *other < impulse - reach);
        let to = annotated.partition_point(|other| *other <= impulse + reach);
        pairs += to - from;
    }
    pairs as f64 / reference.len().max(estimate.len()) as f64
}

/// Positions of the impulses, counted from `start`; beats on the same one become one.
fn impulses(times: &[f64], start: f64) -> Vec<i64> {
    let mut impulses: Vec<i64> = times.iter().map(|time| ((time - start) * RATE_HZ).ceil() as i64).collect();
    impulses.dedup();
    impulses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beats_within_a_fifth_of_the_interval_count() {
        let reference: Vec<f64> = (0..10).map(f64::from).collect();
        let late = |seconds: f64| reference.iter().map(|time| time + seconds).collect::<Vec<_>>();
        assert_eq!(p_score(&reference, &late(0.19)), 1.0);
        assert_eq!(p_score(&reference, &late(0.25)), 0.0);
    }

    #[test]
    fn beats_at_twice_the_rate_are_half_right() {
        let reference: Vec<f64> = (0..10).map(f64::from).collect();
        let double: Vec<f64> = (0..20).map(|beat| f64::from(beat) / 2.0).collect();
        assert_eq!(p_score(&reference, &double), 0.5);
    }

    #[test]
    fn annotations_on_one_impulse_have_no_interval() {
        assert_eq!(p_score(&[1.0, 1.0], &[1.0, 2.0]), 0.0);
        assert_eq!(p_score(&[1.0], &[1.0, 2.0]), 0.0);
    }
}
