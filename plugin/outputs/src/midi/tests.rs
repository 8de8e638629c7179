//! Whole streams of messages.

use std::collections::HashMap;

use attacca_engine::{
    OnsetBands,
    models::vocabulary::{ChordClass, ChordQuality},
};
use proptest::prelude::*;

use super::*;
use crate::settings::ChordVoicing;

const RATE_HZ: u32 = 44_100;
const HOP: u64 = 441;

fn event(position: u64, latency_samples: u32, kind: EventKind) -> Event {
    Event { position: SamplePosition(position), latency_samples, confidence: 0.5, kind }
}

fn chord(root: u8) -> EventKind {
    chord_over(root, None)
}

fn chord_over(root: u8, bass: Option<u8>) -> EventKind {
    EventKind::Chord { chord: Some(ChordClass { root, quality: ChordQuality::Major }), bass }
}

fn hop(position: u64, next_beat: Option<u64>) -> Snapshot {
    let beat = next_beat.map(|next| BeatState {
        tempo: Bpm(120.0),
        beat_in_bar: 4,
        beats_per_bar: 4,
        next_beat: SamplePosition(next),
        confidence: 0.9,
    });
    Snapshot { position: SamplePosition(position), beat, ..Snapshot::default() }
}

fn sent(settings: MidiSettings, steps: impl Fn(&mut MidiSender, &mut dyn FnMut(MidiMessage))) -> Vec<MidiMessage> {
    let mut sender = MidiSender::new(settings, RATE_HZ);
    let mut messages = Vec::new();
    steps(&mut sender, &mut |message| messages.push(message));
    messages
}

#[test]
fn an_onset_is_a_short_note_when_it_is_known() {
    let bands = OnsetBands { low: 0.1, mid: 0.2, high: 0.9 };
    let messages = sent(MidiSettings::default(), |sender, send| {
        sender.event(&event(1000, 500, EventKind::Onset { strength: 1.0, bands }), &mut *send);
        sender.block_end(SamplePosition(10_000), &mut *send);
    });
    let note = |position, kind| MidiMessage { position: SamplePosition(position), channel: 9, kind };
    assert_eq!(
        messages,
        [note(1500, MidiKind::NoteOn { key: 42, velocity: 127 }), note(1500 + 2646, MidiKind::NoteOff { key: 42 })]
    );
}

#[test]
fn a_bass_moves_only_where_there_is_one() {
    for (chord_voicing, moved) in [(ChordVoicing::Close, false), (ChordVoicing::WithBass, true)] {
        let settings = MidiSettings { chord_voicing, ..MidiSettings::default() };
        let messages = sent(settings, |sender, send| {
            sender.event(&event(0, 100, chord(0)), &mut *send);
            sender.event(&event(20_000, 100, chord_over(0, Some(4))), &mut *send);
        });
        let later: Vec<_> = messages.iter().filter(|message| message.position.0 == 20_100).collect();
        assert_eq!(!later.is_empty(), moved, "{later:?}");
        let bass = |message: &&MidiMessage| matches!(message.kind, MidiKind::NoteOn { key: 40, .. });
        assert_eq!(later.into_iter().any(|message| bass(&message)), moved);
    }
}

#[test]
fn a_chord_is_held_until_the_next() {
    let settings = MidiSettings { chord_voicing: ChordVoicing::Close, ..MidiSettings::default() };
    let messages = sent(settings, |sender, send| {
        sender.event(&event(0, 100, chord(0)), &mut *send);
        sender.event(&event(50_000, 100, chord(9)), &mut *send);
        sender.event(&event(90_000, 100, EventKind::Chord { chord: None, bass: None }), &mut *send);
    });
    let keys = |on: bool, at: u64| -> Vec<u8> {
        messages
            .iter()
            .filter(|message| message.position.0 == at)
            .filter_map(|message| match message.kind {
                MidiKind::NoteOn { key, .. } if on => Some(key),
                MidiKind::NoteOff { key } if !on => Some(key),
                _ => None,
            })
            .collect()
    };
    assert_eq!((keys(true, 100), keys(false, 50_100)), (vec![60, 64, 67], vec![60, 64, 67]));
    assert_eq!((keys(true, 50_100), keys(false, 90_100)), (vec![61, 64, 69], vec![61, 64, 69]));
}

#[test]
fn an_anticipated_beat_comes_when_it_is_predicted_and_once() {
    let messages = sent(MidiSettings::default(), |sender, send| {
        sender.hop(&hop(HOP, Some(1000)), &mut *send);
        // The prediction wavers.
        sender.hop(&hop(2 * HOP, Some(990)), &mut *send);
        sender.hop(&hop(3 * HOP, Some(1400)), &mut *send);
        // One that is predicted late comes at once, and not in the past.
        sender.hop(&hop(4 * HOP, None), &mut *send);
        sender.hop(&hop(60 * HOP, Some(24_000)), &mut *send);
        sender.hop(&hop(61 * HOP, None), &mut *send);
        let reported = EventKind::Beat { beat_in_bar: 1, beats_per_bar: 4, tempo: Bpm(120.0) };
        sender.event(&event(995, 26_000, reported), &mut *send);
        sender.block_end(SamplePosition(30_000), &mut *send);
    });
    let beats: Vec<_> = messages
        .iter()
        .filter(|message| matches!(message.kind, MidiKind::NoteOn { .. }))
        .map(|message| (message.position.0, message.channel, message.kind))
        .collect();
    // The beat that is to come after the fourth of four is the first.
    let downbeat = MidiKind::NoteOn { key: 34, velocity: velocity(0.9) };
    assert_eq!(beats, [(990, 15, downbeat), (60 * HOP, 15, downbeat)]);
}

#[test]
fn without_anticipation_a_beat_comes_when_it_is_confirmed() {
    let settings = MidiSettings { anticipate: false, ..MidiSettings::default() };
    let messages = sent(settings, |sender, send| {
        sender.hop(&hop(HOP, Some(1000)), &mut *send);
        let reported = EventKind::Beat { beat_in_bar: 2, beats_per_bar: 4, tempo: Bpm(120.0) };
        sender.event(&event(995, 2000, reported), &mut *send);
    });
    let first = messages[0];
    assert_eq!((first.position.0, first.kind), (2995, MidiKind::NoteOn { key: 33, velocity: velocity(0.5) }));
}

#[test]
fn controllers_say_tempo_confidence_and_voice_when_they_change() {
    let messages = sent(MidiSettings { beats: false, ..MidiSettings::default() }, |sender, send| {
        let beat = |at: u64| event(at, 0, EventKind::Beat { beat_in_bar: 2, beats_per_bar: 4, tempo: Bpm(300.0) });
        sender.event(&beat(100), &mut *send);
        sender.event(&beat(200), &mut *send);
        sender.event(&event(300, 0, EventKind::Voice { active: true }), &mut *send);
        sender.end_all(SamplePosition(400), &mut *send);
    });
    let values: Vec<_> = messages.iter().map(|message| (message.position.0, message.kind)).collect();
    let controller = |number, value| MidiKind::Controller { number, value };
    let expected =
        [(100, controller(21, 127)), (100, controller(22, 64)), (300, controller(20, 127)), (400, controller(20, 0))];
    assert_eq!(values, expected);
}

#[test]
fn other_settings_end_what_sounds_and_take_the_chord_along() {
    let messages = sent(MidiSettings::default(), |sender, send| {
        sender.event(&event(0, 0, chord(0)), &mut *send);
        let settings = MidiSettings { chord_channel: 3, chord_voicing: ChordVoicing::Root, ..MidiSettings::default() };
        sender.set(settings, SamplePosition(10), &mut *send);
        sender.end_all(SamplePosition(20), &mut *send);
    });
    assert_eq!(
        messages.last().map(|message| (message.channel, message.kind)),
        Some((3, MidiKind::NoteOff { key: 60 }))
    );
    assert!(nothing_sounds(&messages));
}

fn nothing_sounds(messages: &[MidiMessage]) -> bool {
    let mut sounding: HashMap<(u8, u8), i32> = HashMap::new();
    for message in messages {
        match message.kind {
            MidiKind::NoteOn { key, .. } => {
                let count = sounding.entry((message.channel, key)).or_default();
                *count += 1;
                if *count > 1 {
                    return false;
                }
            }
            MidiKind::NoteOff { key } => *sounding.entry((message.channel, key)).or_default() -= 1,
            MidiKind::Controller { .. } => {}
        }
    }
    sounding.values().all(|&count| count == 0)
}

proptest! {
    /// Any events, in any number, leave no note behind, strike none twice, and come in the order of time.
    #[test]
    fn every_note_ends(steps in prop::collection::vec((0_u8..6, 0_u64..3000, 0_u8..12), 0..400)) {
        let messages = sent(MidiSettings::default(), |sender, send| {
            let mut now = 0;
            for &(what, later, root) in &steps {
                now += later;
                let bands = OnsetBands { low: f32::from(root) / 12.0, mid: 0.5, high: 0.4 };
                match what {
                    0 => sender.event(&event(now, 0, EventKind::Onset { strength: 0.4, bands }), &mut *send),
                    1 => sender.event(&event(now, 0, chord(root)), &mut *send),
                    2 => sender.event(&event(now, 0, EventKind::Voice { active: root > 6 }), &mut *send),
                    3 => sender.hop(&hop(now, Some(now + 300 * u64::from(root))), &mut *send),
                    4 => sender.hop(&hop(now, None), &mut *send),
                    _ => sender.block_end(SamplePosition(now), &mut *send),
                }
            }
            sender.end_all(SamplePosition(now), &mut *send);
        });
        prop_assert!(nothing_sounds(&messages));
        prop_assert!(messages.windows(2).all(|pair| pair[0].position <= pair[1].position));
    }
}
