//! The demo's recording, and an engine that runs over it without allocating.

use std::{fs::File, path::Path, sync::OnceLock};

use assert_no_alloc::assert_no_alloc;
use attacca_engine::{Controller, EngineConfig, Event, EventKind, Processor, Reader, Snapshot, build, models};
use symphonia::core::{
    codecs::audio::AudioDecoderOptions, formats::TrackType, formats::probe::Hint, io::MediaSourceStream,
};

/// Rate of [`recording`].
pub const RECORDING_RATE_HZ: u32 = 44_100;

/// The recording that the demo analyses: 22 s of a real guitar, mono, 44.1 kHz.
pub fn recording() -> &'static [f32] {
    static RECORDING: OnceLock<Vec<f32>> = OnceLock::new();
    RECORDING.get_or_init(|| {
        decode(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../engine/cli/demo/bossa-nova-guitar.ogg")))
    })
}

fn decode(path: &Path) -> Vec<f32> {
    let stream = MediaSourceStream::new(Box::new(File::open(path).expect("the recording exists")), Default::default());
    let mut format = symphonia::default::get_probe()
        .probe(&Hint::new(), stream, Default::default(), Default::default())
        .expect("it is Ogg");
    let track = format.default_track(TrackType::Audio).expect("it has audio");
    let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio()).expect("it is audio");
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default())
        .expect("it is Vorbis");
    let mut samples = Vec::new();
    while let Some(packet) = format.next_packet().expect("it is whole") {
        let audio = decoder.decode(&packet).expect("it is sound");
        let start = samples.len();
        samples.resize(start + audio.samples_interleaved(), 0.0);
        audio.copy_to_slice_interleaved(&mut samples[start..]);
    }
    samples
}

/// An engine with the shipped networks, one channel, and queues that hold everything a test lets happen.
pub fn engine(sample_rate_hz: u32) -> (Controller, Processor, Reader) {
    engine_with_channels(sample_rate_hz, 1)
}

/// As [`engine`], with any number of channels.
pub fn engine_with_channels(sample_rate_hz: u32, channels: usize) -> (Controller, Processor, Reader) {
    engine_with_networks(sample_rate_hz, channels, models::shipped::all())
}

/// As [`engine`], with the networks that tell of moments alone.
pub fn engine_of_onsets_and_beats(sample_rate_hz: u32) -> (Controller, Processor, Reader) {
    let networks = [models::Task::Onset, models::Task::Beat].into_iter().filter_map(models::shipped::weights);
    engine_with_networks(sample_rate_hz, 1, networks.collect())
}

fn engine_with_networks(
    sample_rate_hz: u32,
    channels: usize,
    networks: Vec<models::WeightsFile>,
) -> (Controller, Processor, Reader) {
    build(EngineConfig {
        sample_rate_hz,
        channels,
        networks,
        event_capacity: 4096,
        snapshot_capacity: 16_384,
        portrait_capacity: 0,
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
