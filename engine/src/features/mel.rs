//! Mel bands: triangular filters over the magnitudes of a spectrum.
//!
//! Audio thread once built; no latency of its own. The scales are HTK's (Eq. 3 of Choi et al., *A Tutorial on Deep
//! Learning for Music Information Retrieval*, 2017) and that of M. Slaney's *Auditory Toolbox* (1998), and the filters
//! are librosa's `filters.mel` with `htk=True, norm=None` and `htk=False, norm='slaney'`, with one exception: a
//! triangle so narrow that it falls between two bins interpolates them instead of staying silent.

use std::sync::Arc;

use attacca_models::front_end::{MelFrontEnd, MelScale};
use pulp::{Arch, NullaryFnOnce};

use super::shared::Shared;
use crate::input::dot::dot;

/// A triangle over frequency, in Hz.
#[derive(Clone, Copy, Debug)]
struct Triangle {
    low: f64,
    centre: f64,
    high: f64,
    peak: f64,
}

impl Triangle {
    fn weight(self, hz: f64) -> f64 {
        let rising = (hz - self.low) / (self.centre - self.low);
        let falling = (self.high - hz) / (self.high - self.centre);
        rising.min(falling).max(0.0) * self.peak
    }

    fn area(self) -> f64 {
        0.5 * (self.high - self.low) * self.peak
    }
}

/// The bins that one band hears: weights for consecutive bins.
#[derive(Clone, Debug)]
struct Band {
    first_bin: usize,
    weights: Vec<f32>,
}

impl Band {
    /// Samples the triangle at the bins `0..bins`, `spacing_hz` apart.
    fn new(triangle: Triangle, spacing_hz: f64, bins: usize) -> Self {
        let first_bin = ((triangle.low / spacing_hz).floor() as usize + 1).min(bins);
        let end_bin = ((triangle.high / spacing_hz).ceil() as usize).clamp(first_bin, bins);
        if first_bin < end_bin {
            let weights = (first_bin..end_bin).map(|bin| triangle.weight(bin as f64 * spacing_hz) as f32);
            return Self { first_bin, weights: weights.collect() };
        }
        Self::between_bins(triangle, spacing_hz, bins)
    }

    /// A triangle without a bin: the spectrum at its centre, by linear interpolation, weighted as wider triangles are
    /// on average (their area over the spacing).
    fn between_bins(triangle: Triangle, spacing_hz: f64, bins: usize) -> Self {
        let position = triangle.centre / spacing_hz;
        let first_bin = position.floor() as usize;
        if first_bin + 1 >= bins {
            return Self { first_bin: 0, weights: Vec::new() };
        }
        let total = triangle.area() / spacing_hz;
        let upper = position - position.floor();
        Self { first_bin, weights: vec![((1.0 - upper) * total) as f32, (upper * total) as f32] }
    }
}

/// The filters of a mel front end.
#[derive(Clone, Debug)]
pub(crate) struct MelFilterbank {
    bands: Vec<Band>,
    arch: Arch,
}

/// Magnitudes on their way into bands, with the instructions that the processor has.
struct Filtering<'a> {
    filters: &'a [Band],
    magnitudes: &'a [f32],
    bands: &'a mut [f32],
}

impl NullaryFnOnce for Filtering<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for (value, filter) in self.bands.iter_mut().zip(self.filters) {
            let heard = self.magnitudes.get(filter.first_bin..).unwrap_or_default();
            *value = dot::<8>(&filter.weights, heard);
        }
    }
}

impl MelFilterbank {
    /// The filters that all engines have which ask for these.
    pub(crate) fn shared(mel: &MelFrontEnd, window_samples: usize, analysis_hz: f64) -> Arc<Self> {
        static FILTERBANKS: Shared<(MelFrontEnd, usize, f64), MelFilterbank> = Shared::new();
        FILTERBANKS.get((mel.clone(), window_samples, analysis_hz), || Self::new(mel, window_samples, analysis_hz))
    }

    /// Filters over the magnitudes of a spectrum of `window_samples` samples.
    fn new(mel: &MelFrontEnd, window_samples: usize, analysis_hz: f64) -> Self {
        let spacing_hz = analysis_hz / window_samples as f64;
        let bins = window_samples / 2 + 1;
        let bands = (0..mel.bands).map(|band| {
            let [low, centre, high] = [band, band + 1, band + 2].map(|edge| mel.edge_hz(edge as f64));
            let peak = match mel.scale {
                MelScale::Htk => 1.0,
                MelScale::Slaney => 2.0 / (high - low),
            };
            Band::new(Triangle { low, centre, high, peak }, spacing_hz, bins)
        });
        Self { bands: bands.collect(), arch: Arch::new() }
    }

    /// Number of weights of all bands.
    pub(crate) fn weights(&self) -> usize {
        self.bands.iter().map(|band| band.weights.len()).sum()
    }

    /// Writes the magnitude of each band.
    pub(crate) fn apply(&self, magnitudes: &[f32], bands: &mut [f32]) {
        self.arch.dispatch(Filtering { filters: &self.bands, magnitudes, bands });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use attacca_models::front_end::Scaling;
    use proptest::prelude::*;

    fn front_end(scale: MelScale, bands: usize, minimum_hz: f64, maximum_hz: f64) -> MelFrontEnd {
        let scaling = Scaling::LINEAR;
        MelFrontEnd {
            window_seconds: 0.046,
            bands,
            minimum_hz,
            maximum_hz,
            scale,
            difference: false,
            whitening: None,
            harmonic_percussive: None,
            scaling,
        }
    }

    #[test]
    fn knows_the_landmarks_of_both_scales() {
        // HTK: 1,000 Hz is about 1,000 mel. Slaney: 15 mel, and 27 mel on the frequency is 6.4 times as high.
        assert!((MelScale::Htk.mel_from_hz(1_000.0) - 999.985_5).abs() < 1e-3);
        assert!((MelScale::Slaney.mel_from_hz(1_000.0) - 15.0).abs() < 1e-9);
        assert!((MelScale::Slaney.mel_from_hz(6_400.0) - 42.0).abs() < 1e-9);
    }

    #[test]
    fn no_band_below_the_nyquist_frequency_is_deaf() {
        for scale in [MelScale::Htk, MelScale::Slaney] {
            let bank = MelFilterbank::new(&front_end(scale, 128, 20.0, 16_000.0), 512, 44_100.0);
            let mut bands = [0.0; 128];
            bank.apply(&[1.0; 257], &mut bands);
            assert!(bands.iter().all(|&band| band > 0.0));
        }
    }

    #[test]
    fn bands_above_the_nyquist_frequency_are_silent() {
        let mel = front_end(MelScale::Htk, 40, 0.0, 16_000.0);
        let bank = MelFilterbank::new(&mel, 360, 8_000.0);
        let mut bands = [f32::NAN; 40];
        bank.apply(&[1.0; 181], &mut bands);
        // Band b begins at b/41 of the mel range, and 4 kHz lies at 2146.1 of 3564.4 mel: at 24.7/41.
        assert!(bands[..24].iter().all(|&band| band > 0.0));
        assert_eq!(bands[25..], [0.0; 15]);
    }

    #[test]
    fn narrow_bands_weigh_what_wide_ones_do_on_average() {
        for scale in [MelScale::Htk, MelScale::Slaney] {
            let mel = front_end(scale, 300, 20.0, 8_000.0);
            let bank = MelFilterbank::new(&mel, 1024, 44_100.0);
            let mut bands = [0.0; 300];
            bank.apply(&[1.0; 513], &mut bands);
            let (low, high) = (mel.edge_hz(0.0), mel.edge_hz(2.0));
            let spacing = 44_100.0 / 1024.0;
            let expected = match scale {
                MelScale::Htk => 0.5 * (high - low) / spacing,
                MelScale::Slaney => 1.0 / spacing,
            };
            assert!((f64::from(bands[0]) - expected).abs() < 1e-6 * expected, "{scale:?}: {} {expected}", bands[0]);
        }
    }

    proptest! {
        #[test]
        fn both_scales_invert(hz in 0.0_f64..24_000.0) {
            for scale in [MelScale::Htk, MelScale::Slaney] {
                prop_assert!((scale.hz_from_mel(scale.mel_from_hz(hz)) - hz).abs() < 1e-6);
            }
        }
    }
}
