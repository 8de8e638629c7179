//! The audio thread's half: blocks of an input to the engine.
//!
//! [`listen`] builds an engine on a thread that may wait. The [`Ear`] goes to whoever has the samples; it never allocates, frees,
//! locks or waits, as long as no block holds more samples than its buffer, which is then used several times. The [`Take`] goes
//! to the thread that sends what was heard.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use attacca_engine::{
    BuildError, Command, Controller, EngineConfig, Processor, Reader, SamplePosition, Settings, Spread, build,
    models::{Task, WeightsFile},
};
use attacca_gui::Load;
use cpal::FromSample;

/// Frames that are prepared for the engine at once.
const CHUNK_FRAMES: usize = 1024;
/// Most channels that the engine takes.
pub const MAXIMUM_CHANNELS: usize = 8;
/// Events that may wait for the sending thread, which comes by every millisecond.
const EVENTS: usize = 4096;
/// Hops that may wait for it: 20 s.
const HOPS: usize = 2000;
/// Seconds of recorded audio that may wait for the disk.
const RECORDED_SECONDS: usize = 10;
/// The largest 16-bit sample: converters that clip say no more.
const CLIPPED: f32 = 32_767.0 / 32_768.0;

/// What is listened to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFormat {
    /// Its name for people.
    pub name: String,
    /// Sample rate in Hz.
    pub sample_rate_hz: u32,
    /// Channels of its blocks.
    pub channels: usize,
    /// Channels that are heard, from 0.
    pub heard: Vec<usize>,
}

impl InputFormat {
    /// The wanted channels, from 1, of an input with `channels`; the first eight of all where none is wanted, or none of them
    /// exists.
    pub fn new(name: String, sample_rate_hz: u32, channels: usize, wanted: &[u16]) -> Self {
        let wanted = wanted.iter().map(|&channel| usize::from(channel).wrapping_sub(1));
        let mut heard: Vec<_> = wanted.filter(|&channel| channel < channels).take(MAXIMUM_CHANNELS).collect();
        if heard.is_empty() {
            heard = (0..channels.min(MAXIMUM_CHANNELS)).collect();
        }
        Self { name, sample_rate_hz, channels, heard }
    }
}

/// What a block leaves for the sending thread and the window.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mark {
    /// Samples heard.
    pub position: SamplePosition,
    /// When the block came; `None` before the first.
    pub at: Option<Instant>,
    /// Frames in the block.
    pub block_frames: u32,
    /// What listening costs.
    pub load: Load,
    /// Blocks in which a sample was as loud as can be.
    pub clipped_blocks: u64,
    /// Samples that could not be recorded in time.
    pub unrecorded_samples: u64,
    /// Latency of each of [`Task::ALL`] in samples.
    pub latencies_samples: [u32; Task::ALL.len()],
    /// Where the input ended, if it has; what comes after is silence, in which the engine says what it still holds back.
    pub length_samples: Option<u64>,
    /// Whether that silence is over too.
    pub is_over: bool,
}

/// Hears blocks.
#[derive(Debug)]
pub struct Ear {
    processor: Processor,
    channels: usize,
    heard: Vec<usize>,
    sample_rate_hz: u32,
    chunk: Vec<f32>,
    marks: triple_buffer::Input<Mark>,
    mark: Mark,
    recording: Option<rtrb::Producer<f32>>,
    sent: Arc<AtomicU64>,
}

/// What was heard, for the thread that sends it.
#[derive(Debug)]
pub struct Take {
    /// What is listened to.
    pub format: InputFormat,
    /// The engine's results.
    pub reader: Reader,
    /// The newest block.
    pub marks: triple_buffer::Output<Mark>,
    /// Whether samples come as they sound, and not as quickly as they can.
    pub real_time: bool,
    /// Samples of which everything has been sent; whoever is quicker than real time waits for it.
    pub sent: Arc<AtomicU64>,
}

/// An engine at work.
#[derive(Debug)]
pub struct Listening {
    /// For the thread with the samples.
    pub ear: Ear,
    /// For the thread that sends.
    pub take: Take,
    /// For the thread with the window.
    pub controller: Controller,
    /// For the thread that records, where that is wanted: samples of the heard channels, interleaved.
    pub recorded: Option<rtrb::Consumer<f32>>,
}

/// Builds an engine for an input.
///
/// # Errors
/// Where the engine does not take the input.
pub fn listen(
    format: InputFormat,
    networks: Vec<WeightsFile>,
    settings: Settings,
    real_time: bool,
    record: bool,
) -> Result<Listening, BuildError> {
    let config = EngineConfig {
        sample_rate_hz: format.sample_rate_hz,
        channels: format.heard.len(),
        networks,
        event_capacity: EVENTS,
        snapshot_capacity: HOPS,
        portrait_capacity: HOPS,
        spread: Spread::HOP,
    };
    let (controller, mut processor, reader) = build(config)?;
    processor.command(Command::Settings(settings));
    let (mark_sender, marks) = triple_buffer::triple_buffer(&Mark::default());
    let waiting = RECORDED_SECONDS * format.sample_rate_hz as usize * format.heard.len();
    let (recording, recorded) = record.then(|| rtrb::RingBuffer::new(waiting)).unzip();
    let ear = Ear {
        processor,
        channels: format.channels,
        heard: format.heard.clone(),
        sample_rate_hz: format.sample_rate_hz,
        chunk: Vec::with_capacity(CHUNK_FRAMES * format.heard.len()),
        marks: mark_sender,
        mark: Mark::default(),
        recording,
        sent: Arc::default(),
    };
    let take = Take { format, reader, marks, real_time, sent: Arc::clone(&ear.sent) };
    Ok(Listening { ear, take, controller, recorded })
}

impl Ear {
    /// Hears a block of interleaved samples that came at `at`.
    pub fn hear<T: Copy>(&mut self, samples: &[T], at: Instant)
    where
        f32: FromSample<T>,
    {
        let started = Instant::now();
        let mut clipped = false;
        for chunk in samples.chunks(CHUNK_FRAMES * self.channels) {
            self.chunk.clear();
            for frame in chunk.chunks_exact(self.channels) {
                // The buffer has room for as many frames as a chunk has.
                self.chunk.extend(self.heard.iter().map(|&channel| f32::from_sample_(frame[channel])));
            }
            clipped |= self.chunk.iter().any(|sample| sample.abs() >= CLIPPED);
            self.record();
            self.processor.process_interleaved(&self.chunk);
        }
        let frames = samples.len() / self.channels;
        let seconds = frames as f32 / self.sample_rate_hz as f32;
        self.mark.position = self.processor.position();
        self.mark.at = Some(at);
        self.mark.block_frames = u32::try_from(frames).unwrap_or(u32::MAX);
        self.mark.load.add(started.elapsed().as_secs_f32(), seconds);
        self.mark.clipped_blocks += u64::from(clipped);
        self.mark.latencies_samples = Task::ALL.map(|task| self.processor.task_latency_samples(task));
        self.marks.write(self.mark);
    }

    /// Samples heard.
    pub fn position(&self) -> SamplePosition {
        self.processor.position()
    }

    /// Samples of which everything has been sent.
    pub fn sent_samples(&self) -> u64 {
        self.sent.load(Ordering::Acquire)
    }

    /// The longest time between an event and its report, in samples.
    pub fn latency_samples(&self) -> u32 {
        self.processor.latency_samples()
    }

    /// The input has ended; silence follows, so that everything is said.
    pub fn end(&mut self) {
        self.mark.length_samples = Some(self.position().0);
        self.marks.write(self.mark);
    }

    /// The silence is over.
    pub fn finish(&mut self) {
        self.mark.is_over = true;
        self.marks.write(self.mark);
    }

    /// Leaves the chunk for the disk, as a whole or not at all.
    fn record(&mut self) {
        let Some(recording) = &mut self.recording else { return };
        match recording.write_chunk_uninit(self.chunk.len()) {
            Ok(room) => {
                room.fill_from_iter(self.chunk.iter().copied());
            }
            Err(_) => self.mark.unrecorded_samples += self.chunk.len() as u64,
        }
    }
}
