//! A residual join: `y = x + f(x)`.

use super::{Layer, UnitCost, delay::DelayLine, stack::Stack};

/// The layers of `f`, and the way around them.
pub(super) struct Residual {
    layers: Stack,
    around: DelayLine,
}

impl Residual {
    /// `layers` look `look_ahead_frames` ahead and keep the frame's `values`.
    pub(super) fn new(layers: Stack, look_ahead_frames: usize, values: usize) -> Self {
        Self { layers, around: DelayLine::new(look_ahead_frames, values) }
    }
}

impl Layer for Residual {
    fn unit_count(&self) -> usize {
        self.layers.unit_count()
    }

    fn unit_cost(&self, unit: usize) -> UnitCost {
        self.layers.unit_cost(unit)
    }

    fn run_unit(&mut self, unit: usize, input: &[f32], output: &mut [f32]) {
        self.layers.run_unit(unit, input, output);
        if unit + 1 == self.layers.unit_count() {
            let delayed = self.around.push(input);
            output.iter_mut().zip(delayed).for_each(|(output, &input)| *output += input);
        }
    }

    fn reset(&mut self) {
        self.layers.reset();
        self.around.reset();
    }
}
