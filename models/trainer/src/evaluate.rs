//! What a user gets: recordings through the streaming engine, decoders included, scored as mir_eval scores.

pub mod announcements;
pub mod calibration;
pub mod judged;
pub mod piece;
pub mod scoring;
pub mod settings;
pub mod verdict;

use std::sync::atomic::{AtomicUsize, Ordering};

use attacca_engine::{BuildError, EngineConfig, Event, EventKind, Spread, build};
use attacca_models::{
    Task, WeightsFile,
    vocabulary::{ChordClass, KeyClass},
};

use self::{announcements::Announcements, piece::Piece};
use crate::metrics::segments::Segment;

/// Block in which recordings are fed to the engine; the results do not depend on it.
const BLOCK_SAMPLES: usize = 512;

/// Hops that may fall into one block: one of 512 samples at the lowest rate is 64 ms long.
const SNAPSHOT_CAPACITY: usize = 16;

/// Rate for which a latency in milliseconds is declared: no decimation, hops of a whole number of samples.
const LATENCY_SAMPLE_RATE_HZ: u32 = 48_000;

/// An event that an engine found in a recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// When, in seconds.
    pub time: f64,
    /// The engine's confidence, 0 to 1.
    pub confidence: f64,
    /// What.
    pub what: What,
}

/// What an event says. That of a voice, a chord or a key holds until the next one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum What {
    /// A note or drum began.
    Onset,
    /// A beat.
    Beat {
        /// Whether it is the first of its bar.
        downbeat: bool,
        /// The tempo in beats a minute.
        tempo_bpm: f64,
        /// For when it had been announced, in seconds, where it had.
        announced: Option<f64>,
    },
    /// Whether somebody sings from here on.
    Voice(bool),
    /// The chord from here on, `None` for no chord.
    Chord(Option<ChordClass>),
    /// The key from here on.
    Key(KeyClass),
}

impl What {
    fn task(self) -> Task {
        match self {
            Self::Onset => Task::Onset,
            Self::Beat { .. } => Task::Beat,
            Self::Voice(_) => Task::Voice,
            Self::Chord(_) => Task::Chord,
            Self::Key(_) => Task::Key,
        }
    }

    fn is_downbeat(self) -> bool {
        matches!(self, Self::Beat { downbeat: true, .. })
    }

    fn tempo_bpm(self) -> Option<f64> {
        if let Self::Beat { tempo_bpm, .. } = self { Some(tempo_bpm) } else { None }
    }

    fn voice(self) -> Option<bool> {
        if let Self::Voice(active) = self { Some(active) } else { None }
    }

    /// The chord's label in Harte's syntax.
    fn chord(self) -> Option<&'static str> {
        if let Self::Chord(chord) = self { Some(chord.map_or("N", ChordClass::label)) } else { None }
    }

    fn key(self) -> Option<KeyClass> {
        if let Self::Key(key) = self { Some(key) } else { None }
    }
}

/// Runs a recording through an engine and returns the events of a network's task, in order. Other networks may listen
/// `beside` it: bars are counted with the help of chords.
///
/// # Errors
/// When the engine cannot be built.
pub fn listen(
    weights: &WeightsFile,
    beside: &[WeightsFile],
    samples: &[f32],
    sample_rate_hz: u32,
) -> Result<Vec<Found>, BuildError> {
    let task = weights.description().task;
    let (_controller, mut processor, mut reader) = build(EngineConfig {
        sample_rate_hz,
        channels: 1,
        networks: std::iter::once(weights).chain(beside).cloned().collect(),
        event_capacity: 256,
        snapshot_capacity: SNAPSHOT_CAPACITY,
        portrait_capacity: 0,
        spread: Spread::HOP,
    })?;
    let silence = vec![0.0; processor.latency_samples() as usize + BLOCK_SAMPLES];
    let mut found = Vec::new();
    let mut announcements = Announcements::default();
    for block in samples.chunks(BLOCK_SAMPLES).chain(silence.chunks(BLOCK_SAMPLES)) {
        processor.process_interleaved(block);
        while let Some(snapshot) = reader.next_recorded_snapshot() {
            announcements.hear(&snapshot, sample_rate_hz);
        }
        while let Some(event) = reader.next_event() {
            // The same chord again, said once it is clear on which note it stands: nothing that is scored changes.
            if matches!(event.kind, EventKind::Chord { bass: Some(_), .. }) {
                continue;
            }
            let found_here = as_found(&event, sample_rate_hz);
            if found_here.what.task() == task && event.position.0 < samples.len() as u64 {
                found.push(found_here);
            }
        }
    }
    found.sort_by(|a, b| a.time.total_cmp(&b.time));
    for Found { time, what, .. } in &mut found {
        if let What::Beat { tempo_bpm, announced, .. } = what {
            *announced = announcements.of_beat(*time, 60.0 / *tempo_bpm);
        }
    }
    Ok(found)
}

fn as_found(event: &Event, sample_rate_hz: u32) -> Found {
    let what = match event.kind {
        EventKind::Onset { .. } => What::Onset,
        EventKind::Beat { beat_in_bar, tempo, .. } => {
            What::Beat { downbeat: beat_in_bar == 1, tempo_bpm: f64::from(tempo.0), announced: None }
        }
        EventKind::Voice { active } => What::Voice(active),
        EventKind::Chord { chord, .. } => What::Chord(chord),
        EventKind::Key { key } => What::Key(key),
    };
    Found { time: event.position.seconds(sample_rate_hz), confidence: f64::from(event.confidence), what }
}

/// What events say as segments from 0 to `end` seconds: `before` until the first of them.
fn states<T: Clone>(found: &[Found], of: impl Fn(What) -> Option<T>, before: T, end: f64) -> Vec<Segment<T>> {
    let mut states = vec![Segment { start: 0.0, end, value: before }];
    for (time, value) in found.iter().filter_map(|found| Some((found.time, of(found.what)?))) {
        if let Some(last) = states.last_mut() {
            last.end = time;
        }
        states.push(Segment { start: time, end, value });
    }
    states.retain(|segment| segment.start < segment.end);
    states
}

/// The latency that the engine declares for a network's task where the work of a hop is done at once, in milliseconds. Spread
/// over a hop, as a host has it, it is up to 10 ms more: how much depends on what else is listened for.
///
/// # Errors
/// When the engine cannot be built.
pub fn declared_latency_ms(weights: &WeightsFile) -> Result<f64, BuildError> {
    let (_controller, processor, _reader) = build(EngineConfig {
        sample_rate_hz: LATENCY_SAMPLE_RATE_HZ,
        channels: 1,
        networks: vec![weights.clone()],
        event_capacity: 1,
        snapshot_capacity: 0,
        portrait_capacity: 0,
        spread: Spread::IMMEDIATE,
    })?;
    let samples = processor.task_latency_samples(weights.description().task);
    Ok(1000.0 * f64::from(samples) / f64::from(LATENCY_SAMPLE_RATE_HZ))
}

/// Runs all pieces through an engine as [`listen`] does, on as many threads as there are cores; results in the order of the pieces.
///
/// # Errors
/// When the engine cannot be built.
pub fn listen_to_all(
    weights: &WeightsFile,
    beside: &[WeightsFile],
    pieces: &[Piece],
) -> Result<Vec<Vec<Found>>, BuildError> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(pieces.len().max(1));
    let next = AtomicUsize::new(0);
    let mut heard: Vec<(usize, Vec<Found>)> = std::thread::scope(|scope| {
        let work = || {
            let mut heard = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(piece) = pieces.get(index) else { return Ok(heard) };
                heard.push((index, listen(weights, beside, &piece.samples, piece.sample_rate_hz)?));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_holds_until_the_next_event() {
        let found = [(1.0, true), (2.5, false)].map(|(time, active)| Found {
            time,
            confidence: 1.0,
            what: What::Voice(active),
        });
        let expected = [(0.0, 1.0, false), (1.0, 2.5, true), (2.5, 4.0, false)];
        let states = states(&found, What::voice, false, 4.0);
        assert_eq!(states, expected.map(|(start, end, value)| Segment { start, end, value }));
    }

    #[test]
    fn an_event_at_the_start_leaves_nothing_before_it() {
        let found = [Found { time: 0.0, confidence: 1.0, what: What::Chord(None) }];
        assert_eq!(states(&found, What::chord, "X", 4.0), [Segment { start: 0.0, end: 4.0, value: "N" }]);
    }
}
