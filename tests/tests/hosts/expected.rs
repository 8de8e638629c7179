//! What the plugin must send, told by the engine and the MIDI sender alone, without any plugin.

use attacca_engine::{EngineConfig, Event, Snapshot, Spread, build, models::shipped};
use attacca_outputs::{MidiMessage, MidiSender, MidiSettings};

/// What the engine says of mono samples.
pub fn heard(samples: &[f32], sample_rate_hz: u32) -> (Vec<Event>, Vec<Snapshot>) {
    let (_controller, mut processor, mut reader) = build(EngineConfig {
        sample_rate_hz,
        channels: 1,
        networks: shipped::all(),
        event_capacity: 4096,
        snapshot_capacity: 16_384,
        // As in the plugin: what is drawn is work as well, and moves when the rest of it is done.
        portrait_capacity: 1,
        spread: Spread::HOP,
    })
    .expect("the shipped networks fit");
    processor.process_interleaved(samples);
    let events = std::iter::from_fn(|| reader.next_event()).collect();
    (events, std::iter::from_fn(|| reader.next_recorded_snapshot()).collect())
}

/// The messages for mono samples.
pub fn messages(samples: &[f32], sample_rate_hz: u32, settings: MidiSettings) -> Vec<MidiMessage> {
    let (events, snapshots) = heard(samples, sample_rate_hz);
    let mut sender = MidiSender::new(settings, sample_rate_hz);
    let mut messages = Vec::new();
    let mut events = events.iter().peekable();
    for snapshot in &snapshots {
        while let Some(event) = events.next_if(|event| published(event) < snapshot.position.0) {
            sender.event(event, |message| messages.push(message));
        }
        sender.hop(snapshot, |message| messages.push(message));
    }
    for event in events {
        sender.event(event, |message| messages.push(message));
    }
    sender.block_end(attacca_engine::SamplePosition(samples.len() as u64), |message| messages.push(message));
    messages
}

/// The sample at which an event is known.
pub fn published(event: &Event) -> u64 {
    event.position.0 + u64::from(event.latency_samples)
}
