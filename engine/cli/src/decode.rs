//! Recordings to interleaved samples, a packet at a time.
//!
//! Encoder delay and padding are trimmed where the file declares them. A packet that cannot be decoded is counted and
//! replaced by as much silence, so that whatever follows keeps its time. Memory does not depend on the length.

use std::{
    fs::File,
    io::{self, Cursor, Read, Seek},
};

use symphonia::core::{
    codecs::audio::{AudioDecoder, AudioDecoderOptions},
    errors::Error as SymphoniaError,
    formats::{FormatOptions, FormatReader, TrackType, probe::Hint},
    io::{MediaSource, MediaSourceStream, ReadOnlySource},
    meta::{MetadataOptions, StandardTag},
    packet::Packet,
    units::TimeBase,
};

use crate::{input::Source, printable::clock};

/// What can be read, for messages.
const EXPECTED: &str = "WAV, AIFF, FLAC, Ogg Vorbis, MP3, AAC or M4A";
/// The engine's limit; recordings with more channels are averaged to one, as the engine would do.
const MAXIMUM_CHANNELS: usize = 8;
/// Silence is handed out in blocks of at most this length.
const SILENCE_FRAMES: usize = 4096;
/// The longest silence, in seconds, that stands for one undecodable packet: a damaged header may claim anything.
const LONGEST_LOST_PACKET_SECONDS: u64 = 1;
/// First bytes of a file that an error message shows.
const HEAD_BYTES: u64 = 12;
/// A recording that ends this much before its announced length, in seconds, is reported as cut short.
const SHORTFALL_SECONDS: f64 = 0.1;

/// Why a recording cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The file cannot be opened or read.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// Nothing in it.
    #[error("is empty: expected {EXPECTED}, found 0 bytes")]
    Empty,
    /// Not a container that is known.
    #[error("is not a recording that attacca reads: expected {EXPECTED}, found {found} ({reason}); convert it to FLAC")]
    Unrecognised {
        /// The first bytes, escaped.
        found: String,
        /// What the probe said.
        reason: SymphoniaError,
    },
    /// A container without sound.
    #[error("has no audio track: expected one in {EXPECTED}")]
    NoTrack,
    /// A codec that is not known.
    #[error("is in a codec that attacca does not decode ({0}): expected {EXPECTED}; convert it to FLAC")]
    Codec(SymphoniaError),
    /// Not a single sample.
    #[error("holds no audio: expected at least one sample, found none ({skipped_packets} damaged packets)")]
    NoAudio {
        /// Packets that could not be decoded.
        skipped_packets: u64,
    },
    /// Rate or channels change on the way.
    #[error("changes from {expected} to {actual} at {at}: expected one format throughout; split or convert it")]
    FormatChange {
        /// The format of the beginning.
        expected: StreamFormat,
        /// The new format.
        actual: StreamFormat,
        /// When.
        at: String,
    },
    /// The decoder gave up.
    #[error("cannot be decoded after {at}: {reason}")]
    Broken {
        /// When.
        at: String,
        /// What it said.
        reason: SymphoniaError,
    },
}

/// Rate and channels of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamFormat {
    /// Samples a second of each channel.
    pub sample_rate_hz: u32,
    /// Channels in the file.
    pub channels: usize,
}

impl std::fmt::Display for StreamFormat {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { sample_rate_hz, channels } = self;
        write!(formatter, "{sample_rate_hz} Hz with {channels} channel{}", if *channels == 1 { "" } else { "s" })
    }
}

/// A recording that is being read.
pub struct Recording {
    container: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track_id: u32,
    time_base: Option<TimeBase>,
    format: StreamFormat,
    announced_frames: Option<u64>,
    length_is_reliable: bool,
    decoded_frames: u64,
    skipped_packets: u64,
    cut_short: bool,
    samples: Vec<f32>,
    samples_waiting: bool,
    silence: Vec<f32>,
    silence_frames_due: u64,
}

impl Recording {
    /// Opens a recording and decodes its first packet.
    ///
    /// # Errors
    /// [`DecodeError`] says what was expected and found.
    pub fn open(source: &Source) -> Result<Self, DecodeError> {
        let (container, length_is_reliable) = open_container(source)?;
        let track = container.default_track(TrackType::Audio).ok_or(DecodeError::NoTrack)?;
        let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio());
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(parameters.ok_or(DecodeError::NoTrack)?, &AudioDecoderOptions::default())
            .map_err(DecodeError::Codec)?;
        let mut recording = Self {
            track_id: track.id,
            time_base: track.time_base,
            announced_frames: track.num_frames,
            container,
            decoder,
            format: StreamFormat { sample_rate_hz: 0, channels: 0 },
            length_is_reliable,
            decoded_frames: 0,
            skipped_packets: 0,
            cut_short: false,
            samples: Vec::new(),
            samples_waiting: false,
            silence: Vec::new(),
            silence_frames_due: 0,
        };
        if !recording.decode_packet()? {
            return Err(DecodeError::NoAudio { skipped_packets: recording.skipped_packets });
        }
        recording.silence = vec![0.0; SILENCE_FRAMES * recording.output_channels()];
        Ok(recording)
    }

    /// Rate and channels of the file.
    pub fn format(&self) -> StreamFormat {
        self.format
    }

    /// Channels of the blocks: those of the file, or 1 where it has more than the engine takes.
    pub fn output_channels(&self) -> usize {
        if self.format.channels > MAXIMUM_CHANNELS { 1 } else { self.format.channels }
    }

    /// Name of the codec.
    pub fn codec(&self) -> &'static str {
        self.decoder.codec_info().long_name
    }

    /// Frames that the file says it has, where it says so.
    pub fn announced_frames(&self) -> Option<u64> {
        self.announced_frames.filter(|_| self.length_is_reliable)
    }

    /// Title and artist from the file's tags.
    pub fn title_and_artist(&mut self) -> (Option<String>, Option<String>) {
        let mut title = None;
        let mut artist = None;
        let mut metadata = self.container.metadata();
        if let Some(revision) = metadata.skip_to_latest() {
            let of_tracks = revision.per_track.iter().flat_map(|track| &track.metadata.tags);
            for tag in revision.media.tags.iter().chain(of_tracks) {
                match &tag.std {
                    Some(StandardTag::TrackTitle(value)) => title = Some(value.to_string()),
                    Some(StandardTag::Artist(value)) => artist = Some(value.to_string()),
                    _ => {}
                }
            }
        }
        (title, artist)
    }

    /// The next block of interleaved samples, [`output_channels`](Self::output_channels) to a frame; `None` at the end.
    ///
    /// # Errors
    /// When the file cannot be read on, or its format changes.
    pub fn next_block(&mut self) -> Result<Option<&[f32]>, DecodeError> {
        if !self.samples_waiting && !self.decode_packet()? {
            return Ok(None);
        }
        if self.silence_frames_due > 0 {
            let frames = self.silence_frames_due.min(SILENCE_FRAMES as u64);
            self.silence_frames_due -= frames;
            return Ok(Some(&self.silence[..frames as usize * self.output_channels()]));
        }
        self.samples_waiting = false;
        Ok(Some(&self.samples))
    }

    /// What was wrong with the recording, in words; complete after the end.
    pub fn damage(&self) -> Vec<String> {
        let mut damage = Vec::new();
        if self.skipped_packets > 0 {
            damage.push(format!(
                "{} could not be decoded and {} heard as silence",
                crate::printable::counted(self.skipped_packets as usize, "damaged packet"),
                if self.skipped_packets == 1 { "is" } else { "are" },
            ));
        }
        let seconds = |frames: u64| frames as f64 / f64::from(self.format.sample_rate_hz);
        match self.announced_frames() {
            Some(announced)
                if (self.cut_short || !self.length_is_estimated())
                    && seconds(announced) > seconds(self.decoded_frames) + SHORTFALL_SECONDS =>
            {
                let (announced, found) = (clock(seconds(announced), 2), clock(seconds(self.decoded_frames), 2));
                damage.push(format!("the recording is cut short: its header announces {announced}, it holds {found}"));
            }
            _ if self.cut_short && self.length_is_reliable => {
                damage.push("the recording is cut short: it ends in the middle of a packet".into());
            }
            _ => {}
        }
        damage
    }

    /// MP3 and AAC streams without an index announce a length that follows from their first packet's bit rate.
    fn length_is_estimated(&self) -> bool {
        matches!(self.decoder.codec_info().short_name, "mp1" | "mp2" | "mp3" | "aac")
    }

    /// Decodes until a packet gives samples; `false` at the end.
    fn decode_packet(&mut self) -> Result<bool, DecodeError> {
        loop {
            let packet = match self.container.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => return Ok(false),
                Err(SymphoniaError::IoError(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    self.cut_short = true;
                    return Ok(false);
                }
                Err(SymphoniaError::IoError(error)) => return Err(DecodeError::Io(error)),
                Err(SymphoniaError::DecodeError(_)) => {
                    self.cut_short = true;
                    return Ok(false);
                }
                Err(SymphoniaError::ResetRequired) => {
                    self.restart()?;
                    continue;
                }
                Err(reason) => return Err(DecodeError::Broken { at: self.clock(), reason }),
            };
            if packet.track_id != self.track_id {
                continue;
            }
            match self.decoder.decode(&packet) {
                Ok(decoded) if decoded.frames() == 0 => {}
                Ok(decoded) => {
                    let found = StreamFormat {
                        sample_rate_hz: decoded.spec().rate(),
                        channels: decoded.spec().channels().count(),
                    };
                    decoded.copy_to_vec_interleaved(&mut self.samples);
                    let frames = decoded.frames() as u64;
                    self.take_format(found)?;
                    self.decoded_frames += self.silence_frames_due + frames;
                    self.samples_waiting = true;
                    return Ok(true);
                }
                Err(SymphoniaError::DecodeError(_) | SymphoniaError::IoError(_)) => {
                    self.skipped_packets += 1;
                    self.silence_frames_due += self.frames_of(&packet);
                }
                Err(SymphoniaError::ResetRequired) => self.decoder.reset(),
                Err(reason) => return Err(DecodeError::Broken { at: self.clock(), reason }),
            }
        }
    }

    /// Takes the format of decoded samples as the recording's, or compares it; averages channels where there are too many.
    fn take_format(&mut self, found: StreamFormat) -> Result<(), DecodeError> {
        if self.format.channels == 0 && found.channels > 0 {
            self.format = found;
        }
        if self.format != found {
            return Err(DecodeError::FormatChange { expected: self.format, actual: found, at: self.clock() });
        }
        if found.channels > MAXIMUM_CHANNELS {
            average_channels(&mut self.samples, found.channels);
        }
        Ok(())
    }

    /// Starts anew on the next stream of a chained file.
    fn restart(&mut self) -> Result<(), DecodeError> {
        let track = self.container.default_track(TrackType::Audio).ok_or(DecodeError::NoTrack)?;
        let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio());
        self.decoder = symphonia::default::get_codecs()
            .make_audio_decoder(parameters.ok_or(DecodeError::NoTrack)?, &AudioDecoderOptions::default())
            .map_err(DecodeError::Codec)?;
        self.track_id = track.id;
        self.time_base = track.time_base;
        self.announced_frames = None;
        Ok(())
    }

    /// Frames that a packet claims to hold, at most [`LONGEST_LOST_PACKET_SECONDS`] of them.
    fn frames_of(&self, packet: &Packet) -> u64 {
        let rate = match (self.format.sample_rate_hz, self.decoder.codec_params().sample_rate) {
            (0, Some(announced)) => announced,
            (known, _) => known,
        };
        let Some(time_base) = self.time_base else { return 0 };
        let frames = u128::from(packet.dur.get()) * u128::from(time_base.numer.get()) * u128::from(rate)
            / u128::from(time_base.denom.get());
        frames.min(u128::from(u64::from(rate) * LONGEST_LOST_PACKET_SECONDS)) as u64
    }

    fn clock(&self) -> String {
        clock(self.decoded_frames as f64 / f64::from(self.format.sample_rate_hz.max(1)), 2)
    }
}

/// Opens the container; the flag says whether its announced length can be relied on, which a pipe's cannot.
fn open_container(source: &Source) -> Result<(Box<dyn FormatReader>, bool), DecodeError> {
    let mut hint = Hint::new();
    let (media, head) = match source {
        Source::Stdin => {
            hint.with_extension("wav");
            unseekable(io::stdin())?
        }
        Source::File(path) => {
            if let Some(extension) = path.extension().and_then(|extension| extension.to_str()) {
                hint.with_extension(extension);
            }
            let file = File::open(path)?;
            if file.is_seekable() { seekable(file)? } else { unseekable(file)? }
        }
    };
    if head.is_empty() {
        return Err(DecodeError::Empty);
    }
    let length_is_reliable = media.is_seekable();
    let stream = MediaSourceStream::new(media, Default::default());
    let container = symphonia::default::get_probe()
        .probe(&hint, stream, FormatOptions::default(), MetadataOptions::default())
        .map_err(|reason| DecodeError::Unrecognised { found: describe_start(&head), reason })?;
    Ok((container, length_is_reliable))
}

/// A source and its first bytes, which say what a file is that cannot be read.
type OpenedMedia = (Box<dyn MediaSource>, Vec<u8>);

fn seekable(mut file: File) -> io::Result<OpenedMedia> {
    let head = read_head(&mut file)?;
    file.rewind()?;
    Ok((Box::new(file), head))
}

fn unseekable(mut stream: impl Read + Send + Sync + 'static) -> io::Result<OpenedMedia> {
    let head = read_head(&mut stream)?;
    Ok((Box::new(ReadOnlySource::new(Cursor::new(head.clone()).chain(stream))), head))
}

fn read_head(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    stream.by_ref().take(HEAD_BYTES).read_to_end(&mut head)?;
    Ok(head)
}

/// The first bytes of a file as a quoted string, for an error message.
fn describe_start(head: &[u8]) -> String {
    format!("a file that starts with \"{}\"", head.escape_ascii())
}

/// Replaces interleaved frames by their mean over the channels, in place.
fn average_channels(samples: &mut Vec<f32>, channels: usize) {
    let frames = samples.len() / channels;
    for frame in 0..frames {
        let start = frame * channels;
        samples[frame] = samples[start..start + channels].iter().sum::<f32>() / channels as f32;
    }
    samples.truncate(frames);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_channels_become_their_mean() {
        let mut samples = vec![1.0, 2.0, 3.0, -1.0, 0.0, 1.0];
        average_channels(&mut samples, 3);
        assert_eq!(samples, [2.0, 0.0]);
    }

    #[test]
    fn text_is_told_from_audio() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("song.mp3");
        std::fs::write(&path, "<!DOCTYPE html><title>404</title>").unwrap();
        let Err(error) = Recording::open(&Source::File(path)) else { panic!("opened") };
        assert!(error.to_string().contains("starts with \"<!DOCTYPE ht\""), "{error}");
    }

    #[test]
    fn an_empty_file_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("song.wav");
        std::fs::write(&path, "").unwrap();
        assert!(matches!(Recording::open(&Source::File(path)), Err(DecodeError::Empty)));
    }
}
