//! One frame of each recurrent cell, forwards and backwards.
//!
//! Equations and gate order are PyTorch's. In the backward passes, `g` before a name is the gradient of the loss with
//! respect to it.

use super::functions::{hyperbolic_tangent, logistic};

/// What one step of one sequence started from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before<'a> {
    /// Gate inputs with their bias, `[gates · units]`.
    pub(super) inputs: &'a [f32],
    /// Products of the state before with the recurrent weights, bias added, `[gates · units]`.
    pub(super) recurrent: &'a [f32],
    /// Hidden state before, `[units]`.
    pub(super) hidden: &'a [f32],
    /// An LSTM's memory before, `[units]`; empty for other cells.
    pub(super) memory: &'a [f32],
    /// An LSTM's memory after, `[units]`; empty for other cells.
    pub(super) memory_after: &'a [f32],
}

/// One frame of one sequence.
pub(super) trait Step {
    /// Brings the state from one frame to the next.
    fn forward(inputs: &[f32], recurrent: &[f32], hidden: &mut [f32], memory: &mut [f32]);

    /// Takes the gradients with respect to the state after the step, and leaves those with respect to the state
    /// before it, as far as it does not act through `recurrent`.
    fn backward(
        before: Before<'_>,
        hidden_gradient: &mut [f32],
        memory_gradient: &mut [f32],
        inputs_gradient: &mut [f32],
        recurrent_gradient: &mut [f32],
    );
}

/// Cuts `[gates · units]` in its gates. The lengths are plain to the compiler, which then checks no index.
#[inline(always)]
fn gates<const GATES: usize>(values: &[f32], units: usize) -> [&[f32]; GATES] {
    std::array::from_fn(|gate| &values[gate * units..][..units])
}

/// As [`gates`], to write to.
#[inline(always)]
fn gates_mut<const GATES: usize>(values: &mut [f32], units: usize) -> [&mut [f32]; GATES] {
    let mut rest = values;
    std::array::from_fn(|_| {
        let (gate, behind) = std::mem::take(&mut rest).split_at_mut(units);
        rest = behind;
        &mut gate[..units]
    })
}

/// `h = tanh(x + a)`.
#[derive(Debug)]
pub(super) struct Vanilla;

impl Step for Vanilla {
    #[inline(always)]
    fn forward(inputs: &[f32], recurrent: &[f32], hidden: &mut [f32], _memory: &mut [f32]) {
        for ((hidden, input), recurrent) in hidden.iter_mut().zip(inputs).zip(recurrent) {
            *hidden = hyperbolic_tangent(input + recurrent);
        }
    }

    #[inline(always)]
    fn backward(
        before: Before<'_>,
        hidden_gradient: &mut [f32],
        _memory_gradient: &mut [f32],
        inputs_gradient: &mut [f32],
        recurrent_gradient: &mut [f32],
    ) {
        let units = hidden_gradient.len();
        let (inputs, recurrent) = (&before.inputs[..units], &before.recurrent[..units]);
        let (g_inputs, g_recurrent) = (&mut inputs_gradient[..units], &mut recurrent_gradient[..units]);
        for unit in 0..units {
            let hidden = hyperbolic_tangent(inputs[unit] + recurrent[unit]);
            let gradient = hidden_gradient[unit] * (1.0 - hidden * hidden);
            g_inputs[unit] = gradient;
            g_recurrent[unit] = gradient;
            hidden_gradient[unit] = 0.0;
        }
    }
}

/// `r = σ(x_r + a_r)`, `z = σ(x_z + a_z)`, `n = tanh(x_n + r · a_n)`, `h' = (1 − z) · n + z · h`.
#[derive(Debug)]
pub(super) struct Gru;

impl Step for Gru {
    #[inline(always)]
    fn forward(inputs: &[f32], recurrent: &[f32], hidden: &mut [f32], _memory: &mut [f32]) {
        let units = hidden.len();
        let [x_r, x_z, x_n] = gates::<3>(inputs, units);
        let [a_r, a_z, a_n] = gates::<3>(recurrent, units);
        for unit in 0..units {
            let r = logistic(x_r[unit] + a_r[unit]);
            let z = logistic(x_z[unit] + a_z[unit]);
            let n = hyperbolic_tangent(r.mul_add(a_n[unit], x_n[unit]));
            hidden[unit] = z.mul_add(hidden[unit] - n, n);
        }
    }

    #[inline(always)]
    fn backward(
        before: Before<'_>,
        hidden_gradient: &mut [f32],
        _memory_gradient: &mut [f32],
        inputs_gradient: &mut [f32],
        recurrent_gradient: &mut [f32],
    ) {
        let units = hidden_gradient.len();
        let hidden = &before.hidden[..units];
        let [x_r, x_z, x_n] = gates::<3>(before.inputs, units);
        let [a_r, a_z, a_n] = gates::<3>(before.recurrent, units);
        let [gx_r, gx_z, gx_n] = gates_mut::<3>(inputs_gradient, units);
        let [ga_r, ga_z, ga_n] = gates_mut::<3>(recurrent_gradient, units);
        for unit in 0..units {
            let r = logistic(x_r[unit] + a_r[unit]);
            let z = logistic(x_z[unit] + a_z[unit]);
            let n = hyperbolic_tangent(r.mul_add(a_n[unit], x_n[unit]));
            let g = hidden_gradient[unit];
            let g_n = g * (1.0 - z) * (1.0 - n * n);
            let g_z = g * (hidden[unit] - n) * z * (1.0 - z);
            let g_r = g_n * a_n[unit] * r * (1.0 - r);
            gx_r[unit] = g_r;
            gx_z[unit] = g_z;
            gx_n[unit] = g_n;
            ga_r[unit] = g_r;
            ga_z[unit] = g_z;
            ga_n[unit] = g_n * r;
            hidden_gradient[unit] = g * z;
        }
    }
}

/// `i, f, o = σ(x + a)`, `g = tanh(x_g + a_g)`, `c' = f · c + i · g`, `h' = o · tanh(c')`.
#[derive(Debug)]
pub(super) struct Lstm;

impl Step for Lstm {
    #[inline(always)]
    fn forward(inputs: &[f32], recurrent: &[f32], hidden: &mut [f32], memory: &mut [f32]) {
        let units = hidden.len();
        let [x_i, x_f, x_g, x_o] = gates::<4>(inputs, units);
        let [a_i, a_f, a_g, a_o] = gates::<4>(recurrent, units);
        let memory = &mut memory[..units];
        for unit in 0..units {
            let i = logistic(x_i[unit] + a_i[unit]);
            let f = logistic(x_f[unit] + a_f[unit]);
            let g = hyperbolic_tangent(x_g[unit] + a_g[unit]);
            let o = logistic(x_o[unit] + a_o[unit]);
            memory[unit] = f.mul_add(memory[unit], i * g);
            hidden[unit] = o * hyperbolic_tangent(memory[unit]);
        }
    }

    #[inline(always)]
    fn backward(
        before: Before<'_>,
        hidden_gradient: &mut [f32],
        memory_gradient: &mut [f32],
        inputs_gradient: &mut [f32],
        recurrent_gradient: &mut [f32],
    ) {
        let units = hidden_gradient.len();
        let [x_i, x_f, x_g, x_o] = gates::<4>(before.inputs, units);
        let [a_i, a_f, a_g, a_o] = gates::<4>(before.recurrent, units);
        let (memory, memory_after) = (&before.memory[..units], &before.memory_after[..units]);
        let memory_gradient = &mut memory_gradient[..units];
        let [g_i, g_f, g_g, g_o] = gates_mut::<4>(inputs_gradient, units);
        for unit in 0..units {
            let i = logistic(x_i[unit] + a_i[unit]);
            let f = logistic(x_f[unit] + a_f[unit]);
            let g = hyperbolic_tangent(x_g[unit] + a_g[unit]);
            let o = logistic(x_o[unit] + a_o[unit]);
            let shown = hyperbolic_tangent(memory_after[unit]);
            let g_hidden = hidden_gradient[unit];
            let g_memory = (g_hidden * o).mul_add(1.0 - shown * shown, memory_gradient[unit]);
            g_i[unit] = g_memory * g * i * (1.0 - i);
            g_f[unit] = g_memory * memory[unit] * f * (1.0 - f);
            g_g[unit] = g_memory * i * (1.0 - g * g);
            g_o[unit] = g_hidden * shown * o * (1.0 - o);
            memory_gradient[unit] = g_memory * f;
            hidden_gradient[unit] = 0.0;
        }
        recurrent_gradient.copy_from_slice(inputs_gradient);
    }
}
