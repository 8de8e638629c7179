//! The main thread's half.

use attacca_models::weights::WeightsFile;

use crate::engine::BuildError;

/// Builds, sends and frees; see the crate's documentation for the three thread roles.
#[derive(Debug)]
pub struct Controller {}

impl Controller {
    /// Replaces the network of the file's task while audio runs.
    ///
    /// # Errors
    /// When the network does not fit this engine.
    pub fn load(&mut self, _weights: WeightsFile) -> Result<(), BuildError> {
        todo!("being written")
    }

    /// Asks the processor to forget everything it heard.
    pub fn reset(&mut self) {
        todo!("being written")
    }
}
