//! The half of whoever shows or forwards the results.

use attacca_models::Task;

use crate::{
    event::Event, graph::Graph, input::Input, portrait::Portrait, processor::frames_to_samples, queue::Consumer,
    snapshot::Snapshot,
};

/// Takes events and snapshots; see the crate's documentation for the three thread roles.
#[derive(Debug)]
pub struct Reader {
    events: Consumer<Event>,
    newest: triple_buffer::Output<Snapshot>,
    recorded: Consumer<Snapshot>,
    portraits: Consumer<Portrait>,
    /// One for each of [`Task::ALL`].
    activation_delays_samples: [u64; Task::ALL.len()],
}

impl Reader {
    pub(crate) fn new(
        events: Consumer<Event>,
        newest: triple_buffer::Output<Snapshot>,
        recorded: Consumer<Snapshot>,
        portraits: Consumer<Portrait>,
        graph: &Graph,
        input: &Input,
    ) -> Self {
        // An activation speaks of the middle of its frame.
        let activation_delays_samples = Task::ALL.map(|task| {
            let frames = graph.traits(task).map_or(0, |traits| traits.look_ahead_frames);
            let late = input.latency_samples() + u64::from(graph.plan().spread_samples());
            late + frames_to_samples(frames as f64 + 0.5, input.sample_rate_hz()) as u64
        });
        Self { events, newest, recorded, portraits, activation_delays_samples }
    }

    /// The next event, in the order in which they were published.
    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop().ok()
    }

    /// The newest snapshot.
    pub fn newest_snapshot(&mut self) -> Snapshot {
        *self.newest.read()
    }

    /// The next recorded snapshot, one a hop; always `None` where the engine was built without a queue for them.
    pub fn next_recorded_snapshot(&mut self) -> Option<Snapshot> {
        self.recorded.pop().ok()
    }

    /// The next portrait, one a hop; always `None` where the engine was built without a queue for them.
    pub fn next_portrait(&mut self) -> Option<Portrait> {
        self.portraits.pop().ok()
    }

    /// Samples by which the activations of a task's network lie behind [`Snapshot::position`], with the networks that the
    /// engine was built with.
    pub fn activation_delay_samples(&self, task: Task) -> u64 {
        self.activation_delays_samples[task as usize]
    }
}
