//! Halves the sample rate with two chains of all-pass sections. Audio thread.
//!
//! The polyphase recursive half-band filter of R. A. Valenzuela and A. G. Constantinides, *Digital signal processing
//! schemes for efficient interpolation and decimation* (IEE Proceedings G, 1983):
//! `H(z) = ½ [A₀(z²) + z⁻¹ A₁(z²)]`, each `A` a product of sections `(a + z⁻²) / (1 + a z⁻²)`. At low frequencies it
//! delays by 3 samples where a linear-phase filter of the same rejection delays by 20 or more. Its delay grows with
//! the frequency, which a bank of narrow filters can do with: each has one frequency, and so one delay.

use crate::multiply_add::multiply_add;

/// Coefficients of the elliptic design for 87 dB between 0.3 and 0.5 of the input rate and a passband to 0.2, by the
/// formulae of the paper above; the even ones make `A₀`, the odd ones `A₁`.
const COEFFICIENTS: [f64; 5] = [0.054_230_78, 0.199_699_58, 0.398_796_97, 0.621_096_85, 0.862_917_81];

/// Up to which frequency the filter passes, in parts of its output rate.
pub(super) const PASSBAND: f64 = 0.4;

/// Takes two samples for each that it gives.
#[derive(Clone, Debug, Default)]
pub(super) struct AllPassHalfBand {
    sections: Sections,
    waiting: Option<f32>,
}

/// The all-pass sections of both branches, at the output rate: `y[n] = a · (x[n] − y[n − 1]) + x[n − 1]`, with the newer
/// samples through the first three and the older ones through the other two.
#[derive(Clone, Copy, Debug, Default)]
struct Sections {
    last_inputs: [f32; 5],
    last_outputs: [f32; 5],
}

/// The coefficients in the order of [`Sections`].
const BRANCHES: [f32; 5] = [
    COEFFICIENTS[0] as f32,
    COEFFICIENTS[2] as f32,
    COEFFICIENTS[4] as f32,
    COEFFICIENTS[1] as f32,
    COEFFICIENTS[3] as f32,
];

impl Sections {
    #[inline(always)]
    fn pass<const FUSED: bool>(&mut self, section: usize, sample: f32) -> f32 {
        // In this order the next output waits for a product and a sum alone.
        let coefficient = BRANCHES[section];
        let partial = multiply_add::<FUSED>(coefficient, sample, self.last_inputs[section]);
        let output = multiply_add::<FUSED>(-coefficient, self.last_outputs[section], partial);
        self.last_inputs[section] = sample;
        self.last_outputs[section] = output;
        output
    }

    #[inline(always)]
    fn halve<const FUSED: bool>(&mut self, older: f32, newer: f32) -> f32 {
        let first = self.pass::<FUSED>(0, newer);
        let second = self.pass::<FUSED>(1, first);
        let newer = self.pass::<FUSED>(2, second);
        let third = self.pass::<FUSED>(3, older);
        let older = self.pass::<FUSED>(4, third);
        0.5 * (newer + older)
    }
}

impl AllPassHalfBand {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Takes samples and puts an output for every second one into `halved`, which has room for them;
    /// `FUSED` where the machine multiplies and adds in one operation.
    #[inline(always)]
    pub(super) fn halve<const FUSED: bool>(&mut self, samples: &[f32], halved: &mut Vec<f32>) {
        // State that stays in registers.
        let mut sections = self.sections;
        let mut rest = samples;
        if let (Some(older), Some((&newer, later))) = (self.waiting, samples.split_first()) {
            halved.push(sections.halve::<FUSED>(older, newer));
            self.waiting = None;
            rest = later;
        }
        let (pairs, last) = rest.as_chunks::<2>();
        let done = halved.len();
        halved.resize(done + pairs.len(), 0.0);
        for (half, &[older, newer]) in halved[done..].iter_mut().zip(pairs) {
            *half = sections.halve::<FUSED>(older, newer);
        }
        if let &[older] = last {
            self.waiting = Some(older);
        }
        self.sections = sections;
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    /// Output for a tone of amplitude 1 at `frequency`, in parts of the input rate, once it has settled.
    fn settled_output(frequency: f64) -> Vec<f64> {
        let mut filter = AllPassHalfBand::new();
        let tone: Vec<f32> = (0..4_000).map(|n| (2.0 * PI * frequency * f64::from(n)).cos() as f32).collect();
        let mut output = Vec::new();
        // Pieces of odd lengths: a sample may have to wait for its pair.
        tone.chunks(333).for_each(|piece| filter.halve::<false>(piece, &mut output));
        output.into_iter().skip(1_000).map(f64::from).collect()
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
        let mut output = Vec::new();
        for n in 0..10_000 {
            filter.halve::<false>(&[if n < 3 { 1.0 } else { crate::features::constant_q::ANTI_DENORMAL }], &mut output);
            let Sections { last_inputs, last_outputs } = filter.sections;
            assert!(!last_inputs.iter().chain(&last_outputs).any(|value| value.is_subnormal()));
        }
    }
}
