//! Halves the sample rate with a linear-phase half-band filter. Audio thread once built.
//!
//! A sinc of cut-off ¼ under a Kaiser window (J. F. Kaiser, *Nonrecursive digital filter design using the I₀-sinh
//! window function*, 1974): flat to 0.4 of the output rate, ≥ 80 dB down from where aliases would fall below that.
//! Every second tap of such a filter is 0 but for the one in the middle, so that one polyphase branch is a delay and
//! only the other is filtered.

use std::f64::consts::PI;

use super::{dot::dot, ring::MirroredRing};

/// Taps of the branch that is filtered; the filter has `2 · BRANCH_TAPS − 1` taps in all. Kaiser's estimate asks for 59
/// taps for 90 dB between 0.2 and 0.3 of the input rate. The next length whose latency is a multiple of 8 keeps the
/// samples of up to three halvings on the grid of the input.
const BRANCH_TAPS: usize = 34;

/// Kaiser's window parameter for 90 dB: `0.1102 · (90 − 8.7)`.
const KAISER_BETA: f64 = 8.96;

/// Samples, at the rate of its input, by which a [`HalfBandDecimator`] lags behind a signal that was recorded at half
/// the rate: output `m` describes input sample `2 m − LATENCY_SAMPLES` and comes with input sample `2 m + 1`.
pub(crate) const LATENCY_SAMPLES: u64 = BRANCH_TAPS as u64 - 2;

/// Takes two samples for each that it gives.
#[derive(Clone, Debug)]
pub(crate) struct HalfBandDecimator {
    taps: [f32; BRANCH_TAPS],
    filtered: MirroredRing,
    delayed: MirroredRing,
    awaits_second: bool,
}

impl HalfBandDecimator {
    pub(crate) fn new() -> Self {
        Self {
            taps: branch_taps(),
            filtered: MirroredRing::new(BRANCH_TAPS),
            delayed: MirroredRing::new(BRANCH_TAPS / 2),
            awaits_second: false,
        }
    }

    /// Takes samples and puts the outputs that they complete in front of them; says how many there are.
    pub(crate) fn decimate(&mut self, samples: &mut [f32]) -> usize {
        let mut outputs = 0;
        for index in 0..samples.len() {
            self.awaits_second = !self.awaits_second;
            if self.awaits_second {
                self.delayed.push(samples[index]);
                continue;
            }
            self.filtered.push(samples[index]);
            let middle = self.delayed.newest(BRANCH_TAPS / 2).first().copied().unwrap_or(0.0);
            samples[outputs] = 0.5 * middle + dot::<4>(&self.taps, self.filtered.newest(BRANCH_TAPS));
            outputs += 1;
        }
        outputs
    }

    pub(crate) fn reset(&mut self) {
        self.filtered.reset();
        self.delayed.reset();
        self.awaits_second = false;
    }
}

/// The taps beside the middle one, which is ½; they too sum to ½, so that the filter is exactly 1 at 0 Hz.
fn branch_taps() -> [f32; BRANCH_TAPS] {
    let reach = BRANCH_TAPS as f64;
    let ideal: [f64; BRANCH_TAPS] = std::array::from_fn(|tap| {
        let offset = 2.0 * tap as f64 - (reach - 1.0);
        let kaiser = bessel_i0(KAISER_BETA * (1.0 - (offset / reach).powi(2)).sqrt()) / bessel_i0(KAISER_BETA);
        (PI * offset / 2.0).sin() / (PI * offset) * kaiser
    });
    let sum: f64 = ideal.iter().sum();
    ideal.map(|tap| (0.5 * tap / sum) as f32)
}

/// Modified Bessel function of the first kind and order 0, by its power series.
fn bessel_i0(x: f64) -> f64 {
    let mut term = 1.0;
    let mut sum = 1.0;
    for k in 1..50 {
        term *= (x / (2.0 * f64::from(k))).powi(2);
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Magnitude at `frequency`, in parts of the input rate: the impulse response, read in both phases.
    fn response(frequency: f64) -> f64 {
        let taps = branch_taps();
        let middle = (BRANCH_TAPS - 1) as f64;
        let mut sum = (0.5, 0.0);
        for (tap, &value) in taps.iter().enumerate() {
            let phase = 2.0 * PI * frequency * (2.0 * tap as f64 - middle);
            sum = (sum.0 + f64::from(value) * phase.cos(), sum.1 + f64::from(value) * phase.sin());
        }
        f64::hypot(sum.0, sum.1)
    }

    #[test]
    fn is_flat_below_and_silent_above() {
        for step in 0..=1_000 {
            let fraction = f64::from(step) / 1_000.0;
            let pass_db = 20.0 * response(0.2 * fraction).log10();
            assert!(pass_db.abs() < 0.1, "{pass_db} dB at {}", 0.2 * fraction);
            let stop_db = 20.0 * response(0.3 + 0.2 * fraction).log10();
            assert!(stop_db <= -80.0, "{stop_db} dB at {}", 0.3 + 0.2 * fraction);
        }
    }

    #[test]
    fn an_impulse_arrives_after_the_declared_latency() {
        for impulse in [100_u64, 102] {
            let mut decimator = HalfBandDecimator::new();
            let output: Vec<f32> = (0..400)
                .filter_map(|i| {
                    let mut sample = [if i == impulse { 1.0 } else { 0.0 }];
                    (decimator.decimate(&mut sample) == 1).then_some(sample[0])
                })
                .collect();
            let peak = (0..output.len()).max_by(|&a, &b| output[a].abs().total_cmp(&output[b].abs())).unwrap();
            assert_eq!(2 * peak as u64, impulse + LATENCY_SAMPLES);
            // Half-band: the tap in the middle alone meets an impulse of this phase.
            assert_eq!(output[peak], 0.5);
        }
    }
}
