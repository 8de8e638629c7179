//! Numbers of 16 bits: an `f32` without its lower half, so with its range and eight significant bits.
//!
//! Matrices of such numbers are packed in half the memory, and networks bear the rounding (S. Wang and P. Kanwar, *BFloat16:
//! the secret to high performance on Cloud TPUs*, 2019).

/// The bits that such a number has of an `f32`.
const KEPT: u32 = 0xffff_0000;

/// Whether nothing is lost in 16 bits.
pub(crate) fn is_one(value: f32) -> bool {
    value.to_bits() & !KEPT == 0
}

/// The nearest such number to a finite value, of two equally near ones the even one; a value beyond the largest becomes
/// infinite.
pub fn nearest(value: f32) -> f32 {
    let bits = value.to_bits();
    let odd = bits >> 16 & 1;
    f32::from_bits(bits.wrapping_add(0x7fff + odd) & KEPT)
}

/// Two such numbers in the bits of one `f32`, whose value means nothing.
pub(crate) fn pair(first: f32, second: f32) -> f32 {
    f32::from_bits(first.to_bits() >> 16 | second.to_bits() & KEPT)
}

/// The first number of a pair.
#[inline(always)]
pub(crate) fn first_of(pair: f32) -> f32 {
    f32::from_bits(pair.to_bits() << 16)
}

/// The second number of a pair.
#[inline(always)]
pub(crate) fn second_of(pair: f32) -> f32 {
    f32::from_bits(pair.to_bits() & KEPT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_is_nearest_and_ties_go_to_the_even_one() {
        let step = 2.0_f32.powi(-7);
        for (value, expected) in [
            (1.0, 1.0),
            (-1.0, -1.0),
            (0.0, 0.0),
            (1.0 + 0.49 * step, 1.0),
            (1.0 + 0.5 * step, 1.0),
            (1.0 + 0.51 * step, 1.0 + step),
            (1.0 + 1.5 * step, 1.0 + 2.0 * step),
            (-1.0 - 1.4 * step, -1.0 - step),
            (2.0 - 0.4 * step, 2.0),
        ] {
            assert_eq!(nearest(value).to_bits(), expected.to_bits(), "{value}");
            assert!(is_one(nearest(value)));
        }
        assert!(!is_one(1.0 + 0.5 * step));
    }

    #[test]
    fn a_pair_gives_both_back() {
        for (first, second) in [(1.0, -0.5), (0.0, 3.0), (-1.5e-30, 2.0e30), (0.007_812_5, -0.0)] {
            let (first, second) = (nearest(first), nearest(second));
            let pair = pair(first, second);
            assert_eq!(first_of(pair).to_bits(), first.to_bits());
            assert_eq!(second_of(pair).to_bits(), second.to_bits());
        }
    }
}
