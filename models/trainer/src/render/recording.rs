//! Recordings as mono audio at the sample rate of all rendered audio.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use symphonia::core::{
    codecs::audio::AudioDecoderOptions, errors::Error as SymphoniaError, formats::TrackType, formats::probe::Hint,
    io::MediaSourceStream,
};

use super::SAMPLE_RATE;

/// Why a recording could not be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The file could not be opened.
    #[error("{}: {source}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file holds no audio that can be decoded.
    #[error("{}: expected audio (WAV, FLAC, MP3 or Ogg Vorbis): {reason}", file.display())]
    Decode {
        /// The file.
        file: PathBuf,
        /// What the decoder said.
        reason: String,
    },
}

/// Reads a whole recording, mixed to mono, at [`SAMPLE_RATE`].
///
/// # Errors
/// [`RecordingError`] for a file that is missing or holds no audio.
pub fn read(file: &Path) -> Result<Vec<f32>, RecordingError> {
    let opened = File::open(file).map_err(|source| RecordingError::Read { file: file.to_owned(), source })?;
    let (mono, sample_rate_hz) =
        decode(opened).map_err(|error| RecordingError::Decode { file: file.to_owned(), reason: error.to_string() })?;
    Ok(resampled(mono, sample_rate_hz))
}

fn decode(file: File) -> Result<(Vec<f32>, u32), SymphoniaError> {
    let stream = MediaSourceStream::new(Box::new(file), Default::default());
    let mut container =
        symphonia::default::get_probe().probe(&Hint::new(), stream, Default::default(), Default::default())?;
    let track = container.default_track(TrackType::Audio).ok_or(SymphoniaError::Unsupported("no audio in it"))?;
    let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio());
    let parameters = parameters.ok_or(SymphoniaError::Unsupported("no audio in it"))?;
    let track_id = track.id;
    let mut decoder =
        symphonia::default::get_codecs().make_audio_decoder(parameters, &AudioDecoderOptions::default())?;
    let (mut mono, mut interleaved, mut sample_rate_hz) = (Vec::new(), Vec::new(), SAMPLE_RATE);
    while let Some(packet) = container.next_packet()? {
        if packet.track_id != track_id {
            continue;
        }
        let audio = decoder.decode(&packet)?;
        sample_rate_hz = audio.spec().rate();
        let channels = audio.spec().channels().count().max(1);
        interleaved.resize(audio.samples_interleaved(), 0.0f32);
        audio.copy_to_slice_interleaved(&mut interleaved);
        mono.extend(interleaved.chunks_exact(channels).map(|frame| frame.iter().sum::<f32>() / channels as f32));
    }
    Ok((mono, sample_rate_hz))
}

/// The audio at [`SAMPLE_RATE`], interpolated between neighbouring samples.
fn resampled(audio: Vec<f32>, sample_rate_hz: u32) -> Vec<f32> {
    if sample_rate_hz == SAMPLE_RATE {
        return audio;
    }
    let step = f64::from(sample_rate_hz) / f64::from(SAMPLE_RATE);
    (0..(audio.len() as f64 / step) as usize).map(|index| at(&audio, index as f64 * step)).collect()
}

/// The value between two samples; 0 outside.
pub(super) fn at(audio: &[f32], position: f64) -> f32 {
    let before = position.floor();
    let index = before as isize;
    let sample = |index: isize| usize::try_from(index).ok().and_then(|index| audio.get(index)).copied().unwrap_or(0.0);
    let part = (position - before) as f32;
    sample(index) + part * (sample(index + 1) - sample(index))
}
