//! One front end over a stream of samples: what the trainer listens through.

use attacca_models::FrontEnd;

use super::{FeatureBank, FeatureError};
use crate::{
    input::{Input, InputError},
    time::SamplePosition,
};

/// Why a stream cannot be built.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FeatureStreamError {
    /// The input does not fit.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The front end does not fit.
    #[error(transparent)]
    Feature(#[from] FeatureError),
}

/// An [`Input`] and a [`FeatureBank`] of one front end: the frames that a network hears live, from the same code.
#[derive(Debug)]
pub struct FeatureStream {
    input: Input,
    bank: FeatureBank,
}

impl FeatureStream {
    /// A stream of `channels` channels at `sample_rate_hz`.
    ///
    /// # Errors
    /// [`FeatureStreamError`] where rate, channels or front end are out of range.
    pub fn new(front_end: &FrontEnd, sample_rate_hz: u32, channels: usize) -> Result<Self, FeatureStreamError> {
        let input = Input::new(sample_rate_hz, channels)?;
        let bank = FeatureBank::new(std::slice::from_ref(front_end), input.analysis_rate())?;
        Ok(Self { input, bank })
    }

    /// Hears interleaved samples and calls `on_frame` for each hop that ends in them, with the samples heard so far
    /// and the frame `[channel, band]`.
    pub fn push_interleaved(&mut self, samples: &[f32], mut on_frame: impl FnMut(SamplePosition, &[f32])) {
        let bank = &mut self.bank;
        self.input.push_interleaved(samples, |hop| {
            bank.update(hop);
            on_frame(hop.position, bank.frame(0));
        });
    }

    /// How far before its position lies what a frame tells of, in samples of the input.
    pub fn latency_samples(&self) -> u64 {
        self.input.latency_samples() + self.bank.latency_samples(0)
    }

    /// Back to before the first sample; keeps every buffer.
    pub fn reset(&mut self) {
        self.input.reset();
        self.bank.reset();
    }
}
