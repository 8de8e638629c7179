//! What a user gets: recordings through the streaming engine, decoders included, scored as mir_eval scores.

pub mod calibration;
pub mod f_measure;
pub mod piece;
pub mod settings;

use std::sync::atomic::{AtomicUsize, Ordering};

use attacca_engine::{BuildError, EngineConfig, Event, EventKind, build};
use attacca_models::{Task, WeightsFile};

use self::{
    f_measure::{BEAT_TRIM_SECONDS, BEAT_WINDOW_SECONDS, FMeasure, ONSET_WINDOW_SECONDS, f_measure, matching, trimmed},
    piece::Piece,
};

/// The stricter of the two onset tolerances that are reported, in seconds.
const STRICT_ONSET_WINDOW_SECONDS: f64 = 0.025;

/// Block in which recordings are fed to the engine; the results do not depend on it.
const BLOCK_SAMPLES: usize = 512;

/// The events of one kind that an engine found in a recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// When, in seconds.
    pub time: f64,
    /// The engine's confidence, 0 to 1.
    pub confidence: f64,
    /// Whether it is a downbeat.
    pub downbeat: bool,
}

/// Runs a recording through an engine with one network and returns the events of the network's task, in order.
///
/// # Errors
/// When the engine cannot be built.
pub fn listen(weights: &WeightsFile, samples: &[f32], sample_rate_hz: u32) -> Result<Vec<Found>, BuildError> {
    let (_controller, mut processor, mut reader) = build(EngineConfig {
        sample_rate_hz,
        channels: 1,
        networks: vec![weights.clone()],
        event_capacity: 256,
        snapshot_capacity: 0,
    })?;
    let silence = vec![0.0; processor.latency_samples() as usize + BLOCK_SAMPLES];
    let mut found = Vec::new();
    for block in samples.chunks(BLOCK_SAMPLES).chain(silence.chunks(BLOCK_SAMPLES)) {
        processor.process_interleaved(block);
        while let Some(event) = reader.next_event() {
            if event.position.0 < samples.len() as u64 {
                found.push(as_found(&event, sample_rate_hz));
            }
        }
    }
    found.sort_by(|a, b| a.time.total_cmp(&b.time));
    Ok(found)
}

fn as_found(event: &Event, sample_rate_hz: u32) -> Found {
    let downbeat = matches!(event.kind, EventKind::Beat { beat_in_bar: 1, .. });
    Found { time: event.position.seconds(sample_rate_hz), confidence: f64::from(event.confidence), downbeat }
}

/// Runs all pieces through an engine, on as many threads as there are cores; results in the order of the pieces.
///
/// # Errors
/// When the engine cannot be built.
pub fn listen_to_all(weights: &WeightsFile, pieces: &[Piece]) -> Result<Vec<Vec<Found>>, BuildError> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(pieces.len().max(1));
    let next = AtomicUsize::new(0);
    let mut heard: Vec<(usize, Vec<Found>)> = std::thread::scope(|scope| {
        let work = || {
            let mut heard = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(piece) = pieces.get(index) else { return Ok(heard) };
                heard.push((index, listen(weights, &piece.samples, piece.sample_rate_hz)?));
            }
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let joined = workers.into_iter().map(|worker| match worker.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.collect::<Result<Vec<_>, BuildError>>().map(|parts| parts.into_iter().flatten().collect())
    })?;
    heard.sort_by_key(|(index, _)| *index);
    Ok(heard.into_iter().map(|(_, found)| found).collect())
}

/// A metric and its value, averaged over pieces.
pub type NamedValue = (&'static str, f64);

/// Scores of one task over several pieces: the mean of each piece's, as the field reports them. Pieces without the
/// annotation are left out.
pub fn scores(task: Task, pieces: &[Piece], heard: &[Vec<Found>]) -> Vec<NamedValue> {
    let per_piece: Vec<Vec<NamedValue>> =
        pieces.iter().zip(heard).filter_map(|(piece, found)| piece_scores(task, piece, found)).collect();
    let Some(first) = per_piece.first() else { return Vec::new() };
    first
        .iter()
        .enumerate()
        .map(|(metric, (name, _))| {
            let sum: f64 = per_piece.iter().map(|scores| scores[metric].1).sum();
            (*name, sum / per_piece.len() as f64)
        })
        .collect()
}

/// Scores of one piece; `None` without its annotation.
pub fn piece_scores(task: Task, piece: &Piece, found: &[Found]) -> Option<Vec<NamedValue>> {
    match task {
        Task::Onset => {
            let annotation = piece.labels.onsets.as_ref()?;
            let reference = &annotation.values;
            let lateness = hits(task, piece, found)?;
            let judged =
                found.iter().zip(lateness).filter(|(found, hit)| hit.is_some() || !annotation.is_masked(found.time));
            let times: Vec<f64> = judged.map(|(found, _)| found.time).collect();
            let loose = f_measure(reference, &times, ONSET_WINDOW_SECONDS);
            let strict = f_measure(reference, &times, STRICT_ONSET_WINDOW_SECONDS);
            Some(vec![
                ("onset F-measure, 50 ms", loose.f_measure),
                ("onset precision, 50 ms", loose.precision),
                ("onset recall, 50 ms", loose.recall),
                ("onset F-measure, 25 ms", strict.f_measure),
            ])
        }
        Task::Beat => {
            let reference = &piece.labels.beats.as_ref()?.values;
            let times: Vec<f64> = found.iter().map(|found| found.time).collect();
            let all: Vec<f64> = reference.iter().map(|beat| beat.time).collect();
            let downbeats: Vec<f64> =
                reference.iter().filter(|beat| beat.position == 1).map(|beat| beat.time).collect();
            let found_downbeats: Vec<f64> =
                found.iter().filter(|found| found.downbeat).map(|found| found.time).collect();
            let beats = beat_f_measure(&all, &times);
            Some(vec![
                ("beat F-measure", beats.f_measure),
                ("beat precision", beats.precision),
                ("beat recall", beats.recall),
                ("downbeat F-measure", beat_f_measure(&downbeats, &found_downbeats).f_measure),
            ])
        }
        Task::Voice | Task::Chord | Task::Key => None,
    }
}

fn beat_f_measure(reference: &[f64], found: &[f64]) -> FMeasure {
    let start = BEAT_TRIM_SECONDS;
    f_measure(trimmed(reference, start), trimmed(found, start), BEAT_WINDOW_SECONDS)
}

/// Whether each event found in a piece is right, and by how many seconds it is late; `None` without the annotation.
pub fn hits(task: Task, piece: &Piece, found: &[Found]) -> Option<Vec<Option<f64>>> {
    let (reference, window) = match task {
        Task::Onset => (piece.labels.onsets.as_ref()?.values.clone(), ONSET_WINDOW_SECONDS),
        Task::Beat => (piece.labels.beats.as_ref()?.values.iter().map(|beat| beat.time).collect(), BEAT_WINDOW_SECONDS),
        Task::Voice | Task::Chord | Task::Key => return None,
    };
    let times: Vec<f64> = found.iter().map(|found| found.time).collect();
    let mut lateness = vec![None; found.len()];
    for (right, index) in matching(&reference, &times, window) {
        lateness[index] = Some(times[index] - reference[right]);
    }
    Some(lateness)
}
