//! From a recording to its [`Analysis`]: decode, run the engine, take what it says.
//!
//! Runs on the thread that calls it, with all three halves of the engine on that one thread; another one decodes. The
//! engine is drained after every block, so that its queues stay short whatever the length of the recording.

use std::time::Instant;

use attacca_decode::{DecodeError, Recording, Source, printable::counted};
use attacca_engine::{
    BuildError, Command, EngineConfig, Event, EventKind, Processor, Reader, Spread,
    models::{
        Spelling, Task, WeightsFile,
        vocabulary::{ChordOverBass, KeyClass},
    },
};

use super::{
    Analysis, Beat, NetworkIdentity, Onset, RecordingInfo,
    decode_ahead::decode_ahead,
    states::{Change, push_chord},
};
use crate::overview::Overview;

/// Events that the engine may report during one block. The longest block is a second of audio at the lowest rate, in
/// which onsets 25 ms apart and beats at 300 BPM make no more than 45.
const EVENT_CAPACITY: usize = 256;
/// Hops that may fall into one block: 103 at the lowest rate, and a hop of latency.
const SNAPSHOT_CAPACITY: usize = 256;

/// How to analyse.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The networks that listen.
    pub networks: Vec<WeightsFile>,
    /// What is listened for with them.
    pub tasks: Vec<Task>,
    /// Frames handed to the engine at once.
    pub block_frames: usize,
    /// See [`attacca_engine::Settings::chord_lag_seconds`].
    pub chord_lag_seconds: f32,
    /// See [`Analysis::spelling`].
    pub spelling: Option<Spelling>,
}

/// Why a recording could not be analysed.
#[derive(Debug, thiserror::Error)]
pub enum AnalysisError {
    /// It cannot be read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The engine does not take it.
    #[error("cannot be analysed: {0}")]
    Build(#[from] BuildError),
}

/// How far an analysis has come, in samples.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Samples analysed.
    pub done: u64,
    /// Samples in all, where the recording announces it.
    pub total: Option<u64>,
    /// Sample rate.
    pub sample_rate_hz: u32,
}

/// Analyses a recording; `report` is called after every few packets.
///
/// # Errors
/// When the recording cannot be read to its end or does not suit the engine.
pub fn run(source: &Source, settings: &Settings, mut report: impl FnMut(Progress)) -> Result<Analysis, AnalysisError> {
    let start = Instant::now();
    let mut recording = Recording::open(source)?;
    let format = recording.format();
    let channels = recording.output_channels();
    let (_controller, processor, reader) = attacca_engine::build(EngineConfig {
        sample_rate_hz: format.sample_rate_hz,
        channels,
        networks: settings.networks.clone(),
        event_capacity: EVENT_CAPACITY,
        snapshot_capacity: SNAPSHOT_CAPACITY,
        portrait_capacity: 0,
        spread: Spread::HOP,
    })?;
    let mut listener = Listener::new(processor, reader, format.sample_rate_hz, channels, settings);
    let total = recording.announced_frames();
    decode_ahead(&mut recording, |samples| {
        listener.hear(samples);
        report(Progress { done: listener.heard_samples, total, sample_rate_hz: format.sample_rate_hz });
    })?;
    let length_samples = listener.heard_samples;
    let latency_samples = listener.processor.latency_samples();
    let mut heard = listener.finish();
    heard.onsets.sort_by_key(|onset| onset.position);
    heard.beats.sort_by_key(|beat| beat.position);

    let mut warnings = recording.damage();
    warnings.extend(heard.complaints);
    let (title, artist) = recording.title_and_artist();
    Ok(Analysis {
        recording: RecordingInfo {
            source: source.clone(),
            name: name_of(source),
            title,
            artist,
            codec: recording.codec(),
            sample_rate_hz: format.sample_rate_hz,
            channels: format.channels,
            length_samples,
        },
        tasks: settings.tasks.clone(),
        spelling: settings.spelling,
        networks: settings.networks.iter().map(identity).collect(),
        latency_samples,
        onsets: heard.onsets,
        beats: heard.beats,
        voice: heard.voice,
        chords: heard.chords,
        keys: heard.keys,
        overview: heard.overview,
        warnings,
        elapsed: start.elapsed(),
    })
}

/// Who a network is.
pub fn identity(weights: &WeightsFile) -> NetworkIdentity {
    let description = weights.description();
    NetworkIdentity { task: description.task, name: description.name.clone(), sha256: weights.content_hash() }
}

fn name_of(source: &Source) -> String {
    match source {
        Source::File(path) => path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
        Source::Stdin => "standard input".into(),
    }
}

/// What was heard.
struct Heard {
    onsets: Vec<Onset>,
    beats: Vec<Beat>,
    voice: Vec<Change<bool>>,
    chords: Vec<Change<Option<ChordOverBass>>>,
    keys: Vec<Change<KeyClass>>,
    overview: Overview,
    complaints: Vec<String>,
}

/// The engine, and what it said so far.
struct Listener {
    processor: Processor,
    reader: Reader,
    tasks: Vec<Task>,
    channels: usize,
    block: Vec<f32>,
    block_samples: usize,
    heard_samples: u64,
    length_samples: Option<u64>,
    heard: Heard,
}

impl Listener {
    fn new(
        mut processor: Processor,
        reader: Reader,
        sample_rate_hz: u32,
        channels: usize,
        settings: &Settings,
    ) -> Self {
        let overview = Overview::new(sample_rate_hz, |task| reader.activation_delay_samples(task));
        let block_samples = settings.block_frames * channels;
        let mut wanted =
            attacca_engine::Settings { chord_lag_seconds: settings.chord_lag_seconds, ..Default::default() };
        wanted.tasks[Task::Key as usize].enabled = settings.tasks.contains(&Task::Key);
        processor.command(Command::Settings(wanted));
        Self {
            processor,
            reader,
            tasks: settings.tasks.clone(),
            channels,
            block: Vec::with_capacity(block_samples),
            block_samples,
            heard_samples: 0,
            length_samples: None,
            heard: Heard {
                onsets: Vec::new(),
                beats: Vec::new(),
                voice: Vec::new(),
                chords: Vec::new(),
                keys: Vec::new(),
                overview,
                complaints: Vec::new(),
            },
        }
    }

    /// Takes interleaved samples and hands them to the engine in blocks of the wanted length.
    fn hear(&mut self, mut samples: &[f32]) {
        self.heard.overview.push_samples(samples, self.channels);
        self.heard_samples += (samples.len() / self.channels) as u64;
        while !samples.is_empty() {
            let wanted = (self.block_samples - self.block.len()).min(samples.len());
            self.block.extend_from_slice(&samples[..wanted]);
            samples = &samples[wanted..];
            if self.block.len() == self.block_samples {
                self.process_block();
            }
        }
    }

    /// Lets the engine say what it still holds back, by as much silence as its latency.
    fn finish(mut self) -> Heard {
        self.process_block();
        self.length_samples = Some(self.heard_samples);
        let mut silent_samples = self.processor.latency_samples() as usize * self.channels;
        while silent_samples > 0 {
            let length = silent_samples.min(self.block_samples);
            silent_samples -= length;
            self.block.resize(length, 0.0);
            self.process_block();
        }
        let health = self.reader.newest_snapshot().health;
        let mut heard = self.heard;
        if health.neutralised_samples > 0 {
            let samples = counted(health.neutralised_samples as usize, "sample");
            heard.complaints.push(format!("{samples} were not numbers or absurdly loud and were neutralised"));
        }
        if health.dropped_events > 0 {
            heard.complaints.push(format!("{} were lost", counted(health.dropped_events as usize, "event")));
        }
        heard.onsets.shrink_to_fit();
        heard.beats.shrink_to_fit();
        heard
    }

    fn process_block(&mut self) {
        self.processor.process_interleaved(&self.block);
        self.block.clear();
        while let Some(event) = self.reader.next_event() {
            self.take(event);
        }
        while let Some(snapshot) = self.reader.next_recorded_snapshot() {
            self.heard.overview.push_snapshot(&snapshot, self.length_samples);
        }
    }

    /// Keeps an event, unless it lies in the silence after the end, or tells of chords that only the key is read from.
    fn take(&mut self, event: Event) {
        let Event { position, latency_samples, confidence, kind } = event;
        if self.length_samples.is_some_and(|length| position.0 >= length) {
            return;
        }
        let heard = &mut self.heard;
        match kind {
            EventKind::Onset { strength, bands } => {
                heard.onsets.push(Onset { position, latency_samples, confidence, strength, bands });
            }
            EventKind::Beat { beat_in_bar, beats_per_bar, tempo } => {
                heard.beats.push(Beat { position, latency_samples, confidence, tempo, beat_in_bar, beats_per_bar });
            }
            EventKind::Voice { active } => {
                heard.voice.push(Change { position, latency_samples, confidence, value: active });
            }
            EventKind::Chord { .. } if !self.tasks.contains(&Task::Chord) => {}
            EventKind::Chord { chord, bass } => {
                let value = chord.map(|chord| ChordOverBass { chord, bass });
                push_chord(&mut heard.chords, Change { position, latency_samples, confidence, value });
            }
            EventKind::Key { key } => {
                heard.keys.push(Change { position, latency_samples, confidence, value: key });
            }
        }
    }
}
