//! What the engine declares as its latency is what an impulse measures.

use attacca_engine::{EventKind, models::Task};

use crate::support::{drain, engine, process};

/// Clicks 0.37 s and a bit apart, so that they fall on every part of a hop; returns the samples and their positions.
fn clicks(sample_rate_hz: u32, count: usize) -> (Vec<f32>, Vec<u64>) {
    let rate = f64::from(sample_rate_hz);
    let positions: Vec<u64> = (0..count).map(|click| ((0.5 + 0.3717 * click as f64) * rate) as u64).collect();
    let mut samples = vec![0.0; (rate * (1.0 + 0.3717 * count as f64)) as usize];
    for &position in &positions {
        // A click with a body: two milliseconds of decaying noise, as a stick on a rim.
        let length = (0.002 * rate) as usize;
        let mut noise = 12_345_u32;
        for offset in 0..length {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let value = noise as f32 / u32::MAX as f32 * 2.0 - 1.0;
            samples[position as usize + offset] = 0.8 * value * (1.0 - offset as f32 / length as f32);
        }
    }
    (samples, positions)
}

#[test]
fn the_declared_onset_latency_is_the_measured_one() {
    for rate in [44_100, 48_000, 96_000] {
        let (samples, positions) = clicks(rate, 60);
        let (_controller, mut processor, mut reader) = engine(rate);
        process(&mut processor, &samples, &[64]);
        let hop = f64::from(rate) / 100.0;
        let declared = f64::from(processor.task_latency_samples(Task::Onset));
        let heard = drain(&mut reader);
        let mut measured = Vec::new();
        let mut errors = Vec::new();
        for &position in &positions {
            let near = heard.events.iter().find(|event| {
                matches!(event.kind, EventKind::Onset { .. })
                    && event.position.0.abs_diff(position) < (0.05 * f64::from(rate)) as u64
            });
            let event = near.unwrap_or_else(|| panic!("{rate} Hz: the click at {position} was not heard"));
            measured.push((event.position.0 + u64::from(event.latency_samples)) as f64 - position as f64);
            errors.push(event.position.0 as f64 - position as f64);
        }
        measured.sort_by(f64::total_cmp);
        let worst = measured[measured.len() - 1];
        println!(
            "{rate} Hz: declared {declared}, measured {:.0} to {worst:.0}, hop {hop}; stamps {:.0} to {:.0} samples off",
            measured[0],
            errors.iter().copied().fold(f64::MAX, f64::min),
            errors.iter().copied().fold(f64::MIN, f64::max),
        );
        // Reports come with hops: an impulse can be early or late by up to one against the declared worst case.
        assert!((worst - declared).abs() <= hop, "{rate} Hz: declared {declared}, measured {worst}");
    }
}

#[test]
fn every_event_was_published_when_it_says() {
    let (samples, _) = clicks(44_100, 30);
    let (_controller, mut processor, mut reader) = engine(44_100);
    let mut heard_samples = 0;
    let mut events = 0;
    for block in samples.chunks(7) {
        process(&mut processor, block, &[7]);
        heard_samples += block.len() as u64;
        while let Some(event) = reader.next_event() {
            events += 1;
            let published = event.position.0 + u64::from(event.latency_samples);
            assert!(published <= heard_samples && heard_samples - published < 7, "{event:?} at {heard_samples}");
        }
    }
    assert!(events >= 30);
}
