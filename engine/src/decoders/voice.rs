//! Singing voice: a switch with hysteresis on the smoothed activation.
//!
//! The switch turns when the activation has stayed on the other side of the network's threshold, by a margin, for a
//! minimum time; the change is dated back to where it crossed. So neither a consonant nor a breath ends a phrase, and a
//! cry of the guitar does not begin one. Runs on the audio thread; a change is known [`LATENCY_FRAMES`] after it
//! happened at the latest. After the duration rules of Lehner, Widmer, Sonnleitner, *On the reduction of false positives
//! in singing voice detection* (ICASSP 2014), made causal.

use attacca_models::description::DecoderSettings;

use super::{calibrated_probability, log_odds, shifted_threshold};

/// Frames of the moving average, an odd number: 50 ms, about a consonant.
const AVERAGE_FRAMES: usize = 5;

/// How far from the threshold, as a share of the way to 1 or to 0, the activation must go for the switch to turn.
const HYSTERESIS: f32 = 0.2;

/// Voice that is shorter than this is none: 70 ms, the shortest syllables in sung music.
const MINIMUM_VOICE_FRAMES: u32 = 7;

/// A pause that is shorter than this is none: 70 ms, a stop consonant inside a phrase. A breath takes longer; to wait for
/// its end would be to say too late that a voice has ended.
const MINIMUM_PAUSE_FRAMES: u32 = 7;

/// Frames after a change at which it is known, at most: half of the average, and the minimum duration of which the
/// changed frame is the first.
pub const LATENCY_FRAMES: usize = AVERAGE_FRAMES / 2 + MINIMUM_PAUSE_FRAMES as usize - 1;

/// A change found by the decoder.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VoiceChange {
    /// When, in frames: a change at the beginning of frame `n` is at `n`.
    pub frame: f64,
    /// Whether there is a voice from there on.
    pub active: bool,
    /// Calibrated probability that it is right, 0 to 1.
    pub confidence: f32,
}

/// The switch.
#[derive(Clone, Debug)]
pub struct VoiceDecoder {
    settings: DecoderSettings,
    sensitivity: f32,
    /// The newest activations, newest first.
    recent: [f32; AVERAGE_FRAMES],
    active: bool,
    /// Averaged frames on the other side so far, and the sum of their values.
    turning: Option<(u32, f32)>,
}

impl VoiceDecoder {
    /// A decoder that has heard nothing yet: no voice.
    pub fn new(settings: DecoderSettings) -> Self {
        Self { settings, sensitivity: 0.0, recent: [0.0; AVERAGE_FRAMES], active: false, turning: None }
    }

    /// Other settings, for another network, with the state kept.
    pub fn set_settings(&mut self, settings: DecoderSettings) {
        self.settings = settings;
    }

    /// How readily a voice is reported, −1 to 1.
    pub fn set_sensitivity(&mut self, sensitivity: f32) {
        self.sensitivity = sensitivity;
    }

    /// Forgets everything it heard.
    pub fn reset(&mut self) {
        *self = Self { sensitivity: self.sensitivity, ..Self::new(self.settings) };
    }

    /// Whether there is a voice, as far as reported.
    pub fn is_active(&self) -> bool {
        self.active
    }

    /// Takes the activation of `frame` and says whether a voice has begun or ended.
    pub fn step(&mut self, frame: u64, activation: f32) -> Option<VoiceChange> {
        self.recent.rotate_right(1);
        self.recent[0] = activation;
        let average = self.recent.iter().sum::<f32>() / AVERAGE_FRAMES as f32;

        let (frames, sum) = match self.turning {
            Some((frames, sum)) if !self.is_back(average) => (frames + 1, sum + average),
            None if self.is_beyond(average) => (1, average),
            _ => {
                self.turning = None;
                return None;
            }
        };
        let minimum = if self.active { MINIMUM_PAUSE_FRAMES } else { MINIMUM_VOICE_FRAMES };
        if frames < minimum {
            self.turning = Some((frames, sum));
            return None;
        }
        self.turning = None;
        self.active = !self.active;
        let voice = calibrated_probability(&self.settings, log_odds(sum / frames as f32));
        Some(VoiceChange {
            // The average is of the frame in its middle, and that one was the last of those counted.
            frame: (frame as f64 - (AVERAGE_FRAMES / 2) as f64 - f64::from(frames - 1)).max(0.0),
            active: self.active,
            confidence: if self.active { voice } else { 1.0 - voice },
        })
    }

    /// Whether an average speaks clearly against the present state.
    fn is_beyond(&self, average: f32) -> bool {
        if self.active { average < self.lower() } else { average > self.upper() }
    }

    /// Whether an average speaks clearly for the present state.
    fn is_back(&self, average: f32) -> bool {
        if self.active { average > self.upper() } else { average < self.lower() }
    }

    fn upper(&self) -> f32 {
        let threshold = self.threshold();
        threshold + HYSTERESIS * (1.0 - threshold)
    }

    fn lower(&self) -> f32 {
        (1.0 - HYSTERESIS) * self.threshold()
    }

    fn threshold(&self) -> f32 {
        shifted_threshold(self.settings.threshold, self.sensitivity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The changes for stretches of constant activation, each with the frame at which it was reported.
    fn changes(stretches: &[(usize, f32)]) -> Vec<(u64, VoiceChange)> {
        let mut decoder = VoiceDecoder::new(DecoderSettings::default());
        let activations = stretches.iter().flat_map(|&(frames, value)| std::iter::repeat_n(value, frames));
        (0..).zip(activations).filter_map(|(frame, value)| Some((frame, decoder.step(frame, value)?))).collect()
    }

    #[test]
    fn a_phrase_begins_and_ends_where_the_activation_crosses() {
        let found = changes(&[(100, 0.05), (100, 0.95), (100, 0.05)]);
        assert_eq!(found.iter().map(|(_, change)| change.active).collect::<Vec<_>>(), [true, false]);
        for ((_, change), expected) in found.iter().zip([100.0, 200.0]) {
            // The average passes the middle in time, and the margin beyond it a frame later.
            assert!((change.frame - expected).abs() <= 1.0, "{change:?} instead of {expected}");
        }
        assert!(found.iter().all(|(_, change)| change.confidence > 0.85), "{found:?}");
    }

    #[test]
    fn changes_are_known_within_the_declared_latency_and_the_slowest_takes_all_of_it() {
        let found = changes(&[(100, 0.05), (100, 0.95), (100, 0.05), (50, 0.7), (200, 0.2), (99, 0.65)]);
        let delays = found.iter().map(|(reported, change)| *reported as f64 - change.frame);
        assert_eq!(delays.fold(0.0, f64::max), LATENCY_FRAMES as f64);
    }

    #[test]
    fn a_consonant_does_not_end_a_phrase_and_a_knock_does_not_begin_one() {
        assert_eq!(changes(&[(100, 0.9), (5, 0.05), (100, 0.9)]).len(), 1);
        assert!(changes(&[(100, 0.05), (5, 0.95), (100, 0.05)]).is_empty());
    }

    #[test]
    fn what_hovers_around_the_threshold_changes_nothing() {
        assert!(changes(&[(50, 0.4), (50, 0.58), (50, 0.42), (50, 0.55)]).is_empty());
        assert_eq!(changes(&[(50, 0.8), (50, 0.45), (50, 0.55), (50, 0.42)]).len(), 1);
    }

    #[test]
    fn after_a_reset_there_is_no_voice() {
        let mut decoder = VoiceDecoder::new(DecoderSettings::default());
        for frame in 0..50 {
            decoder.step(frame, 0.9);
        }
        assert!(decoder.is_active());
        decoder.reset();
        assert!(!decoder.is_active());
    }
}
