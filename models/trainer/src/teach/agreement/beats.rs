//! Beats: stretches of at least eight beats that both teachers put at the same times, and at the same tempo octave.
//!
//! Positions in the bar are the main teacher's alone: the second opinion has none.

use crate::{
    data::labels::{Annotation, LabelledBeat},
    teach::agreement::unknown,
};

/// How far two teachers' times of one beat may lie apart, in seconds. It is tighter than the 70 ms of the usual score.
const TOLERANCE_SECONDS: f64 = 0.05;

/// Fewest beats of a stretch that is kept: two bars of four.
const FEWEST_BEATS: usize = 8;

/// The agreement over a recording of `seconds`; both lists are in order, and `main` has positions from 1.
pub fn agree(main: &[(f64, u8)], second: &[(f64, u8)], seconds: f64) -> Annotation<LabelledBeat> {
    let matched: Vec<Option<usize>> = main.iter().map(|(time, _)| nearest(*time, second)).collect();
    let mut beats = Annotation::<LabelledBeat>::default();
    let mut known: Vec<[f64; 2]> = Vec::new();
    let mut first = 0;
    while first < main.len() {
        let follows = |at: &usize| matches!((matched[at - 1], matched[*at]), (Some(a), Some(b)) if b == a + 1);
        let end = (first + 1..main.len()).find(|at| !follows(at)).unwrap_or(main.len());
        if matched[first].is_some() && end - first >= FEWEST_BEATS {
            let reach = [main[first].0 - TOLERANCE_SECONDS, main[end - 1].0 + TOLERANCE_SECONDS];
            known.push([reach[0].max(0.0), reach[1].min(seconds)]);
            beats.values.extend((first..end).map(|at| LabelledBeat {
                time: main[at].0,
                position: main[at].1,
                beats_per_bar: beats_per_bar(main, at),
            }));
        }
        first = end;
    }
    beats.mask(unknown(&known, seconds));
    beats
}

/// The index of the beat nearest to a time, if it is near enough.
fn nearest(time: f64, beats: &[(f64, u8)]) -> Option<usize> {
    let after = beats.partition_point(|(other, _)| *other < time);
    let near = [after.checked_sub(1), Some(after)].into_iter().flatten().filter(|index| *index < beats.len());
    near.map(|index| (index, (beats[index].0 - time).abs()))
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .filter(|(_, distance)| *distance <= TOLERANCE_SECONDS)
        .map(|(index, _)| index)
}

/// The length of the bar that a beat is in: the highest position before the next downbeat.
///
/// A bar that the recording's end cuts short has the length of the one before it.
fn beats_per_bar(beats: &[(f64, u8)], at: usize) -> u8 {
    let is_downbeat = |beat: &(f64, u8)| beat.1 == 1;
    match beats[at + 1..].iter().position(is_downbeat) {
        Some(rest) => beats[at + rest].1,
        None => {
            let start = beats[..=at].iter().rposition(is_downbeat).unwrap_or(0);
            let longest = beats[start..].iter().map(|beat| beat.1).max().unwrap_or(1);
            start.checked_sub(1).map_or(longest, |before| beats[before].1.max(longest))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `count` beats from `start`, `period` apart, in bars of four.
    fn beats(start: f64, period: f64, count: usize) -> Vec<(f64, u8)> {
        (0..count).map(|beat| (start + period * beat as f64, (beat % 4) as u8 + 1)).collect()
    }

    fn assert_masked(annotation: &Annotation<LabelledBeat>, expected: &[[f64; 2]]) {
        assert_eq!(annotation.masked.len(), expected.len(), "{:?}", annotation.masked);
        for (a, b) in annotation.masked.iter().flatten().zip(expected.iter().flatten()) {
            // The times are sums and differences of a few numbers of order 10.
            assert!((a - b).abs() < 1e-9, "{:?}", annotation.masked);
        }
    }

    #[test]
    fn beats_that_both_hear_are_labelled_with_their_bar() {
        let agreed = agree(&beats(1.0, 0.5, 10), &beats(1.04, 0.5, 10), 8.0);
        assert_eq!(agreed.values.len(), 10);
        assert_eq!(agreed.values[4], LabelledBeat { time: 3.0, position: 1, beats_per_bar: 4 });
        // The last bar is cut short.
        assert_eq!(agreed.values[9], LabelledBeat { time: 5.5, position: 2, beats_per_bar: 4 });
        assert_masked(&agreed, &[[0.0, 0.95], [5.55, 8.0]]);
    }

    #[test]
    fn another_octave_or_the_off_beats_are_no_agreement() {
        let main = beats(0.0, 0.5, 16);
        for second in [beats(0.0, 0.25, 32), beats(0.0, 1.0, 8), beats(0.25, 0.5, 16)] {
            let agreed = agree(&main, &second, 8.0);
            assert!(agreed.values.is_empty());
            assert_masked(&agreed, &[[0.0, 8.0]]);
        }
    }

    #[test]
    fn fewer_than_eight_are_not_enough_and_a_stray_beat_divides() {
        assert!(agree(&beats(0.0, 0.5, 7), &beats(0.0, 0.5, 7), 4.0).values.is_empty());
        let mut second = beats(0.0, 0.5, 20);
        second.insert(10, (4.75, 0));
        let agreed = agree(&beats(0.0, 0.5, 20), &second, 10.0);
        assert_eq!(agreed.values.len(), 20);
        assert_masked(&agreed, &[[4.55, 4.95], [9.55, 10.0]]);
    }
}
