//! What happens to music between the instruments and the listener: rooms, mixing, cheap gear, noise.
//!
//! [`apply`] is a chain of effects drawn at random. Every effect leaves onsets where they are: the direct
//! sound passes without delay (each file says within what tolerance, and tests it with an impulse).

pub mod biquad;
pub mod codec;
pub mod degrade;
pub mod dynamics;
pub mod equaliser;
pub mod level;
pub mod reverb;
pub mod saturation;

use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::compose::Random;

/// The probability of each effect.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chances {
    /// Shelves and bells.
    pub equaliser: f64,
    /// Overdrive or tape.
    pub saturation: f64,
    /// A room.
    pub reverb: f64,
    /// Compression, and the limiter of a loud master.
    pub dynamics: f64,
    /// Low-pass and high-pass filters, as small loudspeakers and telephones have.
    pub band_limit: f64,
    /// Coarse samples and low sample rates.
    pub crush: f64,
    /// Hiss and hum.
    pub noise: f64,
    /// A fade-in.
    pub fade: f64,
    /// Lossy compression; never if it is left out.
    #[serde(default)]
    pub codec: f64,
}

/// An effect: changes the audio at a sample rate by random settings, and says which.
type Effect = fn(&mut [f32], f32, &mut Random) -> String;

/// Applies effects drawn from `random` in place and leaves the excerpt at a random level; returns the names of what
/// was applied, in order.
pub fn apply(audio: &mut [f32], sample_rate: f32, chances: &Chances, random: &mut Random) -> Vec<String> {
    let mut applied = Vec::new();
    level::normalise(audio, 0.5);
    let effects: [(f64, Effect); 7] = [
        (chances.saturation, saturation::apply),
        (chances.equaliser, equaliser::tilt),
        (chances.reverb, reverb::apply),
        (chances.dynamics, dynamics::apply),
        (chances.band_limit, equaliser::band_limit),
        (chances.crush, degrade::crush),
        (chances.noise, degrade::noise),
    ];
    for (chance, effect) in effects {
        if random.random_bool(chance) {
            applied.push(effect(audio, sample_rate, random));
            level::normalise(audio, 0.5);
        }
    }
    // Without a codec nothing is drawn for it: older recipes give what they gave.
    if chances.codec > 0.0 && random.random_bool(chances.codec) {
        applied.push(codec::mp3(audio, sample_rate, random));
        level::normalise(audio, 0.5);
    }
    if random.random_bool(chances.fade) {
        applied.push(level::fade_in(audio, sample_rate, random));
    }
    applied.push(level::random_gain(audio, random));
    applied
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    const ALWAYS: Chances = Chances {
        equaliser: 1.0,
        saturation: 1.0,
        reverb: 1.0,
        dynamics: 1.0,
        band_limit: 1.0,
        crush: 0.0,
        noise: 0.0,
        fade: 0.0,
        codec: 0.0,
    };

    #[test]
    fn an_onset_stays_where_it_was_through_the_whole_chain() {
        for seed in 0..40 {
            let mut audio = vec![0.0f32; 44_100];
            for (index, sample) in audio.iter_mut().enumerate().skip(20_000) {
                let decay = (-((index - 20_000) as f32) / 2_000.0).exp();
                *sample = decay * (index as f32 * 0.11).sin();
            }
            apply(&mut audio, 44_100.0, &ALWAYS, &mut Random::seed_from_u64(seed));
            let peak = audio.iter().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
            let first = audio.iter().position(|sample| sample.abs() > 0.1 * peak).unwrap();
            // The tone itself needs 14 samples to its first crest; filters of 120 Hz and above smear by 2 ms at most.
            assert!((20_000..20_000 + 14 + 88).contains(&first), "seed {seed}: {first}");
        }
    }

    #[test]
    fn everything_at_once_stays_finite_and_within_full_scale() {
        let all = Chances { crush: 1.0, noise: 1.0, fade: 1.0, codec: 1.0, ..ALWAYS };
        for seed in 0..20 {
            let mut audio: Vec<f32> = (0..30_000).map(|index| (index as f32 * 0.05).sin()).collect();
            let applied = apply(&mut audio, 44_100.0, &all, &mut Random::seed_from_u64(seed));
            assert_eq!(applied.len(), 10);
            assert!(audio.iter().all(|sample| sample.is_finite() && sample.abs() <= 1.0));
        }
    }
}
