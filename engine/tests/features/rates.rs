//! A recording is heard alike at every sample rate.

use attacca_engine::{
    features::{FeatureBank, FeatureStream},
    input::{Input, InputError},
};

use crate::material::{all_front_ends, guitar_excerpt, mel_front_end, resampled};

/// Frames of the front end at `index` for each hop of the excerpt at another rate.
fn frames(index: usize, sample_rate_hz: u32) -> Vec<Vec<f32>> {
    let samples = resampled(&guitar_excerpt(), sample_rate_hz);
    let mut stream = FeatureStream::new(&all_front_ends()[index], sample_rate_hz, 1).unwrap();
    let mut frames = Vec::new();
    stream.push_interleaved(&samples, |_, frame| frames.push(frame.to_vec()));
    frames
}

/// Root mean square of all values of the frames that both have.
fn root_mean_square(a: &[Vec<f32>], difference_to: impl Fn(usize, usize) -> f32) -> f64 {
    let squares = a.iter().enumerate().flat_map(|(hop, frame)| {
        let difference_to = &difference_to;
        frame.iter().enumerate().map(move |(band, value)| f64::from(value - difference_to(hop, band)).powi(2))
    });
    let (sum, count) = squares.fold((0.0, 0.0), |(sum, count), square| (sum + square, count + 1.0));
    (sum / count).sqrt()
}

/// Measured on the frames of the excerpt. A multiple of the excerpt's own rate differs by the ripple of resampling and
/// decimation alone (0.3 % for mel). At 48 kHz windows are 0.9 % longer, bins lie elsewhere and octaves are analysed at
/// other rates: 2.5 % for mel, 1.7 % for constant-Q, 0.9 % for chroma.
#[test]
fn features_hardly_depend_on_the_rate() {
    for (index, name) in [(0, "mel"), (3, "constant-Q"), (4, "chroma")] {
        let reference = frames(index, 44_100);
        for (rate_hz, tolerance) in [(88_200, 0.005), (48_000, 0.03), (96_000, 0.03), (192_000, 0.03)] {
            let other = frames(index, rate_hz);
            let common = reference.len().min(other.len());
            let level = root_mean_square(&reference[..common], |_, _| 0.0);
            let difference = root_mean_square(&reference[..common], |hop, band| other[hop][band]);
            assert!(difference < tolerance * level, "{name} at {rate_hz} Hz: {}", difference / level);
        }
    }
}

#[test]
fn every_rate_is_heard() {
    let excerpt = guitar_excerpt();
    for rate_hz in
        [8_000, 8_001, 11_025, 16_000, 22_050, 32_000, 44_056, 47_952, 88_199, 88_200, 176_400, 383_999, 384_000]
    {
        let mut input = Input::new(rate_hz, 1).unwrap();
        let front_ends = all_front_ends();
        let mut bank = FeatureBank::new(&front_ends, input.analysis_rate()).unwrap();
        let mut hops = 0;
        input.push_interleaved(&excerpt, |hop| {
            bank.update(hop);
            hops += 1;
            for index in 0..front_ends.len() {
                assert!(bank.frame(index).iter().all(|value| value.is_finite()), "front end {index} at {rate_hz} Hz");
            }
        });
        let heard = excerpt.len() as u64 - input.latency_samples();
        assert_eq!(hops, heard * 100 / u64::from(rate_hz), "{rate_hz} Hz");
        assert!((0..front_ends.len()).all(|index| bank.frame(index).iter().any(|&value| value > 0.0)));
    }
}

#[test]
fn rates_and_channels_out_of_range_are_refused() {
    assert_eq!(Input::new(7_999, 1).unwrap_err(), InputError::SampleRate { actual_hz: 7_999 });
    assert_eq!(Input::new(384_001, 1).unwrap_err(), InputError::SampleRate { actual_hz: 384_001 });
    assert_eq!(Input::new(44_100, 0).unwrap_err(), InputError::Channels { actual: 0 });
    assert_eq!(Input::new(44_100, 9).unwrap_err(), InputError::Channels { actual: 9 });
    let error = FeatureStream::new(&mel_front_end(), 0, 1).unwrap_err();
    assert_eq!(error.to_string(), "sample rate: expected 8000 to 384000 Hz, found 0 Hz");
}
