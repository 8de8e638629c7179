//! Panel × vector: the heart of dense and recurrent layers.
//!
//! A panel stores `ROWS` values of one column after the other, so that each input is broadcast over whole vectors of
//! weights. Short panels keep several columns in flight, since one chain of dependent additions would leave most of
//! the machine idle.

use super::multiply_add;
use crate::kernels::{LANES, Start};

/// Product of a panel of `rows` rows (16, 32 or 64). `ACCUMULATORS` is the number of values that the registers of the
/// instruction set hold next to the operands: 32, 64 or 128. A panel with more rows is run through more than once.
#[inline(always)]
pub(in crate::kernels) fn panel_product<const FUSED: bool, const ACCUMULATORS: usize>(
    rows: usize,
    start: Start,
    panel: &[f32],
    input: &[f32],
    output: &mut [f32],
) {
    match (rows, ACCUMULATORS) {
        (64, 128) => product::<FUSED, 64, 64, 2>(start, panel, input, output),
        (64, 64) => product::<FUSED, 64, 64, 1>(start, panel, input, output),
        (64, _) => product::<FUSED, 64, 32, 1>(start, panel, input, output),
        (32, 128) => product::<FUSED, 32, 32, 4>(start, panel, input, output),
        (32, 64) => product::<FUSED, 32, 32, 2>(start, panel, input, output),
        (32, _) => product::<FUSED, 32, 32, 1>(start, panel, input, output),
        (_, 128) => product::<FUSED, 16, 16, 8>(start, panel, input, output),
        (_, 64) => product::<FUSED, 16, 16, 4>(start, panel, input, output),
        _ => product::<FUSED, 16, 16, 2>(start, panel, input, output),
    }
}

/// The rows of a column that one pass works on.
#[inline(always)]
fn rows_of<const PANEL: usize, const ROWS: usize>(column: &[f32; PANEL], pass: usize) -> &[f32; ROWS] {
    &column.as_chunks().0[pass]
}

/// Adds the products of one column to a sum.
#[inline(always)]
fn add_column<const FUSED: bool, const ROWS: usize>(sum: &mut [f32; ROWS], column: &[f32; ROWS], input: f32) {
    for (sum, &weight) in sum.iter_mut().zip(column) {
        *sum = multiply_add::<FUSED>(weight, input, *sum);
    }
}

/// Adds the products of `COLUMNS` columns to their sums.
///
/// Loops over a single vector are unrolled into single operations before the compiler looks for vectors, and what it
/// then finds is ten times slower. Where a column is that short, the loop runs over all columns as one, with the inputs
/// spread out beforehand.
#[inline(always)]
fn add_columns<const FUSED: bool, const PANEL: usize, const ROWS: usize, const COLUMNS: usize>(
    sums: &mut [[f32; ROWS]; COLUMNS],
    columns: &[[f32; PANEL]; COLUMNS],
    pass: usize,
    inputs: &[f32; COLUMNS],
) {
    if PANEL > LANES {
        for ((sum, column), &input) in sums.iter_mut().zip(columns).zip(inputs) {
            add_column::<FUSED, ROWS>(sum, rows_of(column, pass), input);
        }
    } else {
        let spread = inputs.map(|input| [input; PANEL]);
        let operands = columns.as_flattened().iter().zip(spread.as_flattened());
        for (sum, (&weight, &input)) in sums.as_flattened_mut().iter_mut().zip(operands) {
            *sum = multiply_add::<FUSED>(weight, input, *sum);
        }
    }
}

/// Product of a panel of `PANEL` rows, `ROWS` of them in each pass.
#[inline(always)]
fn product<const FUSED: bool, const PANEL: usize, const ROWS: usize, const COLUMNS: usize>(
    start: Start,
    panel: &[f32],
    input: &[f32],
    output: &mut [f32],
) {
    let (columns, _) = panel.as_chunks::<PANEL>();
    let (bias, columns) = match (start, columns.split_first()) {
        (Start::Bias, Some((bias, columns))) => (Some(bias), columns),
        _ => (None, columns),
    };
    let (column_groups, last_columns) = columns.as_chunks::<COLUMNS>();
    let (input_groups, last_inputs) = input.as_chunks::<COLUMNS>();
    for (pass, output) in (0..PANEL / ROWS).zip(output.chunks_mut(ROWS)) {
        let mut sums = [[0.0; ROWS]; COLUMNS];
        let rows = output.len();
        match bias {
            Some(bias) => sums[0] = *rows_of(bias, pass),
            None => sums[0][..rows].copy_from_slice(output),
        }
        for (group, inputs) in column_groups.iter().zip(input_groups) {
            add_columns::<FUSED, PANEL, ROWS, COLUMNS>(&mut sums, group, pass, inputs);
        }
        for ((sum, column), &input) in sums.iter_mut().zip(last_columns).zip(last_inputs) {
            add_column::<FUSED, ROWS>(sum, rows_of(column, pass), input);
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
}
