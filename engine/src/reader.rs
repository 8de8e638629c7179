//! The half of whoever shows or forwards the results.

use attacca_models::Task;

use crate::{event::Event, graph::Graph, input::Input, processor::frames_to_samples, snapshot::Snapshot};

/// Takes events and snapshots; see the crate's documentation for the three thread roles.
#[derive(Debug)]
pub struct Reader {
    events: rtrb::Consumer<Event>,
    newest: triple_buffer::Output<Snapshot>,
    recorded: rtrb::Consumer<Snapshot>,
    onset_delay_samples: u64,
    beat_delay_samples: u64,
}

impl Reader {
    pub(crate) fn new(
        events: rtrb::Consumer<Event>,
        newest: triple_buffer::Output<Snapshot>,
        recorded: rtrb::Consumer<Snapshot>,
        graph: &Graph,
        input: &Input,
    ) -> Self {
        // An activation speaks of the middle of its frame.
        let delay = |task| {
            let frames = graph.traits(task).map_or(0, |traits| traits.look_ahead_frames);
            input.latency_samples() + frames_to_samples(frames as f64 + 0.5, input.sample_rate_hz()) as u64
        };
        Self {
            events,
            newest,
            recorded,
            onset_delay_samples: delay(Task::Onset),
            beat_delay_samples: delay(Task::Beat),
        }
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

    /// Samples by which [`Snapshot::onset_activation`] lies behind [`Snapshot::position`], with the networks that the
    /// engine was built with.
    pub fn onset_delay_samples(&self) -> u64 {
        self.onset_delay_samples
    }

    /// Samples by which the beat network's activations lie behind [`Snapshot::position`], with the networks that the
    /// engine was built with.
    pub fn beat_delay_samples(&self) -> u64 {
        self.beat_delay_samples
    }
}
