//! Nonlinearities.

use super::{Layer, UnitCost, spans::Spans};
use crate::{kernels::Kernels, layer_spec::ActivationFunction, shape::Shape};

/// Operations of one logistic function or hyperbolic tangent, as `body/activation.rs` computes them.
const NONLINEARITY_FLOPS: u64 = 20;

/// A function of each value, or of the channels of each band.
pub(super) struct Activation {
    kernels: &'static Kernels,
    function: ActivationFunction,
    spans: Spans,
    /// Scratch for a softmax: a maximum and a sum for each band.
    maxima: Vec<f32>,
    sums: Vec<f32>,
}

impl Activation {
    pub(super) fn new(kernels: &'static Kernels, function: ActivationFunction, shape: Shape) -> Self {
        let (spans, scratch) = match function {
            // The channels of a band depend on each other.
            ActivationFunction::Softmax => (Spans::whole(shape.len()), shape.bands),
            _ => (Spans::new(shape.len(), 1), 0),
        };
        Self { kernels, function, spans, maxima: vec![0.0; scratch], sums: vec![0.0; scratch] }
    }
}

impl Layer for Activation {
    fn unit_count(&self) -> usize {
        self.spans.count()
    }

    fn unit_cost(&self, unit: usize) -> UnitCost {
        let each = match self.function {
            ActivationFunction::Relu | ActivationFunction::LeakyRelu { .. } => 1,
            _ => NONLINEARITY_FLOPS,
        };
        UnitCost { flops: each * self.spans.range(unit).len() as u64, weight_bytes: 0 }
    }

    fn run_unit(&mut self, unit: usize, input: &[f32], output: &mut [f32]) {
        let range = self.spans.range(unit);
        let values = &mut output[range.clone()];
        values.copy_from_slice(&input[range]);
        match self.function {
            ActivationFunction::Logistic => (self.kernels.logistic)(values),
            ActivationFunction::Tanh => (self.kernels.tanh)(values),
            ActivationFunction::Relu => (self.kernels.relu)(values),
            ActivationFunction::LeakyRelu { slope } => (self.kernels.leaky_relu)(values, slope),
            ActivationFunction::Softmax => (self.kernels.softmax)(values, &mut self.maxima, &mut self.sums),
        }
    }

    fn reset(&mut self) {}
}
