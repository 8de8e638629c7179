//! A network in its streaming form: one step a hop.

use crate::{error::WeightsError, shape::Shape, weights::WeightsFile};

/// A network with its streaming state; owned by the audio thread once built.
#[derive(Debug)]
pub struct Network {}

impl Network {
    /// Builds the network of a weights file, with every buffer it will ever need.
    ///
    /// # Errors
    /// When the layers do not fit each other (a checked file's always do).
    pub fn new(_weights: &WeightsFile) -> Result<Self, WeightsError> {
        todo!("being written")
    }

    /// Shape of the input frame.
    pub fn input_shape(&self) -> Shape {
        todo!("being written")
    }

    /// Takes one frame `[channel, band]` and runs every unit of the hop; the result is [`Network::output`].
    pub fn step(&mut self, _frame: &[f32]) -> &[f32] {
        todo!("being written")
    }

    /// Back to the state before the first frame, keeping every buffer.
    pub fn reset(&mut self) {
        todo!("being written")
    }
}
