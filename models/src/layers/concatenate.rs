//! Branches side by side, their outputs one after the other along the channels.

use super::{Layer, UnitCost, delay::DelayLine, stack::Stack};

/// One branch, delayed to the slowest of them.
pub(super) struct Branch {
    layers: Stack,
    delay: DelayLine,
    frame: Vec<f32>,
}

impl Branch {
    /// `layers` give frames of `values` values, `delay_frames` before those of the slowest branch.
    pub(super) fn new(layers: Stack, delay_frames: usize, values: usize) -> Self {
        Self { layers, delay: DelayLine::new(delay_frames, values), frame: vec![0.0; values] }
    }
}

/// All branches.
pub(super) struct Concatenate {
    branches: Vec<Branch>,
    /// The branch of each unit, its number there, and where the branch's values start in the output.
    units: Vec<(usize, usize, usize)>,
}

impl Concatenate {
    pub(super) fn new(branches: Vec<Branch>) -> Self {
        let mut units = Vec::new();
        let mut offset = 0;
        for (index, branch) in branches.iter().enumerate() {
            units.extend((0..branch.layers.unit_count()).map(|unit| (index, unit, offset)));
            offset += branch.frame.len();
        }
        Self { branches, units }
    }
}

impl Layer for Concatenate {
    fn unit_count(&self) -> usize {
        self.units.len()
    }

    fn unit_cost(&self, unit: usize) -> UnitCost {
        let (branch, unit, _) = self.units[unit];
        self.branches[branch].layers.unit_cost(unit)
    }

    fn run_unit(&mut self, unit: usize, input: &[f32], output: &mut [f32]) {
        let (branch, unit, offset) = self.units[unit];
        let branch = &mut self.branches[branch];
        branch.layers.run_unit(unit, input, &mut branch.frame);
        if unit + 1 == branch.layers.unit_count() {
            let delayed = branch.delay.push(&branch.frame);
            output[offset..offset + delayed.len()].copy_from_slice(delayed);
        }
    }

    fn reset(&mut self) {
        for branch in &mut self.branches {
            branch.layers.reset();
            branch.delay.reset();
        }
    }
}
