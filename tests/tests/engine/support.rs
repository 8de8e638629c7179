//! An engine that runs over the demo's recording without allocating.

use assert_no_alloc::assert_no_alloc;
use attacca_engine::{
    Controller, EngineConfig, Event, EventKind, Processor, Reader, Snapshot, Spread, build,
    models::{self, Task},
};
pub use attacca_tests::recording::{RECORDING_RATE_HZ, recording};

/// An engine with the shipped networks, one channel, and queues that hold everything a test lets happen.
pub fn engine(sample_rate_hz: u32) -> (Controller, Processor, Reader) {
    engine_with_channels(sample_rate_hz, 1)
}

/// As [`engine`], with any number of channels.
pub fn engine_with_channels(sample_rate_hz: u32, channels: usize) -> (Controller, Processor, Reader) {
    engine_with_networks(sample_rate_hz, channels, models::shipped::all(), Spread::HOP)
}

/// As [`engine`], with another spread.
pub fn engine_with_spread(sample_rate_hz: u32, spread: Spread) -> (Controller, Processor, Reader) {
    engine_with_networks(sample_rate_hz, 1, models::shipped::all(), spread)
}

/// As [`engine`], with the networks that tell of moments alone.
pub fn engine_of_onsets_and_beats(sample_rate_hz: u32) -> (Controller, Processor, Reader) {
    let networks = [models::Task::Onset, models::Task::Beat].into_iter().filter_map(models::shipped::weights);
    engine_with_networks(sample_rate_hz, 1, networks.collect(), Spread::HOP)
}

fn engine_with_networks(
    sample_rate_hz: u32,
    channels: usize,
    networks: Vec<models::WeightsFile>,
    spread: Spread,
) -> (Controller, Processor, Reader) {
    build(EngineConfig {
        sample_rate_hz,
        channels,
        networks,
        event_capacity: 4096,
        snapshot_capacity: 16_384,
        portrait_capacity: 0,
        spread,
    })
    .expect("the shipped networks fit every rate")
}

/// Everything that an engine said.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    pub events: Vec<Event>,
    pub snapshots: Vec<Snapshot>,
}

/// Takes what an engine has said so far.
pub fn drain(reader: &mut Reader) -> Heard {
    Heard {
        events: std::iter::from_fn(|| reader.next_event()).collect(),
        snapshots: std::iter::from_fn(|| reader.next_recorded_snapshot()).collect(),
    }
}

/// Runs mono samples through a new engine in blocks of the given sizes, over and over; aborts on an allocation.
pub fn listen(samples: &[f32], sample_rate_hz: u32, block_sizes: &[usize]) -> Heard {
    let (_controller, mut processor, mut reader) = engine(sample_rate_hz);
    process(&mut processor, samples, block_sizes);
    drain(&mut reader)
}

/// Runs mono samples through an engine in blocks of the given sizes, over and over; aborts on an allocation.
pub fn process(processor: &mut Processor, samples: &[f32], block_sizes: &[usize]) {
    let mut sizes = block_sizes.iter().cycle();
    let mut rest = samples;
    while !rest.is_empty() {
        let (block, later) = rest.split_at(sizes.next().map_or(512, |size| *size).min(rest.len()));
        assert_no_alloc(|| processor.process_interleaved(block));
        rest = later;
    }
}

/// Seconds of all onsets, or of all beats.
pub fn seconds(events: &[Event], sample_rate_hz: u32, onsets: bool) -> Vec<f64> {
    events
        .iter()
        .filter(|event| match event.kind {
            EventKind::Onset { .. } => onsets,
            EventKind::Beat { .. } => !onsets,
            EventKind::Voice { .. } | EventKind::Chord { .. } | EventKind::Key { .. } => false,
        })
        .map(|event| event.position.seconds(sample_rate_hz))
        .collect()
}

/// The task that an event belongs to.
pub fn task_of(event: &Event) -> Task {
    match event.kind {
        EventKind::Onset { .. } => Task::Onset,
        EventKind::Beat { .. } => Task::Beat,
        EventKind::Voice { .. } => Task::Voice,
        EventKind::Chord { .. } => Task::Chord,
        EventKind::Key { .. } => Task::Key,
    }
}
