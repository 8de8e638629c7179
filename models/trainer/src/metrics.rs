//! How well what was found agrees with what was annotated: pure functions, no engine, no files.
//!
//! The definitions are those of mir_eval 0.8.2 (Raffel et al., *mir_eval: a transparent implementation of common MIR
//! metrics*, ISMIR 2014), for tempo those of Gouyon et al. (2006). `tests/mir_eval.rs` holds them to mir_eval's own
//! values within 1e-9. Times are in seconds and ascend; results lie between 0 and 1. Where mir_eval refuses an input or
//! divides by zero, the function says what it gives instead.

pub mod bootstrap;
pub mod chord;
pub mod chord_label;
pub mod continuity;
pub mod f_measure;
pub mod information_gain;
pub mod key;
pub mod p_score;
pub mod segmentation;
pub mod segments;
pub mod tempo;
pub mod voice;

/// The middle of the values, the mean of the middle two for an even number of them; `None` for none.
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    Some(if values.len() % 2 == 1 { upper } else { (values[values.len() / 2 - 1] + upper) / 2.0 })
}

/// Index of the time nearest to `time`, the first of equals; `None` where there is none.
fn nearest(times: &[f64], time: f64) -> Option<usize> {
    let distance = |index: usize| (time - times[index]).abs();
    let after = times.partition_point(|&other| other < time);
    let mut best = [after.checked_sub(1), (after < times.len()).then_some(after)]
        .into_iter()
        .flatten()
        .min_by(|a, b| distance(*a).total_cmp(&distance(*b)))?;
    while best > 0 && distance(best - 1) <= distance(best) {
        best -= 1;
    }
    Some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between_two() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(Vec::new()), None);
    }

    #[test]
    fn the_nearest_time_is_the_first_of_equals() {
        let times = [1.0, 2.0, 2.0, 3.0];
        assert_eq!([0.0, 1.5, 2.0, 2.4, 9.0].map(|time| nearest(&times, time)), [0, 0, 1, 1, 3].map(Some));
        assert_eq!(nearest(&[], 1.0), None);
    }
}
