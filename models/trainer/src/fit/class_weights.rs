//! How much a frame counts by its class, where classes exclude each other and some are rare.

use attacca_models::Task;

use super::{
    corpus::Excerpt,
    targets::{FramedLabels, Targets, transposed},
};
use crate::recipe::ModelRecipe;

/// Bounds of a weight: a class that is hardly ever seen must not drive the fit by the few frames that it has.
const BOUNDS: [f64; 2] = [0.1, 10.0];

/// The weight of each class: its frequency to the power of −`balance`, scaled so that the mean over frames is 1. Empty
/// where all weigh the same: without a balance, and for labels that do not exclude each other. Frequencies are those
/// of the excerpts in every transposition from the lowest to the highest.
pub(super) fn class_weights(excerpts: &[Excerpt], recipe: &ModelRecipe) -> Vec<f32> {
    let (task, balance) = (recipe.task, recipe.fit.class_balance);
    if balance == 0.0 || !task.is_exclusive() {
        return Vec::new();
    }
    let mut counts = vec![0_usize; task.labels().len()];
    for FramedLabels { targets, weights } in excerpts.iter().map(|excerpt| excerpt.framed(recipe.labels)) {
        let Targets::Exclusive(classes) = targets else { continue };
        let counted = classes.into_iter().zip(weights).filter(|(_, weight)| *weight > 0.0);
        counted.for_each(|(class, _)| counts[usize::from(class)] += 1);
    }
    balanced(&over_transpositions(&counts, task, recipe.augmentation.transpose_semitones), balance)
}

/// Counts of the classes of the same music in every transposition from the lowest to the highest.
fn over_transpositions(counts: &[usize], task: Task, [lowest, highest]: [i32; 2]) -> Vec<usize> {
    let mut transposed_counts = vec![0_usize; counts.len()];
    for (class, count) in counts.iter().enumerate() {
        for semitones in lowest..=highest {
            transposed_counts[usize::from(transposed(task, class as u16, semitones))] += count;
        }
    }
    transposed_counts
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
    fn transposition_spreads_what_is_seen() {
        let mut counts = vec![0; 24];
        (counts[0], counts[12]) = (3, 1);
        let spread = over_transpositions(&counts, Task::Key, [-5, 6]);
        assert_eq!(spread, [vec![3; 12], vec![1; 12]].concat());
        assert_eq!(over_transpositions(&counts, Task::Key, [0, 0]), counts);
    }
}
