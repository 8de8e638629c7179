//! Which beat sounds at a moment, by what the engine predicts.

use attacca_engine::{SamplePosition, snapshot::BeatState};

/// The beat that sounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SoundingBeat {
    /// Its place in the bar, from 1.
    pub beat_in_bar: u8,
    /// Time since it fell in seconds, 0 or more.
    pub since_seconds: f32,
}

/// The beat that sounds at `now`. A predicted beat sounds once its time has come, and does not wait to be confirmed.
pub fn sounding_beat(beat: &BeatState, now: SamplePosition, sample_rate_hz: u32) -> SoundingBeat {
    let until_next = beat.next_beat.seconds(sample_rate_hz.max(1)) - now.seconds(sample_rate_hz.max(1));
    if until_next <= 0.0 {
        let beat_in_bar = beat.beat_in_bar % beat.beats_per_bar.max(1) + 1;
        return SoundingBeat { beat_in_bar, since_seconds: -until_next as f32 };
    }
    let since = beat.tempo.period_seconds() - until_next;
    SoundingBeat { beat_in_bar: beat.beat_in_bar, since_seconds: since.max(0.0) as f32 }
}

/// How bright a light is that was lit `since_seconds` ago and fades in `fade_seconds`: 1 to 0.
pub fn glow(since_seconds: f32, fade_seconds: f32) -> f32 {
    let left = (1.0 - since_seconds / fade_seconds).clamp(0.0, 1.0);
    left * left
}

#[cfg(test)]
mod tests {
    use super::*;
    use attacca_engine::Bpm;

    #[test]
    fn a_beat_sounds_when_it_was_predicted() {
        let next_beat = SamplePosition(96_000);
        let beat = BeatState { tempo: Bpm(120.0), beat_in_bar: 4, beats_per_bar: 4, next_beat, confidence: 0.9 };
        let at = |now| sounding_beat(&beat, SamplePosition(now), 48_000);
        assert_eq!(at(95_999).beat_in_bar, 4);
        assert_eq!(at(96_000), SoundingBeat { beat_in_bar: 1, since_seconds: 0.0 });
        assert_eq!(at(84_000), SoundingBeat { beat_in_bar: 4, since_seconds: 0.25 });
        assert_eq!(at(0).since_seconds, 0.0, "long before, nothing is known of the last beat");
    }

    #[test]
    fn lights_fade_to_nothing() {
        assert_eq!((glow(0.0, 0.2), glow(0.1, 0.2), glow(0.2, 0.2), glow(9.0, 0.2)), (1.0, 0.25, 0.0, 0.0));
    }
}
