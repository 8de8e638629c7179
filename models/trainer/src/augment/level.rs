//! Levels: normalisation, gain, fades.

use rand::Rng;

use crate::compose::Random;

/// Quietest random gain on a normalised excerpt, in dB.
const QUIETEST_DB: f64 = -24.0;

/// Scales to a peak; silence stays silent.
pub fn normalise(audio: &mut [f32], peak: f32) {
    let loudest = audio.iter().fold(0.0f32, |loudest, sample| loudest.max(sample.abs()));
    if loudest > 0.0 {
        let gain = peak / loudest;
        audio.iter_mut().for_each(|sample| *sample *= gain);
    }
}

/// Root of the mean square.
pub fn root_mean_square(audio: &[f32]) -> f32 {
    let sum: f64 = audio.iter().map(|sample| f64::from(*sample) * f64::from(*sample)).sum();
    (sum / audio.len().max(1) as f64).sqrt() as f32
}

/// Leaves the peak somewhere between −24 and 0 dB, more often loud than quiet.
pub fn random_gain(audio: &mut [f32], random: &mut Random) -> String {
    let gain_db = QUIETEST_DB * random.random_range(0.0f64..1.0).powi(2);
    normalise(audio, 10f64.powf(gain_db / 20.0) as f32);
    format!("gain {gain_db:.0} dB")
}

/// Fades in over 1 to 10 s.
pub fn fade_in(audio: &mut [f32], sample_rate: f32, random: &mut Random) -> String {
    let seconds = random.random_range(1.0..10.0);
    let samples = seconds * sample_rate;
    for (index, sample) in audio.iter_mut().enumerate().take(samples as usize) {
        *sample *= index as f32 / samples;
    }
    format!("fade-in {seconds:.0} s")
}
