//! Complex resonators: one narrow band-pass filter for each bin. Audio thread.
//!
//! Each bin runs three complex one-pole filters `y[n] = p · y[n − 1] + x[n]` in a row, with
//! `p = r · exp(2π i f / rate)`: a rotating exponential window, three times over. Their impulse response
//! `n² rⁿ exp(2π i f n / rate)` is a gammatone of order 3 (R. D. Patterson and others, *An efficient auditory
//! filterbank based on the gammatone function*, 1987), and its magnitude needs no further smoothing.

use std::f64::consts::PI;

/// One-pole filters in a row.
const STAGES: usize = 3;

/// Bins computed side by side: state and poles of as many fit the registers of every instruction set in use.
const LANES: usize = 4;

/// A filter at `frequency`, with a −3 dB width of `bandwidth`, both in parts of the sample rate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resonance {
    pub(super) frequency: f64,
    pub(super) bandwidth: f64,
}

impl Resonance {
    /// Radius of the pole. Of `STAGES` filters in a row, each `1 / (1 + (Δ/b)²)` in power at a distance of `Δ` from
    /// the centre, half the power is left where `(Δ/b)² = 2^(1/STAGES) − 1`.
    fn radius(self) -> f64 {
        let half_width = (2.0_f64.powf(1.0 / STAGES as f64) - 1.0).sqrt();
        (-PI * self.bandwidth / half_width).exp()
    }

    /// Delay in samples of a slow modulation of a tone at the centre.
    pub(super) fn group_delay(self) -> f64 {
        let radius = self.radius();
        STAGES as f64 * radius / (1.0 - radius)
    }

    /// What a tone is multiplied with so that a real one of amplitude 1 at the centre reads 1: it is made of two
    /// complex ones of amplitude ½.
    fn gain(self) -> f64 {
        2.0 * (1.0 - self.radius()).powi(STAGES as i32)
    }
}

/// Resonators that hear the same samples.
#[derive(Clone, Debug)]
pub(super) struct Resonators {
    groups: Vec<Group>,
}

impl Resonators {
    /// One resonator for each that is named; `None` stays silent.
    pub(super) fn new(resonances: &[Option<Resonance>]) -> Self {
        Self { groups: resonances.chunks(LANES).map(Group::new).collect() }
    }

    /// Hears samples, in order.
    pub(super) fn hear(&mut self, samples: &[f32]) {
        for group in &mut self.groups {
            group.hear(samples);
        }
    }

    /// Writes the magnitude of each resonator.
    pub(super) fn magnitudes(&self, magnitudes: &mut [f32]) {
        for (magnitudes, group) in magnitudes.chunks_mut(LANES).zip(&self.groups) {
            let [.., last] = &group.stages;
            for ((magnitude, re), im) in magnitudes.iter_mut().zip(&last.re).zip(&last.im) {
                *magnitude = (re * re + im * im).sqrt();
            }
        }
    }

    pub(super) fn reset(&mut self) {
        for group in &mut self.groups {
            group.stages = Default::default();
        }
    }
}

/// One complex number for each lane.
#[derive(Clone, Copy, Debug, Default)]
struct Complexes {
    re: [f32; LANES],
    im: [f32; LANES],
}

#[derive(Clone, Debug, Default)]
struct Group {
    gains: [f32; LANES],
    poles: Complexes,
    stages: [Complexes; STAGES],
}

impl Group {
    fn new(resonances: &[Option<Resonance>]) -> Self {
        let mut group = Self::default();
        for (lane, resonance) in resonances.iter().enumerate() {
            if let Some(resonance) = resonance {
                let (radius, angle) = (resonance.radius(), 2.0 * PI * resonance.frequency);
                group.gains[lane] = resonance.gain() as f32;
                group.poles.re[lane] = (radius * angle.cos()) as f32;
                group.poles.im[lane] = (radius * angle.sin()) as f32;
            }
        }
        group
    }

    fn hear(&mut self, samples: &[f32]) {
        let Self { gains, poles, stages } = self;
        let mut state = *stages;
        for &sample in samples {
            let mut input = Complexes { re: gains.map(|gain| gain * sample), im: [0.0; LANES] };
            for stage in &mut state {
                let before = *stage;
                for lane in 0..LANES {
                    stage.re[lane] =
                        before.re[lane] * poles.re[lane] - before.im[lane] * poles.im[lane] + input.re[lane];
                    stage.im[lane] =
                        before.re[lane] * poles.im[lane] + before.im[lane] * poles.re[lane] + input.im[lane];
                }
                input = *stage;
            }
        }
        *stages = state;
    }
}
