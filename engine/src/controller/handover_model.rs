//! Every order in which a controller and a processor can hand graphs to each other, explored by loom.

use std::sync::atomic::{AtomicUsize, Ordering};

use loom::{model::Builder, thread};

use super::Message;
use crate::{EngineConfig, Spread, build, graph::Graph};

/// Samples of a hop at the lowest rate.
const HOP: [f32; 80] = [0.0; 80];

/// Graphs that the controller tries to hand over; the queues have room for one.
const GRAPHS: usize = 3;

#[test]
fn every_graph_comes_back_and_none_is_freed_by_the_processor() {
    static EXECUTIONS: AtomicUsize = AtomicUsize::new(0);
    let mut model = Builder::new();
    model.preemption_bound = Some(5);
    model.check(|| {
        EXECUTIONS.fetch_add(1, Ordering::Relaxed);
        spawn(hand_over).join().expect("the engine is heard to its end");
    });
    let executions = EXECUTIONS.load(Ordering::Relaxed);
    println!("{executions} executions");
    assert!(executions > 500, "a model that explores {executions} executions proves nothing");
}

/// An engine is larger than the stack that loom gives a thread.
const STACK_WORDS: usize = 1 << 17;

fn spawn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> thread::JoinHandle<T> {
    thread::Builder::new().stack_size(STACK_WORDS).spawn(work).expect("loom has room for three threads")
}

/// One execution.
fn hand_over() {
    let (mut controller, mut processor, _reader) = build(EngineConfig {
        sample_rate_hz: 8_000,
        channels: 1,
        networks: Vec::new(),
        event_capacity: 1,
        snapshot_capacity: 1,
        portrait_capacity: 0,
        spread: Spread::HOP,
    })
    .expect("an engine needs no network");
    let controlling = spawn(move || {
        let (mut sent, mut freed) = (0, 0);
        for _ in 0..GRAPHS {
            let graph = Graph::new(&[], controller.settings).expect("a graph needs no network");
            sent += usize::from(controller.messages.push(Message::Replace(Box::new(graph))).is_ok());
            freed += usize::from(controller.returned.pop().is_ok());
        }
        (controller, sent, freed)
    });
    (0..8).for_each(|_| processor.process_interleaved(&HOP[..40]));
    let (mut controller, sent, mut freed) = controlling.join().expect("the controller ends");
    // Whatever is still on its way arrives, now that there is room again and again.
    for _ in 0..GRAPHS {
        freed += usize::from(controller.returned.pop().is_ok());
        (0..4).for_each(|_| processor.process_interleaved(&HOP));
    }
    freed += usize::from(controller.returned.pop().is_ok());
    // One graph is in use: as many come back as were sent. One that the processor freed itself, or that found no room and
    // was leaked, would be missing.
    assert!(sent > 0, "the queue has room for one");
    assert_eq!(freed, sent);
}
