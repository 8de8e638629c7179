//! A feed-forward compressor and a limiter (after Giannoulis et al., JAES 2012). Gains are applied without
//! look-ahead, so an onset keeps its sample.

use rand::Rng;

use crate::compose::Random;

/// Compresses, and half of the time drives the result into a limiter as loud masters do.
pub fn apply(audio: &mut [f32], sample_rate: f32, random: &mut Random) -> String {
    let threshold_db = random.random_range(-30.0..-10.0);
    let ratio = random.random_range(1.5..8.0);
    let (attack, release) = (random.random_range(0.002..0.03), random.random_range(0.05..0.4));
    compress(audio, threshold_db, ratio, attack * sample_rate, release * sample_rate);
    let mut name = format!("compressor {threshold_db:.0} dB {ratio:.1}:1");
    if random.random_bool(0.5) {
        let drive = random.random_range(3.0..10.0);
        super::level::normalise(audio, 10f32.powf(drive / 20.0));
        compress(audio, -1.0, 50.0, 0.0005 * sample_rate, 0.05 * sample_rate);
        for sample in audio {
            *sample = sample.clamp(-1.0, 1.0);
        }
        name += &format!(", limiter +{drive:.0} dB");
    }
    name
}

fn compress(audio: &mut [f32], threshold_db: f32, ratio: f32, attack_samples: f32, release_samples: f32) {
    let (attack, release) = ((-1.0 / attack_samples).exp(), (-1.0 / release_samples).exp());
    let mut reduction_db = 0.0f32;
    for sample in audio {
        let level_db = 20.0 * sample.abs().max(1e-6).log10();
        let wanted_db = (level_db - threshold_db).max(0.0) * (1.0 - 1.0 / ratio);
        let pole = if wanted_db > reduction_db { attack } else { release };
        reduction_db = wanted_db + pole * (reduction_db - wanted_db);
        *sample *= 10f32.powf(-reduction_db / 20.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_level_is_reduced_by_the_ratio() {
        let mut audio = vec![1.0f32; 44_100];
        compress(&mut audio, -20.0, 4.0, 100.0, 4000.0);
        // 20 dB above the threshold come out 5 dB above it; the attack has settled to f32 accuracy after 1 s.
        let level_db = 20.0 * audio[44_099].log10();
        assert!((level_db + 15.0).abs() < 0.05, "{level_db}");
    }

    #[test]
    fn quiet_music_passes_unchanged() {
        let mut audio = vec![0.01f32; 1000];
        compress(&mut audio, -20.0, 4.0, 100.0, 4000.0);
        assert!(audio.iter().all(|sample| *sample == 0.01));
    }
}
