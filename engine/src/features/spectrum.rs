//! The short-time Fourier transform of the newest window.
//!
//! Audio thread once built. The window is periodic Hann and ends with the hop, so that its centre, and with it what
//! the spectrum tells of, lies half a window back. Choi et al., *A Tutorial on Deep Learning for Music Information
//! Retrieval* (2017), section 3.2.

use std::{fmt, sync::Arc};

use realfft::{RealFftPlanner, RealToComplex, num_complex::Complex};

use super::window::{nearest_even_7_smooth, scaled_hann};
use crate::input::Hop;

/// Magnitudes of one window length; shared by every front end that asks for that length.
pub(crate) struct Spectrum {
    window: Vec<f32>,
    transform: Arc<dyn RealToComplex<f32>>,
    windowed: Vec<f32>,
    bins: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    magnitudes: Vec<f32>,
}

impl Spectrum {
    /// Samples in a window of `window_seconds`.
    pub(crate) fn window_samples(window_seconds: f64, analysis_hz: f64) -> usize {
        nearest_even_7_smooth(window_seconds * analysis_hz)
    }

    /// A transform of `window_samples` samples.
    pub(crate) fn new(window_samples: usize) -> Self {
        let transform = RealFftPlanner::new().plan_fft_forward(window_samples);
        Self {
            window: scaled_hann(window_samples),
            windowed: transform.make_input_vec(),
            bins: transform.make_output_vec(),
            scratch: transform.make_scratch_vec(),
            magnitudes: vec![0.0; transform.complex_len()],
            transform,
        }
    }

    /// Length of the window.
    pub(crate) fn length(&self) -> usize {
        self.window.len()
    }

    /// Transforms the window that ends with this hop.
    pub(crate) fn update(&mut self, hop: &Hop<'_>) {
        let samples = hop.newest(self.window.len());
        for ((windowed, weight), sample) in self.windowed.iter_mut().zip(&self.window).zip(samples) {
            *windowed = weight * sample;
        }
        let done = self.transform.process_with_scratch(&mut self.windowed, &mut self.bins, &mut self.scratch);
        debug_assert!(done.is_ok(), "the transform made these buffers itself");
        for (magnitude, bin) in self.magnitudes.iter_mut().zip(&self.bins) {
            *magnitude = (bin.re * bin.re + bin.im * bin.im).sqrt();
        }
    }

    /// Magnitudes `[bin]` from 0 Hz to the Nyquist frequency; a full-scale sine peaks at 1.
    pub(crate) fn magnitudes(&self) -> &[f32] {
        &self.magnitudes
    }
}

impl fmt::Debug for Spectrum {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Spectrum").field("window_samples", &self.window.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Input;
    use attacca_models::front_end::MAXIMUM_WINDOW_SECONDS;
    use proptest::prelude::*;

    #[test]
    fn a_full_scale_sine_peaks_at_1_in_its_bin() {
        let mut input = Input::new(44_100, 1).unwrap();
        let mut spectrum = Spectrum::new(2048);
        let radians = 2.0 * std::f64::consts::PI * 100.0 / 2048.0;
        let sine: Vec<f32> = (0..4_410).map(|n| (radians * f64::from(n)).sin() as f32).collect();
        input.push_interleaved(&sine, |hop| spectrum.update(hop));
        let magnitudes = spectrum.magnitudes();
        // f32 sums of 2,048 terms: a few parts in 10⁷.
        assert!((magnitudes[100] - 1.0).abs() < 1e-5);
        assert!((magnitudes[101] - 0.5).abs() < 1e-5 && magnitudes[103] < 1e-5);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(50))]

        #[test]
        fn the_longest_window_fits_the_ring(sample_rate_hz in 8_000_u32..=384_000) {
            let mut input = Input::new(sample_rate_hz, 1).unwrap();
            let length = Spectrum::window_samples(MAXIMUM_WINDOW_SECONDS, input.analysis_rate().hz());
            let mut found = 0;
            input.push_interleaved(&[0.0; 4_200], |hop| found = hop.newest(length).len());
            prop_assert_eq!(found, length);
        }
    }
}
