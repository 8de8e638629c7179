//! From magnitudes to the input of a network: logarithm, mean and deviation. Audio thread; no latency.

use attacca_models::front_end::{BandStatistics, Scaling};

/// [`Scaling`], ready to run over the bands of a channel.
#[derive(Clone, Debug)]
pub(super) struct Compression {
    log_gain: f32,
    /// `[band]`.
    means: Vec<f32>,
    /// `[band]`.
    inverse_deviations: Vec<f32>,
}

impl Compression {
    /// A compression of channels of `bands` bands.
    pub(super) fn new(scaling: &Scaling, bands: usize) -> Self {
        let whole = vec![BandStatistics { mean: scaling.mean, deviation: scaling.deviation }; bands];
        let statistics = scaling.bands.as_ref().unwrap_or(&whole);
        Self {
            log_gain: scaling.log_gain,
            means: statistics.iter().map(|band| band.mean).collect(),
            inverse_deviations: statistics.iter().map(|band| band.deviation.recip()).collect(),
        }
    }

    /// `x` becomes `ln(1 + log_gain · x)`, or stays where the gain is 0.
    pub(super) fn compress(&self, magnitudes: &mut [f32]) {
        if self.log_gain > 0.0 {
            for value in magnitudes {
                *value = natural_logarithm(1.0 + self.log_gain * *value);
            }
        }
    }

    /// A compressed `x` becomes `(x − mean) / deviation`.
    pub(super) fn standardise(&self, compressed: &mut [f32]) {
        for ((value, mean), inverse_deviation) in compressed.iter_mut().zip(&self.means).zip(&self.inverse_deviations) {
            *value = (*value - mean) * inverse_deviation;
        }
    }

    /// Compresses, then standardises.
    pub(super) fn apply(&self, magnitudes: &mut [f32]) {
        self.compress(magnitudes);
        self.standardise(magnitudes);
    }

    /// Writes `max(0, now − before) / deviation` and makes `now` the next `before`.
    pub(super) fn difference(&self, now: &[f32], before: &mut [f32], difference: &mut [f32]) {
        let pairs = difference.iter_mut().zip(&self.inverse_deviations);
        for (((difference, inverse_deviation), before), &now) in pairs.zip(before).zip(now) {
            *difference = (now - *before).max(0.0) * inverse_deviation;
            *before = now;
        }
    }
}

/// `ln(x)` for a finite normal `x > 0`, to half a unit in the last place of the result or 1e-7, whichever is more.
/// Without branches, so that a loop over it becomes vector code, and the same on every machine, as the system's `ln`
/// is not. `x = 2ᵏ · m` with `m` in [√½, √2); the polynomial for `ln(m)` is that of `logf` in S. L. Moshier's Cephes.
#[inline]
fn natural_logarithm(x: f32) -> f32 {
    const SQRT_HALF_BITS: u32 = 0x3f35_04f3;
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;

    let exponent = (x.to_bits().wrapping_sub(SQRT_HALF_BITS) as i32) >> 23;
    let z = f32::from_bits(x.to_bits().wrapping_sub((exponent << 23) as u32)) - 1.0;
    let k = exponent as f32;
    let mut polynomial = 7.037_683_6e-2;
    for coefficient in [
        -1.151_461e-1,
        1.167_699_9e-1,
        -1.242_014_1e-1,
        1.424_932_3e-1,
        -1.666_805_8e-1,
        2.000_071_5e-1,
        -2.499_999_4e-1,
        3.333_333e-1,
    ] {
        polynomial = polynomial * z + coefficient;
    }
    let square = z * z;
    (polynomial * z * square + k * LN_2_LOW - 0.5 * square) + z + k * LN_2_HIGH
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn follows_its_definition() {
        let compression = Compression::new(&Scaling { mean: 0.5, deviation: 2.0, ..Scaling::logarithmic(10.0) }, 3);
        let mut now = [0.0, 0.1, 1.0];
        compression.compress(&mut now);
        let mut before = [0.0, 1.0, 1.0];
        let mut difference = [0.0; 3];
        let compressed = now;
        compression.difference(&now, &mut before, &mut difference);
        compression.standardise(&mut now);
        assert_eq!(before, compressed);
        let (ln_2, ln_11) = (2.0_f32.ln(), 11.0_f32.ln());
        for (actual, expected) in now.into_iter().zip([0.0, ln_2, ln_11]) {
            assert!((actual - (expected - 0.5) / 2.0).abs() < 1e-6);
        }
        for (actual, expected) in difference.into_iter().zip([0.0, 0.0, (ln_11 - 1.0) / 2.0]) {
            assert!((actual - expected).abs() < 1e-6);
        }
    }

    #[test]
    fn leaves_linear_magnitudes_alone() {
        let compression = Compression::new(&Scaling::LINEAR, 3);
        let mut values = [0.0, 0.25, 3.0];
        compression.compress(&mut values);
        compression.standardise(&mut values);
        assert_eq!(values, [0.0, 0.25, 3.0]);
    }

    #[test]
    fn each_band_may_have_its_own_statistics() {
        let bands = [(1.0, 2.0), (4.0, 0.5)].map(|(mean, deviation)| BandStatistics { mean, deviation });
        let compression = Compression::new(&Scaling { bands: Some(bands.to_vec()), ..Scaling::LINEAR }, 2);
        let (mut values, mut difference) = ([5.0, 5.0], [0.0; 2]);
        compression.difference(&values, &mut [3.0, 3.0], &mut difference);
        compression.standardise(&mut values);
        assert_eq!((values, difference), ([2.0, 2.0], [1.0, 4.0]));
    }

    proptest! {
        #[test]
        fn the_logarithm_is_exact_to_rounding(exponent in 0.0_f64..88.0) {
            let x = exponent.exp() as f32;
            let exact = f64::from(x).ln();
            prop_assert!((f64::from(natural_logarithm(x)) - exact).abs() <= (1e-7_f64).max(exact * 1.2e-7));
        }
    }
}
