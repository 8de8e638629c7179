//! The last seconds, as they were heard.
//!
//! Positions are turned into hops of 10 ms, so that everything that is drawn over time shares one grid: hop `n` holds the
//! music between hop `n − 1` and hop `n`.

use std::collections::VecDeque;

use attacca_engine::{
    Event, EventKind, OnsetBand, OnsetBands, Portrait, SamplePosition, Snapshot,
    models::{Task, front_end::FRAMES_PER_SECOND, vocabulary::ChordOverBass},
};

/// Hops that are kept: 10.24 s, a power of two so that a hop's place in a ring needs no division.
pub const HOPS: usize = 1024;

/// Events that are kept at most: more than any music has in the time that is kept.
const EVENTS: usize = 1024;

/// An onset that was heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Onset {
    /// When it happened.
    pub position: SamplePosition,
    /// When it was reported.
    pub reported: SamplePosition,
    /// Where in the spectrum.
    pub bands: OnsetBands,
}

/// A beat that was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beat {
    /// When it happened.
    pub position: SamplePosition,
    /// Its place in the bar, from 1.
    pub beat_in_bar: u8,
}

/// What held from a position on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change<T> {
    /// From when.
    pub position: SamplePosition,
    /// What.
    pub value: T,
}

/// The last seconds.
#[derive(Debug, Default)]
pub struct History {
    /// Onsets, oldest first.
    pub onsets: VecDeque<Onset>,
    /// Beats, oldest first.
    pub beats: VecDeque<Beat>,
    /// Changes of voice, oldest first; the first may be older than what is kept, since it may hold still.
    pub voice: VecDeque<Change<bool>>,
    /// Changes of chord, likewise.
    pub chords: VecDeque<Change<Option<ChordOverBass>>>,
    /// Portraits that have not been given to the spectrogram yet, oldest first.
    pub fresh_portraits: VecDeque<Portrait>,
    /// The newest portrait.
    pub newest_portrait: Option<Portrait>,
    /// When each band's newest onset was reported, and how strong it was, lowest band first.
    pub lights: [Option<(SamplePosition, f32)>; OnsetBand::ALL.len()],
    snapshots: VecDeque<Snapshot>,
    newest_event: SamplePosition,
}

impl History {
    /// Takes an event.
    pub fn hear_event(&mut self, event: &Event) {
        let position = event.position;
        let reported = SamplePosition(position.0.saturating_add(u64::from(event.latency_samples)));
        if went_back(self.newest_event, reported) {
            self.forget_events_after(SamplePosition(0));
        }
        self.newest_event = reported;
        match event.kind {
            EventKind::Onset { bands, .. } => {
                push(&mut self.onsets, Onset { position, reported, bands });
                for (light, band) in self.lights.iter_mut().zip(OnsetBand::ALL) {
                    let strength = bands.of(band);
                    if strength >= FAINTEST_LIGHT {
                        *light = Some((reported, strength));
                    }
                }
            }
            EventKind::Beat { beat_in_bar, .. } => push(&mut self.beats, Beat { position, beat_in_bar }),
            EventKind::Voice { active } => push(&mut self.voice, Change { position, value: active }),
            EventKind::Chord { chord, bass } => {
                let value = chord.map(|chord| ChordOverBass { chord, bass });
                // A bass that is known later belongs to the whole of its chord.
                match self.chords.back_mut().filter(|last| last.value.map(|last| last.chord) == chord) {
                    Some(last) => last.value = value,
                    None => push(&mut self.chords, Change { position, value }),
                }
            }
            EventKind::Key { .. } => {}
        }
    }

    /// Takes a portrait.
    pub fn hear_portrait(&mut self, portrait: &Portrait) {
        if self.newest_portrait.is_some_and(|newest| went_back(newest.position, portrait.position)) {
            self.fresh_portraits.clear();
        }
        if self.fresh_portraits.len() == HOPS {
            self.fresh_portraits.pop_front();
        }
        self.fresh_portraits.push_back(*portrait);
        self.newest_portrait = Some(*portrait);
    }

    /// Takes a snapshot, unless it was taken before.
    pub fn hear_snapshot(&mut self, snapshot: &Snapshot) {
        if went_back(self.newest(), snapshot.position) {
            self.snapshots.clear();
            self.forget_events_after(SamplePosition(snapshot.position.0 + LATE_SAMPLES));
        }
        if self.snapshots.back().is_some_and(|last| last.position >= snapshot.position) {
            return;
        }
        if self.snapshots.len() == HOPS {
            self.snapshots.pop_front();
        }
        self.snapshots.push_back(*snapshot);
    }

    /// Position of the newest snapshot.
    pub fn newest(&self) -> SamplePosition {
        self.snapshots.back().map_or(SamplePosition(0), |snapshot| snapshot.position)
    }

    fn forget_events_after(&mut self, last: SamplePosition) {
        self.onsets.retain(|onset| onset.position <= last);
        self.beats.retain(|beat| beat.position <= last);
        self.voice.retain(|change| change.position <= last);
        self.chords.retain(|change| change.position <= last);
        for light in &mut self.lights {
            *light = light.filter(|(reported, _)| *reported <= last);
        }
    }

    /// Snapshots with the time that the activations of a task speak of, in hops, oldest first; `delays_samples` has the
    /// delay of each task.
    pub fn snapshots(
        &self,
        task: Task,
        sample_rate_hz: u32,
        delays_samples: &[u64; Task::ALL.len()],
    ) -> impl Iterator<Item = (f64, &Snapshot)> {
        let delay = delays_samples[task as usize];
        self.snapshots.iter().map(move |snapshot| {
            (hops(SamplePosition(snapshot.position.0.saturating_sub(delay)), sample_rate_hz), snapshot)
        })
    }
}

/// Rises of a band below this share are those of another band's onset.
pub const FAINTEST_LIGHT: f32 = 0.15;

/// How far behind the newest position something may be heard of without the engine having begun anew: half a second at
/// the highest rate.
const LATE_SAMPLES: u64 = 192_000;

/// Whether the engine has begun anew between two positions of one kind.
fn went_back(newest: SamplePosition, position: SamplePosition) -> bool {
    position.0.saturating_add(LATE_SAMPLES) < newest.0
}

/// A position in hops.
pub fn hops(position: SamplePosition, sample_rate_hz: u32) -> f64 {
    position.seconds(sample_rate_hz.max(1)) * f64::from(FRAMES_PER_SECOND)
}

fn push<T>(events: &mut VecDeque<T>, event: T) {
    if events.len() == EVENTS {
        events.pop_front();
    }
    events.push_back(event);
}

#[cfg(test)]
mod tests {
    use attacca_engine::models::vocabulary::ChordClass;

    use super::*;

    fn beat_at(position: u64) -> Event {
        let kind = EventKind::Beat { beat_in_bar: 1, beats_per_bar: 4, tempo: attacca_engine::Bpm(120.0) };
        Event { position: SamplePosition(position), latency_samples: 441, confidence: 0.9, kind }
    }

    #[test]
    fn an_engine_that_begins_anew_leaves_no_past() {
        let mut history = History::default();
        history.hear_event(&beat_at(1_000_000));
        history.hear_event(&beat_at(990_000));
        assert_eq!(history.beats.len(), 2, "late, but from the same time");
        history.hear_event(&beat_at(4_410));
        assert_eq!(history.beats.len(), 1);
        history.hear_event(&beat_at(900_000));
        history.hear_snapshot(&Snapshot { position: SamplePosition(1_000_000), ..Snapshot::default() });
        history.hear_snapshot(&Snapshot { position: SamplePosition(480), ..Snapshot::default() });
        assert_eq!((history.beats.len(), history.newest()), (1, SamplePosition(480)));
    }

    #[test]
    fn a_bass_that_is_known_later_belongs_to_its_whole_chord() {
        let mut history = History::default();
        let mut hear = |position, class, bass| {
            let kind = EventKind::Chord { chord: ChordClass::from_class(class), bass };
            history.hear_event(&Event {
                position: SamplePosition(position),
                latency_samples: 0,
                confidence: 0.9,
                kind,
            });
            history
                .chords
                .iter()
                .map(|change| (change.position.0, change.value.and_then(|v| v.bass)))
                .collect::<Vec<_>>()
        };
        assert_eq!(hear(4_800, 1, None), [(4_800, None)]);
        assert_eq!(hear(9_600, 1, Some(4)), [(4_800, Some(4))]);
        assert_eq!(hear(48_000, 2, None), [(4_800, Some(4)), (48_000, None)]);
    }

    #[test]
    fn only_the_last_seconds_are_kept() {
        let mut history = History::default();
        for hop in 1..=3_000 {
            history.hear_portrait(&Portrait { position: SamplePosition(hop * 480), ..Portrait::default() });
            history.hear_snapshot(&Snapshot { position: SamplePosition(hop * 480), ..Snapshot::default() });
            history.hear_event(&beat_at(hop * 480));
        }
        assert_eq!(history.fresh_portraits.len(), HOPS);
        let delays = [0, 960, 0, 0, 0];
        let times: Vec<_> = history.snapshots(Task::Beat, 48_000, &delays).map(|(hop, _)| hop).collect();
        assert_eq!((times.len(), times[HOPS - 1]), (HOPS, 2_998.0));
        assert!(history.beats.len() <= EVENTS);
    }
}
