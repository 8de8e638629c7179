//! What a hop looks like: the values behind the events, coarse enough to be drawn and small enough to be queued.

use attacca_models::{
    FrontEnd,
    front_end::{MelFrontEnd, MelScale, Scaling},
    vocabulary::CHORD_CLASSES,
};

use crate::{
    decoders::{
        beat::tempo_of,
        beat_filter::{MAXIMUM_PERIOD_FRAMES, MINIMUM_PERIOD_FRAMES},
    },
    time::{Bpm, SamplePosition},
};

/// Bands of [`Portrait::spectrum`].
pub const SPECTRUM_BANDS: usize = 80;
/// Lower edge of the lowest and upper edge of the highest band in Hz; the bands are evenly spaced on HTK's mel scale.
pub const SPECTRUM_HZ: [f64; 2] = [30.0, 17_000.0];
/// Length in seconds of the window that a spectrum is made of; it ends at the portrait's position.
pub const SPECTRUM_WINDOW_SECONDS: f64 = 0.0464;
/// The loudest and the softest level in [`Portrait::spectrum`], as decibels of a band's magnitude: a full-scale sine
/// is at 0.
pub const SPECTRUM_RANGE_DB: f32 = 80.0;
/// Tempi of [`Portrait::tempi`].
pub const TEMPO_BINS: usize = 80;

/// The values behind one hop. A plain copy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Portrait {
    /// Samples heard when this hop ended. Its work may be done later: see [`Spread`](crate::Spread).
    pub position: SamplePosition,
    /// Mel spectrum, lowest band first: 0 for [`SPECTRUM_RANGE_DB`] below full scale or less, 255 for full scale.
    pub spectrum: [u8; SPECTRUM_BANDS],
    /// Probability of each tempo, spaced evenly in octaves from [`Bpm::MINIMUM`] to [`Bpm::MAXIMUM`]: 255 for 1.
    pub tempi: [u8; TEMPO_BINS],
    /// Probability of each chord class, no chord first: 255 for 1.
    pub chords: [u8; CHORD_CLASSES],
}

impl Default for Portrait {
    fn default() -> Self {
        Self {
            position: SamplePosition::default(),
            spectrum: [0; SPECTRUM_BANDS],
            tempi: [0; TEMPO_BINS],
            chords: [0; CHORD_CLASSES],
        }
    }
}

/// The tempo in the middle of a bin of [`Portrait::tempi`].
pub fn tempo_of_bin(bin: usize) -> Bpm {
    let octaves = (Bpm::MAXIMUM.0 / Bpm::MINIMUM.0).log2();
    Bpm(Bpm::MINIMUM.0 * (octaves * (bin as f32 + 0.5) / TEMPO_BINS as f32).exp2())
}

/// Gain of the logarithm in [`front_end`]: that of the networks, so that the transform is shared with theirs.
const LOG_GAIN: f32 = 1000.0;

/// What the spectrum is made of.
pub(crate) fn front_end() -> FrontEnd {
    FrontEnd::Mel(MelFrontEnd {
        window_seconds: SPECTRUM_WINDOW_SECONDS,
        bands: SPECTRUM_BANDS,
        minimum_hz: SPECTRUM_HZ[0],
        maximum_hz: SPECTRUM_HZ[1],
        scale: MelScale::Htk,
        difference: false,
        whitening: None,
        harmonic_percussive: None,
        scaling: Scaling { log_gain: LOG_GAIN, mean: 0.0, deviation: 1.0, bands: None },
    })
}

/// A value of [`front_end`], `ln(1 + LOG_GAIN · x)`, as a level from [`SPECTRUM_RANGE_DB`] below full scale up.
pub(crate) fn level_byte(compressed: f32) -> u8 {
    let magnitude = compressed.exp_m1() / LOG_GAIN;
    let decibels = 20.0 * magnitude.max(1e-6).log10();
    byte(1.0 + decibels / SPECTRUM_RANGE_DB)
}

/// The bin of each beat period that the beat filter knows, so that no hop has to take logarithms for it.
#[derive(Clone, Debug)]
pub(crate) struct TempoBins(Box<[usize]>);

impl TempoBins {
    pub fn new() -> Self {
        let periods = MINIMUM_PERIOD_FRAMES..=MAXIMUM_PERIOD_FRAMES;
        Self(periods.map(|period| bin_of_tempo(tempo_of(period as f64))).collect())
    }

    /// The probabilities of all periods, shortest first, gathered in bins.
    pub fn gathered(&self, periods: &[f32]) -> [u8; TEMPO_BINS] {
        let mut tempi = [0.0; TEMPO_BINS];
        for (&bin, probability) in self.0.iter().zip(periods) {
            tempi[bin] += probability;
        }
        tempi.map(byte)
    }
}

/// The bin of a tempo.
fn bin_of_tempo(tempo: Bpm) -> usize {
    let octaves = (Bpm::MAXIMUM.0 / Bpm::MINIMUM.0).log2();
    let place = (tempo.0 / Bpm::MINIMUM.0).log2() / octaves * TEMPO_BINS as f32;
    (place.max(0.0) as usize).min(TEMPO_BINS - 1)
}

/// A probability as a byte.
pub(crate) fn byte(probability: f32) -> u8 {
    (probability.clamp(0.0, 1.0) * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_go_from_the_range_below_full_scale_up() {
        let byte_of = |magnitude: f32| level_byte((LOG_GAIN * magnitude).ln_1p());
        assert_eq!((byte_of(1.0), byte_of(0.0), byte_of(1e-5)), (255, 0, 0));
        assert_eq!(byte_of(0.01), 128);
    }

    #[test]
    fn a_bin_holds_its_own_tempo() {
        for bin in 0..TEMPO_BINS {
            assert_eq!(bin_of_tempo(tempo_of_bin(bin)), bin);
        }
        assert_eq!((bin_of_tempo(Bpm::MINIMUM), bin_of_tempo(Bpm::MAXIMUM)), (0, TEMPO_BINS - 1));
    }
}
