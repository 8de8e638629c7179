//! One recurrent cell: its two matrix products and what remains after them.

use super::{UnitCost, parameters::Parameters};
use crate::{
    error::WeightsError,
    kernels::{Kernels, packed_matrix::PackedMatrix},
    layer_spec::Cell,
};

/// Operations for each unit after the products: three to five nonlinearities of about twenty operations.
const COMBINE_FLOPS: u64 = 80;

/// The weights of a cell. They hold no state, so that one set serves a walk over many frames.
///
/// The gates of a vanilla cell and of an LSTM are sums of both products: the product of the hidden state adds to that
/// of the input. A GRU keeps them apart, since its reset gate acts on one alone.
pub(super) struct CellWeights {
    kernels: &'static Kernels,
    cell: Cell,
    units: usize,
    input: PackedMatrix,
    hidden: PackedMatrix,
}

/// The state of a cell between two frames, and its scratch within one.
#[derive(Clone, Debug)]
pub(super) struct CellState {
    /// `[gate, unit]`: product of the input.
    pub(super) input_gates: Vec<f32>,
    /// `[gate, unit]`: product of the hidden state (GRU only).
    hidden_gates: Vec<f32>,
    /// `[unit]`: what the cell gives.
    pub(super) hidden: Vec<f32>,
    /// `[unit]`: what the cell keeps for itself (LSTM only).
    memory: Vec<f32>,
}

impl CellWeights {
    /// From the tensors `weight_ih_{suffix}` and so on.
    pub(super) fn new(
        kernels: &'static Kernels,
        parameters: Parameters<'_>,
        cell: Cell,
        units: usize,
        suffix: &str,
    ) -> Result<Self, WeightsError> {
        let input = parameters.values(&format!("weight_ih_{suffix}"))?;
        let hidden = parameters.values(&format!("weight_hh_{suffix}"))?;
        let input_bias = parameters.values(&format!("bias_ih_{suffix}"))?;
        let hidden_bias = parameters.values(&format!("bias_hh_{suffix}"))?;
        let inputs = input.len() / (cell.gates() * units).max(1);
        let (input, hidden) = match cell {
            Cell::Gru => (
                PackedMatrix::new(kernels, input, inputs, Some(input_bias)),
                PackedMatrix::new(kernels, hidden, units, Some(hidden_bias)),
            ),
            Cell::Vanilla | Cell::Lstm => {
                let bias: Vec<f32> = input_bias.iter().zip(hidden_bias).map(|(a, b)| a + b).collect();
                (
                    PackedMatrix::new(kernels, input, inputs, Some(&bias)),
                    PackedMatrix::new(kernels, hidden, units, None),
                )
            }
        };
        Ok(Self { kernels, cell, units, input, hidden })
    }

    /// A state before the first frame.
    pub(super) fn new_state(&self) -> CellState {
        let gates = self.gate_values();
        CellState {
            input_gates: vec![0.0; gates],
            hidden_gates: vec![0.0; if self.cell == Cell::Gru { gates } else { 0 }],
            hidden: vec![0.0; self.units],
            memory: vec![0.0; if self.cell == Cell::Lstm { self.units } else { 0 }],
        }
    }

    /// Values of all gates of a frame.
    pub(super) fn gate_values(&self) -> usize {
        self.cell.gates() * self.units
    }

    /// Slices of the product of the input.
    pub(super) fn input_slices(&self) -> usize {
        self.input.slice_count()
    }

    /// Slices of the product of the hidden state.
    pub(super) fn hidden_slices(&self) -> usize {
        self.hidden.slice_count()
    }

    pub(super) fn input_slice_cost(&self, slice: usize) -> UnitCost {
        self.input.slice_cost(slice)
    }

    pub(super) fn hidden_slice_cost(&self, slice: usize) -> UnitCost {
        self.hidden.slice_cost(slice)
    }

    pub(super) fn combine_cost(&self) -> UnitCost {
        UnitCost { flops: COMBINE_FLOPS * self.units as u64, weight_bytes: 0 }
    }

    /// One slice of the product of the input, into `gates` `[gate, unit]`.
    pub(super) fn run_input_slice(&self, slice: usize, input: &[f32], gates: &mut [f32]) {
        self.input.run_slice(slice, input, gates);
    }

    /// One slice of the product of the hidden state, after all slices of the input's.
    pub(super) fn run_hidden_slice(&self, slice: usize, state: &mut CellState) {
        let gates = if self.cell == Cell::Gru { &mut state.hidden_gates } else { &mut state.input_gates };
        self.hidden.run_slice(slice, &state.hidden, gates);
    }

    /// Both products and what follows them: the whole step.
    pub(super) fn step(&self, input: &[f32], state: &mut CellState) {
        self.input.run(input, &mut state.input_gates);
        let gates = if self.cell == Cell::Gru { &mut state.hidden_gates } else { &mut state.input_gates };
        self.hidden.run(&state.hidden, gates);
        self.combine(state);
    }

    /// From the gates to the new state, after both products.
    pub(super) fn combine(&self, state: &mut CellState) {
        match self.cell {
            Cell::Vanilla => {
                state.hidden.copy_from_slice(&state.input_gates);
                (self.kernels.tanh)(&mut state.hidden);
            }
            Cell::Gru => (self.kernels.gru)(&state.input_gates, &state.hidden_gates, &mut state.hidden),
            Cell::Lstm => (self.kernels.lstm)(&state.input_gates, &mut state.memory, &mut state.hidden),
        }
    }
}

impl CellState {
    /// Back to the state before the first frame.
    pub(super) fn reset(&mut self) {
        self.hidden.fill(0.0);
        self.memory.fill(0.0);
    }
}
