//! The main thread's half: builds networks, sends commands, frees what comes back.

use attacca_models::WeightsFile;

use crate::{
    command::Command,
    engine::BuildError,
    graph::{Graph, GraphSettings},
    queue::{Consumer, Producer},
};

#[cfg(all(test, loom))]
mod handover_model;

/// What the controller sends to the processor.
#[derive(Debug)]
pub(crate) enum Message {
    /// Let this graph take over.
    Replace(Box<Graph>),
    /// Carry this out.
    Command(Command),
}

/// Builds, sends and frees; see the crate's documentation for the three thread roles.
#[derive(Debug)]
pub struct Controller {
    networks: Vec<WeightsFile>,
    settings: GraphSettings,
    messages: Producer<Message>,
    returned: Consumer<Box<Graph>>,
}

impl Controller {
    pub(crate) fn new(
        networks: Vec<WeightsFile>,
        settings: GraphSettings,
        messages: Producer<Message>,
        returned: Consumer<Box<Graph>>,
    ) -> Self {
        Self { networks, settings, messages, returned }
    }

    /// Replaces the network of the file's task, or adds it, while audio runs. The new networks listen alongside the
    /// old ones for three seconds of audio before they take over, so that no event is lost.
    ///
    /// # Errors
    /// When the network cannot be built, or [`BuildError::QueueFull`]; the old one goes on in either case.
    pub fn load(&mut self, weights: WeightsFile) -> Result<(), BuildError> {
        let task = weights.description().task;
        let mut networks: Vec<_> =
            self.networks.iter().filter(|file| file.description().task != task).cloned().collect();
        networks.push(weights);
        self.replace(networks)
    }

    /// As [`Controller::load`], for all networks at once: tasks without one are no longer listened for.
    ///
    /// # Errors
    /// As [`Controller::load`].
    pub fn replace(&mut self, networks: Vec<WeightsFile>) -> Result<(), BuildError> {
        self.free_returned();
        let graph = Box::new(Graph::new(&networks, self.settings)?);
        self.messages.push(Message::Replace(graph)).map_err(|_| BuildError::QueueFull)?;
        self.networks = networks;
        Ok(())
    }

    /// Sends a command, which the processor takes at the start of its next block and carries out before the next hop.
    ///
    /// # Errors
    /// [`BuildError::QueueFull`].
    pub fn send(&mut self, command: Command) -> Result<(), BuildError> {
        self.messages.push(Message::Command(command)).map_err(|_| BuildError::QueueFull)
    }

    /// Frees the networks that the processor gave back. [`Controller::load`] does so too.
    pub fn free_returned(&mut self) {
        while self.returned.pop().is_ok() {}
    }

    /// The networks in use, or about to be.
    pub fn networks(&self) -> &[WeightsFile] {
        &self.networks
    }
}
