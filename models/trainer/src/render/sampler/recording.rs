//! A recording in memory, read between its frames.

use std::path::Path;

use super::SamplerError;

/// Level below a recording's peak at which its sound starts: −46 dB. What comes before is the room.
const START_SHARE: f32 = 0.005;

/// Frames kept before that, so that no attack is cut.
const LEAD_FRAMES: usize = 32;

/// A mono recording.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Recording {
    samples: Vec<f32>,
    pub(super) sample_rate_hz: u32,
    /// The frame at which its sound starts.
    pub(super) start: usize,
}

impl Recording {
    pub(super) fn new(samples: Vec<f32>, sample_rate_hz: u32) -> Self {
        let peak = samples.iter().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
        let heard = samples.iter().position(|sample| sample.abs() > START_SHARE * peak).unwrap_or(0);
        Self { samples, sample_rate_hz, start: heard.saturating_sub(LEAD_FRAMES) }
    }

    /// Reads a recording; channels are averaged.
    pub(super) fn read(file: &Path) -> Result<Self, SamplerError> {
        let mono = attacca_decode::mono::read(file)
            .map_err(|source| SamplerError::Decode { file: file.to_owned(), source })?;
        Ok(Self::new(mono.samples, mono.sample_rate_hz))
    }

    pub(super) fn frames(&self) -> usize {
        self.samples.len()
    }

    /// The value at a position in frames, by the cubic through four neighbours (Catmull and Rom, 1974); 0 outside.
    pub(super) fn at(&self, position: f64) -> f32 {
        let index = position.floor();
        let within = (position - index) as f32;
        let frame = |step: i64| {
            usize::try_from(index as i64 + step).ok().and_then(|frame| self.samples.get(frame)).copied().unwrap_or(0.0)
        };
        let [before, here, next, after] = [-1, 0, 1, 2].map(frame);
        let slope = 0.5 * (next - before);
        let next_slope = 0.5 * (after - next + next - here);
        let change = next - here;
        let cubic = slope + next_slope - 2.0 * change;
        let square = 3.0 * change - 2.0 * slope - next_slope;
        here + within * (slope + within * (square + within * cubic))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_its_frames_a_slow_tone_is_nearly_what_it_is() {
        let tone = |frame: f64| (0.2 * frame).sin() as f32;
        let recording = Recording::new((0..200).map(|frame| tone(f64::from(frame))).collect(), 44_100);
        for step in 0..1000 {
            let position = 10.0 + 0.137 * f64::from(step);
            // The error of Catmull and Rom's cubic is within w³/24 of the amplitude at w radians a frame.
            assert!((recording.at(position) - tone(position)).abs() < 0.2f32.powi(3) / 24.0 + 1e-6, "{position}");
        }
        assert_eq!(recording.at(500.0), 0.0);
    }

    #[test]
    fn the_room_before_a_sound_is_left_out() {
        let mut samples = vec![0.001; 1000];
        samples.extend([0.5; 100]);
        assert_eq!(Recording::new(samples, 44_100).start, 1000 - LEAD_FRAMES);
    }

    #[test]
    fn a_file_that_is_no_recording_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.wav");
        std::fs::write(&file, b"no audio").unwrap();
        assert!(Recording::read(&file).unwrap_err().to_string().contains("a.wav"));
    }
}
