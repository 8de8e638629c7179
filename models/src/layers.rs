//! Layers in their streaming form.
//!
//! A hop's work in a layer is a fixed list of small units. Running units `0..unit_count` in order, on one and the same
//! input, is one hop; how the calls are spread over callbacks changes nothing in the result. Layers are built on the
//! main thread; running and resetting them never allocates, frees, locks, blocks or panics.

mod activation;
mod affine;
mod bidirectional;
pub(crate) mod build;
mod cell;
mod concatenate;
mod conv1d;
mod conv2d;
mod delay;
mod dense;
mod global_pool;
mod history;
mod linear;
mod parameters;
mod pool;
mod recurrent;
mod residual;
mod spans;
pub(crate) mod stack;
#[cfg(test)]
mod tests;

/// A layer with its streaming state.
pub(crate) trait Layer: Send {
    /// Units in one hop; at least one.
    fn unit_count(&self) -> usize;

    /// What a unit costs; the same every hop.
    fn unit_cost(&self, unit: usize) -> UnitCost;

    /// Runs one unit. The input stays the same for all units of a hop, the output is complete after the last one and
    /// not to be touched between them.
    fn run_unit(&mut self, unit: usize, input: &[f32], output: &mut [f32]);

    /// Runs every unit of a hop.
    fn step(&mut self, input: &[f32], output: &mut [f32]) {
        (0..self.unit_count()).for_each(|unit| self.run_unit(unit, input, output));
    }

    /// Back to the state before the first frame, keeping every buffer.
    fn reset(&mut self);
}

/// What a unit of work costs, as a static model: the time is about the larger of `flops / F` and `weight_bytes / B`
/// for a machine of `F` operations and `B` bytes a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnitCost {
    /// Floating-point operations; a fused multiply-add counts as two, a nonlinearity as about twenty.
    pub flops: u64,
    /// Bytes of weights that are read.
    pub weight_bytes: u64,
}

impl std::ops::Add for UnitCost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { flops: self.flops + other.flops, weight_bytes: self.weight_bytes + other.weight_bytes }
    }
}

impl std::iter::Sum for UnitCost {
    fn sum<I: Iterator<Item = Self>>(costs: I) -> Self {
        costs.fold(Self::default(), std::ops::Add::add)
    }
}
