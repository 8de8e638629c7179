//! The rows of a two-dimensional convolution: four filters at a time over blocks of bands.

use super::multiply_add;
use crate::kernels::{FILTERS, FilterBlock, LANES};

/// See [`Kernels::filter`](crate::kernels::Kernels::filter). `WIDE` is the number of bands whose four sums fill the
/// registers of the instruction set; what is left of a row is done [`LANES`] bands at a time.
#[inline(always)]
pub(in crate::kernels) fn filter<const FUSED: bool, const WIDE: usize>(
    block: FilterBlock<'_>,
    input: &[f32],
    bands: usize,
    output: &mut [f32],
) {
    let mut band = 0;
    while band + WIDE <= bands {
        bands_block::<FUSED, WIDE>(block, input, band, bands, output);
        band += WIDE;
    }
    while band < bands {
        bands_block::<FUSED, LANES>(block, input, band, bands, output);
        band += LANES;
    }
}

#[inline(always)]
fn bands_block<const FUSED: bool, const WIDTH: usize>(
    block: FilterBlock<'_>,
    input: &[f32],
    band: usize,
    bands: usize,
    output: &mut [f32],
) {
    let mut sums = [[0.0; WIDTH]; FILTERS];
    for (sum, &bias) in sums.iter_mut().zip(block.bias) {
        *sum = [bias; WIDTH];
    }
    for (&offset, weights) in block.offsets.iter().zip(block.weights) {
        let Some(row) = input.get(offset + band..).and_then(|row| row.first_chunk::<WIDTH>()) else { continue };
        for (sum, &weight) in sums.iter_mut().zip(weights) {
            for (sum, &value) in sum.iter_mut().zip(row) {
                *sum = multiply_add::<FUSED>(weight, value, *sum);
            }
        }
    }
    let valid = WIDTH.min(bands - band);
    for (row, sum) in output.chunks_exact_mut(bands).zip(&sums) {
        row[band..band + valid].copy_from_slice(&sum[..valid]);
    }
}
