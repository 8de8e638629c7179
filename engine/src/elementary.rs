//! Elementary functions as the engine needs them: without branches, so that a loop over them becomes vector code, and the
//! same on every machine, as the system's are not. Audio thread.

/// ln 2 in two parts: the first has so few bits that its product with an exponent is exact.
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;

/// `ln(x)` for a finite normal `x > 0`, to half a unit in the last place of the result or 1e-7, whichever is more.
/// `x = 2ᵏ · m` with `m` in [√½, √2); the polynomial for `ln(m)` is that of `logf` in S. L. Moshier's Cephes.
#[inline(always)]
pub(crate) fn natural_logarithm(x: f32) -> f32 {
    const SQRT_HALF_BITS: u32 = 0x3f35_04f3;

    let exponent = (x.to_bits().wrapping_sub(SQRT_HALF_BITS) as i32) >> 23;
    let z = f32::from_bits(x.to_bits().wrapping_sub((exponent << 23) as u32)) - 1.0;
    let k = exponent as f32;
    let mut polynomial = 7.037_683_6e-2;
    for coefficient in [
        -1.151_461e-1,
        1.167_699_9e-1,
        -1.242_014_1e-1,
        1.424_932_3e-1,
        -1.666_805_8e-1,
        2.000_071_5e-1,
        -2.499_999_4e-1,
        3.333_333e-1,
    ] {
        polynomial = polynomial * z + coefficient;
    }
    let square = z * z;
    (polynomial * z * square + k * LN_2_LOW - 0.5 * square) + z + k * LN_2_HIGH
}

/// `exp(x)` for `x` between −87 and 88, with a relative error below 2e-7. `x = k · ln 2 + r` (Cody and Waite, 1980); the
/// polynomial for `exp(r)` is that of `expf` in Cephes.
#[inline(always)]
pub(crate) fn exponential(x: f32) -> f32 {
    /// 1.5 · 2²³: adding it leaves the nearest integer in the lowest bits.
    const ROUNDING: f32 = 12_582_912.0;

    let shifted = x * std::f32::consts::LOG2_E + ROUNDING;
    let k = shifted - ROUNDING;
    let rest = x - k * LN_2_HIGH - k * LN_2_LOW;
    let mut polynomial = 1.987_569_1e-4;
    for coefficient in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        polynomial = polynomial * rest + coefficient;
    }
    let mantissa = polynomial * rest * rest + rest + 1.0;
    f32::from_bits(mantissa.to_bits().wrapping_add(shifted.to_bits() << 23))
}

/// `x` to the power of `exponent`, for a normal `x` between 0 and 1 and an exponent for which the result is above 1e-37.
#[inline(always)]
pub(crate) fn power(x: f32, exponent: f32) -> f32 {
    exponential(exponent * natural_logarithm(x))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_logarithm_is_exact_to_rounding(exponent in 0.0_f64..88.0) {
            let x = exponent.exp() as f32;
            let exact = f64::from(x).ln();
            prop_assert!((f64::from(natural_logarithm(x)) - exact).abs() <= (1e-7_f64).max(exact * 1.2e-7));
        }

        #[test]
        fn the_exponential_is_nearly_exact(x in -87.0_f32..88.0) {
            let exact = f64::from(x).exp();
            prop_assert!((f64::from(exponential(x)) / exact - 1.0).abs() <= 2e-7);
        }

        #[test]
        fn the_power_is_nearly_exact(x in 1e-3_f32..=1.0, exponent in 0.0_f32..=4.0) {
            let exact = f64::from(x).powf(f64::from(exponent));
            prop_assert!((f64::from(power(x, exponent)) / exact - 1.0).abs() <= 4e-6);
        }
    }
}
