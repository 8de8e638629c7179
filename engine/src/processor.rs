//! The audio thread's half.

/// Turns samples into events; see the crate's documentation for the three thread roles.
#[derive(Debug)]
pub struct Processor {}

impl Processor {
    /// Processes interleaved samples: frames of one sample for each channel. A last incomplete frame is ignored.
    pub fn process_interleaved(&mut self, _samples: &[f32]) {
        todo!("being written")
    }

    /// Processes planar samples: one slice for each channel, all as long as the shortest.
    pub fn process_planar(&mut self, _channels: &[&[f32]]) {
        todo!("being written")
    }

    /// The longest time between an event and its report, in samples of the input, over all tasks.
    pub fn latency_samples(&self) -> u32 {
        todo!("being written")
    }
}
