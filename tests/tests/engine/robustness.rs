//! What is not music: silence, noise, broken numbers, full queues.

use assert_no_alloc::assert_no_alloc;
use attacca_engine::{EngineConfig, Spread, build, models::shipped};

use crate::support::{RECORDING_RATE_HZ, drain, engine, listen, process, recording, seconds};

#[test]
fn silence_says_nothing() {
    let heard = listen(&vec![0.0; 20 * 44_100], 44_100, &[512]);
    assert!(heard.events.is_empty(), "{:?}", heard.events);
    assert!(heard.snapshots.iter().all(|snapshot| snapshot.beat.is_none()));
}

#[test]
fn music_that_stops_is_followed_by_quiet() {
    let mut samples = recording()[..10 * RECORDING_RATE_HZ as usize].to_vec();
    samples.extend(std::iter::repeat_n(0.0, 10 * RECORDING_RATE_HZ as usize));
    let heard = listen(&samples, RECORDING_RATE_HZ, &[512]);
    let beats = seconds(&heard.events, RECORDING_RATE_HZ, false);
    assert!(beats.iter().any(|&time| time > 5.0 && time < 10.0), "{beats:?}");
    assert!(beats.iter().all(|&time| time < 11.5), "{beats:?}");
}

#[test]
fn broken_numbers_are_counted_and_heard_as_silence() {
    let mut samples = recording()[..4 * RECORDING_RATE_HZ as usize].to_vec();
    let (broken, whole) = (&mut samples.clone(), &mut samples);
    for (index, value) in [(1000, f32::NAN), (50_000, f32::INFINITY), (90_001, f32::NEG_INFINITY)] {
        broken[index] = value;
        whole[index] = 0.0;
    }
    broken[100_000] = f32::MIN_POSITIVE / 4.0;
    whole[100_000] = 0.0;
    let (broken, whole) = (listen(broken, RECORDING_RATE_HZ, &[512]), listen(whole, RECORDING_RATE_HZ, &[512]));
    assert_eq!(broken.events, whole.events);
    assert_eq!(broken.snapshots[398].health.neutralised_samples, 3);
    assert_eq!(broken.snapshots[398].health.denormal_samples, 1);
}

#[test]
fn a_full_queue_counts_what_it_drops_and_goes_on() {
    let (_controller, mut processor, mut reader) = build(EngineConfig {
        sample_rate_hz: RECORDING_RATE_HZ,
        channels: 1,
        networks: shipped::all(),
        event_capacity: 3,
        snapshot_capacity: 10,
        portrait_capacity: 0,
        spread: Spread::HOP,
    })
    .expect("small queues are allowed");
    let samples = &recording()[..10 * RECORDING_RATE_HZ as usize];
    assert_no_alloc(|| processor.process_interleaved(samples));
    let all = listen(samples, RECORDING_RATE_HZ, &[512]).events.len();
    let newest = reader.newest_snapshot();
    assert_eq!(drain(&mut reader).events.len(), 3);
    assert_eq!(newest.health.dropped_events, all as u64 - 3);
    // The work of the last of a thousand hops was to be spread over the next one.
    assert_eq!(newest.health.dropped_snapshots, 999 - 10);
}

#[test]
fn a_last_incomplete_frame_and_missing_channels_do_no_harm() {
    let (_controller, mut processor, _reader) = crate::support::engine_with_channels(48_000, 8);
    assert_no_alloc(|| {
        processor.process_interleaved(&[0.5; 13]);
        processor.process_interleaved(&[]);
        processor.process_planar(&[]);
        processor.process_planar(&[&[0.1; 100], &[0.2; 50]]);
    });
}

#[test]
fn refused_configurations_say_what_would_fit() {
    let configuration = |sample_rate_hz, channels| EngineConfig {
        sample_rate_hz,
        channels,
        networks: shipped::all(),
        event_capacity: 16,
        snapshot_capacity: 0,
        portrait_capacity: 0,
        spread: Spread::HOP,
    };
    for (rate, channels, hint) in [(7_999, 1, "8000"), (384_001, 1, "384000"), (44_100, 0, "8"), (44_100, 9, "8")] {
        let error = build(configuration(rate, channels)).expect_err("it is out of range").to_string();
        assert!(error.contains(hint), "{error}");
    }
    let mut twice = configuration(44_100, 1);
    twice.networks.extend(shipped::all());
    assert!(build(twice).expect_err("two for one task").to_string().contains("found two"));
}

#[test]
fn the_newest_snapshot_is_there_without_a_recording_queue() {
    let (_controller, mut processor, mut reader) = engine(RECORDING_RATE_HZ);
    process(&mut processor, &recording()[..44_100], &[512]);
    assert_eq!(reader.newest_snapshot().position.0, 44_100);
}
