//! From a configuration to the three halves of a running engine. Main thread only.

use attacca_models::weights::WeightsFile;

use crate::{controller::Controller, processor::Processor, reader::Reader};

/// What an engine is built from.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Sample rate of the input, 8,000 to 384,000 Hz.
    pub sample_rate_hz: u32,
    /// Channels of the input, 1 to 8; they are averaged.
    pub channels: usize,
    /// One network for each task that is wanted; see [`attacca_models::shipped`] for those that come with Attacca.
    pub networks: Vec<WeightsFile>,
    /// Events that the queue holds until the reader takes them.
    pub event_capacity: usize,
    /// Snapshots that a second queue holds so that the reader sees every hop and not only the newest; 0 for none.
    pub snapshot_capacity: usize,
}

/// Why an engine cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {}

/// Builds an engine.
///
/// # Errors
/// [`BuildError`] says which part of the configuration does not fit and what would.
pub fn build(_config: EngineConfig) -> Result<(Controller, Processor, Reader), BuildError> {
    todo!("being written")
}
