//! Exponential functions that a compiler turns into vector code.
//!
//! `f32::exp` is a library call for each value and would take longer than the matrix products of a recurrence.

/// 1.5 · 2²³: adding it to a small number leaves the nearest integer in the lowest bits of the sum.
const ROUNDING: f32 = 12_582_912.0;

/// `e^x`, relative error below 4e-7; saturates at `e^±87`, inside the range of normal numbers.
///
/// Cephes' scheme (`expf.c`): `x = k ln 2 + r`, a polynomial of degree 5 for `r`, and `2^k` by its bits.
#[inline(always)]
pub(super) fn exponential(x: f32) -> f32 {
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    // Comparisons and not `clamp`: each is one vector instruction.
    let x = if x > -87.0 { x } else { -87.0 };
    let x = if x < 87.0 { x } else { 87.0 };
    let shifted = x.mul_add(std::f32::consts::LOG2_E, ROUNDING);
    let k = shifted - ROUNDING;
    let r = k.mul_add(-LN_2_LOW, k.mul_add(-LN_2_HIGH, x));
    let mut polynomial = 1.987_569_1e-4_f32;
    for coefficient in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_65, 0.5] {
        polynomial = polynomial.mul_add(r, coefficient);
    }
    let fraction = polynomial.mul_add(r * r, r) + 1.0;
    fraction * f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0_f32.to_bits()))
}

/// `1 / (1 + e^−x)`.
#[inline(always)]
pub(super) fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + exponential(-x))
}

/// `tanh(x)`.
#[inline(always)]
pub(super) fn hyperbolic_tangent(x: f32) -> f32 {
    1.0 - 2.0 / (1.0 + exponential(2.0 * x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_follow_the_libraries() {
        for step in -2000..=2000 {
            let x = step as f32 * 0.043;
            let exact = f64::from(x).exp();
            // Two roundings of the reduced argument and six of the polynomial, each half a unit of 2^-24.
            assert!((f64::from(exponential(x)) - exact).abs() < 4e-7 * exact, "exp({x}) = {}", exponential(x));
            let exact = 1.0 / (1.0 + (-f64::from(x)).exp());
            assert!((f64::from(logistic(x)) - exact).abs() < 3e-7, "logistic({x}) = {}", logistic(x));
            let exact = f64::from(x).tanh();
            assert!((f64::from(hyperbolic_tangent(x)) - exact).abs() < 3e-7, "tanh({x}) = {}", hyperbolic_tangent(x));
        }
    }

    #[test]
    fn functions_saturate() {
        assert!(exponential(1e30).is_finite());
        assert_eq!(logistic(-1e30), 1.0 / (1.0 + exponential(1e30)));
        assert_eq!(hyperbolic_tangent(1e30), 1.0);
        assert_eq!(hyperbolic_tangent(-1e30), -1.0);
    }
}
