//! The inner product of two slices, in a fixed order that compilers turn into vector code.

/// `Σ a[i] · b[i]` over the shorter length. Products are summed in `LANES` interleaved partial sums, since a single
/// `f32` sum may not be reordered and so would run one addition at a time.
#[inline(always)]
pub(crate) fn dot<const LANES: usize>(a: &[f32], b: &[f32]) -> f32 {
    let length = a.len().min(b.len());
    let (a_chunks, a_rest) = a[..length].as_chunks::<LANES>();
    let (b_chunks, b_rest) = b[..length].as_chunks::<LANES>();
    let mut sums = [0.0_f32; LANES];
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    folded(sums, |one, other| one + other) + rest
}

/// What becomes of all lanes, a power of two of them, by folding one half onto the other again and again: few steps wait for
/// one another.
#[inline(always)]
pub(crate) fn folded<const LANES: usize>(mut lanes: [f32; LANES], fold: impl Fn(f32, f32) -> f32) -> f32 {
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] = fold(lanes[lane], lanes[lane + width]);
        }
        width /= 2;
    }
    lanes[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn equals_a_sum_in_f64(pairs in prop::collection::vec((-1.0_f32..1.0, -1.0_f32..1.0), 0..100)) {
            let (a, b): (Vec<f32>, Vec<f32>) = pairs.into_iter().unzip();
            let expected: f64 = a.iter().zip(&b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            // At most 100 additions, each rounded to half a unit in the last place of a value below 100.
            prop_assert!((f64::from(dot::<8>(&a, &b)) - expected).abs() < 100.0 * 4e-6);
        }
    }
}
