//! Memoryless distortion: overdrive, tape, clipped converters. Sample by sample, so an onset keeps its sample.
//! At 44.1 kHz its harmonics alias, as they do in the cheap gear that it stands for.

use rand::Rng;

use crate::compose::Random;

/// Distorts in one of three manners, mixed with the clean sound.
pub fn apply(audio: &mut [f32], _sample_rate: f32, random: &mut Random) -> String {
    let drive_db = random.random_range(2.0..26.0);
    let drive = 10f32.powf(drive_db / 20.0);
    let (name, curve): (&str, fn(f32) -> f32) = match random.random_range(0..3) {
        0 => ("soft", f32::tanh),
        1 => ("hard", |sample| sample.clamp(-1.0, 1.0)),
        _ => ("asymmetric", |sample| if sample > 0.0 { sample.tanh() } else { 0.7 * (1.4 * sample).tanh() }),
    };
    let blend = random.random_range(0.4..1.0);
    for sample in audio {
        *sample += blend * (curve(drive * *sample) - *sample);
    }
    format!("{name} saturation +{drive_db:.0} dB")
}
