//! What remains of a recurrent cell after its matrix products.

use super::{
    activation::{logistic_of, tanh_of},
    multiply_add,
};

/// `r = σ(i_r + h_r)`, `z = σ(i_z + h_z)`, `n = tanh(i_n + r · h_n)`, `h = n + z · (h − n)` (Cho et al. 2014, in
/// PyTorch's form, where the reset gate acts on the product).
#[inline(always)]
pub(in crate::kernels) fn gru<const FUSED: bool>(input_gates: &[f32], hidden_gates: &[f32], hidden: &mut [f32]) {
    let units = hidden.len();
    let mut inputs = input_gates.chunks_exact(units);
    let mut products = hidden_gates.chunks_exact(units);
    let (Some(input_reset), Some(input_update), Some(input_new)) = (inputs.next(), inputs.next(), inputs.next()) else {
        return;
    };
    let (Some(hidden_reset), Some(hidden_update), Some(hidden_new)) =
        (products.next(), products.next(), products.next())
    else {
        return;
    };
    for unit in 0..units {
        let reset = logistic_of::<FUSED>(input_reset[unit] + hidden_reset[unit]);
        let update = logistic_of::<FUSED>(input_update[unit] + hidden_update[unit]);
        let new = tanh_of::<FUSED>(multiply_add::<FUSED>(reset, hidden_new[unit], input_new[unit]));
        hidden[unit] = multiply_add::<FUSED>(update, hidden[unit] - new, new);
    }
}

/// `c = σ(f) · c + σ(i) · tanh(g)`, `h = σ(o) · tanh(c)` (Hochreiter and Schmidhuber 1997; Gers et al. 2000).
#[inline(always)]
pub(in crate::kernels) fn lstm<const FUSED: bool>(gates: &[f32], cell: &mut [f32], hidden: &mut [f32]) {
    let units = hidden.len();
    let mut gates = gates.chunks_exact(units);
    let (Some(input), Some(forget), Some(candidate), Some(output)) =
        (gates.next(), gates.next(), gates.next(), gates.next())
    else {
        return;
    };
    let Some(cell) = cell.get_mut(..units) else { return };
    for unit in 0..units {
        let written = logistic_of::<FUSED>(input[unit]) * tanh_of::<FUSED>(candidate[unit]);
        cell[unit] = multiply_add::<FUSED>(logistic_of::<FUSED>(forget[unit]), cell[unit], written);
        hidden[unit] = logistic_of::<FUSED>(output[unit]) * tanh_of::<FUSED>(cell[unit]);
    }
}
