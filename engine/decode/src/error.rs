//! Why a recording cannot be read: what was expected, what was found, what to do.

use std::{fmt, io};

use symphonia::core::errors::Error as SymphoniaError;

/// What can be read, for messages.
const EXPECTED: &str = "WAV, AIFF, FLAC, Ogg Vorbis, MP3, AAC or M4A";

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
    /// The resampler refused the rates.
    #[error("cannot be taken from {from_hz} Hz to {to_hz} Hz: {reason}; expected rates above 0")]
    Resample {
        /// Rate of the recording.
        from_hz: u32,
        /// Rate that is wanted.
        to_hz: u32,
        /// What the resampler said.
        reason: String,
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

impl fmt::Display for StreamFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sample_rate_hz, channels } = self;
        write!(formatter, "{sample_rate_hz} Hz with {channels} channel{}", if *channels == 1 { "" } else { "s" })
    }
}
