//! A hop's work, spread or not: the same is said, later by what is declared.

use assert_no_alloc::assert_no_alloc;
use attacca_engine::{Event, Spread, models::Task};
use proptest::prelude::*;

use crate::support::{Heard, RECORDING_RATE_HZ, drain, engine, engine_with_spread, process, recording, task_of};

fn heard(samples: &[f32], rate_hz: u32, spread: Spread, sizes: &[usize]) -> (Heard, [u32; Task::ALL.len()]) {
    let (_controller, mut processor, mut reader) = engine_with_spread(rate_hz, spread);
    process(&mut processor, samples, sizes);
    (drain(&mut reader), Task::ALL.map(|task| processor.task_latency_samples(task)))
}

/// The events of one task, without what depends on the spread.
fn said(heard: &Heard, task: Task) -> Vec<Event> {
    let of_task = heard.events.iter().filter(|event| task_of(event) == task);
    of_task.map(|event| Event { latency_samples: 0, ..*event }).collect()
}

#[test]
fn what_is_said_does_not_depend_on_the_spread() {
    let samples = &recording()[..12 * RECORDING_RATE_HZ as usize];
    let (at_once, least) = heard(samples, RECORDING_RATE_HZ, Spread::IMMEDIATE, &[512]);
    for share in [0.1, 0.5, 1.0] {
        let spread = Spread::of_hop(share);
        let (spread_out, declared) = heard(samples, RECORDING_RATE_HZ, spread, &[512]);
        let spread_samples = (share * 441.0).round() as u32;
        for task in Task::ALL {
            let (mut one, other) = (said(&at_once, task), said(&spread_out, task));
            // What became known with the last hop, whose work is not done yet.
            one.truncate(other.len());
            assert!(one == other && at_once.events.len() - spread_out.events.len() < 3, "{task:?} spread over {share}");
            let later = declared[task as usize] - least[task as usize];
            assert!(later <= spread_samples, "{task:?}: {later} of {spread_samples} samples later");
        }
        assert!(declared[Task::Onset as usize] - least[Task::Onset as usize] < spread_samples / 4, "onsets come first");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn any_partition_agrees_at_any_rate_and_spread(
        rate_hz in 8_000_u32..=200_000,
        share in 0.0_f32..=1.0,
        sizes in prop::collection::vec(1_usize..=8192, 1..20),
    ) {
        // The recording at another rate is other music, and as good.
        let samples = &recording()[..6 * RECORDING_RATE_HZ as usize];
        let spread = Spread::of_hop(share);
        let (one, _) = heard(samples, rate_hz, spread, &[samples.len()]);
        let (other, _) = heard(samples, rate_hz, spread, &sizes);
        prop_assert_eq!(one, other);
    }
}

#[test]
fn engines_of_a_large_session_know_nothing_of_each_other() {
    let samples = &recording()[..2 * RECORDING_RATE_HZ as usize];
    let mut engines: Vec<_> = (0..100).map(|_| engine(RECORDING_RATE_HZ)).collect();
    for (index, block) in samples.chunks(512).enumerate() {
        for (_, processor, _) in engines.iter_mut().skip(index % 2) {
            assert_no_alloc(|| processor.process_interleaved(block));
        }
    }
    // The first one has missed every other block; all others heard the same.
    let mut heard = engines.iter_mut().map(|(_, _, reader)| drain(reader));
    let (first, second) = (heard.next().unwrap(), heard.next().unwrap());
    assert!(first != second && second.events.len() > 3);
    assert!(heard.all(|other| other == second));
}
