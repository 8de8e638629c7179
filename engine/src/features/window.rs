//! Window lengths and window functions.

use std::f64::consts::PI;

/// The even number nearest to `samples` that has no prime factor above 7, so that a fast Fourier transform of just
/// that length is fast and the bins lie at nearly the same frequencies at every sample rate; at least 2.
pub(crate) fn nearest_even_7_smooth(samples: f64) -> usize {
    let even = (2.0 * (samples / 2.0).round()).max(2.0) as usize;
    let distance = |length: &usize| (*length as f64 - samples).abs();
    let on_either_side = |offset: usize| {
        let smooth = [even - offset, even + offset].into_iter().filter(|&length| is_7_smooth(length));
        smooth.min_by(|one, other| distance(one).total_cmp(&distance(other)))
    };
    (0..even).step_by(2).find_map(on_either_side).unwrap_or(2)
}

fn is_7_smooth(mut number: usize) -> bool {
    for prime in [2, 3, 5, 7] {
        while number > 0 && number.is_multiple_of(prime) {
            number /= prime;
        }
    }
    number == 1
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
            [(2048.004, 2048), (2229.1, 2240), (1113.6, 1120), (1024.0, 1024), (371.5, 378), (0.0, 2), (1e4, 10_000)]
        {
            assert_eq!(nearest_even_7_smooth(samples), length);
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
            let length = nearest_even_7_smooth(samples);
            // The widest gap above 64 is that from 64 to 70, and the nearest number is at most half a gap away.
            prop_assert!((length as f64 / samples - 1.0).abs() <= 0.047);
            let factors = [2, 3, 5, 7].into_iter().fold(length, |mut rest, prime| {
                while rest.is_multiple_of(prime) {
                    rest /= prime;
                }
                rest
            });
            prop_assert_eq!((length % 2, factors), (0, 1));
        }
    }
}
