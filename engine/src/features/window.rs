//! Window lengths and window functions.

use std::f64::consts::PI;

/// The even number nearest to `samples` that has no prime factor above 5, so that a fast Fourier transform of just
/// that length is fast and the bins lie at nearly the same frequencies at every sample rate. The smaller of two
/// equally near ones; at least 2.
pub(crate) fn nearest_even_5_smooth(samples: f64) -> usize {
    let distance = |length: usize| (length as f64 - samples).abs();
    let mut nearest = 2;
    let mut fives = 2_usize;
    while fives as f64 <= 2.0 * samples {
        let mut threes = fives;
        while threes as f64 <= 2.0 * samples {
            let mut length = threes;
            while length as f64 <= 2.0 * samples {
                if (distance(length), length) < (distance(nearest), nearest) {
                    nearest = length;
                }
                length *= 2;
            }
            threes *= 3;
        }
        fives *= 5;
    }
    nearest
}

/// The periodic Hann window `½ − ½ cos(2π n / length)`, scaled by 2 over its sum so that the spectrum of a full-scale
/// sine peaks at 1. Its centre is sample `length / 2`.
pub(crate) fn scaled_hann(length: usize) -> Vec<f32> {
    let scale = 4.0 / length as f64;
    (0..length).map(|n| (scale * (0.5 - 0.5 * (2.0 * PI * n as f64 / length as f64).cos())) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn common_windows_have_their_common_lengths() {
        for (samples, length) in
            [(2048.004, 2048), (2229.1, 2250), (1024.0, 1024), (371.5, 360), (0.0, 2), (1e4, 1e4 as usize)]
        {
            assert_eq!(nearest_even_5_smooth(samples), length);
        }
    }

    #[test]
    fn the_window_sums_to_2() {
        for length in [2, 360, 2048, 2250] {
            let sum: f64 = scaled_hann(length).into_iter().map(f64::from).sum();
            assert!((sum - 2.0).abs() < 1e-6);
        }
    }

    proptest! {
        #[test]
        fn is_even_smooth_and_near(samples in 64.0_f64..40_000.0) {
            let length = nearest_even_5_smooth(samples);
            // The widest gap above 64 is that from 64 to 72, and the nearest number is at most half a gap away.
            prop_assert!((length as f64 / samples - 1.0).abs() <= 0.0625);
            let mut rest = length / 2;
            for prime in [2, 3, 5] {
                while rest.is_multiple_of(prime) {
                    rest /= prime;
                }
            }
            prop_assert_eq!((length % 2, rest), (0, 1));
        }
    }
}
