//! Nonlinearities, in place over a slice.
//!
//! They share one exponential: Cody and Waite's range reduction and a minimax polynomial, relative error below 2e-7
//! over the whole range. A NaN is taken for the lower end of the range, so that it cannot spread through a network's
//! state.

use super::multiply_add;

/// 1.5 · 2²³: adding it to a small number leaves the nearest integer in the lowest bits of the sum.
const ROUNDING: f32 = 12_582_912.0;

/// ln 2 in two parts (Cody and Waite 1980): the first has so few bits that its product with an exponent is exact.
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;

/// Coefficients of `(exp(r) − 1 − r) / r²` on `|r| ≤ ln 2 / 2`, a Chebyshev fit (relative error of the exponential
/// 1.1e-8, below the rounding of `f32`), lowest order first.
const EXPONENTIAL: [f32; 5] = [0.5, 0.166_665_76, 0.041_666_463, 0.008_363_295, 0.001_393_382_3];

/// Where the exponential is cut off: both results are normal numbers, and a logistic function of either end is 0 or 1
/// to within `f32`.
const LEAST_EXPONENT: f32 = -87.0;
const GREATEST_EXPONENT: f32 = 88.0;

/// `exp(x)` for x between −87 and 88, and the value at the nearer end outside.
#[inline(always)]
pub(in crate::kernels) fn exponential<const FUSED: bool>(x: f32) -> f32 {
    // Comparisons rather than `clamp`: this order maps to one vector instruction each and takes NaN for the least.
    let x = if x > LEAST_EXPONENT { x } else { LEAST_EXPONENT };
    let x = if x < GREATEST_EXPONENT { x } else { GREATEST_EXPONENT };
    let shifted = multiply_add::<FUSED>(x, std::f32::consts::LOG2_E, ROUNDING);
    let exponent = shifted - ROUNDING;
    let rest = multiply_add::<FUSED>(exponent, -LN_2_LOW, multiply_add::<FUSED>(exponent, -LN_2_HIGH, x));
    let mut polynomial = EXPONENTIAL[4];
    polynomial = multiply_add::<FUSED>(polynomial, rest, EXPONENTIAL[3]);
    polynomial = multiply_add::<FUSED>(polynomial, rest, EXPONENTIAL[2]);
    polynomial = multiply_add::<FUSED>(polynomial, rest, EXPONENTIAL[1]);
    polynomial = multiply_add::<FUSED>(polynomial, rest, EXPONENTIAL[0]);
    let mantissa = multiply_add::<FUSED>(polynomial, rest * rest, rest) + 1.0;
    let scale = f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0f32.to_bits()));
    mantissa * scale
}

/// `1 / (1 + exp(−x))`.
#[inline(always)]
pub(in crate::kernels) fn logistic_of<const FUSED: bool>(x: f32) -> f32 {
    // Cut off at 87, the result is still a normal number; a NaN ends there too.
    1.0 / (1.0 + exponential::<FUSED>(if x > LEAST_EXPONENT { -x } else { -LEAST_EXPONENT }))
}

/// `tanh(x)`, odd to the last bit.
#[inline(always)]
pub(in crate::kernels) fn tanh_of<const FUSED: bool>(x: f32) -> f32 {
    let decay = exponential::<FUSED>(-2.0 * x.abs());
    ((1.0 - decay) / (1.0 + decay)).copysign(x)
}

#[inline(always)]
pub(in crate::kernels) fn logistic<const FUSED: bool>(values: &mut [f32]) {
    values.iter_mut().for_each(|value| *value = logistic_of::<FUSED>(*value));
}

#[inline(always)]
pub(in crate::kernels) fn tanh<const FUSED: bool>(values: &mut [f32]) {
    values.iter_mut().for_each(|value| *value = tanh_of::<FUSED>(*value));
}

#[inline(always)]
pub(in crate::kernels) fn relu(values: &mut [f32]) {
    values.iter_mut().for_each(|value| *value = if *value > 0.0 { *value } else { 0.0 });
}

#[inline(always)]
pub(in crate::kernels) fn leaky_relu(values: &mut [f32], slope: f32) {
    values.iter_mut().for_each(|value| *value = if *value > 0.0 { *value } else { slope * *value });
}

/// See [`Kernels::softmax`](crate::kernels::Kernels::softmax).
#[inline(always)]
pub(in crate::kernels) fn softmax<const FUSED: bool>(values: &mut [f32], maxima: &mut [f32], sums: &mut [f32]) {
    let bands = maxima.len().min(sums.len());
    if bands == 0 {
        return;
    }
    maxima.fill(f32::MIN);
    sums.fill(0.0);
    for channel in values.chunks_exact(bands) {
        for (maximum, &value) in maxima.iter_mut().zip(channel) {
            *maximum = if value > *maximum { value } else { *maximum };
        }
    }
    for channel in values.chunks_exact_mut(bands) {
        for (value, &maximum) in channel.iter_mut().zip(maxima.iter()) {
            *value -= maximum;
        }
    }
    values.iter_mut().for_each(|value| *value = exponential::<FUSED>(*value));
    for channel in values.chunks_exact(bands) {
        for (sum, &value) in sums.iter_mut().zip(channel) {
            *sum += value;
        }
    }
    for channel in values.chunks_exact_mut(bands) {
        for (value, &sum) in channel.iter_mut().zip(sums.iter()) {
            *value /= sum;
        }
    }
}
