//! Loops over many states at once, in an order that is fixed and that the compiler can vectorise.

use crate::input::dot::folded;

/// Values side by side.
pub(super) const LANES: usize = 16;

/// The larger of two numbers: an operation of one instruction, as no order is asked for where one is none.
#[inline(always)]
pub(super) fn larger(one: f32, other: f32) -> f32 {
    if other > one { other } else { one }
}

/// Sum in a fixed order.
#[inline(always)]
pub(super) fn lane_sum(values: &[f32]) -> f32 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut sums = [0.0_f32; LANES];
    for chunk in chunks {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += value;
        }
    }
    folded(sums, |one, other| one + other) + rest.iter().sum::<f32>()
}

/// `(value + offset) · scale` for the first `count` values, all but the last fewer than [`LANES`] of `values`; the others are 0
/// and stay so. Returns the new sum and the largest value.
#[inline(always)]
pub(super) fn scale_and_measure(values: &mut [f32], count: usize, offset: f32, scale: f32) -> (f32, f32) {
    let (chunks, _) = values.as_chunks_mut::<LANES>();
    let mut sums = [0.0_f32; LANES];
    let mut largest = [0.0_f32; LANES];
    let last = chunks.len().saturating_sub(1);
    for (index, chunk) in chunks.iter_mut().enumerate() {
        let mut offsets = [offset; LANES];
        if index == last {
            offsets[count - LANES * last..].fill(0.0);
        }
        for lane in 0..LANES {
            let value = (chunk[lane] + offsets[lane]) * scale;
            chunk[lane] = value;
            sums[lane] += value;
            largest[lane] = larger(largest[lane], value);
        }
    }
    (folded(sums, |one, other| one + other), folded(largest, larger))
}

/// The largest of some values and the first index at which it is found.
#[inline(always)]
pub(super) fn largest_of(values: &[f32]) -> (f32, usize) {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut largest = [f32::NEG_INFINITY; LANES];
    for chunk in chunks {
        for (largest, value) in largest.iter_mut().zip(chunk) {
            *largest = larger(*largest, *value);
        }
    }
    let largest = rest.iter().copied().fold(folded(largest, larger), larger);
    (largest, values.iter().position(|&value| value == largest).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_stays_zero_and_counts_for_nothing() {
        for count in 1..100_usize {
            let mut values: Vec<f32> = (0..count).map(|value| value as f32).collect();
            values.resize(count.next_multiple_of(LANES), 0.0);
            let (sum, largest) = scale_and_measure(&mut values, count, 0.5, 2.0);
            // Small whole numbers: exact.
            assert_eq!(sum, (count * (count - 1)) as f32 + count as f32);
            assert_eq!(largest, 2.0 * (count - 1) as f32 + 1.0);
            assert!(values[count..].iter().all(|value| *value == 0.0));
            assert_eq!(lane_sum(&values), sum);
        }
    }

    #[test]
    fn the_first_of_the_largest_is_found() {
        for count in 1..100_usize {
            for at in 0..count {
                let mut values = vec![-1.0; count];
                values[at] = 3.0;
                values[(at + 7).min(count - 1)] = 3.0;
                assert_eq!(largest_of(&values), (3.0, at));
            }
        }
    }
}
