//! What the networks hear: front ends, computed once a hop and shared.
//!
//! Built on the main thread, then owned by the audio thread: [`FeatureBank::update`] never allocates, and its frames
//! depend on the samples alone. A front end that two networks ask for is computed once; mel front ends with the same
//! window share its Fourier transform, and chroma shares the constant-Q transform of its bins.
//!
//! A frame tells of a moment before the end of its hop: [`FeatureBank::latency_samples`] says how long before.

mod chroma;
mod compression;
mod constant_q;
mod error;
mod extractor;
mod frame_shaper;
mod harmonic_percussive;
mod median;
mod mel;
mod spectrum;
mod stream;
mod transforms;
mod validation;
mod whitening;
mod window;

use attacca_models::FrontEnd;

pub use self::{
    error::FeatureError,
    frame_shaper::FrameShaper,
    stream::{FeatureStream, FeatureStreamError},
};
use self::{extractor::Extractor, transforms::Transforms};
use crate::input::{AnalysisRate, Hop};

/// Computes the frames of several front ends.
#[derive(Debug)]
pub struct FeatureBank {
    transforms: Transforms,
    extractors: Vec<Extractor>,
    extractor_of: Vec<usize>,
}

impl FeatureBank {
    /// A bank that computes `front_ends` from hops at `rate`, which is [`Input::analysis_rate`] of the input that the
    /// hops come from.
    ///
    /// # Errors
    /// [`FeatureError`] names the first front end that cannot be computed, and why.
    ///
    /// [`Input::analysis_rate`]: crate::input::Input::analysis_rate
    pub fn new(front_ends: &[FrontEnd], rate: AnalysisRate) -> Result<Self, FeatureError> {
        let mut bank = Self { transforms: Transforms::new(rate), extractors: Vec::new(), extractor_of: Vec::new() };
        for (index, front_end) in front_ends.iter().enumerate() {
            validation::validate(index, front_end)?;
            let known = bank.extractors.iter().position(|extractor| extractor.front_end() == front_end);
            bank.extractor_of.push(known.unwrap_or(bank.extractors.len()));
            if known.is_none() {
                bank.extractors.push(Extractor::new(front_end, &mut bank.transforms));
            }
        }
        Ok(bank)
    }

    /// Computes the frames of a hop. Every hop is to be given, in order.
    pub fn update(&mut self, hop: &Hop<'_>) {
        self.transforms.update(hop);
        for extractor in &mut self.extractors {
            extractor.update(&self.transforms);
        }
    }

    /// The newest frame of the front end at `index`: `[channel, band]`, as [`FrontEnd::shape`] says. Zeros before the
    /// first hop; empty where there is no such front end.
    pub fn frame(&self, index: usize) -> &[f32] {
        self.extractor(index).map_or(&[], Extractor::frame)
    }

    /// How far before the end of its hop lies what a frame of the front end at `index` tells of, in samples of the
    /// input: half a window for those made of a Fourier transform, and the delay of the slowest bin for those made of
    /// a constant-Q transform. [`Input::latency_samples`](crate::input::Input::latency_samples) comes on top.
    pub fn latency_samples(&self, index: usize) -> u64 {
        let samples = self.extractor(index).map_or(0.0, |extractor| extractor.latency_samples(&self.transforms));
        (samples * self.transforms.rate().input_samples_per_sample() as f64).round() as u64
    }

    /// Back to before the first hop; keeps every buffer.
    pub fn reset(&mut self) {
        self.transforms.reset();
        self.extractors.iter_mut().for_each(Extractor::reset);
    }

    fn extractor(&self, index: usize) -> Option<&Extractor> {
        self.extractors.get(*self.extractor_of.get(index)?)
    }
}
