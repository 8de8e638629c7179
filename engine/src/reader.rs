//! The half of whoever shows or forwards the results.

use crate::{event::Event, snapshot::Snapshot};

/// Takes events and snapshots; see the crate's documentation for the three thread roles.
#[derive(Debug)]
pub struct Reader {}

impl Reader {
    /// The next event, in the order in which they were published.
    pub fn next_event(&mut self) -> Option<Event> {
        todo!("being written")
    }

    /// The newest snapshot.
    pub fn newest_snapshot(&mut self) -> Snapshot {
        todo!("being written")
    }

    /// The next recorded snapshot, one a hop; always `None` where the engine was built without a queue for them.
    pub fn next_recorded_snapshot(&mut self) -> Option<Snapshot> {
        todo!("being written")
    }

    /// Samples by which [`Snapshot::onset_activation`] lies behind [`Snapshot::position`].
    pub fn onset_delay_samples(&self) -> u64 {
        todo!("being written")
    }

    /// Samples by which the beat network's activations lie behind [`Snapshot::position`].
    pub fn beat_delay_samples(&self) -> u64 {
        todo!("being written")
    }
}
