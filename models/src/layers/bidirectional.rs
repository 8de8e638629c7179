//! A forward and a backward recurrent layer over a window that slides with the music.
//!
//! The forward cell steps once a hop, on the delayed input. The backward one starts anew every hop: from a zero state
//! at the newest frame back to the delayed one. Its products of the input do not depend on the state and are computed
//! once, when a frame arrives. Frames before the first are zeros.

use super::{
    Layer, UnitCost,
    cell::{CellState, CellWeights},
    delay::DelayLine,
    parameters::Parameters,
};
use crate::{error::WeightsError, kernels::Kernels, layer_spec::Cell};

/// Both directions, and the frames of the window.
pub(super) struct Bidirectional {
    forward: CellWeights,
    forward_state: CellState,
    backward: CellWeights,
    backward_state: CellState,
    input: DelayLine,
    window: GateRing,
    units: Vec<Unit>,
}

/// One unit of work. The age of a frame is counted in frames from the newest.
#[derive(Clone, Copy, Debug)]
enum Unit {
    ForwardInput { slice: usize },
    ForwardHidden { slice: usize },
    ForwardCombine,
    BackwardInput { slice: usize },
    BackwardHidden { age: usize, slice: usize },
    BackwardCombine { age: usize },
}

/// The backward cell's products of the input, for each frame of the window.
struct GateRing {
    frames: usize,
    /// `[slot, gate, unit]`.
    gates: Vec<f32>,
    /// The products of a frame of zeros.
    silent: Vec<f32>,
    newest: usize,
}

impl GateRing {
    fn slot(&self, age: usize) -> std::ops::Range<usize> {
        let length = self.silent.len();
        let start = (self.newest + self.frames - age) % self.frames * length;
        start..start + length
    }

    fn reset(&mut self) {
        let length = self.silent.len().max(1);
        self.gates.chunks_exact_mut(length).for_each(|slot| slot.copy_from_slice(&self.silent));
        self.newest = 0;
    }
}

impl Bidirectional {
    pub(super) fn new(
        kernels: &'static Kernels,
        parameters: Parameters<'_>,
        cell: Cell,
        inputs: usize,
        units: usize,
        look_ahead_frames: usize,
    ) -> Result<Self, WeightsError> {
        let forward = CellWeights::new(kernels, parameters, cell, units, "l0")?;
        let backward = CellWeights::new(kernels, parameters, cell, units, "l0_reverse")?;
        let mut silent = vec![0.0; backward.gate_values()];
        let zeros = vec![0.0; inputs];
        (0..backward.input_slices()).for_each(|slice| backward.run_input_slice(slice, &zeros, &mut silent));
        let frames = look_ahead_frames + 1;
        let mut window = GateRing { frames, gates: vec![0.0; frames * silent.len()], silent, newest: 0 };
        window.reset();
        let mut list: Vec<Unit> = (0..forward.input_slices()).map(|slice| Unit::ForwardInput { slice }).collect();
        list.extend((0..forward.hidden_slices()).map(|slice| Unit::ForwardHidden { slice }));
        list.push(Unit::ForwardCombine);
        list.extend((0..backward.input_slices()).map(|slice| Unit::BackwardInput { slice }));
        for age in 0..frames {
            list.extend((0..backward.hidden_slices()).map(|slice| Unit::BackwardHidden { age, slice }));
            list.push(Unit::BackwardCombine { age });
        }
        Ok(Self {
            forward_state: forward.new_state(),
            forward,
            backward_state: backward.new_state(),
            backward,
            input: DelayLine::new(look_ahead_frames, inputs),
            window,
            units: list,
        })
    }
}

impl Layer for Bidirectional {
    fn unit_count(&self) -> usize {
        self.units.len()
    }

    fn unit_cost(&self, unit: usize) -> UnitCost {
        match self.units[unit] {
            Unit::ForwardInput { slice } => self.forward.input_slice_cost(slice),
            Unit::ForwardHidden { slice } => self.forward.hidden_slice_cost(slice),
            Unit::ForwardCombine => self.forward.combine_cost(),
            Unit::BackwardInput { slice } => self.backward.input_slice_cost(slice),
            Unit::BackwardHidden { slice, .. } => self.backward.hidden_slice_cost(slice),
            Unit::BackwardCombine { .. } => self.backward.combine_cost(),
        }
    }

    fn run_unit(&mut self, unit: usize, input: &[f32], output: &mut [f32]) {
        if unit == 0 {
            self.input.push(input);
            self.window.newest = (self.window.newest + 1) % self.window.frames;
        }
        let (forward_output, backward_output) = output.split_at_mut(self.forward_state.hidden.len());
        match self.units[unit] {
            Unit::ForwardInput { slice } => {
                self.forward.run_input_slice(slice, self.input.delayed(), &mut self.forward_state.input_gates);
            }
            Unit::ForwardHidden { slice } => self.forward.run_hidden_slice(slice, &mut self.forward_state),
            Unit::ForwardCombine => {
                self.forward.combine(&mut self.forward_state);
                forward_output.copy_from_slice(&self.forward_state.hidden);
            }
            Unit::BackwardInput { slice } => {
                let newest = self.window.slot(0);
                self.backward.run_input_slice(slice, input, &mut self.window.gates[newest]);
            }
            Unit::BackwardHidden { age, slice } => {
                if slice == 0 {
                    if age == 0 {
                        self.backward_state.reset();
                    }
                    let gates = &self.window.gates[self.window.slot(age)];
                    self.backward_state.input_gates.copy_from_slice(gates);
                }
                self.backward.run_hidden_slice(slice, &mut self.backward_state);
            }
            Unit::BackwardCombine { age } => {
                self.backward.combine(&mut self.backward_state);
                if age + 1 == self.window.frames {
                    backward_output.copy_from_slice(&self.backward_state.hidden);
                }
            }
        }
    }

    fn reset(&mut self) {
        self.forward_state.reset();
        self.input.reset();
        self.window.reset();
    }
}
