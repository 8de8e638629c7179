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
mod shared;
mod spectrum;
mod stream;
mod transforms;
mod validation;
mod whitening;
mod window;

use attacca_models::{FrontEnd, network::UnitCost};

pub use self::{
    error::FeatureError,
    frame_shaper::FrameShaper,
    stream::{FeatureStream, FeatureStreamError},
};
use self::{
    extractor::Extractor,
    transforms::{TransformId, Transforms},
};
use crate::input::{AnalysisRate, Hop};

/// Computes the frames of several front ends.
#[derive(Debug)]
pub struct FeatureBank {
    transforms: Transforms,
    extractors: Vec<Extractor>,
    extractor_of: Vec<usize>,
    /// All the work of a hop, in order.
    units: Vec<(FeatureUnit, UnitCost)>,
    /// For each front end, after how many units its frame is made.
    made_after: Vec<usize>,
}

/// One unit of a hop's work.
#[derive(Clone, Copy, Debug)]
enum FeatureUnit {
    Transform { id: TransformId, unit: usize },
    Extract { extractor: usize },
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
        let mut bank = Self {
            transforms: Transforms::new(rate),
            extractors: Vec::new(),
            extractor_of: Vec::new(),
            units: Vec::new(),
            made_after: Vec::new(),
        };
        let mut transformed = Vec::new();
        for (index, front_end) in front_ends.iter().enumerate() {
            validation::validate(index, front_end)?;
            if let Some(known) = front_ends[..index].iter().position(|other| other == front_end) {
                bank.extractor_of.push(bank.extractor_of[known]);
                bank.made_after.push(bank.made_after[known]);
                continue;
            }
            let extractor = Extractor::new(front_end, &mut bank.transforms);
            let id = extractor.transform();
            if !transformed.contains(&id) {
                transformed.push(id);
                let costs = bank.transforms.unit_costs(id).into_iter().enumerate();
                bank.units.extend(costs.map(|(unit, cost)| (FeatureUnit::Transform { id, unit }, cost)));
            }
            bank.units.push((FeatureUnit::Extract { extractor: bank.extractors.len() }, extractor.cost()));
            bank.extractor_of.push(bank.extractors.len());
            bank.made_after.push(bank.units.len());
            bank.extractors.push(extractor);
        }
        Ok(bank)
    }

    /// What each unit of a hop's work costs, in the order in which they are to run; the same every hop.
    pub fn unit_costs(&self) -> impl ExactSizeIterator<Item = UnitCost> {
        self.units.iter().map(|(_, cost)| *cost)
    }

    /// After how many units the frame of the front end at `index` is made; 0 where there is no such front end.
    pub fn made_after_units(&self, index: usize) -> usize {
        self.made_after.get(index).copied().unwrap_or(0)
    }

    /// Runs one unit of a hop's work.
    pub fn run_unit(&mut self, unit: usize, hop: &Hop<'_>) {
        match self.units.get(unit) {
            Some(&(FeatureUnit::Transform { id, unit }, _)) => self.transforms.run_unit(id, unit, hop),
            Some(&(FeatureUnit::Extract { extractor }, _)) => self.extractors[extractor].update(&self.transforms),
            None => {}
        }
    }

    /// Computes the frames of a hop. Every hop is to be given, in order.
    pub fn update(&mut self, hop: &Hop<'_>) {
        (0..self.units.len()).for_each(|unit| self.run_unit(unit, hop));
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
