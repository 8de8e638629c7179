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

/// The longest median over time that a front end may ask for, in frames; it bounds the engine's work of a hop.
pub const MAXIMUM_MEDIAN_FRAMES: usize = 101;

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
    /// How loud and soft bands are evened out, before everything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whitening: Option<Whitening>,
    /// How steady sounds and attacks are told apart, in two more channels behind all others: harmonic, percussive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub harmonic_percussive: Option<HarmonicPercussive>,
    /// How the band magnitudes are compressed and scaled.
    pub scaling: Scaling,
}

/// Adaptive whitening: each magnitude is divided by the recent peak of its band, so that soft passages and dull
/// recordings come out as strong as others (Stowell and Plumbley, *Adaptive whitening for improved real-time audio
/// onset detection*, ICMC 2007): `p[n] = max(x[n], floor, m · p[n − 1])`, then `x[n] / p[n]`, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Whitening {
    /// Time in seconds in which the peak of a band that has fallen silent decays by 20 dB; it gives `m`.
    pub memory_seconds: f64,
    /// The lowest peak, as a magnitude above 0 (a full-scale sine is 1): what stays below it is not amplified further.
    pub floor: f32,
}

/// Harmonic and percussive parts by median filters (FitzGerald, *Harmonic/percussive separation using median
/// filtering*, DAFx 2010): what is steady over time is harmonic, what is broad over frequency is percussive.
///
/// With `h` the median of a band's newest `frames` magnitudes and `p` that of the `bands` bands around it, the
/// harmonic part of a magnitude `x` is `x · h² / (h² + p²)` and the percussive part is the rest. The filter over time
/// sees no future: a tone is held to be percussive until it has lasted for half of `frames`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HarmonicPercussive {
    /// Frames of the median over time, the newest included; odd. Frames before the first are silent.
    pub frames: usize,
    /// Bands of the median over frequency; odd. Behind the lowest and the highest band the bands are mirrored.
    pub bands: usize,
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

/// Hertz of a mel in the linear part of Slaney's scale.
const SLANEY_LINEAR_HZ: f64 = 200.0 / 3.0;
/// Where Slaney's scale becomes logarithmic, in Hz.
const SLANEY_BREAK_HZ: f64 = 1_000.0;
/// The same place in mels.
const SLANEY_BREAK: f64 = SLANEY_BREAK_HZ / SLANEY_LINEAR_HZ;
/// Mels of Slaney's scale in which the frequency grows by a factor of 6.4.
const SLANEY_MELS_PER_6_4: f64 = 27.0;

impl MelScale {
    /// Mels of a frequency in Hz.
    #[must_use]
    pub fn mel_from_hz(self, hz: f64) -> f64 {
        match self {
            Self::Htk => 2595.0 * (1.0 + hz / 700.0).log10(),
            Self::Slaney if hz < SLANEY_BREAK_HZ => hz / SLANEY_LINEAR_HZ,
            Self::Slaney => SLANEY_BREAK + (hz / SLANEY_BREAK_HZ).ln() * SLANEY_MELS_PER_6_4 / 6.4_f64.ln(),
        }
    }

    /// The frequency in Hz of so many mels.
    #[must_use]
    pub fn hz_from_mel(self, mel: f64) -> f64 {
        match self {
            Self::Htk => 700.0 * (10.0_f64.powf(mel / 2595.0) - 1.0),
            Self::Slaney if mel < SLANEY_BREAK => mel * SLANEY_LINEAR_HZ,
            Self::Slaney => SLANEY_BREAK_HZ * 6.4_f64.powf((mel - SLANEY_BREAK) / SLANEY_MELS_PER_6_4),
        }
    }
}

impl MelFrontEnd {
    /// The frequency in Hz of an edge of its bands, evenly spaced on the scale: band `b` rises from edge `b` to edge
    /// `b + 1`, its centre, and falls to edge `b + 2`.
    #[must_use]
    pub fn edge_hz(&self, edge: f64) -> f64 {
        let (lowest, step) = self.lowest_and_step_mels();
        self.scale.hz_from_mel(lowest + step * edge)
    }

    /// The edge that lies at a frequency in Hz, or how far between two edges it lies.
    #[must_use]
    pub fn edge_at(&self, hz: f64) -> f64 {
        let (lowest, step) = self.lowest_and_step_mels();
        (self.scale.mel_from_hz(hz) - lowest) / step
    }

    fn lowest_and_step_mels(&self) -> (f64, f64) {
        let lowest = self.scale.mel_from_hz(self.minimum_hz);
        (lowest, (self.scale.mel_from_hz(self.maximum_hz) - lowest) / (self.bands + 1) as f64)
    }
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
/// `deviation`. Harmonic and percussive parts are treated as magnitudes are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scaling {
    /// Gain in front of the logarithm; 0 for no compression.
    pub log_gain: f32,
    /// What is subtracted from the compressed value.
    pub mean: f32,
    /// What the result is divided by; above 0.
    pub deviation: f32,
    /// Statistics of each band, lowest first, in place of the `mean` and `deviation` of all. In the recipe of a model
    /// an empty list asks for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bands: Option<Vec<BandStatistics>>,
}

/// Mean and deviation of one band; see [`Scaling`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BandStatistics {
    /// What is subtracted from the band's compressed value.
    pub mean: f32,
    /// What the result is divided by; above 0.
    pub deviation: f32,
}

impl Scaling {
    /// Plain magnitudes.
    pub const LINEAR: Self = Self::logarithmic(0.0);

    /// Compression alone, without standardisation.
    pub const fn logarithmic(log_gain: f32) -> Self {
        Self { log_gain, mean: 0.0, deviation: 1.0, bands: None }
    }
}

impl FrontEnd {
    /// Shape `[channel, band]` of one frame.
    pub fn shape(&self) -> Shape {
        match self {
            Self::Stft(stft) => Shape::new(1, stft.bins),
            Self::Mel(mel) => {
                let parts = if mel.harmonic_percussive.is_some() { 2 } else { 0 };
                Shape::new(1 + usize::from(mel.difference) + parts, mel.bands)
            }
            Self::ConstantQ(cqt) => Shape::new(1, cqt.bins_per_octave.saturating_mul(cqt.octaves)),
            Self::Chroma(_) => Shape::new(1, 12),
        }
    }

    /// How its magnitudes are compressed and scaled.
    pub fn scaling(&self) -> &Scaling {
        match self {
            Self::Stft(stft) => &stft.scaling,
            Self::Mel(mel) => &mel.scaling,
            Self::ConstantQ(constant_q) => &constant_q.scaling,
            Self::Chroma(chroma) => &chroma.scaling,
        }
    }

    /// As [`FrontEnd::scaling`], to be changed.
    pub fn scaling_mut(&mut self) -> &mut Scaling {
        match self {
            Self::Stft(stft) => &mut stft.scaling,
            Self::Mel(mel) => &mut mel.scaling,
            Self::ConstantQ(constant_q) => &mut constant_q.scaling,
            Self::Chroma(chroma) => &mut chroma.scaling,
        }
    }
}
