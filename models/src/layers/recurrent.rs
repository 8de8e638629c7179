//! A stack of recurrent layers, forward in time.

use super::{
    Layer, UnitCost,
    cell::{CellState, CellWeights},
    parameters::Parameters,
};
use crate::{error::WeightsError, kernels::Kernels, layer_spec::Cell};

/// A stack of cells, each on the hidden state of the one below.
pub(super) struct Recurrent {
    levels: Vec<(CellWeights, CellState)>,
    units: Vec<Unit>,
}

/// One unit of work at one level.
#[derive(Clone, Copy, Debug)]
struct Unit {
    level: usize,
    work: Work,
}

#[derive(Clone, Copy, Debug)]
enum Work {
    InputSlice(usize),
    HiddenSlice(usize),
    Combine,
}

impl Recurrent {
    pub(super) fn new(
        kernels: &'static Kernels,
        parameters: Parameters<'_>,
        cell: Cell,
        units: usize,
        stack: usize,
    ) -> Result<Self, WeightsError> {
        let levels = (0..stack)
            .map(|level| {
                let weights = CellWeights::new(kernels, parameters, cell, units, &format!("l{level}"))?;
                let state = weights.new_state();
                Ok((weights, state))
            })
            .collect::<Result<Vec<_>, WeightsError>>()?;
        let units = levels
            .iter()
            .enumerate()
            .flat_map(|(level, (weights, _))| {
                let inputs = (0..weights.input_slices()).map(Work::InputSlice);
                let hidden = (0..weights.hidden_slices()).map(Work::HiddenSlice);
                inputs.chain(hidden).chain([Work::Combine]).map(move |work| Unit { level, work })
            })
            .collect();
        Ok(Self { levels, units })
    }
}

impl Layer for Recurrent {
    fn unit_count(&self) -> usize {
        self.units.len()
    }

    fn unit_cost(&self, unit: usize) -> UnitCost {
        let Unit { level, work } = self.units[unit];
        let (weights, _) = &self.levels[level];
        match work {
            Work::InputSlice(slice) => weights.input_slice_cost(slice),
            Work::HiddenSlice(slice) => weights.hidden_slice_cost(slice),
            Work::Combine => weights.combine_cost(),
        }
    }

    fn run_unit(&mut self, unit: usize, input: &[f32], output: &mut [f32]) {
        let Unit { level, work } = self.units[unit];
        let last = level + 1 == self.levels.len();
        let (below, from_here) = self.levels.split_at_mut(level);
        let Some((weights, state)) = from_here.first_mut() else { return };
        match work {
            Work::InputSlice(slice) => {
                let input = below.last().map_or(input, |(_, below)| below.hidden.as_slice());
                weights.run_input_slice(slice, input, &mut state.input_gates);
            }
            Work::HiddenSlice(slice) => weights.run_hidden_slice(slice, state),
            Work::Combine => {
                weights.combine(state);
                if last {
                    output.copy_from_slice(&state.hidden);
                }
            }
        }
    }

    fn step(&mut self, input: &[f32], output: &mut [f32]) {
        let mut below: Option<&CellState> = None;
        for (weights, state) in &mut self.levels {
            weights.step(below.map_or(input, |below| &below.hidden), state);
            below = Some(state);
        }
        if let Some(last) = below {
            output.copy_from_slice(&last.hidden);
        }
    }

    fn reset(&mut self) {
        self.levels.iter_mut().for_each(|(_, state)| state.reset());
    }
}
