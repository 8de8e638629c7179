//! Recordings to interleaved samples, a packet at a time.
//!
//! Encoder delay and padding are trimmed where the file declares them. A stretch that cannot be decoded, which shows as
//! a gap between the time stamps of the packets around it, is counted and replaced by as much silence, so that whatever
//! follows keeps its time. Memory does not depend on the length.

use std::io;

use symphonia::core::{
    codecs::audio::{AudioDecoder, AudioDecoderOptions},
    errors::Error as SymphoniaError,
    formats::{FormatReader, TrackType},
    meta::StandardTag,
    packet::Packet,
    units::{TimeBase, Timestamp},
};

use crate::{
    DecodeError, Source, StreamFormat,
    edit_list::Edit,
    open::{OpenedContainer, open_container},
    printable::{clock, counted},
};

/// The engine's limit; recordings with more channels are averaged to one, as the engine would do.
const MAXIMUM_CHANNELS: usize = 8;
/// Silence is handed out in blocks of at most this length.
const SILENCE_FRAMES: usize = 4096;
/// Gaps between packets, in seconds, that are damage: shorter ones are rounding, longer ones a clock that was set.
const GAP_SECONDS: std::ops::RangeInclusive<f64> = 0.005..=60.0;
/// A recording that ends this much before its announced length, in seconds, is reported as cut short.
const SHORTFALL_SECONDS: f64 = 0.1;

/// A recording that is being read.
pub struct Recording {
    container: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track_id: u32,
    time_base: Option<TimeBase>,
    format: StreamFormat,
    announced_frames: Option<u64>,
    length_is_reliable: bool,
    edit: Option<Edit>,
    trim: Trim,
    decoded_frames: u64,
    skipped_packets: u64,
    expected_timestamp: Timestamp,
    gaps: usize,
    gap_frames: u64,
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
        let OpenedContainer { container, length_is_reliable, edit } = open_container(source)?;
        let track = container.default_track(TrackType::Audio).ok_or(DecodeError::NoTrack)?;
        let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio());
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(parameters.ok_or(DecodeError::NoTrack)?, &AudioDecoderOptions::default())
            .map_err(DecodeError::Codec)?;
        let mut recording = Self {
            track_id: track.id,
            time_base: track.time_base,
            expected_timestamp: track.start_ts,
            announced_frames: track.num_frames,
            container,
            decoder,
            format: StreamFormat { sample_rate_hz: 0, channels: 0 },
            length_is_reliable,
            edit,
            trim: Trim { skip_frames: 0, keep_frames: u64::MAX },
            decoded_frames: 0,
            skipped_packets: 0,
            gaps: 0,
            gap_frames: 0,
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
        let seconds = |frames: u64| frames as f64 / f64::from(self.format.sample_rate_hz);
        if self.gaps > 0 {
            let stretches = counted(self.gaps, "damaged stretch").replace("stretchs", "stretches");
            let length = seconds(self.gap_frames);
            damage.push(format!("{stretches} ({length:.2} s in all) could not be decoded; silence stands for it"));
        }
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
                Ok(decoded) if decoded.frames() == 0 => {
                    self.expected_timestamp = self.expected_timestamp.max(end_of(&packet))
                }
                Ok(decoded) => {
                    let found = StreamFormat {
                        sample_rate_hz: decoded.spec().rate(),
                        channels: decoded.spec().channels().count(),
                    };
                    decoded.copy_to_vec_interleaved(&mut self.samples);
                    self.take_format(found)?;
                    self.fill_gap(packet.pts);
                    self.expected_timestamp = self.expected_timestamp.max(end_of(&packet));
                    let channels = self.output_channels();
                    self.trim.apply(&mut self.samples, channels);
                    if self.samples.is_empty() {
                        if self.trim.keep_frames == 0 {
                            return Ok(false);
                        }
                        continue;
                    }
                    self.decoded_frames += self.silence_frames_due + (self.samples.len() / channels) as u64;
                    self.samples_waiting = true;
                    return Ok(true);
                }
                Err(SymphoniaError::DecodeError(_) | SymphoniaError::IoError(_)) => {
                    self.skipped_packets += 1;
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
            if let Some(edit) = self.edit {
                self.trim = Trim::of(edit, found.sample_rate_hz);
                self.announced_frames = match edit.length_seconds {
                    Some(_) => Some(self.trim.keep_frames),
                    None => self.announced_frames.map(|frames| frames.saturating_sub(self.trim.skip_frames)),
                };
            }
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
        self.expected_timestamp = track.start_ts;
        Ok(())
    }

    /// Puts silence where packets are missing.
    fn fill_gap(&mut self, found: Timestamp) {
        let missing = found.duration_from(self.expected_timestamp);
        let (Some(time_base), Some(missing)) = (self.time_base, missing) else { return };
        let tick_seconds = f64::from(time_base.numer.get()) / f64::from(time_base.denom.get());
        let seconds = missing.get() as f64 * tick_seconds;
        if GAP_SECONDS.contains(&seconds) {
            let frames = (seconds * f64::from(self.format.sample_rate_hz)).round() as u64;
            self.silence_frames_due += frames;
            self.gap_frames += frames;
            self.gaps += 1;
        }
    }

    fn clock(&self) -> String {
        clock(self.decoded_frames as f64 / f64::from(self.format.sample_rate_hz.max(1)), 2)
    }
}

/// The time stamp that the packet after this one should have.
fn end_of(packet: &Packet) -> Timestamp {
    packet.pts.saturating_add(packet.block_dur())
}

/// What is left of a stretch that is meant to be heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Trim {
    skip_frames: u64,
    keep_frames: u64,
}

impl Trim {
    fn of(edit: Edit, sample_rate_hz: u32) -> Self {
        let frames = |seconds: f64| (seconds * f64::from(sample_rate_hz)).round() as u64;
        Self { skip_frames: frames(edit.skip_seconds), keep_frames: edit.length_seconds.map_or(u64::MAX, frames) }
    }

    /// Cuts the next interleaved samples to what is meant to be heard.
    fn apply(&mut self, samples: &mut Vec<f32>, channels: usize) {
        let frames = (samples.len() / channels) as u64;
        let skipped = frames.min(self.skip_frames);
        let kept = (frames - skipped).min(self.keep_frames);
        self.skip_frames -= skipped;
        self.keep_frames -= kept;
        samples.truncate((skipped + kept) as usize * channels);
        samples.drain(..skipped as usize * channels);
    }
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
    use std::path::{Path, PathBuf};

    /// A recording of one second at 16 kHz that is silent for the first half.
    fn fixture(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
    }

    /// Decodes a file; returns its samples and what was wrong with it.
    fn decode(path: PathBuf) -> (Vec<f32>, Vec<String>) {
        let mut recording = Recording::open(&Source::File(path)).unwrap();
        assert_eq!(recording.format(), StreamFormat { sample_rate_hz: 16_000, channels: 1 });
        let mut samples = Vec::new();
        while let Some(block) = recording.next_block().unwrap() {
            samples.extend_from_slice(block);
        }
        (samples, recording.damage())
    }

    /// Where the burst of a fixture begins.
    fn burst(samples: &[f32]) -> usize {
        samples.iter().position(|sample| sample.abs() > 0.4).unwrap()
    }

    #[test]
    fn every_container_keeps_the_time() {
        // ADTS has no field for the encoder's priming of 1,024 samples; all others declare it.
        let priming = [("burst.aac", 1024), ("burst.m4a", 0), ("burst.mp3", 0), ("burst.ogg", 0), ("burst.flac", 0)];
        for (name, priming) in priming.into_iter().chain([("burst.aiff", 0)]) {
            let (samples, damage) = decode(fixture(name));
            assert!(damage.is_empty(), "{name}: {damage:?}");
            let start = burst(&samples);
            // The burst passes 0.4 after two samples; lossy codecs smear it by a period of 1 kHz, 16 samples.
            assert!(start.abs_diff(8000 + priming) <= 16, "{name}: the burst begins at {start}");
            if priming == 0 {
                assert_eq!(samples.len(), 16_000, "{name}");
            }
        }
    }

    #[test]
    fn a_damaged_packet_does_not_move_what_follows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("damaged.flac");
        let mut bytes = std::fs::read(fixture("burst.flac")).unwrap();
        // The first frame begins after the metadata blocks, with its synchronisation code.
        let frame = bytes.windows(2).position(|pair| pair == [0xff, 0xf8]).unwrap();
        bytes[frame + 8..frame + 12].fill(0x5a);
        std::fs::write(&path, bytes).unwrap();
        let (samples, damage) = decode(path);
        assert!(burst(&samples).abs_diff(8000) <= 16, "the burst begins at {}", burst(&samples));
        assert_eq!(damage, ["1 damaged stretch (0.14 s in all) could not be decoded; silence stands for it"]);
    }

    #[test]
    fn a_trim_is_the_same_however_samples_are_cut() {
        let whole: Vec<f32> = (0..60).map(|value| value as f32).collect();
        for block_frames in 1..=30 {
            let mut trim = Trim { skip_frames: 7, keep_frames: 11 };
            let mut kept = Vec::new();
            for block in whole.chunks(block_frames * 2) {
                let mut block = block.to_vec();
                trim.apply(&mut block, 2);
                kept.extend(block);
            }
            assert_eq!(kept, whole[14..36], "in blocks of {block_frames}");
        }
    }

    #[test]
    fn many_channels_become_their_mean() {
        let mut samples = vec![1.0, 2.0, 3.0, -1.0, 0.0, 1.0];
        average_channels(&mut samples, 3);
        assert_eq!(samples, [2.0, 0.0]);
    }
}
