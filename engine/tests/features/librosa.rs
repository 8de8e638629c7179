//! The mel spectrogram is librosa's, on a real recording; see `../fixtures/README.md` for provenance and tolerance.

use attacca_engine::features::FeatureStream;
use attacca_models::front_end::{FrontEnd, MelFrontEnd, MelScale, Scaling};
use serde::Deserialize;

use crate::material::guitar_excerpt;

#[derive(Deserialize)]
struct Fixture {
    hops: Vec<usize>,
    spectrograms: Vec<Spectrogram>,
}

#[derive(Deserialize)]
struct Spectrogram {
    scale: MelScale,
    bands: usize,
    minimum_hz: f64,
    maximum_hz: f64,
    frames: Vec<Vec<f64>>,
}

#[test]
fn mel_magnitudes_equal_those_of_librosa() {
    let fixture: Fixture = serde_json::from_str(include_str!("../fixtures/librosa_mel.json")).unwrap();
    let excerpt = guitar_excerpt();
    for Spectrogram { scale, bands, minimum_hz, maximum_hz, frames } in fixture.spectrograms {
        let front_end = FrontEnd::Mel(MelFrontEnd {
            window_seconds: 2048.0 / 44_100.0,
            bands,
            minimum_hz,
            maximum_hz,
            scale,
            difference: false,
            whitening: None,
            harmonic_percussive: None,
            scaling: Scaling::LINEAR,
        });
        let mut stream = FeatureStream::new(&front_end, 44_100, 1).unwrap();
        let mut heard: Vec<Vec<f32>> = Vec::new();
        stream.push_interleaved(&excerpt, |_, frame| heard.push(frame.to_vec()));
        assert_eq!((frames.len(), frames[0].len()), (fixture.hops.len(), bands));
        for (&hop, expected) in fixture.hops.iter().zip(&frames) {
            for (band, (&actual, &expected)) in heard[hop].iter().zip(expected).enumerate() {
                let error = (f64::from(actual) - expected).abs();
                assert!(
                    error <= 1e-3 * expected + 1e-7,
                    "{scale:?}, hop {hop}, band {band}: {actual} instead of {expected}"
                );
            }
        }
    }
}
