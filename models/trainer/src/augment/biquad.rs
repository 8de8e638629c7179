//! Second-order filters after Robert Bristow-Johnson's *Audio EQ Cookbook*.

use std::f32::consts::TAU;

/// A second-order filter in transposed direct form II. Minimum phase: what goes in comes out from the same sample on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Biquad {
    b: [f32; 3],
    a: [f32; 2],
    state: [f32; 2],
}

/// What a filter does to the spectrum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Passes what lies below.
    LowPass,
    /// Passes what lies above.
    HighPass,
    /// Raises or lowers what lies below, in dB.
    LowShelf(f32),
    /// Raises or lowers what lies above, in dB.
    HighShelf(f32),
    /// Raises or lowers what lies around, in dB.
    Bell(f32),
}

impl Biquad {
    /// A filter at `hz` (limited to 0.45 of the sample rate) with quality `q`.
    pub fn new(kind: Kind, hz: f32, q: f32, sample_rate: f32) -> Self {
        let w = TAU * (hz / sample_rate).clamp(1e-5, 0.45);
        let (sin, cos) = w.sin_cos();
        let alpha = sin / (2.0 * q);
        let (b, a) = match kind {
            Kind::LowPass => {
                let side = (1.0 - cos) / 2.0;
                ([side, 1.0 - cos, side], [1.0 + alpha, -2.0 * cos, 1.0 - alpha])
            }
            Kind::HighPass => {
                let side = (1.0 + cos) / 2.0;
                ([side, -(1.0 + cos), side], [1.0 + alpha, -2.0 * cos, 1.0 - alpha])
            }
            Kind::Bell(gain_db) => {
                let gain = 10f32.powf(gain_db / 40.0);
                (
                    [1.0 + alpha * gain, -2.0 * cos, 1.0 - alpha * gain],
                    [1.0 + alpha / gain, -2.0 * cos, 1.0 - alpha / gain],
                )
            }
            Kind::LowShelf(gain_db) => shelf(gain_db, cos, alpha, 1.0),
            Kind::HighShelf(gain_db) => shelf(gain_db, cos, alpha, -1.0),
        };
        Self { b: b.map(|value| value / a[0]), a: [a[1] / a[0], a[2] / a[0]], state: [0.0; 2] }
    }

    /// Filters in place.
    pub fn process(&mut self, audio: &mut [f32]) {
        for sample in audio {
            let input = *sample;
            let output = self.b[0] * input + self.state[0];
            self.state[0] = self.b[1] * input - self.a[0] * output + self.state[1];
            self.state[1] = self.b[2] * input - self.a[1] * output;
            *sample = output;
        }
    }
}

/// Both shelves; they mirror each other in the sign of the cosine.
fn shelf(gain_db: f32, cos: f32, alpha: f32, sign: f32) -> ([f32; 3], [f32; 3]) {
    let gain = 10f32.powf(gain_db / 40.0);
    let cos = sign * cos;
    let root = 2.0 * gain.sqrt() * alpha;
    let b = [
        gain * ((gain + 1.0) - (gain - 1.0) * cos + root),
        sign * 2.0 * gain * ((gain - 1.0) - (gain + 1.0) * cos),
        gain * ((gain + 1.0) - (gain - 1.0) * cos - root),
    ];
    let a = [
        (gain + 1.0) + (gain - 1.0) * cos + root,
        sign * -2.0 * ((gain - 1.0) + (gain + 1.0) * cos),
        (gain + 1.0) + (gain - 1.0) * cos - root,
    ];
    (b, a)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gain at a frequency in dB, from a sine after the transient.
    fn gain_db(kind: Kind, filter_hz: f32, hz: f32) -> f32 {
        let mut audio: Vec<f32> = (0..44_100).map(|n| (TAU * hz * n as f32 / 44_100.0).sin()).collect();
        Biquad::new(kind, filter_hz, 0.707, 44_100.0).process(&mut audio);
        let power: f32 = audio[22_050..].iter().map(|x| x * x).sum::<f32>() / 22_050.0;
        10.0 * (2.0 * power).log10()
    }

    #[test]
    fn filters_do_what_they_are_called() {
        // Tolerance 0.3 dB: the passband ripple of a second-order filter a decade from its corner, and f32 sums.
        let close = |actual: f32, expected: f32| assert!((actual - expected).abs() < 0.3, "{actual} for {expected}");
        close(gain_db(Kind::LowPass, 1000.0, 100.0), 0.0);
        close(gain_db(Kind::LowPass, 1000.0, 1000.0), -3.0);
        close(gain_db(Kind::HighPass, 1000.0, 10_000.0), 0.0);
        close(gain_db(Kind::LowShelf(6.0), 1000.0, 60.0), 6.0);
        close(gain_db(Kind::LowShelf(6.0), 1000.0, 15_000.0), 0.0);
        close(gain_db(Kind::HighShelf(-6.0), 1000.0, 15_000.0), -6.0);
        close(gain_db(Kind::HighShelf(-6.0), 1000.0, 60.0), 0.0);
        close(gain_db(Kind::Bell(4.0), 1000.0, 1000.0), 4.0);
    }
}
