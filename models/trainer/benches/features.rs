//! The two costly front ends of the shipped networks, as a network hears them live:
//! `cargo bench --package attacca-trainer --bench features`.
//!
//! Prints JSON: `{"mel_us", "cqt_us"}`, microseconds a hop at 44.1 kHz.

#[path = "support/timing.rs"]
mod timing;

use std::error::Error;

use attacca_engine::features::FeatureStream;
use attacca_models::{Task, shipped};
use serde_json::json;

use timing::Contestant;

const RATE_HZ: u32 = 44_100;

/// Samples of a hop of 10 ms.
const HOP_SAMPLES: usize = 441;

/// Hops of audio that are heard over and over.
const HOPS: usize = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let audio = audio();
    let mut mel = hops(Task::Beat, &audio)?;
    let mut constant_q = hops(Task::Chord, &audio)?;
    timing::compete([&mut mel, &mut constant_q]);
    let microseconds = |contestant: &Contestant<'_>| contestant.least_ns() / 1000.0;
    println!("{}", json!({ "mel_us": microseconds(&mel), "cqt_us": microseconds(&constant_q) }));
    Ok(())
}

/// Hops through the front end of a task's network.
fn hops<'a>(task: Task, audio: &'a [f32]) -> Result<Contestant<'a>, Box<dyn Error>> {
    let network = shipped::weights(task).ok_or_else(|| format!("no network ships for {task:?}"))?;
    let mut stream = FeatureStream::new(&network.description().front_end, RATE_HZ, 1)?;
    let mut remaining = audio.chunks_exact(HOP_SAMPLES).cycle();
    Ok(Contestant::new(vec![Box::new(move |repetitions| {
        for hop in remaining.by_ref().take(repetitions) {
            stream.push_interleaved(hop, |_, frame| _ = std::hint::black_box(frame));
        }
    })]))
}

/// A chord in noise.
fn audio() -> Vec<f32> {
    let mut noise = 1_u32;
    let samples = (0..HOPS * HOP_SAMPLES).map(|sample| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let seconds = sample as f32 / RATE_HZ as f32;
        let tone = |hz: f32| (std::f32::consts::TAU * hz * seconds).sin();
        0.2 * (tone(220.0) + tone(277.2) + tone(329.6)) + 0.02 * (noise as f32 / u32::MAX as f32 - 0.5)
    });
    samples.collect()
}
