//! What performers ask for while audio runs: at once, without allocating, and the same however the input is cut.

use assert_no_alloc::assert_no_alloc;
use attacca_engine::{
    Bpm, ChordVocabulary, Command, EventKind, Settings, TempoRange,
    models::{
        Task,
        vocabulary::{ChordClass, ChordQuality},
    },
};
use proptest::prelude::*;

use crate::support::{Heard, RECORDING_RATE_HZ, drain, engine, process, recording};

fn seconds(count: f64) -> usize {
    (count * f64::from(RECORDING_RATE_HZ)) as usize
}

/// What is heard where each command is given after so many samples.
fn heard(samples: &[f32], commands: &[(usize, Command)], block_sizes: &[usize]) -> Heard {
    let (_controller, mut processor, mut reader) = engine(RECORDING_RATE_HZ);
    let mut from = 0;
    for &(at, command) in commands {
        process(&mut processor, &samples[from..at], block_sizes);
        assert_no_alloc(|| processor.command(command));
        from = at;
    }
    process(&mut processor, &samples[from..], block_sizes);
    drain(&mut reader)
}

fn with(change: impl FnOnce(&mut Settings)) -> Command {
    let mut settings = Settings::default();
    change(&mut settings);
    Command::Settings(settings)
}

/// The tempo after the last hop.
fn tempo(heard: &Heard) -> f32 {
    heard.snapshots.last().and_then(|snapshot| snapshot.beat).map_or(0.0, |beat| beat.tempo.0)
}

#[test]
fn halve_and_double_change_the_tempo_with_the_next_hop_and_for_good() {
    let samples = recording();
    let plain = tempo(&heard(samples, &[], &[512]));
    for (command, factor) in [(Command::HalveTempo, 0.5), (Command::DoubleTempo, 2.0)] {
        let heard = heard(samples, &[(seconds(10.0), command)], &[512]);
        let next_hop = &heard.snapshots[1000];
        let before = heard.snapshots[999].beat.expect("it has locked on").tempo.0;
        let after = next_hop.beat.expect("it stays locked on").tempo.0;
        assert!((after / before / factor - 1.0).abs() < 0.05, "{command:?}: {before} became {after}");
        assert!((tempo(&heard) / plain / factor - 1.0).abs() < 0.08, "{command:?}: {}", tempo(&heard));
    }
}

#[test]
fn a_range_rules_tempi_out_at_once() {
    let range = TempoRange { slowest: Bpm(40.0), fastest: Bpm(90.0) };
    let heard = heard(recording(), &[(seconds(10.0), with(|settings| settings.tempo_range = range))], &[512]);
    let outside = heard.snapshots[1000..].iter().filter_map(|snapshot| snapshot.beat).map(|beat| beat.tempo.0);
    // Tempi are averaged over the last beats, which may be a frame off: 1 %.
    assert_eq!(outside.filter(|tempo| !(39.5..=91.0).contains(tempo)).count(), 0);
}

#[test]
fn a_fixed_metre_counts_on_in_it() {
    let heard = heard(recording(), &[(seconds(6.0), with(|settings| settings.metre = Some(3)))], &[512]);
    let after = heard.events.iter().filter(|event| event.position.0 as usize > seconds(6.5));
    let beats: Vec<_> = after
        .filter_map(|event| match event.kind {
            EventKind::Beat { beat_in_bar, beats_per_bar, .. } => Some((beat_in_bar, beats_per_bar)),
            _ => None,
        })
        .collect();
    assert!(beats.len() > 20 && beats.iter().all(|(_, beats)| *beats == 3), "{beats:?}");
    let follows = |pair: &[(u8, u8)]| pair[1].0 == pair[0].0 % 3 + 1;
    assert!(beats.windows(2).filter(|pair| follows(pair)).count() >= beats.len() - 3, "{beats:?}");
}

#[test]
fn a_nudge_moves_beats_and_nothing_else() {
    let nudge = with(|settings| settings.beat_offset_seconds = -0.05);
    let (plain, nudged) = (heard(recording(), &[], &[512]), heard(recording(), &[(0, nudge)], &[512]));
    assert_eq!(plain.events.len(), nudged.events.len());
    for (event, moved) in plain.events.iter().zip(&nudged.events) {
        let by = if matches!(event.kind, EventKind::Beat { .. }) { seconds(0.05) as u64 } else { 0 };
        // Nothing is before the first sample, and each position is rounded to one.
        let expected = event.position.0.saturating_sub(by);
        assert!(moved.position.0.abs_diff(expected) <= 1, "{event:?} {moved:?}");
    }
}

#[test]
fn what_is_not_listened_for_is_not_said_and_what_was_said_ends() {
    let only = |wanted: Task| {
        with(move |settings| {
            for task in Task::ALL {
                settings.tasks[task as usize].enabled = task == wanted;
            }
        })
    };
    let heard = heard(recording(), &[(seconds(8.0), only(Task::Onset))], &[512]);
    let after: Vec<_> = heard.events.iter().filter(|event| event.position.0 as usize >= seconds(8.0)).collect();
    assert!(after.iter().any(|event| matches!(event.kind, EventKind::Onset { .. })));
    let chords: Vec<_> = heard
        .events
        .iter()
        .filter_map(|event| match event.kind {
            EventKind::Chord { chord, .. } => Some(chord),
            _ => None,
        })
        .collect();
    assert!(chords.len() > 1, "the guitar plays chords");
    assert_eq!(chords.last(), Some(&None), "the last chord has ended");
    assert!(!after.iter().any(|event| matches!(event.kind, EventKind::Beat { .. })));
    assert_eq!(heard.snapshots[900].beat, None);
}

#[test]
fn a_smaller_vocabulary_says_only_what_is_in_it() {
    let major_minor = with(|settings| settings.chord_vocabulary = ChordVocabulary::MajorMinor);
    let heard = heard(recording(), &[(0, major_minor)], &[512]);
    let mut chords = heard.events.iter().filter_map(|event| match event.kind {
        EventKind::Chord { chord, .. } => chord,
        _ => None,
    });
    let in_it = |chord: ChordClass| matches!(chord.quality, ChordQuality::Major | ChordQuality::Minor);
    assert!(chords.all(in_it));
}

#[test]
fn tapping_sets_the_tempo_from_the_second_tap_on() {
    let taps: Vec<_> = (0..8).map(|tap| (seconds(8.0 + 0.75 * f64::from(tap)), Command::Tap)).collect();
    let heard = heard(&recording()[..seconds(13.6)], &taps, &[512]);
    assert!((tempo(&heard) / 80.0 - 1.0).abs() < 0.05, "{}", tempo(&heard));
}

fn any_command() -> impl Strategy<Value = Command> {
    prop_oneof![
        Just(Command::HalveTempo),
        Just(Command::DoubleTempo),
        Just(Command::Tap),
        Just(Command::ThisIsOne),
        Just(Command::Reset),
        prop::option::of(20.0_f32..400.0).prop_map(|bpm| Command::SuggestTempo(bpm.map(Bpm))),
        (any::<[bool; 5]>(), -2.0_f32..2.0, 10.0_f32..400.0, any::<bool>(), prop::option::of(0_u8..12)).prop_map(
            |(enabled, value, bpm, locked, metre)| {
                with(|settings| {
                    for (task, enabled) in settings.tasks.iter_mut().zip(enabled) {
                        task.enabled = enabled;
                        task.sensitivity = value;
                    }
                    settings.tempo_range.slowest = Bpm(bpm);
                    settings.tempo_locked = locked;
                    settings.metre = metre;
                    settings.beat_offset_seconds = value / 8.0;
                    settings.chord_lag_seconds = value.abs();
                })
            }
        ),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn any_commands_at_any_time_give_the_same_for_every_partition(
        given in prop::collection::vec((0_usize..8 * RECORDING_RATE_HZ as usize, any_command()), 0..12),
        sizes in prop::collection::vec(1_usize..=4096, 1..20),
    ) {
        let mut commands = given;
        commands.sort_by_key(|(at, _)| *at);
        let samples = &recording()[..seconds(8.0)];
        let one = heard(samples, &commands, &[usize::MAX]);
        prop_assert_eq!(&one, &heard(samples, &commands, &sizes));
        prop_assert!(one.events.iter().all(|event| event.confidence.is_finite() && (0.0..=1.0).contains(&event.confidence)));
    }
}
