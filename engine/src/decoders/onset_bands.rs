//! Where in the spectrum an onset began: the rise of the level in three bands.
//!
//! Second-order Butterworth filters (Bristow-Johnson, *Audio EQ cookbook*) divide the signal; all are computed side by side.
//! The level of each band is measured once a hop. Runs on the audio thread, after the input, beside the networks: the
//! answer is there whenever the onset decoder asks for one of the last [`MEMORY_FRAMES`] frames.

use std::f64::consts::{FRAC_1_SQRT_2, TAU};

use pulp::{Arch, Simd, WithSimd};

use crate::{
    event::{OnsetBand, OnsetBands},
    input::Hop,
    multiply_add::{is_fused, multiply_add},
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
    arch: Arch,
    filters: Filters,
    /// Sums of the squares of what each filter gave in the hop that is being heard.
    squares: [f32; FILTERS],
    /// Levels in dB of the newest frames, by frame number.
    levels: [[f32; BANDS]; MEMORY_FRAMES],
    /// Frames measured so far.
    frames: u64,
}

impl OnsetBandMeter {
    /// A meter for samples at `rate_hz`, the rate of the analysis.
    pub fn new(rate_hz: f64) -> Self {
        let [low, high] = [OnsetBand::LOW_TO_MID_HZ, OnsetBand::MID_TO_HIGH_HZ].map(|hz| f64::from(hz) / rate_hz);
        let filters = [Biquad::low_pass(low), Biquad::low_pass(high), Biquad::high_pass(high), Biquad::high_pass(low)];
        Self {
            arch: Arch::new(),
            filters: Filters::new(filters),
            squares: [0.0; FILTERS],
            levels: [[FLOOR_DB; BANDS]; MEMORY_FRAMES],
            frames: 0,
        }
    }

    /// Hears the first half of a hop.
    pub fn hear_first_half(&mut self, hop: &Hop<'_>) {
        let samples = hop.new_samples();
        self.squares = [0.0; FILTERS];
        self.hear(&samples[..samples.len() / 2]);
    }

    /// Hears the second half of a hop and measures it.
    pub fn hear_second_half(&mut self, hop: &Hop<'_>) {
        let samples = hop.new_samples();
        self.hear(&samples[samples.len() / 2..]);
        self.measure(samples.len());
    }

    fn hear(&mut self, samples: &[f32]) {
        self.arch.dispatch(Filter { filters: &mut self.filters, squares: &mut self.squares, samples });
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
        self.filters.reset();
        self.levels = [[FLOOR_DB; BANDS]; MEMORY_FRAMES];
        self.frames = 0;
    }
}

/// Filters that are computed side by side: those of the bands in their order, and the one that the mid band's comes after.
const FILTERS: usize = BANDS + 1;
const MID: usize = 1;
const ABOVE_LOW: usize = BANDS;

/// A value for each filter.
type PerFilter = [f32; FILTERS];

/// Filters in direct form I, in which an output waits for the one before by a single product. The mid band's hears what the
/// one before it gave two samples ago, so that all can run at once: 45 µs at 44.1 kHz.
#[derive(Clone, Debug)]
struct Filters {
    feed_forward: [PerFilter; 3],
    /// Negated.
    feed_back: [PerFilter; 2],
    /// The last two, the newest first.
    inputs: [PerFilter; 2],
    outputs: [PerFilter; 2],
}

impl Filters {
    fn new(filters: [Biquad; FILTERS]) -> Self {
        Self {
            feed_forward: std::array::from_fn(|tap| filters.map(|filter| filter.feed_forward[tap])),
            feed_back: std::array::from_fn(|tap| filters.map(|filter| -filter.feed_back[tap])),
            inputs: Default::default(),
            outputs: Default::default(),
        }
    }

    /// Hears samples and adds the squares of what each filter makes of them.
    #[inline(always)]
    fn hear<const FUSED: bool>(&mut self, samples: &[f32], squares: &mut PerFilter) {
        let Self { feed_forward, feed_back, .. } = *self;
        // State that stays in registers.
        let ([mut input, mut input_before], [mut output, mut output_before]) = (self.inputs, self.outputs);
        let mut sums = *squares;
        for &sample in samples {
            let mut newest = [sample; FILTERS];
            newest[MID] = output_before[ABOVE_LOW];
            let mut next = [0.0; FILTERS];
            for filter in 0..FILTERS {
                let fed = feed_forward[2][filter] * input_before[filter];
                let fed = multiply_add::<FUSED>(feed_forward[1][filter], input[filter], fed);
                let fed = multiply_add::<FUSED>(feed_forward[0][filter], newest[filter], fed);
                let fed = multiply_add::<FUSED>(feed_back[1][filter], output_before[filter], fed);
                next[filter] = multiply_add::<FUSED>(feed_back[0][filter], output[filter], fed);
                sums[filter] = multiply_add::<FUSED>(next[filter], next[filter], sums[filter]);
            }
            (input, input_before) = (newest, input);
            (output, output_before) = (next, output);
        }
        (self.inputs, self.outputs) = ([input, input_before], [output, output_before]);
        *squares = sums;
    }

    fn reset(&mut self) {
        self.inputs = Default::default();
        self.outputs = Default::default();
    }
}

/// What the filters make of samples, compiled for every instruction set.
struct Filter<'a> {
    filters: &'a mut Filters,
    squares: &'a mut PerFilter,
    samples: &'a [f32],
}

impl WithSimd for Filter<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        if is_fused::<S>() {
            self.filters.hear::<true>(self.samples, self.squares);
        } else {
            self.filters.hear::<false>(self.samples, self.squares);
        }
    }
}

/// The coefficients of a second-order filter, `[b0, b1, b2]` and `[a1, a2]` for `a0 = 1`.
#[derive(Clone, Copy, Debug)]
struct Biquad {
    feed_forward: [f32; 3],
    feed_back: [f32; 2],
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
        }
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
            meter.squares = [0.0; FILTERS];
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
