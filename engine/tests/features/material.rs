//! What the tests listen to, and through which front ends.

use std::f64::consts::PI;

use attacca_models::front_end::{
    BandStatistics, ChromaFrontEnd, ConstantQFrontEnd, FrontEnd, HarmonicPercussive, MelFrontEnd, MelScale, Scaling,
    StftFrontEnd, Whitening,
};

/// Sample rate of [`guitar_excerpt`].
pub const EXCERPT_RATE_HZ: u32 = 44_100;

const LOGARITHMIC: Scaling = Scaling::logarithmic(1_000.0);

/// 2.5 s of a guitar; see `fixtures/README.md`.
pub fn guitar_excerpt() -> Vec<f32> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/guitarset_excerpt.wav");
    let mut reader = hound::WavReader::open(path).unwrap();
    reader.samples::<i16>().map(|sample| f32::from(sample.unwrap()) / 32_768.0).collect()
}

/// The same at another rate, as a recording at that rate would have been: by interpolation with a sinc that passes
/// everything both rates carry up to 19 kHz, under a Kaiser-like window of 64 periods.
pub fn resampled(samples: &[f32], to_hz: u32) -> Vec<f32> {
    const REACH: f64 = 32.0;
    let step = f64::from(EXCERPT_RATE_HZ) / f64::from(to_hz);
    // Cut-off in parts of the Nyquist frequency of the lower rate.
    let cutoff = step.max(1.0).recip();
    let interpolate = |position: f64| -> f32 {
        let reach = REACH / cutoff;
        let first = (position - reach).ceil().max(0.0) as usize;
        let last = ((position + reach).floor() as usize).min(samples.len() - 1);
        let sum: f64 = (first..=last)
            .map(|index| {
                let offset = position - index as f64;
                let x = PI * cutoff * offset;
                let sinc = if x == 0.0 { 1.0 } else { x.sin() / x };
                let window = (0.5 * PI * offset / reach).cos().powi(2);
                f64::from(samples[index]) * cutoff * sinc * window
            })
            .sum();
        sum as f32
    };
    let length = (samples.len() as f64 / step) as usize;
    (0..length).map(|index| interpolate(index as f64 * step)).collect()
}

/// The mel front end of an onset network: 80 bands of a 46 ms window, and their difference.
pub fn mel_front_end() -> FrontEnd {
    FrontEnd::Mel(MelFrontEnd {
        window_seconds: 0.046_44,
        bands: 80,
        minimum_hz: 27.5,
        maximum_hz: 16_000.0,
        scale: MelScale::Htk,
        difference: true,
        whitening: None,
        harmonic_percussive: None,
        scaling: LOGARITHMIC,
    })
}

/// Mel bands with everything that can be made of them.
fn shaped_front_end() -> FrontEnd {
    let statistics = |band: u8| BandStatistics { mean: 0.01 * f32::from(band), deviation: 1.0 + f32::from(band) };
    FrontEnd::Mel(MelFrontEnd {
        window_seconds: 0.046_44,
        bands: 40,
        minimum_hz: 27.5,
        maximum_hz: 16_000.0,
        scale: MelScale::Htk,
        difference: true,
        whitening: Some(Whitening { memory_seconds: 5.0, floor: 1e-3 }),
        harmonic_percussive: Some(HarmonicPercussive { frames: 17, bands: 17 }),
        scaling: Scaling { bands: Some((0..40).map(statistics).collect()), ..LOGARITHMIC },
    })
}

/// One front end of each kind, and mel bands that share a window with others.
pub fn all_front_ends() -> Vec<FrontEnd> {
    let (minimum_hz, bins_per_octave, octaves) = (32.70, 36, 7);
    vec![
        mel_front_end(),
        FrontEnd::Stft(StftFrontEnd { window_seconds: 0.046_44, bins: 400, scaling: Scaling::LINEAR }),
        FrontEnd::Mel(MelFrontEnd {
            window_seconds: 0.023_22,
            bands: 40,
            minimum_hz: 0.0,
            maximum_hz: 20_000.0,
            scale: MelScale::Slaney,
            difference: false,
            whitening: None,
            harmonic_percussive: None,
            scaling: Scaling { mean: 3.0, deviation: 2.0, ..Scaling::logarithmic(1e5) },
        }),
        shaped_front_end(),
        FrontEnd::ConstantQ(ConstantQFrontEnd { minimum_hz, bins_per_octave, octaves, scaling: LOGARITHMIC }),
        FrontEnd::Chroma(ChromaFrontEnd { minimum_hz, bins_per_octave, octaves, scaling: Scaling::LINEAR }),
        mel_front_end(),
    ]
}
