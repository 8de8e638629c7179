//! What the engine says of samples, as the app and `attacca analyze` ask it.

use attacca_engine::{Command, EngineConfig, Event, EventKind, Settings, Spread, build, models::shipped};
use serde_json::Value;

/// Everything that is said of mono samples, the silence after them being there for the engine to say what it holds back.
pub fn events(samples: &[f32], sample_rate_hz: u32) -> Vec<Event> {
    let (_controller, mut processor, mut reader) = build(EngineConfig {
        sample_rate_hz,
        channels: 1,
        networks: shipped::all(),
        event_capacity: 4096,
        snapshot_capacity: 0,
        portrait_capacity: 0,
        spread: Spread::HOP,
    })
    .unwrap();
    processor.command(Command::Settings(Settings::default()));
    processor.process_interleaved(samples);
    let silence = vec![0.0; processor.latency_samples() as usize];
    processor.process_interleaved(&silence);
    let said = std::iter::from_fn(|| reader.next_event());
    said.filter(|event| event.position.0 < samples.len() as u64).collect()
}

/// What tells events apart: kind, sample, and confidence to its last bit.
pub type Said = (String, u64, u32);

/// Events, in the order in which they were said.
pub fn said(events: &[Event]) -> Vec<Said> {
    events.iter().map(|event| (kind(event).to_owned(), event.position.0, event.confidence.to_bits())).collect()
}

/// The same of lines.
pub fn said_by(lines: &[Value]) -> Vec<Said> {
    let is_event = |line: &&Value| line["sample"].is_u64();
    let said = |line: &Value| {
        let confidence = line["confidence"].as_f64().unwrap() as f32;
        (line["kind"].as_str().unwrap().to_owned(), line["sample"].as_u64().unwrap(), confidence.to_bits())
    };
    lines.iter().filter(is_event).map(said).collect()
}

/// The beats among events, in seconds.
pub fn beat_seconds(said: &[Said], sample_rate_hz: u32) -> Vec<f64> {
    let beats = said.iter().filter(|(kind, ..)| kind == "beat");
    let mut seconds: Vec<f64> = beats.map(|(_, sample, _)| *sample as f64 / f64::from(sample_rate_hz)).collect();
    seconds.sort_by(f64::total_cmp);
    seconds
}

/// Share of beats on which two lists agree within `tolerance_seconds` (F-measure), once the second is moved by
/// `offset_seconds`.
pub fn agreement(one: &[f64], other: &[f64], offset_seconds: f64, tolerance_seconds: f64) -> f64 {
    let near = |beat: &&f64| other.iter().any(|other| (other + offset_seconds - **beat).abs() <= tolerance_seconds);
    2.0 * one.iter().filter(near).count() as f64 / (one.len() + other.len()) as f64
}

fn kind(event: &Event) -> &'static str {
    match event.kind {
        EventKind::Onset { .. } => "onset",
        EventKind::Beat { .. } => "beat",
        EventKind::Voice { .. } => "voice",
        EventKind::Chord { .. } => "chord",
        EventKind::Key { .. } => "key",
    }
}
