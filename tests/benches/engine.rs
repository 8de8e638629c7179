//! What the engine costs on the audio thread: how evenly it is spread over callbacks, how much of a callback's deadline it
//! takes, how much faster than real time it is. `cargo xtask bench` runs it with everything else that is measured.
//!
//! Other programs run on the machine as well. A callback's time is therefore the least of many replicates of the very same
//! callback: the engine is reset and hears the same samples again. Tables go to standard error, one JSON object to the last
//! line of standard output.

use std::{hint::black_box, path::Path, time::Instant};

use attacca_engine::{
    Command, Controller, EngineConfig, Processor, Reader, Spread, build,
    models::{shipped, weights::WeightsFile},
};
use attacca_tests::{
    memory::resident_mib,
    recording::{RECORDING_RATE_HZ, recording},
};
use serde_json::json;

/// Replicates of the same schedule.
const REPLICATES: usize = 40;
/// The excerpt of which every callback is measured, and what is heard before so that the beat is found.
const LEAD_IN_SECONDS: usize = 8;
const EXCERPT_SECONDS: usize = 3;
/// Read before a callback, it leaves no weight in any cache.
const CACHES_BYTES: usize = 96 << 20;
/// Callbacks measured with empty caches.
const COLD_CALLBACKS: usize = 200;
const COLD_REPLICATES: usize = 5;

fn engine(networks: Vec<WeightsFile>, spread: Spread) -> (Controller, Processor, Reader) {
    build(EngineConfig {
        sample_rate_hz: RECORDING_RATE_HZ,
        channels: 1,
        networks,
        event_capacity: 65_536,
        snapshot_capacity: 0,
        portrait_capacity: 0,
        spread,
    })
    .expect("the shipped networks fit")
}

fn seconds(count: usize) -> usize {
    count * RECORDING_RATE_HZ as usize
}

/// The least time of each callback, in nanoseconds.
fn callbacks(spread: Spread, block: usize) -> Vec<f64> {
    let (lead_in, rest) = recording().split_at(seconds(LEAD_IN_SECONDS));
    let excerpt = &rest[..seconds(EXCERPT_SECONDS)];
    let mut least = vec![f64::MAX; excerpt.len() / block];
    let (_controller, mut processor, mut reader) = engine(shipped::all(), spread);
    for _ in 0..REPLICATES {
        processor.command(Command::Reset);
        processor.process_interleaved(lead_in);
        for (block, least) in excerpt.chunks_exact(block).zip(&mut least) {
            let start = Instant::now();
            processor.process_interleaved(black_box(block));
            *least = least.min(start.elapsed().as_nanos() as f64);
        }
        while reader.next_event().is_some() {}
    }
    least
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn worst(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

fn deadline_nanoseconds(block: usize) -> f64 {
    1e9 * block as f64 / f64::from(RECORDING_RATE_HZ)
}

/// The worst callback after which caches were emptied of everything, or of the engine's own weights and state alone, as a
/// share of its deadline. For the latter, another engine, of networks whose weights have the opposite signs, hears the
/// block first: the two have code and tables in common, no more.
fn cold_worst_over_deadline(block: usize, everything: bool) -> f64 {
    let (lead_in, rest) = recording().split_at(seconds(LEAD_IN_SECONDS));
    let caches = vec![1_u8; CACHES_BYTES];
    let (_controller, mut processor, _reader) = engine(shipped::all(), Spread::HOP);
    let (_controller, mut other, _reader) = engine(shipped::all().iter().map(opposite).collect(), Spread::HOP);
    let mut least = [f64::MAX; COLD_CALLBACKS];
    for _ in 0..COLD_REPLICATES {
        for processor in [&mut processor, &mut other] {
            processor.command(Command::Reset);
            processor.process_interleaved(lead_in);
        }
        for (block, least) in rest.chunks_exact(block).zip(&mut least) {
            black_box(caches.iter().step_by(64).map(|byte| u64::from(*byte)).sum::<u64>());
            if !everything {
                other.process_interleaved(black_box(block));
            }
            let start = Instant::now();
            processor.process_interleaved(black_box(block));
            *least = least.min(start.elapsed().as_nanos() as f64);
        }
    }
    worst(&least) / deadline_nanoseconds(block)
}

/// The same network with the opposite signs: another one, with the same costs.
fn opposite(weights: &WeightsFile) -> WeightsFile {
    let mut tensors = weights.tensors().clone();
    // A variance has no sign.
    let signed = tensors.iter_mut().filter(|(name, _)| !name.ends_with("running_var"));
    signed.flat_map(|(_, tensor)| &mut tensor.values).for_each(|value| *value = -*value);
    WeightsFile::new(Path::new("opposite"), weights.description().clone(), tensors).expect("a network with its tensors")
}

/// Seconds that a second of audio takes, in blocks of one size. Small blocks are timed together, as long as a hop: a clock
/// that is read too often costs more than they do.
fn cost(samples: &[f32], block: usize) -> f64 {
    let timed = block.max(RECORDING_RATE_HZ as usize / 100 / block * block);
    let mut least = vec![f64::MAX; samples.len() / timed];
    let (_controller, mut processor, mut reader) = engine(shipped::all(), Spread::HOP);
    for _ in 0..REPLICATES {
        processor.command(Command::Reset);
        for (samples, least) in samples.chunks_exact(timed).zip(&mut least) {
            let start = Instant::now();
            for block in samples.chunks_exact(block) {
                processor.process_interleaved(black_box(block));
            }
            *least = least.min(start.elapsed().as_secs_f64());
        }
        while reader.next_event().is_some() {}
    }
    least.iter().sum::<f64>() * f64::from(RECORDING_RATE_HZ) / (least.len() * timed) as f64
}

/// Seconds that a second of audio takes each of several engines, which take turns at every block as in a large session.
fn cost_of_each(engines: usize) -> f64 {
    let samples = &recording()[..seconds(1)];
    let mut processors: Vec<_> = (0..engines).map(|_| engine(shipped::all(), Spread::HOP)).collect();
    let mut least = vec![f64::MAX; samples.len() / 64];
    for _ in 0..6 {
        for (block, least) in samples.chunks_exact(64).zip(&mut least) {
            let start = Instant::now();
            for (_, processor, _) in &mut processors {
                processor.process_interleaved(black_box(block));
            }
            *least = least.min(start.elapsed().as_secs_f64());
        }
        for (_, processor, reader) in &mut processors {
            processor.command(Command::Reset);
            while reader.next_event().is_some() {}
        }
    }
    least.iter().sum::<f64>() / engines as f64
}

fn main() {
    // Before anything else has touched the allocator. The recording is decoded first: it is no part of the engine.
    let music = recording();
    let before = resident_mib();
    let (_controller, mut processor, _reader) = engine(shipped::all(), Spread::HOP);
    processor.process_interleaved(&music[..seconds(1)]);
    let resident = before.zip(resident_mib()).map(|(before, after)| after - before);

    let start_ms = (0..30)
        .map(|_| {
            let start = Instant::now();
            black_box(engine(shipped::all(), Spread::HOP));
            1e3 * start.elapsed().as_secs_f64()
        })
        .fold(f64::MAX, f64::min);

    let mut spread = serde_json::Map::new();
    eprintln!("block   worst / mean   of the deadline   at once: worst / mean   of the deadline");
    for block in [16, 32, 64, 128, 256] {
        let (even, at_once) = (callbacks(Spread::HOP, block), callbacks(Spread::IMMEDIATE, block));
        let [ratio, ratio_at_once] = [&even, &at_once].map(|times| worst(times) / mean(times));
        let [share, share_at_once] = [&even, &at_once].map(|times| worst(times) / deadline_nanoseconds(block));
        eprintln!(
            "{block:5}   {ratio:12.2}   {:13.2} %   {ratio_at_once:21.2}   {:13.2} %",
            100.0 * share,
            100.0 * share_at_once
        );
        if matches!(block, 32 | 64 | 128) {
            spread.insert(block.to_string(), json!({"worst_over_mean": ratio, "worst_over_deadline": share}));
        }
    }
    let [all, own] = [true, false].map(|everything| 100.0 * cold_worst_over_deadline(64, everything));
    eprintln!(
        "before every callback of 64, weights and state flushed: {own:.2} % of the deadline; all caches: {all:.2} %"
    );

    let excerpt = &music[..seconds(4)];
    let reference = cost(excerpt, 512);
    eprintln!("whole engine: {:.0} times real time, {:.1} µs a hop", 1.0 / reference, 1e4 * reference);
    for block in [16, 32, 64, 441, 4096] {
        eprintln!(
            "a second in blocks of {block}: {:+.1} % against blocks of 512",
            100.0 * (cost(excerpt, block) / reference - 1.0)
        );
    }
    let silence = cost(&vec![0.0; excerpt.len()], 512);
    eprintln!("silence: {:+.1} % against music", 100.0 * (silence / reference - 1.0));
    let alone = cost_of_each(1);
    for engines in [10, 100] {
        let each = cost_of_each(engines);
        eprintln!("{engines} engines that take turns: each {:.2} times what one alone takes", each / alone);
    }
    eprintln!("start {start_ms:.1} ms, resident {} MiB", resident.map_or("?".into(), |mib| format!("{mib:.1}")));
    println!(
        "{}",
        json!({
            "spread": spread,
            "realtime_factor": 1.0 / reference,
            "start_ms": start_ms,
            "resident_mib": resident,
        })
    );
}
