//! Lossy compression: MP3 (ISO/IEC 11172-3, layer III) at a constant bit rate, encoded and decoded again, by the crate
//! `rusty_mp3`. Its delay is cut off, so that every sample stays where it was; what the codec adds comes up to a window of
//! 13 ms before an attack (pre-echo), as in every MP3.

use rusty_mp3::{Error, Mp3Decoder, Mp3Encoder, Mp3EncoderConfig};

use crate::compose::{Random, pick};

/// What a sample lags by after the encoder and the decoder; a test measures it at every bit rate.
const DELAY_SAMPLES: usize = 2209;

/// Bit rates in kbit/s.
const BIT_RATES: [u32; 7] = [64, 80, 96, 112, 128, 160, 192];

/// Encodes and decodes; audio that the codec refuses, as for its sample rate, is left alone.
pub fn mp3(audio: &mut [f32], sample_rate: f32, random: &mut Random) -> String {
    let kbps = pick(&BIT_RATES, random);
    match coded(audio, sample_rate as u32, kbps) {
        Ok(decoded) => {
            for (index, sample) in audio.iter_mut().enumerate() {
                *sample = decoded.get(index + DELAY_SAMPLES).copied().unwrap_or(0.0);
            }
            format!("MP3 {kbps} kbit/s")
        }
        Err(error) => format!("no MP3 ({error})"),
    }
}

/// The audio as it comes out of the decoder, late and longer.
fn coded(audio: &[f32], sample_rate: u32, kbps: u32) -> Result<Vec<f32>, Error> {
    let mut encoder = Mp3Encoder::new(Mp3EncoderConfig { bitrate_kbps: kbps, vbr_quality: None });
    encoder.push_pcm_f32(audio, 1, sample_rate)?;
    encoder.finish();
    let mut decoder = Mp3Decoder::new();
    loop {
        match encoder.next_packet() {
            Ok(packet) => decoder.push(&packet),
            Err(Error::Eof) => break,
            Err(error) => return Err(error),
        };
    }
    decoder.flush();
    let mut decoded = Vec::with_capacity(audio.len() + 2 * DELAY_SAMPLES);
    loop {
        match decoder.next_frame() {
            Ok(frame) => decoded.extend_from_slice(&frame.samples),
            Err(Error::Eof) => return Ok(decoded),
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};

    use super::*;

    /// Struck tones with noise in them, whose correlation has one clear peak.
    fn music(samples: usize) -> Vec<f32> {
        let mut random = Random::seed_from_u64(5);
        let sample = |index: usize| {
            let decay = (-((index % 8_000) as f32) / 1_500.0).exp();
            decay * (0.4 * (0.07 * index as f32).sin() + random.random_range(-0.1..0.1))
        };
        (0..samples).map(sample).collect()
    }

    #[test]
    fn every_sample_stays_where_it_was_at_every_bit_rate() {
        let original = music(70_001);
        for kbps in BIT_RATES {
            let decoded = coded(&original, 44_100, kbps).unwrap();
            let correlation = |lag: usize| -> f64 {
                (5_000..60_000).map(|index| f64::from(original[index]) * f64::from(decoded[index + lag])).sum()
            };
            let best =
                (DELAY_SAMPLES - 600..DELAY_SAMPLES + 600).max_by(|a, b| correlation(*a).total_cmp(&correlation(*b)));
            assert_eq!(best, Some(DELAY_SAMPLES), "{kbps} kbit/s");
            assert!(decoded.len() >= original.len() + DELAY_SAMPLES, "{kbps} kbit/s loses the end");
        }
    }

    #[test]
    fn the_codec_is_heard_and_keeps_the_length() {
        let original = music(44_100);
        let mut audio = original.clone();
        let name = mp3(&mut audio, 44_100.0, &mut Random::seed_from_u64(1));
        assert!(name.starts_with("MP3 "), "{name}");
        let power =
            |signal: &mut dyn Iterator<Item = f32>| signal.map(|sample| f64::from(sample * sample)).sum::<f64>();
        let noise = power(&mut audio.iter().zip(&original).map(|(coded, original)| coded - original));
        let share = noise / power(&mut original.iter().copied());
        // A codec at 64 to 192 kbit/s for one channel is 8 to 40 dB above its noise on tones in broadband noise.
        assert!((1e-4..0.16).contains(&share), "{share}");
    }

    #[test]
    fn what_the_codec_refuses_is_left_alone() {
        let mut audio = music(1_000);
        let name = mp3(&mut audio, 12_345.0, &mut Random::seed_from_u64(1));
        assert!(name.starts_with("no MP3"), "{name}");
        assert_eq!(audio, music(1_000));
    }
}
