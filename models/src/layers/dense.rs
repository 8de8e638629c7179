//! A matrix product over the newest frames: dense layers, and one-dimensional convolutions once their weights are
//! reordered (`conv1d.rs`).

use super::{Layer, UnitCost, history::History, linear::Linear};
use crate::kernels::{Kernels, packed_matrix::PackedMatrix};

/// `y = W · [x(n − (taps − 1) · dilation), …, x(n)] + b`.
pub(super) struct Dense {
    matrix: PackedMatrix,
    /// `None` where the current frame is all it sees.
    history: Option<History>,
}

impl Dense {
    /// `linear` has `taps · frame` inputs, oldest frame first.
    pub(super) fn new(kernels: &'static Kernels, linear: &Linear, taps: usize, dilation: usize) -> Self {
        let inputs = linear.inputs();
        Self {
            matrix: PackedMatrix::new(kernels, &linear.weights, inputs, Some(&linear.bias)),
            history: (taps > 1).then(|| History::new(taps, dilation, inputs / taps)),
        }
    }
}

impl Layer for Dense {
    fn unit_count(&self) -> usize {
        self.matrix.slice_count()
    }

    fn unit_cost(&self, unit: usize) -> UnitCost {
        self.matrix.slice_cost(unit)
    }

    fn run_unit(&mut self, unit: usize, input: &[f32], output: &mut [f32]) {
        match &mut self.history {
            Some(history) => {
                if unit == 0 {
                    history.push(input);
                }
                self.matrix.run_slice(unit, history.window(), output);
            }
            None => self.matrix.run_slice(unit, input, output),
        }
    }

    fn step(&mut self, input: &[f32], output: &mut [f32]) {
        match &mut self.history {
            Some(history) => {
                history.push(input);
                self.matrix.run(history.window(), output);
            }
            None => self.matrix.run(input, output),
        }
    }

    fn reset(&mut self) {
        if let Some(history) = &mut self.history {
            history.reset();
        }
    }
}
