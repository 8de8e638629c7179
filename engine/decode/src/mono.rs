//! A whole recording as one channel, at the rate that is wanted.
//!
//! The channels are averaged. Another rate is reached by rubato's synchronous resampler, whose delay is taken off again:
//! what sounds at a time in the recording sounds at that time in the samples.

use std::path::Path;

use rubato::{Fft, FixedSync, Resampler, audioadapter_buffers::direct::InterleavedSlice};

use crate::{DecodeError, Recording, Source};

/// Frames that the resampler works on at once; its filter is as long as that, which keeps the band flat to 95 %.
const CHUNK_FRAMES: usize = 1024;

/// A recording in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Mono {
    /// The mean of its channels.
    pub samples: Vec<f32>,
    /// Rate of the samples in Hz.
    pub sample_rate_hz: u32,
    /// What was wrong with the recording, in words; see [`Recording::damage`].
    pub damage: Vec<String>,
}

impl Mono {
    /// Length in seconds.
    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.sample_rate_hz)
    }
}

/// Reads a recording at its own rate.
///
/// # Errors
/// [`DecodeError`] when it cannot be read to its end.
pub fn read(file: &Path) -> Result<Mono, DecodeError> {
    let mut recording = Recording::open(&Source::File(file.to_owned()))?;
    let channels = recording.output_channels();
    let mut samples = Vec::new();
    while let Some(block) = recording.next_block()? {
        samples.extend(block.chunks_exact(channels).map(|frame| frame.iter().sum::<f32>() / channels as f32));
    }
    Ok(Mono { samples, sample_rate_hz: recording.format().sample_rate_hz, damage: recording.damage() })
}

/// Reads a recording at a rate in Hz.
///
/// # Errors
/// [`DecodeError`] when it cannot be read to its end, or one of the rates is 0.
pub fn read_at(file: &Path, sample_rate_hz: u32) -> Result<Mono, DecodeError> {
    let mono = read(file)?;
    let samples = resample(&mono.samples, mono.sample_rate_hz, sample_rate_hz)?;
    Ok(Mono { samples, sample_rate_hz, damage: mono.damage })
}

/// Takes samples from one rate in Hz to another; times stay, and so does the length to a sample.
///
/// # Errors
/// [`DecodeError::Resample`] when one of the rates is 0.
pub fn resample(samples: &[f32], from_hz: u32, to_hz: u32) -> Result<Vec<f32>, DecodeError> {
    if from_hz == to_hz || samples.is_empty() {
        return Ok(samples.to_vec());
    }
    let refused = |reason: String| DecodeError::Resample { from_hz, to_hz, reason };
    let mut resampler = Fft::<f32>::new(from_hz as usize, to_hz as usize, CHUNK_FRAMES, 1, FixedSync::Both)
        .map_err(|error| refused(error.to_string()))?;
    let input = InterleavedSlice::new(samples, 1, samples.len()).map_err(|error| refused(error.to_string()))?;
    let output = resampler.process_all(&input, samples.len(), None).map_err(|error| refused(error.to_string()))?;
    Ok(output.take_data())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the largest sample is.
    fn peak(samples: &[f32]) -> usize {
        (0..samples.len()).max_by(|a, b| samples[*a].abs().total_cmp(&samples[*b].abs())).unwrap()
    }

    #[test]
    fn an_impulse_keeps_its_time_at_every_rate() {
        for from_hz in [8_000, 16_000, 22_050, 32_000, 48_000, 88_200, 96_000, 192_000] {
            for at_seconds in [0.01, 0.5, 0.9] {
                let mut samples = vec![0.0; from_hz as usize];
                let at = (at_seconds * f64::from(from_hz)).round() as usize;
                samples[at] = 1.0;
                let resampled = resample(&samples, from_hz, 44_100).unwrap();
                assert_eq!(resampled.len(), 44_100, "from {from_hz} Hz");
                let exact = at as f64 / f64::from(from_hz) * 44_100.0;
                // rubato declares its delay in whole samples of the output; rounding to a sample adds a half.
                let error = (peak(&resampled) as f64 - exact).abs();
                assert!(error <= 1.0, "from {from_hz} Hz: {error} samples at {at_seconds} s");
            }
        }
    }

    #[test]
    fn channels_become_their_mean_at_the_rate_that_is_wanted() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("stereo.wav");
        let format = hound::WavSpec {
            channels: 2,
            sample_rate: 22_050,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(&file, format).unwrap();
        for _ in 0..22_050 {
            writer.write_sample(16_384_i16).unwrap();
            writer.write_sample(0_i16).unwrap();
        }
        writer.finalize().unwrap();
        let own = read(&file).unwrap();
        assert_eq!((own.sample_rate_hz, own.samples.len(), own.samples[100]), (22_050, 22_050, 0.25));
        let wanted = read_at(&file, 44_100).unwrap();
        assert_eq!((wanted.sample_rate_hz, wanted.samples.len()), (44_100, 44_100));
        // A constant passes the filter but for its stop-band ripple, below −60 dB.
        assert!((wanted.samples[22_050] - 0.25).abs() < 1e-3, "{}", wanted.samples[22_050]);
        assert_eq!(wanted.seconds(), 1.0);
    }

    #[test]
    fn a_compressed_recording_keeps_its_time() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/burst.ogg");
        let mono = read_at(&file, 44_100).unwrap();
        let start = mono.samples.iter().position(|sample| sample.abs() > 0.4).unwrap();
        // A period of the burst's 1 kHz, as for the containers themselves.
        assert!(start.abs_diff(22_050) <= 44, "the burst begins at {start}");
    }

    #[test]
    fn a_rate_of_nothing_is_refused() {
        let message = resample(&[0.0], 44_100, 0).unwrap_err().to_string();
        assert!(message.starts_with("cannot be taken from 44100 Hz to 0 Hz"), "{message}");
    }
}
