//! Nonlinearities, in place over a slice.
//!
//! They share one exponential: Cody and Waite's range reduction and a minimax polynomial, relative error below 3e-7
//! over the whole range. A NaN is taken for the lower end of the range, so that it cannot spread through a network's
//! state.

use super::multiply_add;
use crate::kernels::LANES;

/// 1.5 · 2²³: adding it to a small number leaves the nearest integer in the lowest bits of the sum.
const ROUNDING: f32 = 12_582_912.0;

/// ln 2 in two parts (Cody and Waite 1980): the first has so few bits that its product with an exponent is exact.
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;

/// Coefficients of `(exp(r) − 1 − r) / r²` on `|r| ≤ ln 2 / 2`, a minimax fit (relative error of the exponential
/// 1.1e-7), lowest order first.
const EXPONENTIAL: [f32; 4] = [0.499_992_3, 0.166_671_14, 0.041_890_133, 0.008_312_533];

/// Where the exponential is cut off: both results are normal numbers, and a logistic function of either end is 0 or 1
/// to within `f32`.
const LEAST_EXPONENT: f32 = -87.0;
const GREATEST_EXPONENT: f32 = 88.0;

/// `exp(x)` for x between −87 and 88, and the value at the nearer end outside.
#[inline(always)]
pub(in crate::kernels) fn exponential<const FUSED: bool>(x: f32) -> f32 {
    exponential_in_range::<FUSED>(1.0, between(x, LEAST_EXPONENT, GREATEST_EXPONENT))
}

/// `exp(−x)`: a logistic function is `1 / (1 + odds)`.
#[inline(always)]
pub(in crate::kernels) fn odds_against<const FUSED: bool>(x: f32) -> f32 {
    exponential_in_range::<FUSED>(-1.0, between(x, LEAST_EXPONENT, -LEAST_EXPONENT))
}

/// `exp(−2 |x|)`: a hyperbolic tangent is `±(1 − decay) / (1 + decay)`.
#[inline(always)]
pub(in crate::kernels) fn decay<const FUSED: bool>(x: f32) -> f32 {
    // In this order a NaN is taken for the end of the range.
    let size = if x.abs() < -LEAST_EXPONENT / 2.0 { x.abs() } else { -LEAST_EXPONENT / 2.0 };
    exponential_in_range::<FUSED>(-2.0, size)
}

/// `x` or the nearer end of a range; the lower end for a NaN. Comparisons rather than `clamp`: this order maps to one
/// vector instruction each.
#[inline(always)]
fn between(x: f32, least: f32, greatest: f32) -> f32 {
    let x = if x > least { x } else { least };
    if x < greatest { x } else { greatest }
}

/// `exp(scale · x)` for a product between −87 and 88 and a scale that is a power of two, or the negative of one. The
/// steps are laid out so that few of them wait for one another (Estrin's scheme for the polynomial): a recurrent cell
/// has two or three exponentials in a row and little else to do meanwhile.
#[inline(always)]
fn exponential_in_range<const FUSED: bool>(scale: f32, x: f32) -> f32 {
    let shifted = multiply_add::<FUSED>(x, scale * std::f32::consts::LOG2_E, ROUNDING);
    let (exponent, x) = (shifted - ROUNDING, scale * x);
    let rest = if FUSED {
        // The product is exact; what ln 2 lacks in `f32`, 2e-9, adds less than 1e-7 for all but the last few exponents.
        multiply_add::<FUSED>(exponent, -std::f32::consts::LN_2, x)
    } else {
        x - exponent * LN_2_HIGH - exponent * LN_2_LOW
    };
    let square = rest * rest;
    let low = multiply_add::<FUSED>(EXPONENTIAL[1], rest, EXPONENTIAL[0]);
    let high = multiply_add::<FUSED>(EXPONENTIAL[3], rest, EXPONENTIAL[2]);
    let polynomial = multiply_add::<FUSED>(high, square, low);
    let mantissa = multiply_add::<FUSED>(polynomial, square, 1.0 + rest);
    // The result is a normal number, so that its exponent can be added as it stands.
    f32::from_bits(mantissa.to_bits().wrapping_add(shifted.to_bits() << 23))
}

/// `1 / (1 + exp(−x))`.
#[inline(always)]
pub(in crate::kernels) fn logistic_of<const FUSED: bool>(x: f32) -> f32 {
    1.0 / (1.0 + odds_against::<FUSED>(x))
}

/// `tanh(x)`, odd to the last bit.
#[inline(always)]
pub(in crate::kernels) fn tanh_of<const FUSED: bool>(x: f32) -> f32 {
    let decay = decay::<FUSED>(x);
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

/// Every value is stored, changed or not: where only some are, the compiler stores under a mask, which takes some processors
/// a dozen cycles.
#[inline(always)]
pub(in crate::kernels) fn relu(values: &mut [f32]) {
    values.iter_mut().for_each(|value| *value = value.max(0.0));
}

/// As [`relu`].
#[inline(always)]
pub(in crate::kernels) fn leaky_relu(values: &mut [f32], slope: f32) {
    values.iter_mut().for_each(|value| *value = value.max(0.0) + slope * value.min(0.0));
}

/// Where there is one band, its channels are neighbours: many are compared and added at once.
#[inline(always)]
fn softmax_of_one_band<const FUSED: bool>(values: &mut [f32]) {
    let mut maxima = [f32::MIN; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (maximum, &value) in maxima.iter_mut().zip(chunk) {
            *maximum = if value > *maximum { value } else { *maximum };
        }
    }
    let mut maximum = f32::MIN;
    for &value in maxima.iter().chain(rest) {
        maximum = if value > maximum { value } else { maximum };
    }
    for value in values.iter_mut() {
        *value = exponential::<FUSED>(*value - maximum);
    }
    let mut sums = [0.0; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (sum, &value) in sums.iter_mut().zip(chunk) {
            *sum += value;
        }
    }
    let mut sum = 0.0;
    for &value in sums.iter().chain(rest) {
        sum += value;
    }
    for value in values.iter_mut() {
        *value /= sum;
    }
}

/// See [`Kernels::softmax`](crate::kernels::Kernels::softmax).
#[inline(always)]
pub(in crate::kernels) fn softmax<const FUSED: bool>(values: &mut [f32], maxima: &mut [f32], sums: &mut [f32]) {
    let bands = maxima.len().min(sums.len());
    if bands <= 1 {
        return softmax_of_one_band::<FUSED>(values);
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
