//! The same recording at other sample rates gives the same events.

use rubato::{Fft, FixedSync, Resampler, audioadapter_buffers::direct::InterleavedSlice};

use crate::support::{RECORDING_RATE_HZ, listen, recording, seconds};

fn resampled(samples: &[f32], to_hz: u32) -> Vec<f32> {
    if to_hz == RECORDING_RATE_HZ {
        return samples.to_vec();
    }
    let mut resampler = Fft::<f32>::new(RECORDING_RATE_HZ as usize, to_hz as usize, 1024, 1, FixedSync::Both)
        .expect("the rates are positive");
    let input = InterleavedSlice::new(samples, 1, samples.len()).expect("one channel of samples");
    resampler.process_all(&input, samples.len(), None).expect("the clip is whole").take_data()
}

/// Share of the events of either list that have a partner within one hop in the other.
///
/// Events lie on the grid of hops, and each list's positions are rounded to samples of its own rate: two that are one hop apart
/// are so within a sample.
fn agreement(one: &[f64], other: &[f64]) -> f64 {
    let one_hop = 0.010 + 1.0 / f64::from(RECORDING_RATE_HZ);
    let partners = |from: &[f64], to: &[f64]| {
        from.iter().filter(|&&time| to.iter().any(|&partner| (partner - time).abs() <= one_hop)).count()
    };
    (partners(one, other) + partners(other, one)) as f64 / (one.len() + other.len()) as f64
}

#[test]
fn five_rates_hear_the_same_events() {
    let at_home = listen(recording(), RECORDING_RATE_HZ, &[512]);
    let (onsets, beats) =
        (seconds(&at_home.events, RECORDING_RATE_HZ, true), seconds(&at_home.events, RECORDING_RATE_HZ, false));
    assert!(onsets.len() > 50 && beats.len() > 20, "{} onsets, {} beats", onsets.len(), beats.len());
    for rate in [48_000, 88_200, 96_000, 192_000] {
        let heard = listen(&resampled(recording(), rate), rate, &[512]);
        let all_here: Vec<f64> = [&onsets[..], &beats[..]].concat();
        let all_there = [seconds(&heard.events, rate, true), seconds(&heard.events, rate, false)].concat();
        let agreement = agreement(&all_here, &all_there);
        println!("{rate} Hz: {agreement:.4}");
        assert!(agreement >= 0.98, "{rate} Hz: {agreement:.4}");
    }
}

#[test]
fn every_rate_hears_the_music() {
    for rate in [8_000, 11_025, 16_000, 22_050, 32_000, 384_000] {
        let heard = listen(&resampled(&recording()[..10 * RECORDING_RATE_HZ as usize], rate), rate, &[512]);
        assert!(seconds(&heard.events, rate, true).len() > 15, "{rate} Hz: {:?}", heard.events);
    }
}
