//! How much a frame counts by its class, where classes exclude each other and some are rare.

use attacca_models::Task;

use super::{
    corpus::Excerpt,
    targets::{Targets, transposed},
};

/// Bounds of a weight: a class that is hardly ever seen must not drive the fit by the few frames that it has.
const BOUNDS: [f64; 2] = [0.1, 10.0];

/// The weight of each class: its frequency to the power of −`balance`, scaled so that the mean over frames is 1. Empty
/// where all weigh the same: without a balance, and for labels that do not exclude each other. Frequencies are those
/// of the excerpts in every transposition from the lowest to the highest.
pub(super) fn class_weights(excerpts: &[Excerpt], task: Task, balance: f64, [lowest, highest]: [i32; 2]) -> Vec<f32> {
    if balance == 0.0 || !task.is_exclusive() {
        return Vec::new();
    }
    let mut counts = vec![0_usize; task.labels().len()];
    for excerpt in excerpts {
        let Targets::Exclusive(classes) = &excerpt.labels.targets else { continue };
        let counted = classes.iter().zip(&excerpt.labels.weights).filter(|(_, weight)| **weight > 0.0);
        counted.for_each(|(&class, _)| counts[usize::from(class)] += 1);
    }
    let mut transposed_counts = vec![0_usize; counts.len()];
    for (class, count) in counts.into_iter().enumerate() {
        for semitones in lowest..=highest {
            transposed_counts[usize::from(transposed(task, class as u16, semitones))] += count;
        }
    }
    balanced(&transposed_counts, balance)
}

fn balanced(counts: &[usize], balance: f64) -> Vec<f32> {
    let total = counts.iter().sum::<usize>().max(1) as f64;
    // A class that is never seen is taken for one that is seen once.
    let weight = |count: usize| (count.max(1) as f64 / total).powf(-balance);
    let mean = counts.iter().map(|&count| count as f64 / total * weight(count)).sum::<f64>();
    let mean = if mean > 0.0 { mean } else { 1.0 };
    counts.iter().map(|&count| (weight(count) / mean).clamp(BOUNDS[0], BOUNDS[1]) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::targets::FramedLabels;

    #[test]
    fn full_balance_makes_classes_count_alike_and_frames_one_on_average() {
        let counts = [10, 20, 70];
        let weights = balanced(&counts, 1.0);
        let shares = counts.iter().zip(&weights).map(|(&count, weight)| count as f32 * weight).collect::<Vec<_>>();
        assert!(shares.iter().all(|share| (share - shares[0]).abs() < 1e-4), "{shares:?}");
        assert!((shares.iter().sum::<f32>() - 100.0).abs() < 1e-3);
    }

    #[test]
    fn weights_are_bounded() {
        let weights = balanced(&[1, 1_000_000, 0], 1.0);
        assert!(weights.iter().all(|weight| (0.1..=10.0).contains(weight)), "{weights:?}");
    }

    #[test]
    fn transposition_spreads_what_is_seen_and_masked_frames_are_not_seen() {
        let excerpt = Excerpt {
            source: "test".to_owned(),
            magnitudes: Vec::new(),
            labels: FramedLabels {
                targets: Targets::Exclusive(vec![0, 0, 0, 12, 7]),
                weights: vec![1.0, 1.0, 1.0, 1.0, 0.0],
                events: Vec::new(),
            },
        };
        let weights = class_weights(&[excerpt], Task::Key, 0.5, [-5, 6]);
        assert!(weights[..12].iter().all(|&weight| weight == weights[0]));
        assert!(weights[12..].iter().all(|&weight| weight == weights[12]));
        // Three times as frequent, a root of three less weight.
        assert!((weights[12] / weights[0] - 3.0_f32.sqrt()).abs() < 1e-5, "{weights:?}");
    }
}
