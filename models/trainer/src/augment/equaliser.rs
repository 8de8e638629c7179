//! Equalisers. Minimum phase: an onset keeps its sample; a filter smears it by about a period of its corner.

use rand::Rng;

use super::biquad::{Biquad, Kind};
use crate::compose::Random;

/// Quality of a maximally flat second-order filter.
const FLAT: f32 = std::f32::consts::FRAC_1_SQRT_2;

/// Two shelves and up to two bells, as a mixing engineer or a room would have them.
pub fn tilt(audio: &mut [f32], sample_rate: f32, random: &mut Random) -> String {
    let (low, high) = (random.random_range(-9.0..9.0), random.random_range(-9.0..9.0));
    Biquad::new(Kind::LowShelf(low), random.random_range(120.0..400.0), FLAT, sample_rate).process(audio);
    Biquad::new(Kind::HighShelf(high), random.random_range(1500.0..7000.0), FLAT, sample_rate).process(audio);
    for _ in 0..random.random_range(0..=2) {
        let hz = random.random_range(200f32.ln()..6000f32.ln()).exp();
        let gain = Kind::Bell(random.random_range(-8.0..8.0));
        Biquad::new(gain, hz, random.random_range(0.5..2.0), sample_rate).process(audio);
    }
    format!("equaliser low {low:+.0} dB high {high:+.0} dB")
}

/// A low-pass, a high-pass, or both.
pub fn band_limit(audio: &mut [f32], sample_rate: f32, random: &mut Random) -> String {
    let kind = random.random_range(0..3);
    let mut names = Vec::new();
    if kind != 0 {
        let hz = random.random_range(2500f32.ln()..14_000f32.ln()).exp();
        for _ in 0..2 {
            Biquad::new(Kind::LowPass, hz, FLAT, sample_rate).process(audio);
        }
        names.push(format!("low-pass {hz:.0} Hz"));
    }
    if kind != 1 {
        let hz = random.random_range(120.0..350.0);
        Biquad::new(Kind::HighPass, hz, FLAT, sample_rate).process(audio);
        names.push(format!("high-pass {hz:.0} Hz"));
    }
    names.join(", ")
}
