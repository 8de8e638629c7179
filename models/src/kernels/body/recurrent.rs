//! What remains of a recurrent cell after its matrix products. Divisions take longest: factors of a product share one.

use super::{
    activation::{decay, logistic_of, odds_against},
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
        let new = multiply_add::<FUSED>(reset, hidden_new[unit], input_new[unit]);
        let (odds, decay) = (odds_against::<FUSED>(input_update[unit] + hidden_update[unit]), decay::<FUSED>(new));
        // n + z · (h − n) over one denominator.
        let kept = multiply_add::<FUSED>(hidden[unit], decay, hidden[unit]);
        let numerator = multiply_add::<FUSED>((1.0 - decay).copysign(new), odds, kept);
        hidden[unit] = numerator / ((1.0 + odds) * (1.0 + decay));
    }
}

/// `c = σ(f) · c + σ(i) · tanh(g)`, `h = σ(o) · tanh(c)` (Hochreiter and Schmidhuber 1997; Gers et al. 2000).
#[inline(always)]
pub(in crate::kernels) fn lstm<const FUSED: bool>(gates: &[f32], cell: &mut [f32], hidden: &mut [f32]) {
    let units = hidden.len();
    let Some((input, forget, candidate)) = three(gates, units) else { return };
    let (Some(output), Some(cell)) = (gates.get(3 * units..4 * units), cell.get_mut(..units)) else { return };
    // In two loops: a processor sees only so many instructions ahead, and each of them waits for less.
    for unit in 0..units {
        let written = gated_tanh::<FUSED>(input[unit], candidate[unit]);
        cell[unit] = multiply_add::<FUSED>(logistic_of::<FUSED>(forget[unit]), cell[unit], written);
    }
    for unit in 0..units {
        hidden[unit] = gated_tanh::<FUSED>(output[unit], cell[unit]);
    }
}

/// `σ(gate) · tanh(x)` over one denominator.
#[inline(always)]
fn gated_tanh<const FUSED: bool>(gate: f32, x: f32) -> f32 {
    let (odds, decay) = (odds_against::<FUSED>(gate), decay::<FUSED>(x));
    (1.0 - decay).copysign(x) / ((1.0 + odds) * (1.0 + decay))
}

/// The first three gates of `units` values each.
#[inline(always)]
fn three(gates: &[f32], units: usize) -> Option<(&[f32], &[f32], &[f32])> {
    Some((gates.get(..units)?, gates.get(units..2 * units)?, gates.get(2 * units..3 * units)?))
}
