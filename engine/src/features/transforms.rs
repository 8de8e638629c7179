//! The transforms that front ends are made of, each computed once a hop however many ask for it.

use attacca_models::network::UnitCost;

use super::{
    constant_q::{ConstantQ, ConstantQBins},
    spectrum::Spectrum,
};
use crate::input::{AnalysisRate, Hop};

/// Every transform that some front end asks for. Audio thread once built.
#[derive(Debug)]
pub(super) struct Transforms {
    rate: AnalysisRate,
    spectra: Vec<Spectrum>,
    constant_qs: Vec<ConstantQ>,
}

/// Names a spectrum of the [`Transforms`] that gave it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SpectrumId(usize);

/// Names a constant-Q transform of the [`Transforms`] that gave it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ConstantQId(usize);

/// Names any transform of the [`Transforms`] that gave it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum TransformId {
    Spectrum(SpectrumId),
    ConstantQ(ConstantQId),
}

impl Transforms {
    pub(super) fn new(rate: AnalysisRate) -> Self {
        Self { rate, spectra: Vec::new(), constant_qs: Vec::new() }
    }

    pub(super) fn rate(&self) -> AnalysisRate {
        self.rate
    }

    /// The spectrum with this window; made where there is none yet.
    pub(super) fn request_spectrum(&mut self, window_seconds: f64) -> SpectrumId {
        let length = Spectrum::window_samples(window_seconds, self.rate.hz());
        let known = self.spectra.iter().position(|spectrum| spectrum.length() == length);
        SpectrumId(known.unwrap_or_else(|| {
            self.spectra.push(Spectrum::new(length));
            self.spectra.len() - 1
        }))
    }

    pub(super) fn spectrum(&self, id: SpectrumId) -> &Spectrum {
        &self.spectra[id.0]
    }

    /// The constant-Q transform with these bins; made where there is none yet.
    pub(super) fn request_constant_q(&mut self, bins: ConstantQBins) -> ConstantQId {
        let known = self.constant_qs.iter().position(|constant_q| *constant_q.bins() == bins);
        ConstantQId(known.unwrap_or_else(|| {
            self.constant_qs.push(ConstantQ::new(bins, self.rate.hz()));
            self.constant_qs.len() - 1
        }))
    }

    pub(super) fn constant_q(&self, id: ConstantQId) -> &ConstantQ {
        &self.constant_qs[id.0]
    }

    /// What each unit of a transform costs, in the order in which they run.
    pub(super) fn unit_costs(&self, id: TransformId) -> Vec<UnitCost> {
        match id {
            TransformId::Spectrum(id) => self.spectra[id.0].unit_costs(),
            TransformId::ConstantQ(id) => self.constant_qs[id.0].unit_costs(),
        }
    }

    /// Runs one unit of a transform of this hop.
    pub(super) fn run_unit(&mut self, id: TransformId, unit: usize, hop: &Hop<'_>) {
        match id {
            TransformId::Spectrum(id) => self.spectra[id.0].run_unit(unit, hop),
            TransformId::ConstantQ(id) => self.constant_qs[id.0].run_unit(unit, hop),
        }
    }

    /// Back to before the first hop. A spectrum remembers nothing: its window comes with the hop.
    pub(super) fn reset(&mut self) {
        self.constant_qs.iter_mut().for_each(ConstantQ::reset);
    }
}
