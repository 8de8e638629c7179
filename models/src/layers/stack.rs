//! A list of layers, each on the output of the one before.

use super::{Layer, UnitCost};

/// Layers, the frames between them, and their units in one list.
pub(crate) struct Stack {
    layers: Vec<Box<dyn Layer>>,
    /// The output of each layer but the last.
    frames: Vec<Vec<f32>>,
    /// The layer of each unit, and its number there.
    units: Vec<(usize, usize)>,
}

impl Stack {
    /// Layers with the number of values that each one gives. A list of no layers passes its input on.
    pub(super) fn new(layers: Vec<(Box<dyn Layer>, usize)>) -> Self {
        let units = layers
            .iter()
            .enumerate()
            .flat_map(|(index, (layer, _))| (0..layer.unit_count()).map(move |unit| (index, unit)))
            .collect();
        let between = layers.len().saturating_sub(1);
        let frames = layers.iter().take(between).map(|(_, values)| vec![0.0; *values]).collect();
        Self { layers: layers.into_iter().map(|(layer, _)| layer).collect(), frames, units }
    }
}

impl Layer for Stack {
    fn unit_count(&self) -> usize {
        self.units.len().max(1)
    }

    fn unit_cost(&self, unit: usize) -> UnitCost {
        self.units.get(unit).map_or(UnitCost::default(), |&(layer, unit)| self.layers[layer].unit_cost(unit))
    }

    fn run_unit(&mut self, unit: usize, input: &[f32], output: &mut [f32]) {
        let Some(&(index, unit)) = self.units.get(unit) else {
            output.copy_from_slice(input);
            return;
        };
        let (before, from_here) = self.frames.split_at_mut(index);
        let input = before.last().map_or(input, Vec::as_slice);
        let output = from_here.first_mut().map_or(output, Vec::as_mut_slice);
        self.layers[index].run_unit(unit, input, output);
    }

    fn step(&mut self, input: &[f32], output: &mut [f32]) {
        let Some((last, others)) = self.layers.split_last_mut() else {
            output.copy_from_slice(input);
            return;
        };
        let mut input = input;
        for (layer, frame) in others.iter_mut().zip(&mut self.frames) {
            layer.step(input, frame);
            input = frame;
        }
        last.step(input, output);
    }

    fn reset(&mut self) {
        self.layers.iter_mut().for_each(|layer| layer.reset());
    }
}
