//! From a configuration to the three halves of a running engine. Main thread only.

use attacca_models::{WeightsError, WeightsFile};

use crate::{
    controller::Controller,
    features::FeatureError,
    graph::{Graph, GraphSettings},
    input::{Input, InputError},
    processor::{Exchange, Outputs, Processor},
    queue::RingBuffer,
    reader::Reader,
    snapshot::Snapshot,
    spread::Spread,
};

/// Messages on their way to the processor, and graphs on their way back.
/// A model of the hand-over has to see full queues.
const MESSAGE_CAPACITY: usize = if cfg!(loom) { 1 } else { 64 };

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
    /// Portraits that a third queue holds for whoever draws every hop; 0 for none, which saves computing them. Computing them
    /// is a part of the hop's work: it moves the latency of events, by less than a millisecond, and nothing else of them.
    pub portrait_capacity: usize,
    /// Over how much of the next hop the work of a hop is spread; [`Spread::HOP`] where nothing speaks against it.
    pub spread: Spread,
}

/// Why an engine cannot be built or a network not exchanged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The input's rate or channels are out of range.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A network cannot be built.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// A network asks for features that cannot be computed at this rate.
    #[error(transparent)]
    Features(#[from] FeatureError),
    /// Two networks for one task.
    #[error("networks: expected at most one for each task, found two for {task}")]
    DuplicateTask {
        /// The task's name.
        task: &'static str,
    },
    /// The processor has not taken earlier commands yet.
    #[error("command queue: expected a free place, found {MESSAGE_CAPACITY} commands waiting; is audio running?")]
    QueueFull,
}

/// Builds an engine.
///
/// # Errors
/// [`BuildError`] says which part of the configuration does not fit and what would.
pub fn build(config: EngineConfig) -> Result<(Controller, Processor, Reader), BuildError> {
    let input = Input::new(config.sample_rate_hz, config.channels)?;
    let rate = input.analysis_rate();
    let drawn = config.portrait_capacity > 0;
    let spread_samples = config.spread.samples(config.sample_rate_hz);
    let settings = GraphSettings { rate, drawn, spread_samples };
    let graph = Box::new(Graph::new(&config.networks, settings)?);

    let (message_sender, messages) = RingBuffer::new(MESSAGE_CAPACITY);
    let (returned_sender, returned) = RingBuffer::new(MESSAGE_CAPACITY);
    let (event_sender, events) = RingBuffer::new(config.event_capacity);
    let (snapshot_sender, snapshots) = RingBuffer::new(config.snapshot_capacity);
    let (portrait_sender, portraits) = RingBuffer::new(config.portrait_capacity);
    let (newest_sender, newest) = triple_buffer::triple_buffer(&Snapshot::default());

    let outputs = Outputs {
        events: event_sender,
        newest: newest_sender,
        recorded: (config.snapshot_capacity > 0).then_some(snapshot_sender),
        portraits: drawn.then_some(portrait_sender),
    };
    let exchange = Exchange { messages, returned: returned_sender };
    let reader = Reader::new(events, newest, snapshots, portraits, &graph, &input);
    let processor = Processor::new(input, graph, exchange, outputs);
    let controller = Controller::new(config.networks, settings, message_sender, returned);
    Ok((controller, processor, reader))
}
