//! What a network listens to: the description of its feature front end.
//!
//! The engine computes what is described here, once a hop (10 ms) for all the networks that ask for the same thing.
//! All times are in seconds and all frequencies in Hz, so that a front end means the same at every sample rate.
//! Feature kinds follow Choi et al., *A Tutorial on Deep Learning for Music Information Retrieval* (2017),
//! section 3.2.

use serde::{Deserialize, Serialize};

use crate::shape::Shape;

/// Hops a second: every front end, network and decoder of Attacca advances in steps of 10 ms.
pub const FRAMES_PER_SECOND: u32 = 100;

/// The longest analysis window a front end may ask for, in seconds; it bounds the engine's sample ring.
pub const MAXIMUM_WINDOW_SECONDS: f64 = 0.4;

/// A feature front end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum FrontEnd {
    /// Magnitudes of the short-time Fourier transform.
    Stft(StftFrontEnd),
    /// A mel spectrogram.
    Mel(MelFrontEnd),
    /// A variable-Q constant-Q transform.
    ConstantQ(ConstantQFrontEnd),
    /// Pitch classes folded from the constant-Q transform.
    Chroma(ChromaFrontEnd),
}

/// A short-time Fourier transform: Hann window, magnitudes scaled so that a full-scale sine peaks at 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StftFrontEnd {
    /// Length of the Hann window in seconds. The engine rounds it to the nearest even 7-smooth number of samples.
    pub window_seconds: f64,
    /// Bins kept, from 0 Hz upwards, spaced `1 / window_seconds` apart.
    pub bins: usize,
    /// How the magnitudes are compressed and scaled.
    pub scaling: Scaling,
}

/// A mel spectrogram on top of the short-time Fourier transform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MelFrontEnd {
    /// Length of the Hann window in seconds. The engine rounds it to the nearest even 7-smooth number of samples.
    pub window_seconds: f64,
    /// Number of mel bands.
    pub bands: usize,
    /// Lower edge of the lowest band in Hz.
    pub minimum_hz: f64,
    /// Upper edge of the highest band in Hz. Bands above the Nyquist frequency stay silent.
    pub maximum_hz: f64,
    /// Which mel scale.
    pub scale: MelScale,
    /// Whether a positive spectral difference to the previous frame is appended as a second channel.
    pub difference: bool,
    /// How the band magnitudes are compressed and scaled.
    pub scaling: Scaling,
}

/// The two mel scales in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MelScale {
    /// `m = 2595 log10(1 + f / 700)` (HTK; Eq. 3 of the tutorial), triangles of peak 1.
    Htk,
    /// Slaney's Auditory Toolbox: linear below 1 kHz, logarithmic above, triangles of equal area.
    Slaney,
}

/// A variable-Q constant-Q transform: bandwidth `f / Q + γ`, so that low bins stay fast enough to be live.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConstantQFrontEnd {
    /// Centre frequency of the lowest bin in Hz.
    pub minimum_hz: f64,
    /// Bins an octave.
    pub bins_per_octave: usize,
    /// Number of octaves.
    pub octaves: usize,
    /// How the bin magnitudes are compressed and scaled.
    pub scaling: Scaling,
}

/// Twelve pitch classes (C first), folded from the magnitudes of a constant-Q transform (Eq. 5 of the tutorial).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChromaFrontEnd {
    /// Centre frequency of the lowest bin in Hz.
    pub minimum_hz: f64,
    /// Bins an octave, a multiple of 12.
    pub bins_per_octave: usize,
    /// Number of octaves.
    pub octaves: usize,
    /// How the summed magnitudes are compressed and scaled.
    pub scaling: Scaling,
}

/// From a magnitude `x ≥ 0` (a full-scale sine is 1) to a network's input:
/// `(ln(1 + log_gain · x) − mean) / deviation`, or `(x − mean) / deviation` where `log_gain` is 0.
///
/// A spectral difference is taken between compressed values, before `mean` is subtracted, and divided by
/// `deviation`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scaling {
    /// Gain in front of the logarithm; 0 for no compression.
    pub log_gain: f32,
    /// What is subtracted from the compressed value.
    pub mean: f32,
    /// What the result is divided by; above 0.
    pub deviation: f32,
}

impl Scaling {
    /// Plain magnitudes.
    pub const LINEAR: Self = Self { log_gain: 0.0, mean: 0.0, deviation: 1.0 };
}

impl FrontEnd {
    /// Shape `[channel, band]` of one frame.
    pub fn shape(&self) -> Shape {
        match self {
            Self::Stft(stft) => Shape::new(1, stft.bins),
            Self::Mel(mel) => Shape::new(1 + usize::from(mel.difference), mel.bands),
            Self::ConstantQ(cqt) => Shape::new(1, cqt.bins_per_octave.saturating_mul(cqt.octaves)),
            Self::Chroma(_) => Shape::new(1, 12),
        }
    }
}
