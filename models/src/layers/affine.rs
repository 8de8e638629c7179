//! Batch normalisation that could not be folded into a linear layer before it.

use super::{Layer, UnitCost, linear::ChannelAffine, spans::Spans};
use crate::shape::Shape;

/// `y = scale · x + offset`, with a scale and an offset for each channel.
pub(super) struct Affine {
    spans: Spans,
    /// `[channel, band]`: one for each value, so that the loop over values is a plain one.
    scale: Vec<f32>,
    offset: Vec<f32>,
}

impl Affine {
    pub(super) fn new(affine: &ChannelAffine, shape: Shape) -> Self {
        let spread = |values: &[f64]| {
            values.iter().flat_map(|&value| std::iter::repeat_n(value as f32, shape.bands)).collect::<Vec<_>>()
        };
        Self { spans: Spans::new(shape.len(), 1), scale: spread(&affine.scale), offset: spread(&affine.offset) }
    }
}

impl Layer for Affine {
    fn unit_count(&self) -> usize {
        self.spans.count()
    }

    fn unit_cost(&self, unit: usize) -> UnitCost {
        let values = self.spans.range(unit).len() as u64;
        UnitCost { flops: 2 * values, weight_bytes: 8 * values }
    }

    fn run_unit(&mut self, unit: usize, input: &[f32], output: &mut [f32]) {
        let range = self.spans.range(unit);
        let factors = self.scale[range.clone()].iter().zip(&self.offset[range.clone()]);
        for ((output, &value), (scale, offset)) in output[range.clone()].iter_mut().zip(&input[range]).zip(factors) {
            *output = value * scale + offset;
        }
    }

    fn reset(&mut self) {}
}
