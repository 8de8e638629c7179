//! Noise, coarse samples and low sample rates.

use rand::Rng;

use super::level;
use crate::compose::{Random, gaussian, pick};

/// Reduces the word length to 8 to 12 bits and holds each sample for up to 4, which delays by at most 0.07 ms.
pub fn crush(audio: &mut [f32], _sample_rate: f32, random: &mut Random) -> String {
    let bits = random.random_range(8..=12);
    let hold = random.random_range(1..=4);
    level::normalise(audio, 0.9);
    let steps = 2f32.powi(bits - 1);
    for group in audio.chunks_mut(hold) {
        let held = (group[0] * steps).round() / steps;
        group.fill(held);
    }
    format!("crush {bits} bits, every {hold}")
}

/// Adds white or pink noise between −60 and −28 dB of the music's level, sometimes with mains hum.
pub fn noise(audio: &mut [f32], sample_rate: f32, random: &mut Random) -> String {
    let below_db = random.random_range(28.0..60.0);
    let gain = level::root_mean_square(audio) * 10f32.powf(-below_db / 20.0);
    let colour = pick(&[0.0f32, 0.9, 0.97], random);
    // A one-pole filter's output has a variance of 1 / (1 − colour²) of its input's.
    let white = gain * (1.0 - colour * colour).sqrt();
    let hum_hz = pick(&[50.0f32, 60.0], random);
    let hum = if random.random_bool(0.2) { gain } else { 0.0 };
    let mut coloured = 0.0f32;
    for (index, sample) in audio.iter_mut().enumerate() {
        coloured = colour * coloured + white * gaussian(random) as f32;
        let turn = (index as f32 * hum_hz / sample_rate).fract();
        *sample += coloured + hum * (std::f32::consts::TAU * turn).sin();
    }
    format!("noise −{below_db:.0} dB")
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn noise_has_the_level_it_says() {
        let mut random = Random::seed_from_u64(3);
        let clean: Vec<f32> = (0..60_000).map(|index| (index as f32 * 0.3).sin()).collect();
        for _ in 0..10 {
            let mut noisy = clean.clone();
            let name = noise(&mut noisy, 44_100.0, &mut random);
            let below: f32 = name.trim_start_matches("noise −").trim_end_matches(" dB").parse().unwrap();
            let added: Vec<f32> = noisy.iter().zip(&clean).map(|(noisy, clean)| noisy - clean).collect();
            let actual = 20.0 * (level::root_mean_square(&clean) / level::root_mean_square(&added)).log10();
            // Up to 2.2 dB of hum, half a dB of rounding in the name, and the variance of coloured noise.
            assert!((-2.9..0.9).contains(&(actual - below)), "{actual} for {name}");
        }
    }
}
