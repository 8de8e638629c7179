//! Continuity of beats: how long a tracker stays locked to the annotated pulse, and to any pulse related to it.
//!
//! Hainsworth (*Techniques for the automated analysis of musical audio*, 2004) and Klapuri et al. (*Analysis of the
//! meter of acoustic musical signals*, 2006), in the form of mir_eval.

use super::nearest;

/// How far a beat may be from its annotation, and its interval from the annotated one, as shares of that interval.
const TOLERANCE: f64 = 0.175;

/// The four continuity scores.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Continuity {
    /// Longest correct stretch as a share of the beats, at the annotated metrical level (CMLc).
    pub correct_level_continuous: f64,
    /// All correct beats as a share of the beats, at the annotated level (CMLt).
    pub correct_level_total: f64,
    /// As the first, at the best of the annotated level, its off-beats, twice and half its rate (AMLc).
    pub any_level_continuous: f64,
    /// As the second, at the best of those levels (AMLt).
    pub any_level_total: f64,
}

/// Continuity of `estimate` against `reference`; 0 where either has fewer than two beats.
pub fn continuity(reference: &[f64], estimate: &[f64]) -> Continuity {
    if reference.len() < 2 || estimate.len() < 2 {
        return Continuity::default();
    }
    let (continuous, total) = at_level(reference, estimate);
    let mut scores = Continuity {
        correct_level_continuous: continuous,
        correct_level_total: total,
        any_level_continuous: continuous,
        any_level_total: total,
    };
    for level in other_levels(reference) {
        let (continuous, total) = at_level(&level, estimate);
        scores.any_level_continuous = scores.any_level_continuous.max(continuous);
        scores.any_level_total = scores.any_level_total.max(total);
    }
    scores
}

/// The off-beats, twice the rate, and half the rate from the first and from the second beat.
fn other_levels(reference: &[f64]) -> [Vec<f64>; 4] {
    let between: Vec<f64> = reference.windows(2).map(|pair| (pair[1] - pair[0]) * 0.5 + pair[0]).collect();
    let mut double: Vec<f64> = Vec::with_capacity(reference.len() + between.len());
    for (beat, off_beat) in reference.iter().zip(&between) {
        double.extend([beat, off_beat]);
    }
    double.extend(reference.last());
    let every_second = |start: usize| reference.iter().skip(start).step_by(2).copied().collect();
    [between, double, every_second(0), every_second(1)]
}

/// The longest run of right beats and the number of them, as shares of the longer of the two lists.
fn at_level(reference: &[f64], estimate: &[f64]) -> (f64, f64) {
    let mut used = vec![false; reference.len()];
    let (mut total, mut run, mut longest) = (0_usize, 0_usize, 0_usize);
    for (index, &time) in estimate.iter().enumerate() {
        let annotation = nearest(reference, time).filter(|annotation| !used[*annotation]);
        match annotation.filter(|annotation| is_right(reference, *annotation, estimate, index)) {
            Some(annotation) => {
                used[annotation] = true;
                total += 1;
                run += 1;
                longest = longest.max(run);
            }
            None => run = 0,
        }
    }
    let beats = reference.len().max(estimate.len()) as f64;
    (longest as f64 / beats, total as f64 / beats)
}

/// Whether a beat and its interval agree with an annotation and its interval. The first of either list has no interval
/// before it and looks ahead. Where two annotations coincide, the ratios are infinite or no numbers, and it is wrong.
fn is_right(reference: &[f64], annotation: usize, estimate: &[f64], index: usize) -> bool {
    let looks_ahead = index == 0 || annotation == 0;
    let interval = |times: &[f64], at: usize| {
        if looks_ahead && at + 1 < times.len() {
            times[at + 1] - times[at]
        } else {
            times[at] - at.checked_sub(1).map_or(times[at], |before| times[before])
        }
    };
    let (annotated, found) = (interval(reference, annotation), interval(estimate, index));
    let phase = (estimate[index] - reference[annotation]).abs() / annotated;
    let period = (1.0 - found / annotated).abs();
    phase < TOLERANCE && period < TOLERANCE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pulse(beats: usize, start: f64, period: f64) -> Vec<f64> {
        (0..beats).map(|beat| start + beat as f64 * period).collect()
    }

    #[test]
    fn a_slip_halves_the_longest_stretch_and_costs_one_beat_of_all() {
        let reference = pulse(20, 0.0, 0.5);
        let mut estimate = reference.clone();
        estimate[10] += 0.2;
        let scores = continuity(&reference, &estimate);
        assert_eq!(scores.correct_level_continuous, 0.5);
        // The beat after the slip has a wrong interval too.
        assert_eq!(scores.correct_level_total, 0.9);
    }

    #[test]
    fn off_beats_and_octaves_are_right_at_some_level_alone() {
        let reference = pulse(20, 0.0, 0.5);
        for estimate in [pulse(19, 0.25, 0.5), pulse(39, 0.0, 0.25), pulse(10, 0.0, 1.0), pulse(10, 0.5, 1.0)] {
            let scores = continuity(&reference, &estimate);
            assert!(scores.any_level_total > 0.99 && scores.correct_level_total < 0.1, "{scores:?}");
        }
    }

    #[test]
    fn single_beats_have_no_continuity() {
        assert_eq!(continuity(&[1.0], &pulse(5, 0.0, 0.5)), Continuity::default());
        assert_eq!(continuity(&pulse(5, 0.0, 0.5), &[]), Continuity::default());
    }

    #[test]
    fn coinciding_annotations_are_never_met() {
        assert_eq!(continuity(&[1.0, 1.0], &[1.0, 1.0]).correct_level_total, 0.0);
    }
}
