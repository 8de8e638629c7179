//! How sure a mean over pieces is: percentile bootstrap (Efron and Tibshirani, *An Introduction to the Bootstrap*,
//! 1993, chapter 13).

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Samples that are drawn: the ends of the interval settle to about a hundredth of its width.
const SAMPLES: usize = 4000;

/// Seed of the draws: the same values always have the same interval.
const SEED: u64 = 1993;

/// Share of the samples' means that lies below the interval, and above it.
const TAIL: f64 = 0.025;

/// The 95 % interval of the mean of `values`, drawn with replacement; `None` for fewer than two.
pub fn mean_interval(values: &[f64]) -> Option<[f64; 2]> {
    if values.len() < 2 {
        return None;
    }
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let mut means: Vec<f64> = (0..SAMPLES)
        .map(|_| (0..values.len()).map(|_| values[random.random_range(0..values.len())]).sum::<f64>())
        .map(|sum| sum / values.len() as f64)
        .collect();
    means.sort_by(f64::total_cmp);
    let below = (TAIL * SAMPLES as f64) as usize;
    Some([means[below], means[SAMPLES - 1 - below]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_as_wide_as_the_standard_error_says() {
        let values: Vec<f64> = (0..100).map(|index| f64::from(index) / 99.0).collect();
        let [low, high] = mean_interval(&values).unwrap();
        // 1.96 standard errors of a hundred draws from a uniform distribution; the draws settle to a few per cent.
        let half = 1.96 * (1.0_f64 / 12.0).sqrt() / 10.0;
        assert!((high - 0.5 - half).abs() < 0.1 * half && (0.5 - low - half).abs() < 0.1 * half, "{low} {high}");
    }

    #[test]
    fn one_piece_says_nothing_and_the_same_pieces_always_say_the_same() {
        assert_eq!(mean_interval(&[0.5]), None);
        assert_eq!(mean_interval(&[0.2, 0.4, 0.9]), mean_interval(&[0.2, 0.4, 0.9]));
    }
}
