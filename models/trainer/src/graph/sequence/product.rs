//! A small matrix product that stays in registers: a few rows of state times the recurrent weights, once a frame.
//!
//! General matrix products pack both operands on every call, which costs more than the product itself at this size;
//! here the weights are packed once for a whole sequence.

use pulp::Simd;

/// Vectors in a row of a panel.
const WIDTH: usize = 2;

/// Rows that share a load of the panel: with [`WIDTH`] vectors each, their sums stay in half of AVX2's registers.
const ROWS: usize = 4;

/// A matrix `[inner, columns]` cut in panels of [`WIDTH`] vectors of columns, the last one filled up with zeros.
#[derive(Debug)]
pub(super) struct Panels<S: Simd> {
    simd: S,
    inner: usize,
    columns: usize,
    values: Vec<[S::f32s; WIDTH]>,
}

impl<S: Simd> Panels<S> {
    /// Packs the matrix whose element at `(inner, column)` the closure returns.
    #[inline(always)]
    pub(super) fn new(simd: S, inner: usize, columns: usize, element: impl Fn(usize, usize) -> f32) -> Self {
        let mut values = Vec::with_capacity(columns.div_ceil(WIDTH * S::F32_LANES) * inner);
        let mut lanes = vec![0.0; WIDTH * S::F32_LANES];
        for first in (0..columns).step_by(WIDTH * S::F32_LANES) {
            for row in 0..inner {
                for (column, lane) in (first..).zip(&mut lanes) {
                    *lane = if column < columns { element(row, column) } else { 0.0 };
                }
                let (left, right) = lanes.split_at(S::F32_LANES);
                values.push([simd.partial_load_f32s(left), simd.partial_load_f32s(right)]);
            }
        }
        Self { simd, inner, columns, values }
    }

    /// `output[row, column] += Σ left[row, inner] · matrix[inner, column]` for as many rows as there are.
    #[inline(always)]
    pub(super) fn accumulate(&self, left: &[f32], output: &mut [f32]) {
        let simd = self.simd;
        let mut interleaved = vec![[0.0_f32; ROWS]; self.inner];
        for (left, output) in left.chunks(ROWS * self.inner).zip(output.chunks_mut(ROWS * self.columns)) {
            for (row, left) in left.chunks_exact(self.inner).enumerate() {
                for (values, value) in interleaved.iter_mut().zip(left) {
                    values[row] = *value;
                }
            }
            let firsts = (0..self.columns).step_by(WIDTH * S::F32_LANES);
            for (panel, first) in self.values.chunks_exact(self.inner).zip(firsts) {
                let mut sums = [[simd.splat_f32s(0.0); WIDTH]; ROWS];
                for (weights, values) in panel.iter().zip(&interleaved) {
                    for row in 0..ROWS {
                        let value = simd.splat_f32s(values[row]);
                        for vector in 0..WIDTH {
                            sums[row][vector] = simd.mul_add_f32s(value, weights[vector], sums[row][vector]);
                        }
                    }
                }
                for (sums, output) in sums.into_iter().zip(output.chunks_exact_mut(self.columns)) {
                    for (sum, output) in sums.into_iter().zip(output[first..].chunks_mut(S::F32_LANES)) {
                        simd.partial_store_f32s(output, simd.add_f32s(sum, simd.partial_load_f32s(output)));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulp::{Arch, WithSimd};

    use super::*;

    struct Product<'a> {
        inner: usize,
        columns: usize,
        left: &'a [f32],
        output: &'a mut [f32],
    }

    fn matrix(row: usize, column: usize) -> f32 {
        ((row * 5 + column * 3) % 11) as f32 - 5.0
    }

    impl WithSimd for Product<'_> {
        type Output = ();

        fn with_simd<S: Simd>(self, simd: S) {
            Panels::new(simd, self.inner, self.columns, matrix).accumulate(self.left, self.output);
        }
    }

    proptest! {
        #[test]
        fn product_is_exact_on_whole_numbers(rows in 1_usize..11, inner in 1_usize..40, columns in 1_usize..80) {
            let left = (0..rows * inner).map(|i| (i % 7) as f32 - 3.0).collect::<Vec<_>>();
            let mut output = vec![1.0; rows * columns];
            Arch::new().dispatch(Product { inner, columns, left: &left, output: &mut output });
            for row in 0..rows {
                for column in 0..columns {
                    let expected: f32 = (0..inner).map(|i| left[row * inner + i] * matrix(i, column)).sum();
                    prop_assert_eq!(output[row * columns + column], 1.0 + expected);
                }
            }
        }
    }
}
