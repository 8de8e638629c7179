//! Panel × vector: the heart of dense and recurrent layers.
//!
//! A panel stores `ROWS` values of one column after the other, so that each input is broadcast over whole vectors of
//! weights. Short panels keep several columns in flight, since one chain of dependent additions would leave most of
//! the machine idle.

use super::multiply_add;
use crate::kernels::{LANES, Start};

/// Product of a panel of `rows` rows (16, 32 or 64). `ACCUMULATORS` is the number of values that the registers of the
/// instruction set hold next to the operands: 32, 64 or 128.
#[inline(always)]
pub(in crate::kernels) fn panel_product<const FUSED: bool, const ACCUMULATORS: usize>(
    rows: usize,
    start: Start,
    panel: &[f32],
    input: &[f32],
    output: &mut [f32],
) {
    match (rows, ACCUMULATORS) {
        (64, 128) => product::<FUSED, 64, 2>(start, panel, input, output),
        (64, _) => product::<FUSED, 64, 1>(start, panel, input, output),
        (32, 128) => product::<FUSED, 32, 4>(start, panel, input, output),
        (32, 64) => product::<FUSED, 32, 2>(start, panel, input, output),
        (32, _) => product::<FUSED, 32, 1>(start, panel, input, output),
        (_, 128) => product::<FUSED, 16, 8>(start, panel, input, output),
        (_, 64) => product::<FUSED, 16, 4>(start, panel, input, output),
        _ => product::<FUSED, 16, 2>(start, panel, input, output),
    }
}

/// Adds the products of `COLUMNS` columns to their sums.
///
/// Loops over a single vector are unrolled into single operations before the compiler looks for vectors, and what it
/// then finds is ten times slower. Where a column is that short, the loop runs over all columns as one, with the inputs
/// spread out beforehand.
#[inline(always)]
fn accumulate<const FUSED: bool, const ROWS: usize, const COLUMNS: usize>(
    sums: &mut [[f32; ROWS]; COLUMNS],
    columns: &[[f32; ROWS]; COLUMNS],
    inputs: &[f32; COLUMNS],
) {
    if ROWS > LANES {
        for ((sum, column), &value) in sums.iter_mut().zip(columns).zip(inputs) {
            for (sum, &weight) in sum.iter_mut().zip(column) {
                *sum = multiply_add::<FUSED>(weight, value, *sum);
            }
        }
    } else {
        let spread = inputs.map(|value| [value; ROWS]);
        let operands = columns.as_flattened().iter().zip(spread.as_flattened());
        for (sum, (&weight, &value)) in sums.as_flattened_mut().iter_mut().zip(operands) {
            *sum = multiply_add::<FUSED>(weight, value, *sum);
        }
    }
}

#[inline(always)]
fn product<const FUSED: bool, const ROWS: usize, const COLUMNS: usize>(
    start: Start,
    panel: &[f32],
    input: &[f32],
    output: &mut [f32],
) {
    let mut sums = [[0.0; ROWS]; COLUMNS];
    let (mut columns, _) = panel.as_chunks::<ROWS>();
    let rows = output.len().min(ROWS);
    match start {
        Start::Bias => {
            if let Some((bias, rest)) = columns.split_first() {
                sums[0] = *bias;
                columns = rest;
            }
        }
        Start::Output => sums[0][..rows].copy_from_slice(&output[..rows]),
    }
    let (column_groups, last_columns) = columns.as_chunks::<COLUMNS>();
    let (input_groups, last_inputs) = input.as_chunks::<COLUMNS>();
    for (group, inputs) in column_groups.iter().zip(input_groups) {
        accumulate::<FUSED, ROWS, COLUMNS>(&mut sums, group, inputs);
    }
    for ((sum, column), &value) in sums.iter_mut().zip(last_columns).zip(last_inputs) {
        for (sum, &weight) in sum.iter_mut().zip(column) {
            *sum = multiply_add::<FUSED>(weight, value, *sum);
        }
    }
    let (first, others) = sums.split_at_mut(1);
    for other in others {
        for (total, &sum) in first[0].iter_mut().zip(other.iter()) {
            *total += sum;
        }
    }
    match output.first_chunk_mut::<ROWS>() {
        Some(whole) => *whole = first[0],
        None => output.copy_from_slice(&first[0][..rows]),
    }
}
