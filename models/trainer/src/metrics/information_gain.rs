//! Information gain of beats: how far the timing errors are from being spread evenly over the beat interval.
//!
//! Davies et al., *Measuring the performance of beat tracking algorithms using a beat error histogram* (IEEE Signal
//! Processing Letters, 2011), in the form of mir_eval, normalised to 1.

use super::nearest;

/// Bins of the histogram of errors.
const BINS: usize = 41;

/// Information gain of `estimate` over `reference`; 0 where either has fewer than two beats, or where no error can be
/// expressed as a share of an interval since all estimates coincide (mir_eval divides by zero there).
pub fn information_gain(reference: &[f64], estimate: &[f64]) -> f64 {
    if reference.len() < 2 || estimate.len() < 2 {
        return 0.0;
    }
    let norm = (BINS as f64).log2();
    // Where all annotations coincide, the estimates' errors alone say nothing.
    let forward = entropy(reference, estimate).unwrap_or(0.0);
    entropy(estimate, reference).map_or(0.0, |backward| (norm - forward.max(backward)) / norm)
}

/// Entropy of the errors of `estimate` in bits; `None` where no error is a number.
fn entropy(reference: &[f64], estimate: &[f64]) -> Option<f64> {
    let mut counts = [0_u32; BINS];
    for &time in estimate {
        let Some(at) = nearest(reference, time) else { continue };
        let error = time - reference[at];
        // Into (−0.5, 0.5]; no number where the interval is 0.
        let share = wrapped(0.5 * error / half_interval(reference, at, error) + 0.5) + 0.5;
        if let Some(bin) = bin(share) {
            counts[bin] += 1;
        }
    }
    let total: u32 = counts.iter().sum();
    let shares = counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / f64::from(total));
    (total > 0).then(|| -shares.map(|share| share * share.log2()).sum::<f64>())
}

/// Half the annotated interval on the side of the error.
///
/// An error before the first annotation has no interval on its side: mir_eval's index wraps around to the last
/// annotation there, and takes half the negative length of the piece.
fn half_interval(reference: &[f64], at: usize, error: f64) -> f64 {
    let last = reference.len() - 1;
    if at == last {
        0.5 * (reference[last] - reference[last - 1])
    } else if error < 0.0 {
        0.5 * (reference[at] - reference[at.checked_sub(1).unwrap_or(last)])
    } else {
        0.5 * (reference[at + 1] - reference[at])
    }
}

/// The remainder of a division by −1, in (−1, 0].
fn wrapped(value: f64) -> f64 {
    let remainder = value % 1.0;
    if remainder > 0.0 { remainder - 1.0 } else { remainder }
}

/// The bin of a value between −0.5 and 0.5, each from its lower edge on, the last with its upper edge.
fn bin(value: f64) -> Option<usize> {
    let edge = |bin: usize| bin as f64 * (1.0 / BINS as f64) - 0.5;
    (-0.5..=0.5).contains(&value).then(|| (1..BINS).take_while(|bin| edge(*bin) <= value).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pulse(beats: usize, start: f64, period: f64) -> Vec<f64> {
        (0..beats).map(|beat| start + beat as f64 * period).collect()
    }

    #[test]
    fn a_constant_error_carries_all_information_and_a_drifting_one_little() {
        let reference = pulse(100, 5.0, 0.5);
        assert_eq!(information_gain(&reference, &reference), 1.0);
        // But for the one beat before the first annotation.
        assert!(information_gain(&reference, &pulse(100, 5.02, 0.5)) > 0.98);
        // 41 and 50 are coprime: the errors reach every bin.
        assert!(information_gain(&reference, &pulse(100, 5.0, 0.41)) < 0.2);
    }

    #[test]
    fn errors_wrap_around_the_interval() {
        assert_eq!([0.75, -0.25, 0.0, 1.0].map(wrapped), [-0.25, -0.25, 0.0, 0.0]);
        assert_eq!([-0.5, 0.0, 0.5].map(bin), [0, 20, 40].map(Some));
        assert_eq!(bin(f64::NAN), None);
    }

    #[test]
    fn coinciding_beats_carry_nothing() {
        assert_eq!(information_gain(&[1.0, 2.0], &[1.0, 1.0]), 0.0);
        assert_eq!(information_gain(&[1.0], &[1.0, 2.0]), 0.0);
    }
}
