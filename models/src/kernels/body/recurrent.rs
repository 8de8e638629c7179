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
    let Some((input_reset, input_update, input_new)) = three(input_gates, units) else { return };
    let Some((hidden_reset, hidden_update, hidden_new)) = three(hidden_gates, units) else { return };
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
    let Some((input, forget, candidate)) = three(gates, units) else { return };
    let (Some(output), Some(cell)) = (gates.get(3 * units..4 * units), cell.get_mut(..units)) else { return };
    for unit in 0..units {
        let written = logistic_of::<FUSED>(input[unit]) * tanh_of::<FUSED>(candidate[unit]);
        cell[unit] = multiply_add::<FUSED>(logistic_of::<FUSED>(forget[unit]), cell[unit], written);
        hidden[unit] = logistic_of::<FUSED>(output[unit]) * tanh_of::<FUSED>(cell[unit]);
    }
}

/// The first three gates of `units` values each.
#[inline(always)]
fn three(gates: &[f32], units: usize) -> Option<(&[f32], &[f32], &[f32])> {
    Some((gates.get(..units)?, gates.get(units..2 * units)?, gates.get(2 * units..3 * units)?))
}
