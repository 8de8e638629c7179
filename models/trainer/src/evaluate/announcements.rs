//! For when beats were announced: of each, the engine's last word before it fell.

use attacca_engine::Snapshot;

/// An announcement that moves by less than this share of a period speaks of the same beat.
const SAME_BEAT: f64 = 0.5;

/// The times for which beats were announced, in order, in seconds.
#[derive(Clone, Debug, Default)]
pub struct Announcements {
    times: Vec<f64>,
}

impl Announcements {
    /// Takes what the engine expects after a hop.
    pub fn hear(&mut self, snapshot: &Snapshot, sample_rate_hz: u32) {
        let Some(beat) = snapshot.beat else { return };
        let next = beat.next_beat.seconds(sample_rate_hz);
        if next < snapshot.position.seconds(sample_rate_hz) {
            return;
        }
        match self.times.last_mut() {
            Some(last) if next - *last < SAME_BEAT * beat.tempo.period_seconds() => *last = next,
            _ => self.times.push(next),
        }
    }

    /// For when the beat at `time` was announced, where it was: within half of `period` seconds.
    pub fn of_beat(&self, time: f64, period: f64) -> Option<f64> {
        let after = self.times.partition_point(|announced| *announced < time);
        let near = self.times.iter().skip(after.saturating_sub(1)).take(2).copied();
        let nearest = near.min_by(|one, other| (one - time).abs().total_cmp(&(other - time).abs()))?;
        ((nearest - time).abs() < SAME_BEAT * period).then_some(nearest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use attacca_engine::{Bpm, SamplePosition, snapshot::BeatState};

    /// At a rate of 1000 Hz: after `position` ms a beat at 120 BPM is expected at `next_beat` ms.
    fn expecting(position: u64, next_beat: u64) -> Snapshot {
        let beat = BeatState {
            tempo: Bpm(120.0),
            beat_in_bar: 1,
            beats_per_bar: 4,
            next_beat: SamplePosition(next_beat),
            confidence: 1.0,
        };
        Snapshot { position: SamplePosition(position), beat: Some(beat), ..Snapshot::default() }
    }

    #[test]
    fn the_last_word_before_a_beat_counts() {
        let mut announcements = Announcements::default();
        for (position, next_beat) in [(600, 980), (800, 1010), (990, 1004), (1010, 1000), (1020, 1504), (1400, 1498)] {
            announcements.hear(&expecting(position, next_beat), 1000);
        }
        announcements.hear(&Snapshot::default(), 1000);
        assert_eq!(announcements.of_beat(1.0, 0.5), Some(1.004));
        assert_eq!(announcements.of_beat(1.49, 0.5), Some(1.498));
        assert_eq!(announcements.of_beat(0.5, 0.5), None, "nothing was said of it");
    }
}
