//! The demo's recording.

use std::{fs::File, path::Path, sync::OnceLock};

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

/// Samples of a mono Ogg Vorbis file.
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
