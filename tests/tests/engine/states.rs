//! Voice, chords and key: each event holds until the next of its kind.

use std::sync::OnceLock;

use attacca_engine::{
    Command, Controller, EngineConfig, EventKind, Processor, Reader, Spread, build,
    models::{Task, WeightsFile, vocabulary::KEY_LABELS},
};
use proptest::prelude::*;

use crate::{
    stand_ins,
    support::{Heard, drain, engine_of_onsets_and_beats, process, task_of},
};

const RATE_HZ: u32 = 22_050;

/// An engine with the stand-in networks.
fn stand_in_engine(sample_rate_hz: u32) -> (Controller, Processor, Reader) {
    engine_with(stand_ins::all(), sample_rate_hz)
}

fn engine_with(networks: Vec<WeightsFile>, sample_rate_hz: u32) -> (Controller, Processor, Reader) {
    build(EngineConfig {
        sample_rate_hz,
        channels: 1,
        networks,
        event_capacity: 1024,
        snapshot_capacity: 4096,
        portrait_capacity: 0,
        spread: Spread::HOP,
    })
    .expect("the stand-ins fit every rate")
}

fn listen(block_sizes: &[usize]) -> Heard {
    static PIECE: OnceLock<Vec<f32>> = OnceLock::new();
    let piece = PIECE.get_or_init(|| stand_ins::piece(RATE_HZ));
    let (_controller, mut processor, mut reader) = stand_in_engine(RATE_HZ);
    process(&mut processor, piece, block_sizes);
    drain(&mut reader)
}

fn in_one_block() -> &'static Heard {
    static HEARD: OnceLock<Heard> = OnceLock::new();
    HEARD.get_or_init(|| listen(&[usize::MAX]))
}

/// Times and values of the events of one kind.
fn states<T>(value: impl Fn(EventKind) -> Option<T>) -> Vec<(f64, T)> {
    let events = in_one_block().events.iter();
    events.filter_map(|event| Some((event.position.seconds(RATE_HZ), value(event.kind)?))).collect()
}

#[test]
fn every_chord_is_named_where_it_begins_and_silence_has_none() {
    let found = states(|kind| match kind {
        EventKind::Chord { chord, .. } => Some(chord.map_or("N", |chord| chord.label())),
        _ => None,
    });
    let labels: Vec<_> = found.iter().map(|(_, label)| *label).collect();
    assert_eq!(labels[..stand_ins::CHORDS.len()], stand_ins::CHORDS, "{found:?}");
    assert_eq!(labels[stand_ins::CHORDS.len()..], ["N"], "{found:?}");
    for (index, (time, label)) in found.iter().enumerate() {
        let expected = index as f64 * stand_ins::CHORD_SECONDS;
        // The constant-Q transform hears a tone of the octave of middle C within a tenth of a second.
        assert!((time - expected).abs() < 0.15, "{label} at {time} instead of {expected}");
    }
}

#[test]
fn the_voice_begins_and_ends_where_it_does() {
    let found = states(|kind| match kind {
        EventKind::Voice { active } => Some(active),
        _ => None,
    });
    assert_eq!(found.iter().map(|(_, active)| *active).collect::<Vec<_>>(), [true, false], "{found:?}");
    for ((time, _), expected) in found.iter().zip([stand_ins::VOICE.0, stand_ins::VOICE.1]) {
        assert!((time - expected).abs() < 0.05, "{time} instead of {expected}");
    }
}

#[test]
fn the_key_becomes_clear_once() {
    let found = states(|kind| match kind {
        EventKind::Key { key } => Some(key.label()),
        _ => None,
    });
    assert_eq!(found.iter().map(|(_, key)| *key).collect::<Vec<_>>(), [KEY_LABELS[0]], "{found:?}");
}

#[test]
fn without_a_network_for_it_the_key_follows_the_chords_as_long_as_they_are_heard() {
    let (_controller, mut processor, mut reader) = engine_with(vec![stand_ins::chord()], RATE_HZ);
    let piece = stand_ins::piece(RATE_HZ);
    process(&mut processor, &piece, &[512]);
    process(&mut processor, &piece, &[97]);
    let heard = drain(&mut reader);
    let keys: Vec<_> = heard.events.iter().filter(|event| task_of(event) == Task::Key).collect();
    let [key] = keys.as_slice() else { panic!("the key is said once: {keys:?}") };
    assert!(matches!(key.kind, EventKind::Key { key } if key.label() == KEY_LABELS[0]), "{key:?}");
    assert!(key.latency_samples <= processor.task_latency_samples(Task::Key), "{key:?}");
    let last = heard.snapshots.last().and_then(|snapshot| snapshot.key);
    assert!(last.is_some_and(|state| state.confidence > 0.5), "silence keeps it: {last:?}");

    let mut settings = *processor.settings();
    settings.tasks[Task::Chord as usize].enabled = false;
    processor.command(Command::Settings(settings));
    process(&mut processor, &piece[..2000], &[512]);
    assert_eq!(processor.task_latency_samples(Task::Key), 0);
    assert_eq!(drain(&mut reader).snapshots.last().map(|snapshot| snapshot.key), Some(None));
}

#[test]
fn snapshots_show_what_the_events_said() {
    let heard = in_one_block();
    let (mut voice, mut chord, mut key) = (false, None, None);
    let mut events = heard.events.iter().peekable();
    for snapshot in &heard.snapshots {
        while let Some(event) =
            events.next_if(|event| event.position.0 + u64::from(event.latency_samples) <= snapshot.position.0)
        {
            match event.kind {
                EventKind::Voice { active } => voice = active,
                EventKind::Chord { chord: next, .. } => chord = next,
                EventKind::Key { key: next } => key = Some(next),
                EventKind::Onset { .. } | EventKind::Beat { .. } => {}
            }
        }
        let shown = snapshot.chord.expect("there is a chord network");
        assert_eq!((snapshot.voice, shown.chord, snapshot.key.map(|state| state.key)), (voice, chord, key));
        assert!(shown.alternatives[0].probability >= shown.alternatives[1].probability);
        assert!(shown.alternatives.iter().all(|other| other.chord != shown.chord));
    }
    assert!(events.next().is_none(), "every event was seen");
}

#[test]
fn no_event_is_later_than_declared() {
    for rate in [22_050, 44_100, 96_000] {
        let (_controller, mut processor, mut reader) = stand_in_engine(rate);
        process(&mut processor, &stand_ins::piece(rate), &[64]);
        let events = drain(&mut reader).events;
        for event in &events {
            let declared = processor.task_latency_samples(task_of(event));
            assert!(event.latency_samples <= declared, "{rate} Hz: declared {declared}, found {event:?}");
        }
        // The end of the voice takes all of the minimum pause: the declared latency is reached but for a hop.
        let end = events.iter().find(|event| event.kind == EventKind::Voice { active: false }).expect("it ends");
        let declared = processor.task_latency_samples(Task::Voice);
        assert!(declared - end.latency_samples <= rate / 100, "{rate} Hz: declared {declared}, found {end:?}");
    }
}

#[test]
fn common_blocks_agree() {
    for size in [1, 64, 441, 8192] {
        assert_eq!(&listen(&[size]), in_one_block(), "blocks of {size}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn random_partitions_agree(sizes in prop::collection::vec(1_usize..=8192, 1..40)) {
        prop_assert_eq!(&listen(&sizes), in_one_block());
    }
}

#[test]
fn networks_that_are_added_while_audio_runs_speak_after_two_seconds() {
    let (mut controller, mut processor, mut reader) = engine_of_onsets_and_beats(RATE_HZ);
    let piece = stand_ins::piece(RATE_HZ);
    for network in stand_ins::all() {
        controller.load(network).expect("a stand-in fits");
    }
    // The key needs more than the thirteen seconds that are left of one.
    process(&mut processor, &piece, &[97]);
    process(&mut processor, &piece, &[97]);
    let heard = drain(&mut reader);
    let first = |task| heard.events.iter().find(|event| task_of(event) == task);
    for task in [Task::Voice, Task::Chord, Task::Key] {
        let event = first(task).unwrap_or_else(|| panic!("nothing of {}", task.name()));
        let published = event.position.0 + u64::from(event.latency_samples);
        assert!(published > 2 * u64::from(RATE_HZ), "{event:?}");
    }
    assert_eq!(heard.snapshots.last().map(|snapshot| snapshot.health.dropped_events), Some(0));
}

#[test]
fn a_reset_forgets_voice_chord_and_key() {
    let piece = stand_ins::piece(RATE_HZ);
    let (mut controller, mut processor, mut reader) = stand_in_engine(RATE_HZ);
    process(&mut processor, &piece[..piece.len() / 3], &[512]);
    let first = drain(&mut reader);
    assert!(first.snapshots.last().is_some_and(|snapshot| snapshot.voice));
    controller.send(Command::Reset).expect("the queue is empty");
    process(&mut processor, &piece[..piece.len() / 3], &[512]);
    assert_eq!(first, drain(&mut reader));
}
