//! From magnitudes to the input of a network: logarithm, mean and deviation. Audio thread; no latency.

use attacca_models::front_end::{BandStatistics, Scaling};

use crate::elementary::natural_logarithm;

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
    #[inline(always)]
    pub(super) fn compress(&self, magnitudes: &mut [f32]) {
        if self.log_gain > 0.0 {
            for value in magnitudes {
                *value = natural_logarithm(1.0 + self.log_gain * *value);
            }
        }
    }

    /// A compressed `x` becomes `(x − mean) / deviation`.
    #[inline(always)]
    pub(super) fn standardise(&self, compressed: &mut [f32]) {
        for ((value, mean), inverse_deviation) in compressed.iter_mut().zip(&self.means).zip(&self.inverse_deviations) {
            *value = (*value - mean) * inverse_deviation;
        }
    }

    /// Compresses, then standardises.
    #[inline(always)]
    pub(super) fn apply(&self, magnitudes: &mut [f32]) {
        self.compress(magnitudes);
        self.standardise(magnitudes);
    }

    /// Writes `max(0, now − before) / deviation` and makes `now` the next `before`.
    #[inline(always)]
    pub(super) fn difference(&self, now: &[f32], before: &mut [f32], difference: &mut [f32]) {
        let pairs = difference.iter_mut().zip(&self.inverse_deviations);
        for (((difference, inverse_deviation), before), &now) in pairs.zip(before).zip(now) {
            *difference = (now - *before).max(0.0) * inverse_deviation;
            *before = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
