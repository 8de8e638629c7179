//! The rows of a two-dimensional convolution: four filters at a time over blocks of bands.

use super::multiply_add;
use crate::kernels::{FILTERS, FilterBlock};

/// See [`Kernels::filter`](crate::kernels::Kernels::filter). `WIDE` is the number of bands whose four sums fill the
/// registers of the instruction set. What is left of a row is done `NARROW` bands at a time, the last of them from the
/// end of the row backwards: a few bands are computed twice, and every vector is whole.
#[inline(always)]
pub(in crate::kernels) fn filter<const FUSED: bool, const WIDE: usize, const NARROW: usize>(
    block: FilterBlock<'_>,
    input: &[f32],
    bands: usize,
    output: &mut [f32],
) {
    if bands < NARROW {
        let sums = sums::<FUSED, NARROW>(block, input, 0);
        for (row, sum) in output.chunks_exact_mut(bands.max(1)).zip(&sums) {
            row.copy_from_slice(&sum[..bands]);
        }
        return;
    }
    let mut band = 0;
    while bands - band >= WIDE {
        store(&sums::<FUSED, WIDE>(block, input, band), band, bands, output);
        band += WIDE;
    }
    while band < bands {
        let first = band.min(bands - NARROW);
        store(&sums::<FUSED, NARROW>(block, input, first), first, bands, output);
        band += NARROW;
    }
}

/// The sums of `WIDTH` bands from `band`.
#[inline(always)]
fn sums<const FUSED: bool, const WIDTH: usize>(
    block: FilterBlock<'_>,
    input: &[f32],
    band: usize,
) -> [[f32; WIDTH]; FILTERS] {
    let mut sums = [[0.0; WIDTH]; FILTERS];
    for (sum, &bias) in sums.iter_mut().zip(block.bias) {
        *sum = [bias; WIDTH];
    }
    for (&offset, weights) in block.offsets.iter().zip(block.weights) {
        let Some(row) = input.get(offset + band..).and_then(|row| row.first_chunk::<WIDTH>()) else { break };
        for (sum, &weight) in sums.iter_mut().zip(weights) {
            for (sum, &value) in sum.iter_mut().zip(row) {
                *sum = multiply_add::<FUSED>(weight, value, *sum);
            }
        }
    }
    sums
}

/// Writes sums from `band` on to the rows of `bands` values that there are.
#[inline(always)]
fn store<const WIDTH: usize>(sums: &[[f32; WIDTH]; FILTERS], band: usize, bands: usize, output: &mut [f32]) {
    let mut rest = output;
    for sum in sums {
        let Some((row, following)) = rest.split_at_mut_checked(bands) else { return };
        if let Some(target) = row.get_mut(band..).and_then(|row| row.first_chunk_mut()) {
            *target = *sum;
        }
        rest = following;
    }
}
