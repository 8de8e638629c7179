//! The loops over time, compiled for the instruction set of the machine.

use std::{marker::PhantomData, ops::Range};

use pulp::{Arch, Simd, WithSimd};

use super::{
    cells::{Before, Step},
    product::Panels,
};

/// Sizes of one call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub(super) frames: usize,
    pub(super) sequences: usize,
    pub(super) units: usize,
    /// Rows of the weights: gates of a cell times units.
    pub(super) gates: usize,
}

impl Sizes {
    /// Values of the state after one frame.
    pub(super) fn state(self) -> usize {
        self.sequences * self.units
    }

    /// Gate values of one frame.
    pub(super) fn row(self) -> usize {
        self.sequences * self.gates
    }

    /// Where a sequence's state lies in a frame's.
    fn units_of(self, sequence: usize) -> Range<usize> {
        sequence * self.units..(sequence + 1) * self.units
    }

    /// Where a sequence's gates lie in a frame's.
    fn gates_of(self, sequence: usize) -> Range<usize> {
        sequence * self.gates..(sequence + 1) * self.gates
    }
}

/// From the gate inputs to the states after every frame.
#[derive(Debug)]
pub(super) struct ForwardPass<'a> {
    pub(super) sizes: Sizes,
    /// Gate inputs, `[frame, sequence, gates]`.
    pub(super) inputs: &'a [f32],
    /// Recurrent weights, `[gates, units]`.
    pub(super) weight: &'a [f32],
    /// Recurrent bias, `[gates]`.
    pub(super) bias: &'a [f32],
    /// Filled with the states, `[state, frame, sequence, units]`.
    pub(super) output: &'a mut [f32],
}

/// From the gradient of the states after every frame to that of the gates.
#[derive(Debug)]
pub(super) struct BackwardPass<'a> {
    pub(super) sizes: Sizes,
    /// Gate inputs, `[frame, sequence, gates]`.
    pub(super) inputs: &'a [f32],
    /// Products of the states before each frame with the weights, bias added, `[frame, sequence, gates]`.
    pub(super) recurrent: &'a [f32],
    /// Recurrent weights, `[gates, units]`.
    pub(super) weight: &'a [f32],
    /// The forward pass's output.
    pub(super) result: &'a [f32],
    /// Gradient with respect to that output; the part for an LSTM's memory, which nobody reads, is zero.
    pub(super) gradient: &'a [f32],
}

/// Gradients of every frame's gates, `[frame, sequence, gates]`.
#[derive(Debug)]
pub(super) struct Gradients {
    /// With respect to the gate inputs.
    pub(super) inputs: Vec<f32>,
    /// With respect to the products of the state.
    pub(super) recurrent: Vec<f32>,
}

impl ForwardPass<'_> {
    pub(super) fn run<C: Step>(self) {
        Arch::new().dispatch(Vectorised::<_, C> { pass: self, cell: PhantomData });
    }
}

impl BackwardPass<'_> {
    pub(super) fn run<C: Step>(self) -> Gradients {
        Arch::new().dispatch(Vectorised::<_, C> { pass: self, cell: PhantomData })
    }
}

/// A pass for one cell. A named type and not a closure, since a closure's body is not always inlined into the
/// function that has the instruction set enabled.
struct Vectorised<P, C> {
    pass: P,
    cell: PhantomData<C>,
}

impl<C: Step> WithSimd for Vectorised<ForwardPass<'_>, C> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let ForwardPass { sizes, inputs, weight, bias, output } = self.pass;
        let panels = Panels::new(simd, sizes.units, sizes.gates, |unit, gate| weight[gate * sizes.units + unit]);
        let (hidden_output, memory_output) = output.split_at_mut(sizes.frames * sizes.state());
        let mut hidden = vec![0.0; sizes.state()];
        let mut memory = vec![0.0; if memory_output.is_empty() { 0 } else { sizes.state() }];
        let mut recurrent = vec![0.0; sizes.row()];
        for frame in 0..sizes.frames {
            for row in recurrent.chunks_exact_mut(sizes.gates) {
                row.copy_from_slice(bias);
            }
            panels.accumulate(&hidden, &mut recurrent);
            let inputs = &inputs[frame * sizes.row()..][..sizes.row()];
            for sequence in 0..sizes.sequences {
                let (units, gates) = (sizes.units_of(sequence), sizes.gates_of(sequence));
                let memory_units = if memory.is_empty() { 0..0 } else { units.clone() };
                C::forward(&inputs[gates.clone()], &recurrent[gates], &mut hidden[units], &mut memory[memory_units]);
            }
            hidden_output[frame * sizes.state()..][..sizes.state()].copy_from_slice(&hidden);
            if !memory.is_empty() {
                memory_output[frame * sizes.state()..][..sizes.state()].copy_from_slice(&memory);
            }
        }
    }
}

impl<C: Step> WithSimd for Vectorised<BackwardPass<'_>, C> {
    type Output = Gradients;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Gradients {
        let BackwardPass { sizes, inputs, recurrent, weight, result, gradient } = self.pass;
        let panels = Panels::new(simd, sizes.gates, sizes.units, |gate, unit| weight[gate * sizes.units + unit]);
        let (hidden, memory) = result.split_at(sizes.frames * sizes.state());
        let remembers = !memory.is_empty();
        let zeros = vec![0.0; sizes.state()];
        let mut hidden_gradient = vec![0.0_f32; sizes.state()];
        let mut memory_gradient = vec![0.0_f32; if remembers { sizes.state() } else { 0 }];
        let length = sizes.frames * sizes.row();
        let mut gradients = Gradients { inputs: vec![0.0; length], recurrent: vec![0.0; length] };
        for frame in (0..sizes.frames).rev() {
            let now = frame * sizes.state();
            let before = |states| if frame == 0 { &zeros[..] } else { frame_of(states, now - sizes.state(), sizes) };
            let hidden_before = before(hidden);
            let (memory_before, memory_after) =
                if remembers { (before(memory), frame_of(memory, now, sizes)) } else { (&zeros[..0], &zeros[..0]) };
            for (sum, value) in hidden_gradient.iter_mut().zip(&gradient[now..]) {
                *sum += value;
            }
            let row = frame * sizes.row()..(frame + 1) * sizes.row();
            let (inputs, recurrent) = (&inputs[row.clone()], &recurrent[row.clone()]);
            let inputs_gradient = &mut gradients.inputs[row.clone()];
            let recurrent_gradient = &mut gradients.recurrent[row];
            for sequence in 0..sizes.sequences {
                let (units, gates) = (sizes.units_of(sequence), sizes.gates_of(sequence));
                let memory_units = if remembers { units.clone() } else { 0..0 };
                C::backward(
                    Before {
                        inputs: &inputs[gates.clone()],
                        recurrent: &recurrent[gates.clone()],
                        hidden: &hidden_before[units.clone()],
                        memory: &memory_before[memory_units.clone()],
                        memory_after: &memory_after[memory_units.clone()],
                    },
                    &mut hidden_gradient[units],
                    &mut memory_gradient[memory_units],
                    &mut inputs_gradient[gates.clone()],
                    &mut recurrent_gradient[gates],
                );
            }
            panels.accumulate(recurrent_gradient, &mut hidden_gradient);
        }
        gradients
    }
}

/// One frame's states, from the index at which they start.
#[inline(always)]
fn frame_of(states: &[f32], start: usize, sizes: Sizes) -> &[f32] {
    &states[start..start + sizes.state()]
}
