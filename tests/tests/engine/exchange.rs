//! Networks are exchanged while audio runs: no allocation, no gap, nothing lost, and the old ones come back.

use attacca_engine::{
    Command,
    models::{Task, shipped},
};

use proptest::prelude::*;

use crate::support::{RECORDING_RATE_HZ, drain, engine, engine_of_onsets_and_beats, process, recording};

#[test]
fn an_exchange_for_the_same_network_changes_no_event_for_long() {
    let samples = &recording()[..20 * RECORDING_RATE_HZ as usize];
    let (_controller, mut undisturbed, mut undisturbed_reader) = engine_of_onsets_and_beats(RECORDING_RATE_HZ);
    process(&mut undisturbed, samples, &[64]);
    let expected = drain(&mut undisturbed_reader);

    let (mut controller, mut processor, mut reader) = engine_of_onsets_and_beats(RECORDING_RATE_HZ);
    let (before, after) = samples.split_at(samples.len() / 2);
    process(&mut processor, before, &[64]);
    controller.load(shipped::weights(Task::Beat).expect("it ships")).expect("a shipped network fits");
    process(&mut processor, after, &[64]);
    let heard = drain(&mut reader);

    assert_eq!(heard.snapshots.len(), expected.snapshots.len());
    let same = heard.events.iter().filter(|event| {
        expected.events.iter().any(|other| {
            other.position.0.abs_diff(event.position.0) < 441 * 2
                && std::mem::discriminant(&other.kind) == std::mem::discriminant(&event.kind)
        })
    });
    let share = same.count() as f64 / expected.events.len() as f64;
    // The new network heard three seconds of music and not ten: a borderline event may differ.
    assert!(share > 0.95 && heard.events.len() <= expected.events.len() + 3, "{share}");
    let jump = heard.snapshots.iter().zip(&expected.snapshots);
    let largest = jump.map(|(one, other)| (one.beat_activation - other.beat_activation).abs()).fold(0.0, f32::max);
    assert!(largest < 0.3, "the activation jumps by {largest}");
}

#[test]
fn fifty_exchanges_at_any_instant_neither_stop_nor_allocate() {
    let samples = &recording()[..20 * RECORDING_RATE_HZ as usize];
    let (mut controller, mut processor, mut reader) = engine(RECORDING_RATE_HZ);
    for (index, block) in samples.chunks(samples.len() / 50 + 1).enumerate() {
        let task = if index % 2 == 0 { Task::Onset } else { Task::Beat };
        controller.load(shipped::weights(task).expect("it ships")).expect("the queue is emptied by every block");
        process(&mut processor, block, &[97]);
    }
    let heard = drain(&mut reader);
    // The work of the last hop was to be spread over the next one.
    assert_eq!(heard.snapshots.len(), 1999);
    assert!(heard.events.len() > 50);
    assert_eq!(heard.snapshots[1998].health.dropped_events, 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn exchanges_at_any_instant_give_the_same_for_every_partition(
        given in prop::collection::vec((0_usize..6 * RECORDING_RATE_HZ as usize, 0_usize..4), 1..8),
        sizes in prop::collection::vec(1_usize..=4096, 1..20),
    ) {
        let mut exchanges = given;
        exchanges.sort_by_key(|(at, _)| *at);
        let heard = |sizes: &[usize]| {
            let (mut controller, mut processor, mut reader) = engine(RECORDING_RATE_HZ);
            let samples = &recording()[..6 * RECORDING_RATE_HZ as usize];
            let mut from = 0;
            for &(at, task) in &exchanges {
                process(&mut processor, &samples[from..at], sizes);
                controller.load(shipped::weights(Task::ALL[task]).expect("it ships")).expect("audio runs");
                from = at;
            }
            process(&mut processor, &samples[from..], sizes);
            drain(&mut reader)
        };
        prop_assert_eq!(heard(&[usize::MAX]), heard(&sizes));
    }
}

#[test]
fn without_audio_the_command_queue_fills_and_says_so() {
    let (mut controller, _processor, _reader) = engine(RECORDING_RATE_HZ);
    let error = (0..100).find_map(|_| controller.send(Command::Reset).err()).expect("a queue is finite");
    assert!(error.to_string().contains("is audio running?"), "{error}");
}

#[test]
fn after_a_reset_the_engine_is_as_new() {
    let samples = &recording()[..6 * RECORDING_RATE_HZ as usize];
    let (mut controller, mut processor, mut reader) = engine(RECORDING_RATE_HZ);
    process(&mut processor, samples, &[512]);
    let first = drain(&mut reader);
    controller.send(Command::Reset).expect("the queue is empty");
    process(&mut processor, samples, &[512]);
    assert_eq!(first, drain(&mut reader));
}

#[test]
fn counters_outlive_a_reset() {
    let (mut controller, mut processor, mut reader) = engine(RECORDING_RATE_HZ);
    process(&mut processor, &[f32::NAN; 441], &[441]);
    controller.send(Command::Reset).expect("the queue is empty");
    process(&mut processor, &recording()[..882], &[441]);
    let newest = reader.newest_snapshot();
    assert_eq!((newest.position.0, newest.health.neutralised_samples), (882, 441));
}
