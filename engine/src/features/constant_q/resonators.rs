//! Complex resonators: one narrow band-pass filter for each bin. Audio thread.
//!
//! Each bin runs three complex one-pole filters `y[n] = p · y[n − 1] + x[n]` in a row, with
//! `p = r · exp(2π i f / rate)`: a rotating exponential window, three times over. Their impulse response
//! `½ (n + 1) (n + 2) rⁿ exp(2π i f n / rate)` is a gammatone of order 3 (R. D. Patterson and others, *An efficient auditory
//! filterbank based on the gammatone function*, 1987), and its magnitude needs no further smoothing.
//!
//! They are computed in a frame that turns with the bin, `y[n] = exp(2π i f n / rate) · z[n]`: the sample is turned back
//! once, and each filter is left with a real factor, `z[n] = r · z[n − 1] + x[n] · exp(−2π i f n / rate)`, which takes half
//! the operations and waits for half as many. The turns are read from a table of a few samples, after which the frame
//! starts anew.

use std::f64::consts::PI;

use crate::multiply_add::multiply_add;

/// One-pole filters in a row.
const STAGES: usize = 3;

/// Bins computed side by side: enough to fill the time in which one waits for its own last value, few enough for the
/// registers of AVX2. The fastest of 8 and 16 there.
pub(super) const LANES: usize = 8;

/// Samples after which the frame starts anew: turning the filters over then costs little, and the table is small.
const TURNS: usize = 8;

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
    count: usize,
}

impl Resonators {
    /// One resonator for each that is named; `None` stays silent.
    pub(super) fn new(resonances: &[Option<Resonance>]) -> Self {
        Self { groups: resonances.chunks(LANES).map(Group::new).collect(), count: resonances.len() }
    }

    /// Number of resonators.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Hears samples, in order; `FUSED` where the machine multiplies and adds in one operation.
    #[inline(always)]
    pub(super) fn hear<const FUSED: bool>(&mut self, samples: &[f32]) {
        for group in &mut self.groups {
            group.hear::<FUSED>(samples);
        }
    }

    /// Writes the magnitude of each resonator.
    #[inline(always)]
    pub(super) fn magnitudes(&self, magnitudes: &mut [f32]) {
        for (magnitudes, group) in magnitudes.chunks_mut(LANES).zip(&self.groups) {
            let [.., last] = &group.stages;
            for (((magnitude, gain), re), im) in magnitudes.iter_mut().zip(&group.gains).zip(&last.re).zip(&last.im) {
                *magnitude = gain * (re * re + im * im).sqrt();
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
    radii: [f32; LANES],
    /// `exp(2π i f n / rate)` for each sample `n` of a frame and for the first of the next one.
    turns: [Complexes; TURNS + 1],
    stages: [Complexes; STAGES],
}

impl Group {
    fn new(resonances: &[Option<Resonance>]) -> Self {
        let mut group = Self::default();
        for (lane, resonance) in resonances.iter().enumerate() {
            if let Some(resonance) = resonance {
                group.gains[lane] = resonance.gain() as f32;
                group.radii[lane] = resonance.radius() as f32;
                for (sample, turn) in group.turns.iter_mut().enumerate() {
                    let angle = 2.0 * PI * resonance.frequency * sample as f64;
                    (turn.re[lane], turn.im[lane]) = (angle.cos() as f32, angle.sin() as f32);
                }
            }
        }
        group
    }

    #[inline(always)]
    fn hear<const FUSED: bool>(&mut self, samples: &[f32]) {
        let Self { radii, turns, stages, .. } = self;
        let mut state = *stages;
        for samples in samples.chunks(TURNS) {
            for (sample, turn) in samples.iter().zip(&*turns) {
                let mut input = Complexes { re: turn.re.map(|re| sample * re), im: turn.im.map(|im| -sample * im) };
                for stage in &mut state {
                    for (lane, &radius) in radii.iter().enumerate() {
                        stage.re[lane] = multiply_add::<FUSED>(stage.re[lane], radius, input.re[lane]);
                        stage.im[lane] = multiply_add::<FUSED>(stage.im[lane], radius, input.im[lane]);
                    }
                    input = *stage;
                }
            }
            let turn = turns[samples.len()];
            for stage in &mut state {
                for lane in 0..LANES {
                    let (re, im) = (stage.re[lane], stage.im[lane]);
                    stage.re[lane] = multiply_add::<FUSED>(re, turn.re[lane], -im * turn.im[lane]);
                    stage.im[lane] = multiply_add::<FUSED>(re, turn.im[lane], im * turn.re[lane]);
                }
            }
        }
        *stages = state;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::constant_q::ANTI_DENORMAL;

    /// The narrowest and the widest, the lowest and the highest that a transform of 36 bins an octave has at its rates.
    const EXTREMES: [Option<Resonance>; 5] = [
        Some(Resonance { frequency: 0.09, bandwidth: 0.0007 }),
        Some(Resonance { frequency: 0.19, bandwidth: 0.024 }),
        Some(Resonance { frequency: 0.38, bandwidth: 0.0076 }),
        Some(Resonance { frequency: 0.45, bandwidth: 0.009 }),
        None,
    ];

    #[test]
    fn half_the_power_is_left_at_the_edge_of_the_bandwidth() {
        for resonance in EXTREMES.into_iter().flatten() {
            let Resonance { frequency, bandwidth } = resonance;
            let magnitude = |tone: f64| {
                let mut resonators = Resonators::new(&[Some(resonance)]);
                let samples: Vec<f32> = (0..30_000).map(|n| (2.0 * PI * tone * f64::from(n)).cos() as f32).collect();
                resonators.hear::<false>(&samples);
                let mut magnitude = [0.0];
                resonators.magnitudes(&mut magnitude);
                f64::from(magnitude[0])
            };
            // The mirror image of the tone is heard through the skirt: up to 2 % for the widest.
            assert!((magnitude(frequency) - 1.0).abs() < 0.02, "{resonance:?}");
            assert!((magnitude(frequency + 0.5 * bandwidth) - 0.5_f64.sqrt()).abs() < 0.02, "{resonance:?}");
            assert!((magnitude(frequency - 0.5 * bandwidth) - 0.5_f64.sqrt()).abs() < 0.02, "{resonance:?}");
        }
    }

    #[test]
    fn silence_does_not_end_in_denormals() {
        let mut resonators = Resonators::new(&EXTREMES);
        resonators.hear::<false>(&[1.0, -1.0, 0.5, 0.25]);
        for _ in 0..100_000 {
            resonators.hear::<false>(&[ANTI_DENORMAL]);
            let values =
                resonators.groups.iter().flat_map(|group| &group.stages).flat_map(|stage| [stage.re, stage.im]);
            assert!(values.flatten().all(|value| !value.is_subnormal()));
        }
    }
}
