//! What the engine says of samples, as the app and `attacca analyze` ask it.

use std::{fs, path::Path};

use attacca_engine::{Command, EngineConfig, Event, EventKind, Settings, Spread, build, models::shipped};
use attacca_tests::recording::{RECORDING_RATE_HZ, recording};
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

/// Asserts that what the app recorded into a folder, analysed again, says to the last bit what its lines said, and that its
/// log has them all. Gives the samples that it recorded, and what was said.
pub fn is_said_again(folder: &Path, lines: &[Value]) -> (Vec<f32>, Vec<Said>) {
    let (samples, log) = recorded_session(folder);
    let again = said(&events(&samples, RECORDING_RATE_HZ));
    let live = said_by(lines);
    assert!(live.len() > 50 && again.len() >= live.len(), "{} lines, {} events", live.len(), again.len());
    assert_eq!(live, again[..live.len()]);
    assert_eq!(said_by(&log), live);
    (samples, live)
}

/// Samples of what the app recorded into a folder, and what it logged there.
fn recorded_session(folder: &Path) -> (Vec<f32>, Vec<Value>) {
    let named = |extension: &str| {
        let mut files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        files.find(|path| path.extension().is_some_and(|found| found == extension)).unwrap()
    };
    let mut wav = hound::WavReader::open(named("wav")).unwrap();
    let samples = wav.samples::<f32>().map(Result::unwrap).collect();
    let log = fs::read_to_string(named("jsonl")).unwrap();
    (samples, log.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// Asserts that what was heard is the recording, sample by sample, from some frame on, and what was said of it its beats.
/// Gives the frames of the first sound in what was heard and in the recording.
pub fn is_the_recording(samples: &[f32], said_live: &[Said]) -> [usize; 2] {
    let first = samples.iter().position(|&sample| sample != 0.0).unwrap();
    let played = recording().iter().position(|&sample| sample != 0.0).unwrap();
    let length = recording().len() - played;
    assert!(samples[first..first + length] == recording()[played..], "no sample was lost");

    // Hops begin elsewhere, by up to 10 ms, and so do the events. What was heard goes on after the recording's end.
    let offset = (first as f64 - played as f64) / f64::from(RECORDING_RATE_HZ);
    let file = [recording(), &samples[first + length..]].concat();
    let of_file = beat_seconds(&said(&events(&file, RECORDING_RATE_HZ)), RECORDING_RATE_HZ);
    let share = agreement(&beat_seconds(said_live, RECORDING_RATE_HZ), &of_file, offset);
    assert!(share > 0.9, "{share} of the beats are those of the file");
    [first, played]
}

/// After so many seconds the tracker is sure of the beat of the recording. What it says before depends on the silence before
/// the sound, and on where hops begin in it.
const SURE_SECONDS: f64 = 11.0;
/// How far beats may be apart and still be the same: what evaluations of beat trackers allow.
const SAME_BEAT_SECONDS: f64 = 0.07;

/// Share of the heard beats that are beats of the file `offset_seconds` earlier, once the tracker is sure.
fn agreement(heard: &[f64], of_file: &[f64], offset_seconds: f64) -> f64 {
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
