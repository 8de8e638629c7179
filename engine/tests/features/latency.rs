//! The declared latency is the one that an impulse measures.

use attacca_engine::{features::FeatureStream, input::Input};
use attacca_models::front_end::{FrontEnd, MelFrontEnd, MelScale, Scaling};

#[test]
fn an_impulse_comes_out_of_the_input_after_its_latency() {
    for rate_hz in [8_000, 44_100, 88_200, 96_000, 176_400, 192_000, 384_000] {
        let mut input = Input::new(rate_hz, 1).unwrap();
        let step = input.analysis_rate().input_samples_per_sample() as usize;
        // A sample on the grid of the analysis rate, halfway through the fourth hop.
        let impulse = 35 * rate_hz as usize / 1_000 / step * step;
        let mut samples = vec![0.0; rate_hz as usize / 10];
        samples[impulse] = 1.0;
        let latency = input.latency_samples() as usize;
        let mut found = false;
        input.push_interleaved(&samples, |hop| {
            let new = hop.new_samples();
            let peak = (0..new.len()).max_by(|&a, &b| new[a].abs().total_cmp(&new[b].abs())).unwrap();
            if new[peak].abs() > 0.5 / step as f32 {
                // The newest sample of a hop describes the last grid point before its position, less the latency.
                let described = hop.position.0 as usize - latency - (new.len() - peak) * step;
                assert_eq!(described, impulse, "{rate_hz} Hz");
                found = true;
            }
        });
        assert!(found, "{rate_hz} Hz");
    }
}

/// A band of a Hann window hears an impulse in proportion to the window over it: the centre of what the hops hear of
/// it, in time, is where the window's centre passes it.
#[test]
fn an_impulse_comes_out_of_a_window_after_its_latency() {
    for rate_hz in [8_000, 44_100, 48_000, 96_000, 192_000] {
        let front_end = FrontEnd::Mel(MelFrontEnd {
            window_seconds: 0.1,
            bands: 8,
            minimum_hz: 100.0,
            maximum_hz: 3_500.0,
            scale: MelScale::Htk,
            difference: false,
            whitening: None,
            harmonic_percussive: None,
            scaling: Scaling::LINEAR,
        });
        let mut stream = FeatureStream::new(&front_end, rate_hz, 1).unwrap();
        let impulse = rate_hz as usize * 3 / 10 + 123;
        let mut samples = vec![0.0; rate_hz as usize];
        samples[impulse] = 1.0;
        let (mut weight, mut moment) = (0.0, 0.0);
        stream.push_interleaved(&samples, |position, frame| {
            let heard: f64 = frame.iter().map(|&band| f64::from(band)).sum();
            weight += heard;
            moment += heard * position.0 as f64;
        });
        let measured = moment / weight - impulse as f64;
        let declared = stream.latency_samples() as f64;
        // Ten points of the window, one a hop, give its centre to a hundredth of a hop.
        assert!((measured - declared).abs() < 1e-4 * f64::from(rate_hz), "{measured}, not {declared}, at {rate_hz} Hz");
    }
}
