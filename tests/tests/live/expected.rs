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

/// After so many seconds the tracker is sure of the beat of the recording. What it says before depends on the silence before
/// the sound, and on where hops begin in it.
const SURE_SECONDS: f64 = 11.0;
/// How far beats may be apart and still be the same: what evaluations of beat trackers allow.
const SAME_BEAT_SECONDS: f64 = 0.07;

/// Share of the heard beats that are beats of the file `offset_seconds` earlier, once the tracker is sure.
pub fn agreement(heard: &[f64], of_file: &[f64], offset_seconds: f64) -> f64 {
    let sure: Vec<f64> = heard.iter().map(|beat| beat - offset_seconds).filter(|&beat| beat > SURE_SECONDS).collect();
    let near = |beat: &&f64| of_file.iter().any(|other| (other - **beat).abs() <= SAME_BEAT_SECONDS);
    sure.iter().filter(near).count() as f64 / sure.len().max(10) as f64
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
