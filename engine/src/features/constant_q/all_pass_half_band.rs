//! Halves the sample rate with two chains of all-pass sections. Audio thread.
//!
//! The polyphase recursive half-band filter of R. A. Valenzuela and A. G. Constantinides, *Digital signal processing
//! schemes for efficient interpolation and decimation* (IEE Proceedings G, 1983):
//! `H(z) = ½ [A₀(z²) + z⁻¹ A₁(z²)]`, each `A` a product of sections `(a + z⁻²) / (1 + a z⁻²)`. At low frequencies it
//! delays by 3 samples where a linear-phase filter of the same rejection delays by 20 or more. Its delay grows with
//! the frequency, which a bank of narrow filters can do with: each has one frequency, and so one delay.

/// Coefficients of the elliptic design for 87 dB between 0.3 and 0.5 of the input rate and a passband to 0.2, by the
/// formulae of the paper above; the even ones make `A₀`, the odd ones `A₁`.
const COEFFICIENTS: [f64; 5] = [0.054_230_78, 0.199_699_58, 0.398_796_97, 0.621_096_85, 0.862_917_81];

/// Up to which frequency the filter passes, in parts of its output rate.
pub(super) const PASSBAND: f64 = 0.4;

/// Takes two samples for each that it gives.
#[derive(Clone, Debug, Default)]
pub(super) struct AllPassHalfBand {
    newer: [Section; 3],
    older: [Section; 2],
    waiting: Option<f32>,
}

impl AllPassHalfBand {
    pub(super) fn new() -> Self {
        let section = |index: usize| Section { coefficient: COEFFICIENTS[index] as f32, ..Section::default() };
        Self { newer: [section(0), section(2), section(4)], older: [section(1), section(3)], waiting: None }
    }

    /// Takes a sample; every second one completes an output.
    #[inline]
    pub(super) fn push(&mut self, sample: f32) -> Option<f32> {
        let Some(older) = self.waiting.take() else {
            self.waiting = Some(sample);
            return None;
        };
        let newer = self.newer.iter_mut().fold(sample, |sample, section| section.push(sample));
        let older = self.older.iter_mut().fold(older, |sample, section| section.push(sample));
        Some(0.5 * (newer + older))
    }

    pub(super) fn reset(&mut self) {
        *self = Self::new();
    }

    /// Delay of an output against the newer of its two samples, in input samples, for a slowly modulated tone at
    /// `frequency` (in parts of the input rate, inside the passband): the mean of both branches, whose phases agree.
    pub(super) fn group_delay(frequency: f64) -> f64 {
        let cosine = (4.0 * std::f64::consts::PI * frequency).cos();
        let sections = COEFFICIENTS.iter().map(|a| 2.0 * (1.0 - a * a) / (1.0 + a * a + 2.0 * a * cosine));
        0.5 * (sections.sum::<f64>() + 1.0)
    }
}

/// An all-pass section at the output rate: `y[n] = a · (x[n] − y[n − 1]) + x[n − 1]`.
#[derive(Clone, Debug, Default)]
struct Section {
    coefficient: f32,
    last_input: f32,
    last_output: f32,
}

impl Section {
    #[inline]
    fn push(&mut self, sample: f32) -> f32 {
        let output = self.coefficient * (sample - self.last_output) + self.last_input;
        self.last_input = sample;
        self.last_output = output;
        output
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    /// Output for a tone of amplitude 1 at `frequency`, in parts of the input rate, once it has settled.
    fn settled_output(frequency: f64) -> Vec<f64> {
        let mut filter = AllPassHalfBand::new();
        let tone = (0..4_000).map(|n| (2.0 * PI * frequency * f64::from(n)).cos() as f32);
        tone.filter_map(|sample| filter.push(sample)).skip(1_000).map(f64::from).collect()
    }

    #[test]
    fn passes_below_and_stops_above() {
        for step in 1..200 {
            let fraction = f64::from(step) / 200.0;
            let root_mean_square = |frequency: f64| {
                let output = settled_output(frequency);
                (2.0 * output.iter().map(|y| y * y).sum::<f64>() / output.len() as f64).sqrt()
            };
            // 1,000 outputs hold no whole number of periods: an error of up to 1 part in the periods they hold.
            let pass = root_mean_square(0.2 * fraction);
            assert!((pass - 1.0).abs() < 0.02 / fraction, "{pass} at {}", 0.2 * fraction);
            let stop = root_mean_square(0.3 + 0.2 * fraction);
            assert!(stop < 1e-4, "{stop} at {}", 0.3 + 0.2 * fraction);
        }
    }

    #[test]
    fn delays_as_declared() {
        for frequency in [0.01, 0.1, 0.15, 0.19] {
            // The phase of the output of two close tones, by projection: its slope is the delay.
            let step = 1e-4;
            let phase = |frequency: f64| {
                let output = settled_output(frequency);
                let (mut real, mut imaginary) = (0.0, 0.0);
                for (index, y) in output.iter().enumerate() {
                    let newest_input = 2.0 * (index + 1_000) as f64 + 1.0;
                    let window = 1.0 - (2.0 * PI * index as f64 / output.len() as f64).cos();
                    let angle = 2.0 * PI * frequency * newest_input;
                    real += window * y * angle.cos();
                    imaginary -= window * y * angle.sin();
                }
                imaginary.atan2(real)
            };
            let delay = (phase(frequency - step) - phase(frequency + step)) / (2.0 * PI * 2.0 * step);
            let declared = AllPassHalfBand::group_delay(frequency);
            assert!((delay - declared).abs() < 0.02, "{delay} instead of {declared} at {frequency}");
        }
    }

    #[test]
    fn silence_does_not_end_in_denormals() {
        let mut filter = AllPassHalfBand::new();
        for n in 0..10_000 {
            filter.push(if n < 3 { 1.0 } else { crate::features::constant_q::ANTI_DENORMAL });
            for section in filter.newer.iter().chain(&filter.older) {
                assert!(!section.last_input.is_subnormal() && !section.last_output.is_subnormal());
            }
        }
    }
}
