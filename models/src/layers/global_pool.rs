//! Pooling over all bands, over all frames since the reset, or both.
//!
//! The average over time is a running mean in `f64` over a count in `u64`: it moves towards each new value by an ever
//! smaller share, so that nothing grows, overflows or drifts however long the music is.

use super::{Layer, UnitCost, pool::reduce, spans::Spans};
use crate::{
    layer_spec::{PoolAxes, Reduction},
    shape::Shape,
};

/// Maximum or average over whole axes.
pub(super) struct GlobalPool {
    reduction: Reduction,
    over: PoolAxes,
    input: Shape,
    spans: Spans,
    /// Frames since the reset.
    frames: u64,
    /// The result so far for each output value; empty where time is not pooled.
    totals: Vec<f64>,
}

impl GlobalPool {
    pub(super) fn new(reduction: Reduction, over: PoolAxes, input: Shape, output: Shape) -> Self {
        let totals = if over == PoolAxes::Frequency { 0 } else { output.len() };
        let spans = Spans::new(input.channels, input.bands);
        Self { reduction, over, input, spans, frames: 0, totals: vec![0.0; totals] }
    }

    fn fold(reduction: Reduction, frames: u64, total: &mut f64, value: f32) -> f32 {
        let value = f64::from(value);
        *total = match reduction {
            _ if frames == 1 => value,
            Reduction::Maximum => total.max(value),
            Reduction::Average => *total + (value - *total) / frames as f64,
        };
        *total as f32
    }
}

impl Layer for GlobalPool {
    fn unit_count(&self) -> usize {
        self.spans.count()
    }

    fn unit_cost(&self, unit: usize) -> UnitCost {
        UnitCost { flops: (3 * self.spans.range(unit).len() * self.input.bands) as u64, weight_bytes: 0 }
    }

    fn run_unit(&mut self, unit: usize, input: &[f32], output: &mut [f32]) {
        if unit == 0 {
            self.frames += 1;
        }
        let (reduction, frames, bands) = (self.reduction, self.frames, self.input.bands);
        let channels = self.spans.range(unit);
        if self.over == PoolAxes::Time {
            let values = channels.start * bands..channels.end * bands;
            let totals = &mut self.totals[values.clone()];
            for ((output, &value), total) in output[values.clone()].iter_mut().zip(&input[values]).zip(totals) {
                *output = Self::fold(reduction, frames, total, value);
            }
            return;
        }
        for channel in channels {
            let value = reduce(reduction, &input[channel * bands..(channel + 1) * bands]);
            output[channel] = match self.totals.get_mut(channel) {
                Some(total) => Self::fold(reduction, frames, total, value),
                None => value,
            };
        }
    }

    fn reset(&mut self) {
        self.frames = 0;
        self.totals.fill(0.0);
    }
}
