//! Where in the spectrum an onset began: the rise of the level in three bands.
//!
//! Second-order Butterworth filters (Bristow-Johnson, *Audio EQ cookbook*) divide the signal. The level of each band is measured once a hop. Runs on the audio thread, after
//! the input, beside the networks: the answer is there whenever the onset decoder asks for one of the last
//! [`MEMORY_FRAMES`] frames.

use std::f64::consts::{FRAC_1_SQRT_2, TAU};

use crate::{
    event::{OnsetBand, OnsetBands},
    input::Hop,
};

/// Frames that are remembered: a network's look-ahead, its decoder's latency, and what lies around an onset.
pub const MEMORY_FRAMES: usize = 64;

/// Frames before an onset over which the level was at rest, and frames from the onset on in which it rises: the note
/// begins anywhere in the onset's frame, and a bass drum takes two more to sound.
const BEFORE_FRAMES: u64 = 4;
const AFTER_FRAMES: u64 = 2;

/// A rise of this many decibels counts as 1.
const FULL_RISE_DB: f32 = 24.0;

/// A band this far below the loudest one is not heard, whatever its rise.
const MASKED_DB: f32 = 24.0;

/// What is added to the level of each band: music falls by some 4 dB an octave, and ears are duller for the low end.
const TILT_DB: [f32; BANDS] = [0.0, 4.0, 12.0];

/// The level of silence in dB: rises are measured from here.
const FLOOR_DB: f32 = -80.0;

const BANDS: usize = OnsetBand::ALL.len();

/// Measures the bands of every hop.
#[derive(Clone, Debug)]
pub struct OnsetBandMeter {
    low: Biquad,
    above_low: Biquad,
    mid: Biquad,
    high: Biquad,
    /// Sums of the squares of the hop that is being heard.
    squares: [f32; BANDS],
    /// Levels in dB of the newest frames, by frame number.
    levels: [[f32; BANDS]; MEMORY_FRAMES],
    /// Frames measured so far.
    frames: u64,
}

impl OnsetBandMeter {
    /// A meter for samples at `rate_hz`, the rate of the analysis.
    pub fn new(rate_hz: f64) -> Self {
        let [low, high] = [OnsetBand::LOW_TO_MID_HZ, OnsetBand::MID_TO_HIGH_HZ].map(|hz| f64::from(hz) / rate_hz);
        Self {
            low: Biquad::low_pass(low),
            above_low: Biquad::high_pass(low),
            mid: Biquad::low_pass(high),
            high: Biquad::high_pass(high),
            squares: [0.0; BANDS],
            levels: [[FLOOR_DB; BANDS]; MEMORY_FRAMES],
            frames: 0,
        }
    }

    /// Hears the first half of a hop.
    pub fn hear_first_half(&mut self, hop: &Hop<'_>) {
        let samples = hop.new_samples();
        self.squares = [0.0; BANDS];
        self.hear(&samples[..samples.len() / 2]);
    }

    /// Hears the second half of a hop and measures it.
    pub fn hear_second_half(&mut self, hop: &Hop<'_>) {
        let samples = hop.new_samples();
        self.hear(&samples[samples.len() / 2..]);
        self.measure(samples.len());
    }

    fn hear(&mut self, samples: &[f32]) {
        for &sample in samples {
            let bands = [self.low.step(sample), self.mid.step(self.above_low.step(sample)), self.high.step(sample)];
            for (square, value) in self.squares.iter_mut().zip(bands) {
                *square += value * value;
            }
        }
    }

    fn measure(&mut self, samples: usize) {
        let length = samples.max(1) as f32;
        let slot = (self.frames % MEMORY_FRAMES as u64) as usize;
        self.levels[slot] = std::array::from_fn(|band| {
            let decibels = 10.0 * (self.squares[band] / length).max(1e-12).log10();
            (decibels + TILT_DB[band]).max(FLOOR_DB)
        });
        self.frames += 1;
    }

    /// How far each band rose at an onset at `frame` (a time in frames). Frames that are no longer, or not yet,
    /// remembered count as silent before and are left out after.
    pub fn rises(&self, frame: f64) -> OnsetBands {
        let onset = frame.max(0.0) as u64;
        let heard = |frames: std::ops::RangeInclusive<u64>| {
            frames
                .filter(|&frame| frame < self.frames && frame + MEMORY_FRAMES as u64 >= self.frames)
                .map(|frame| self.levels[(frame % MEMORY_FRAMES as u64) as usize])
        };
        let mut before = [f32::INFINITY; BANDS];
        for levels in heard(onset.saturating_sub(BEFORE_FRAMES)..=onset.saturating_sub(1)) {
            before = std::array::from_fn(|band| levels[band].min(before[band]));
        }
        let mut after = [FLOOR_DB; BANDS];
        for levels in heard(onset..=onset + AFTER_FRAMES) {
            after = std::array::from_fn(|band| levels[band].max(after[band]));
        }
        let loudest = after.into_iter().fold(FLOOR_DB, f32::max);
        let rise = |band: usize| {
            let before = if before[band].is_finite() { before[band] } else { FLOOR_DB };
            // What is hardly heard beside the loudest band rises from just below its hearing.
            let rise = after[band] - before.max(loudest - MASKED_DB);
            (rise / FULL_RISE_DB).clamp(0.0, 1.0)
        };
        OnsetBands { low: rise(0), mid: rise(1), high: rise(2) }
    }

    /// Back to silence.
    pub fn reset(&mut self) {
        for filter in [&mut self.low, &mut self.above_low, &mut self.mid, &mut self.high] {
            filter.reset();
        }
        self.levels = [[FLOOR_DB; BANDS]; MEMORY_FRAMES];
        self.frames = 0;
    }
}

/// A second-order filter in transposed direct form II.
#[derive(Clone, Debug)]
struct Biquad {
    feed_forward: [f32; 3],
    feed_back: [f32; 2],
    state: [f32; 2],
}

impl Biquad {
    /// Butterworth low-pass; `frequency` as a share of the sample rate.
    fn low_pass(frequency: f64) -> Self {
        let cosine = cosine(frequency);
        Self::new(frequency, [(1.0 - cosine) / 2.0, 1.0 - cosine, (1.0 - cosine) / 2.0])
    }

    /// Butterworth high-pass.
    fn high_pass(frequency: f64) -> Self {
        let cosine = cosine(frequency);
        Self::new(frequency, [(1.0 + cosine) / 2.0, -1.0 - cosine, (1.0 + cosine) / 2.0])
    }

    fn new(frequency: f64, numerator: [f64; 3]) -> Self {
        let alpha = (TAU * bounded(frequency)).sin() * FRAC_1_SQRT_2;
        let scale = 1.0 / (1.0 + alpha);
        Self {
            feed_forward: numerator.map(|value| (value * scale) as f32),
            feed_back: [-2.0 * cosine(frequency) * scale, (1.0 - alpha) * scale].map(|value| value as f32),
            state: [0.0; 2],
        }
    }

    fn step(&mut self, sample: f32) -> f32 {
        let [b0, b1, b2] = self.feed_forward;
        let [a1, a2] = self.feed_back;
        let output = b0 * sample + self.state[0];
        // What does not wait for the output comes first: each sample waits for the one before.
        self.state = [(b1 * sample + self.state[1]) - a1 * output, b2 * sample - a2 * output];
        output
    }

    fn reset(&mut self) {
        self.state = [0.0; 2];
    }
}

fn cosine(frequency: f64) -> f64 {
    (TAU * bounded(frequency)).cos()
}

/// Below the Nyquist frequency, so that the filters exist at every rate.
fn bounded(frequency: f64) -> f64 {
    frequency.min(0.45)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE_HZ: f64 = 44_100.0;

    /// The rises at an onset of a sine in frame 20.
    fn rises_of(frequency_hz: f64, before_db: f64) -> OnsetBands {
        let mut meter = OnsetBandMeter::new(RATE_HZ);
        for frame in 0..24 {
            let level = if frame < 20 { before_db } else { -12.0 };
            let amplitude = 10.0_f64.powf(level / 20.0);
            let hop: Vec<f32> = (0..441)
                .map(|sample| {
                    let time = f64::from(frame * 441 + sample) / RATE_HZ;
                    (amplitude * (TAU * frequency_hz * time).sin()) as f32
                })
                .collect();
            meter.squares = [0.0; BANDS];
            meter.hear(&hop);
            meter.measure(hop.len());
        }
        meter.rises(20.5)
    }

    #[test]
    fn a_tone_rises_in_its_own_band() {
        for (hz, band) in [(60.0, OnsetBand::Low), (800.0, OnsetBand::Mid), (9_000.0, OnsetBand::High)] {
            let rises = rises_of(hz, -120.0);
            assert_eq!(rises.strongest(), band, "{hz} Hz: {rises:?}");
            // Up to a rounding of levels in decibels.
            assert!(rises.of(band) > 0.999_999, "{hz} Hz: {rises:?}");
            let others = OnsetBand::ALL.into_iter().filter(|other| *other != band);
            // A filter of second order lets a neighbour through by 16 dB less, and the tilt gives 4 back: half a full rise.
            assert!(others.clone().all(|other| rises.of(other) < 0.55), "{hz} Hz: {rises:?}");
        }
    }

    #[test]
    fn a_tone_that_was_there_before_rises_by_the_difference() {
        let rises = rises_of(800.0, -24.0);
        assert!((rises.mid - 0.5).abs() < 0.05, "{rises:?}");
        assert!(rises_of(800.0, -12.0).mid < 1e-3);
    }

    #[test]
    fn what_is_not_remembered_is_no_rise_and_no_panic() {
        let meter = OnsetBandMeter::new(RATE_HZ);
        assert_eq!(meter.rises(1e6), OnsetBands::default());
        assert_eq!(meter.rises(-3.0), OnsetBands::default());
    }
}
