//! A controller that exchanges networks and gives commands without rest, an audio thread that hears blocks of every size, and a
//! reader that comes and goes.

use std::{
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    thread,
    time::Duration,
};

use attacca_engine::{
    BuildError, Command, EngineConfig, Settings, Spread, build,
    models::{Task, shipped},
};

const RATE_HZ: u32 = 44_100;
const SECONDS: u32 = 12;

/// A linear congruential generator.
struct Random(u32);

impl Random {
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((u64::from(self.0) * u64::from(end)) >> 32) as u32
    }
}

/// Two beats a second on changing notes, over some noise.
fn music() -> Vec<f32> {
    let mut random = Random(1);
    let sample = |index: u32| {
        let time = f64::from(index) / f64::from(RATE_HZ);
        let (note, since) = ((time * 2.0) as u32, time * 2.0 % 1.0);
        let hertz = 110.0 * f64::from(note * 7 % 12 / 12).exp2();
        let noise = f64::from(random.below(1_000)) / 1_000.0 - 0.5;
        ((-4.0 * since).exp() * (0.3 * (std::f64::consts::TAU * hertz * time).sin() + 0.2 * noise)) as f32
    };
    (0..SECONDS * RATE_HZ).map(sample).collect()
}

/// Any command, and any settings.
fn command(random: &mut Random) -> Command {
    match random.below(7) {
        0 => Command::HalveTempo,
        1 => Command::DoubleTempo,
        2 => Command::Tap,
        3 => Command::ThisIsOne,
        4 => Command::SuggestTempo(None),
        _ => {
            let mut settings = Settings::default();
            settings.tasks[random.below(5) as usize].enabled = false;
            settings.metre = Some(2 + random.below(6) as u8);
            Command::Settings(settings)
        }
    }
}

#[test]
fn nothing_is_lost_uncounted_and_time_goes_forward() {
    let (mut controller, mut processor, mut reader) = build(EngineConfig {
        sample_rate_hz: RATE_HZ,
        channels: 2,
        networks: shipped::all(),
        event_capacity: 32,
        snapshot_capacity: 64,
        portrait_capacity: 16,
        spread: Spread::HOP,
    })
    .expect("the shipped networks fit");
    let (stopped, exchanged) = (AtomicBool::new(false), AtomicU32::new(0));
    let samples = music();

    thread::scope(|scope| {
        scope.spawn(|| {
            let mut random = Random(2);
            while !stopped.load(Ordering::Acquire) {
                let task = Task::ALL[random.below(4) as usize];
                let sent = match random.below(4) {
                    0 => shipped::weights(task).map_or(Ok(()), |weights| controller.load(weights)),
                    _ => controller.send(command(&mut random)),
                };
                assert!(matches!(sent, Ok(()) | Err(BuildError::QueueFull)), "{sent:?}");
                exchanged.fetch_add(u32::from(sent.is_ok()), Ordering::Relaxed);
                thread::sleep(Duration::from_micros(500));
            }
            controller.free_returned();
        });
        scope.spawn(|| {
            let mut random = Random(3);
            let mut rest = samples.as_slice();
            while !rest.is_empty() {
                let (block, later) = rest.split_at((1 + random.below(900) as usize).min(rest.len()));
                processor.process_planar(&[block, block]);
                if random.below(50) == 0 {
                    processor.command(command(&mut random));
                }
                rest = later;
            }
            stopped.store(true, Ordering::Release);
        });
        let (mut published, mut seen, mut recorded, mut events) = (0, 0, 0, 0_u64);
        let mut random = Random(4);
        loop {
            let last_round = stopped.load(Ordering::Acquire);
            while let Some(event) = reader.next_event() {
                let now = event.position.0 + u64::from(event.latency_samples);
                assert!(now >= published && (0.0..=1.0).contains(&event.confidence), "{event:?} after {published}");
                published = now;
                events += 1;
            }
            while let Some(snapshot) = reader.next_recorded_snapshot() {
                assert!(snapshot.position.0 > recorded, "{:?} after {recorded}", snapshot.position);
                recorded = snapshot.position.0;
            }
            while reader.next_portrait().is_some() {}
            let newest = reader.newest_snapshot();
            assert!(newest.position.0 >= seen);
            seen = newest.position.0;
            if last_round {
                break;
            }
            // A reader that is away for longer than the queues can wait.
            thread::sleep(Duration::from_micros(u64::from(random.below(3_000))));
        }
        let health = reader.newest_snapshot().health;
        assert!(events > 0, "there is music");
        let hops = u64::from(SECONDS * 100 - 1);
        assert!(health.dropped_snapshots < hops && health.dropped_portraits < hops, "{health:?}");
    });
    assert!(exchanged.load(Ordering::Relaxed) > 20);
}
