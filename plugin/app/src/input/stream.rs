//! A device's stream, from cpal to an [`Ear`].

use std::time::{Duration, Instant};

use cpal::{
    BufferSize, Data, ErrorKind, FromSample, InputCallbackInfo, SampleFormat, SizedSample, StreamConfig,
    SupportedBufferSize, SupportedStreamConfig,
    traits::{DeviceTrait, StreamTrait},
};

use super::Count;
use crate::{
    devices::InputDevice,
    ear::{Ear, InputFormat},
};

/// Faults that may wait to be looked at.
const FAULTS: usize = 64;
/// A device that says that its samples waited longer is not believed.
const MOST_WAITED: Duration = Duration::from_secs(1);

/// Why a device does not open.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// It does not, and says why.
    #[error("{name} does not open: {source}")]
    Device {
        /// Its name.
        name: String,
        /// What the system says.
        source: cpal::Error,
    },
    /// Its samples are none that can be heard.
    #[error("{name} gives samples as {format}: expected integers or floating-point numbers of 8 to 64 bits")]
    Samples {
        /// Its name.
        name: String,
        /// What they are.
        format: SampleFormat,
    },
}

/// What went wrong while a stream was open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Samples came too late or not at all.
    Xrun,
    /// The audio thread has no real-time priority.
    NoPriority(String),
    /// Nothing comes any more, or in another format.
    Lost(String),
}

/// A device whose format is known.
pub struct Opening {
    device: cpal::Device,
    name: String,
    config: StreamConfig,
    samples: SampleFormat,
}

impl Opening {
    /// Asks a device for its format.
    ///
    /// # Errors
    /// Where the device does not answer.
    pub fn new(input: &InputDevice, buffer_frames: Option<u32>) -> Result<Self, StreamError> {
        let device = input.device.clone();
        let supported =
            if device.supports_input() { device.default_input_config() } else { device.default_output_config() };
        let supported = supported.map_err(|source| StreamError::Device { name: input.name.clone(), source })?;
        let mut config = supported.config();
        config.buffer_size = buffer_size(&supported, buffer_frames);
        Ok(Self { device, name: input.name.clone(), config, samples: supported.sample_format() })
    }

    /// What will be heard, of the wanted channels.
    pub fn format(&self, name: &str, channels: &[u16]) -> InputFormat {
        InputFormat::new(name.to_owned(), self.config.sample_rate, usize::from(self.config.channels), channels)
    }

    /// Opens the stream.
    ///
    /// # Errors
    /// [`StreamError`].
    pub fn listen(self, mut ear: Ear) -> Result<Stream, StreamError> {
        let (mut faults, received) = rtrb::RingBuffer::new(FAULTS);
        let blocks = Count::default();
        let counted = blocks.clone();
        let hear =
            hearing(self.samples).ok_or(StreamError::Samples { name: self.name.clone(), format: self.samples })?;
        let frames_per_second = self.config.sample_rate;
        let channels = usize::from(self.config.channels);
        let on_data = move |data: &Data, info: &InputCallbackInfo| {
            // A block's first frame sounded at `capture`; where a device does not know, when the block came.
            let timestamp = info.timestamp();
            let waited = timestamp.callback.saturating_duration_since(timestamp.capture).min(MOST_WAITED);
            let seconds = (data.len() / channels) as f64 / f64::from(frames_per_second);
            let now = Instant::now();
            hear(&mut ear, data, now.checked_sub(waited).unwrap_or(now) + Duration::from_secs_f64(seconds));
            counted.add_one();
        };
        // A fault for which there is no room is one of many. The queue takes it without allocating.
        let on_error = move |error: cpal::Error| drop(faults.push(error));
        let failed = |source| StreamError::Device { name: self.name.clone(), source };
        let built = self.device.build_input_stream_raw(self.config, self.samples, on_data, on_error, None);
        let stream = built.map_err(failed)?;
        stream.play().map_err(failed)?;
        Ok(Stream { faults: received, blocks, _stream: stream })
    }
}

/// The wanted frames if the device takes them; otherwise what it likes.
fn buffer_size(supported: &SupportedStreamConfig, wanted: Option<u32>) -> BufferSize {
    match (wanted, *supported.buffer_size()) {
        (Some(frames), SupportedBufferSize::Range { min, max }) => BufferSize::Fixed(frames.clamp(min, max)),
        (Some(frames), SupportedBufferSize::Unknown) => BufferSize::Fixed(frames),
        (None, _) => BufferSize::Default,
    }
}

type Hearing = fn(&mut Ear, &Data, Instant);

/// How an ear hears samples of a format.
fn hearing(format: SampleFormat) -> Option<Hearing> {
    fn hear<T: SizedSample + Copy>(ear: &mut Ear, data: &Data, at: Instant)
    where
        f32: FromSample<T>,
    {
        if let Some(samples) = data.as_slice::<T>() {
            ear.hear(samples, at);
        }
    }
    Some(match format {
        SampleFormat::I8 => hear::<i8>,
        SampleFormat::I16 => hear::<i16>,
        SampleFormat::I24 => hear::<cpal::I24>,
        SampleFormat::I32 => hear::<i32>,
        SampleFormat::I64 => hear::<i64>,
        SampleFormat::U8 => hear::<u8>,
        SampleFormat::U16 => hear::<u16>,
        SampleFormat::U32 => hear::<u32>,
        SampleFormat::F32 => hear::<f32>,
        SampleFormat::F64 => hear::<f64>,
        _ => return None,
    })
}

/// An open stream; it ends when it is dropped.
pub struct Stream {
    faults: rtrb::Consumer<cpal::Error>,
    blocks: Count,
    _stream: cpal::Stream,
}

impl Stream {
    /// Blocks that were heard.
    pub fn blocks(&self) -> u64 {
        self.blocks.value()
    }

    /// What went wrong next.
    pub fn next_fault(&mut self) -> Option<Fault> {
        let error = self.faults.pop().ok()?;
        Some(match error.kind() {
            ErrorKind::Xrun => Fault::Xrun,
            ErrorKind::RealtimeDenied => Fault::NoPriority(error.to_string()),
            _ => Fault::Lost(error.to_string()),
        })
    }
}
