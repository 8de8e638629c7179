//! Which onsets can be heard in the finished mix.
//!
//! A ghost note under a loud chord is in the score and nowhere else. No listener would annotate it, and a network
//! that is told to find it learns to guess: such onsets are masked.

use attacca_engine::features::{FeatureStream, FeatureStreamError};
use attacca_models::{
    FrontEnd,
    front_end::{FRAMES_PER_SECOND, MelFrontEnd, MelScale, Scaling},
};

const BANDS: usize = 40;

/// Frames before an onset whose mean is what it rises from. Their windows end before it.
const BEFORE_FRAMES: usize = 4;

/// Frames after an onset among which the highest counts: an attack of 60 ms and the window's 23 ms.
const AFTER_FRAMES: usize = 9;

/// Rise that is heard, in dB, in any band: a masked component of complex sounds is noticed from about 3 dB on, and
/// beating partials of held chords rise by as much without an onset.
const HEARD_RISE_DB: f32 = 4.0;

/// How far below the loudest band of the moment a band still counts, in dB.
const HEARD_DEPTH_DB: f32 = 45.0;

/// Magnitude added to all, −90 dB of full scale: rises below it are those of the last bit.
const FLOOR: f32 = 3e-5;

/// For each onset (in seconds), whether the audio rises there.
pub(super) fn heard(audio: &[f32], sample_rate: u32, onsets: &[f64]) -> Result<Vec<bool>, FeatureStreamError> {
    let front_end = FrontEnd::Mel(MelFrontEnd {
        window_seconds: 0.0232,
        bands: BANDS,
        minimum_hz: 30.0,
        maximum_hz: 16_000.0,
        scale: MelScale::Htk,
        difference: false,
        whitening: None,
        harmonic_percussive: None,
        scaling: Scaling::LINEAR,
    });
    let mut stream = FeatureStream::new(&front_end, sample_rate, 1)?;
    let mut frames: Vec<Vec<f32>> = Vec::new();
    stream.push_interleaved(audio, |_, frame| frames.push(frame.to_vec()));
    Ok(onsets.iter().map(|onset| rises(&frames, (onset * f64::from(FRAMES_PER_SECOND)) as usize)).collect())
}

fn rises(frames: &[Vec<f32>], at: usize) -> bool {
    let after = frames.get(at..(at + AFTER_FRAMES).min(frames.len())).unwrap_or_default();
    let before = frames.get(at.saturating_sub(BEFORE_FRAMES)..at.min(frames.len())).unwrap_or_default();
    let loudest = after.iter().flatten().copied().fold(0.0, f32::max);
    let deepest = loudest * 10f32.powf(-HEARD_DEPTH_DB / 20.0);
    let ratio = 10f32.powf(HEARD_RISE_DB / 20.0);
    (0..BANDS).any(|band| {
        let peak = after.iter().map(|frame| frame[band]).fold(0.0, f32::max);
        let sum: f32 = before.iter().map(|frame| frame[band]).sum();
        let base = sum / before.len().max(1) as f32;
        peak > deepest && peak + FLOOR > ratio * (base + FLOOR)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A held chord at full level and a tone of another pitch that enters at 0.5 s.
    fn chord_and_tone(level: f32) -> Vec<f32> {
        let tone = |sample: usize, hz: f32| (std::f32::consts::TAU * hz * sample as f32 / 44_100.0).sin();
        (0..44_100)
            .map(|sample| {
                let entering = if sample >= 22_050 { level * tone(sample, 3000.0) } else { 0.0 };
                0.3 * (tone(sample, 220.0) + tone(sample, 2960.0)) + entering
            })
            .collect()
    }

    #[test]
    fn a_tone_is_heard_unless_a_louder_one_covers_it() {
        assert_eq!(heard(&chord_and_tone(0.3), 44_100, &[0.5]).unwrap(), vec![true]);
        assert_eq!(heard(&chord_and_tone(0.002), 44_100, &[0.5]).unwrap(), vec![false]);
    }

    #[test]
    fn nothing_is_heard_in_silence() {
        assert_eq!(heard(&vec![0.0; 44_100], 44_100, &[0.0, 0.5, 0.999]).unwrap(), vec![false; 3]);
    }
}
