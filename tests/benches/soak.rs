//! An hour of audio that is as hard on an engine as can be: blocks of every size, a reader that is slow or away, queues that
//! run full, and networks exchanged twenty times a second. `cargo xtask prove soak` runs it.
//!
//! A second engine hears the same and is read at once: what it says is what the first one must have said or counted as lost.

use attacca_engine::{
    Command, Controller, EngineConfig, Processor, Reader, Spread, build,
    models::{Task, shipped},
};
use attacca_tests::{
    memory::resident_mib,
    recording::{RECORDING_RATE_HZ, recording},
};

const SECONDS: u64 = 3_600;
/// Samples between two exchanges: 50 ms.
const EXCHANGE_SAMPLES: u64 = RECORDING_RATE_HZ as u64 / 20;
/// What the allocator may keep of the 140,000 graphs of 2 MiB that come and go: five of them.
const FLAT_MIB: f64 = 10.0;

/// An engine and what came out of it.
struct Engine {
    controller: Controller,
    processor: Processor,
    reader: Reader,
    events: u64,
    snapshots: u64,
}

impl Engine {
    fn new(capacity: usize) -> Self {
        let (controller, processor, reader) = build(EngineConfig {
            sample_rate_hz: RECORDING_RATE_HZ,
            channels: 1,
            networks: shipped::all(),
            event_capacity: capacity,
            snapshot_capacity: capacity,
            portrait_capacity: 1,
            spread: Spread::HOP,
        })
        .expect("the shipped networks fit");
        Self { controller, processor, reader, events: 0, snapshots: 0 }
    }

    fn read(&mut self) {
        while self.reader.next_event().is_some() {
            self.events += 1;
        }
        while self.reader.next_recorded_snapshot().is_some() {
            self.snapshots += 1;
        }
    }
}

/// A linear congruential generator.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

fn main() {
    let music = recording();
    let (mut harassed, mut undisturbed) = (Engine::new(8), Engine::new(65_536));
    let mut random = Random(1);
    let (mut heard, mut exchanged, mut early_mib) = (0_u64, 0_u64, None);
    let total = SECONDS * u64::from(RECORDING_RATE_HZ);
    while heard < total {
        let start = (heard % (music.len() as u64 - 8_192)) as usize;
        let length = (1 + random.below(8_192)).min(total - heard) as usize;
        let command = (random.below(400) == 0).then_some(Command::ThisIsOne);
        let exchange = (heard / EXCHANGE_SAMPLES >= exchanged).then(|| Task::ALL[random.below(4) as usize]);
        for engine in [&mut harassed, &mut undisturbed] {
            if let Some(weights) = exchange.and_then(shipped::weights) {
                engine.controller.load(weights).expect("audio runs, so that there is room");
            }
            if let Some(command) = command {
                engine.processor.command(command);
            }
            engine.processor.process_interleaved(&music[start..start + length]);
        }
        exchanged += u64::from(exchange.is_some());
        undisturbed.read();
        // Every few blocks, and for a minute in five not at all.
        if random.below(6) == 0 && heard / u64::from(RECORDING_RATE_HZ) % 300 > 60 {
            harassed.read();
        }
        heard += length as u64;
        if early_mib.is_none() && heard > total / 10 {
            early_mib = resident_mib();
        }
    }
    let late_mib = resident_mib();
    harassed.read();
    let health = harassed.reader.newest_snapshot().health;
    println!(
        "{} events read, {} dropped; {} snapshots read, {} dropped; {exchanged} exchanges; {early_mib:.1?} MiB after six \
         minutes, {late_mib:.1?} MiB after an hour",
        harassed.events, health.dropped_events, harassed.snapshots, health.dropped_snapshots
    );
    assert_eq!(harassed.events + health.dropped_events, undisturbed.events, "an event was lost and not counted");
    assert_eq!(harassed.snapshots + health.dropped_snapshots, undisturbed.snapshots, "so was a snapshot");
    // The work of the last hop was to be spread over the next one.
    assert_eq!(undisturbed.snapshots, 100 * SECONDS - 1, "the clock has drifted");
    assert!(health.dropped_events > 0 && harassed.events > 0, "neither queue nor reader was ever busy");
    if let (Some(early), Some(late)) = (early_mib, late_mib) {
        assert!(late - early < FLAT_MIB, "memory has grown by {:.1} MiB", late - early);
    }
}
