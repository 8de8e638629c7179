//! Panel × vector: the heart of dense and recurrent layers.
//!
//! A panel stores the values of one column after the other, so that each input is broadcast over whole vectors of
//! weights. Short panels keep several columns in flight, since one chain of dependent additions would leave most of
//! the machine idle.
//!
//! Sums are fixed arrays that never leave a function by a slice of unknown length: the compiler then holds them in
//! registers from the first column to the last.

use super::multiply_add;
use crate::{
    bfloat16,
    kernels::{LANES, Panel, Start},
};

/// See [`Kernels::product`](crate::kernels::Kernels::product). `ACCUMULATORS` is the number of values that the
/// registers of the instruction set hold next to the operands: 32, 64 or 128. `INPUTS` is the number of inputs whose
/// weights a value holds, 1 or 2. A panel with more rows than there are sums is stored and run in passes.
#[inline(always)]
pub(in crate::kernels) fn product<const FUSED: bool, const ACCUMULATORS: usize, const INPUTS: usize>(
    panels: &[Panel],
    values: &[f32],
    input: &[f32],
    output: &mut [f32],
) {
    for panel in panels {
        let last_row = output.len().min(panel.first_row + panel.rows);
        let (Some(values), Some(input), Some(output)) = (
            values.get(panel.first_value..panel.first_value + panel.values()),
            input.get(panel.first_input..panel.first_input + panel.inputs),
            output.get_mut(panel.first_row..last_row),
        ) else {
            continue;
        };
        let start = panel.start;
        let sums = ACCUMULATORS / INPUTS;
        match (panel.rows.min(sums), sums) {
            (128, _) => panel_product::<FUSED, INPUTS, 128, 1>(start, values, input, output),
            (64, 128) => panel_product::<FUSED, INPUTS, 64, 2>(start, values, input, output),
            (64, _) => panel_product::<FUSED, INPUTS, 64, 1>(start, values, input, output),
            (32, 128) => panel_product::<FUSED, INPUTS, 32, 4>(start, values, input, output),
            (32, 64) => panel_product::<FUSED, INPUTS, 32, 2>(start, values, input, output),
            (32, _) => panel_product::<FUSED, INPUTS, 32, 1>(start, values, input, output),
            (_, 128) => panel_product::<FUSED, INPUTS, 16, 8>(start, values, input, output),
            (_, 64) => panel_product::<FUSED, INPUTS, 16, 4>(start, values, input, output),
            (_, 32) => panel_product::<FUSED, INPUTS, 16, 2>(start, values, input, output),
            (_, _) => panel_product::<FUSED, INPUTS, 16, 1>(start, values, input, output),
        }
    }
}

/// Product of a panel that is stored in passes of `ROWS` rows, with `COLUMNS` columns in flight.
#[inline(always)]
fn panel_product<const FUSED: bool, const INPUTS: usize, const ROWS: usize, const COLUMNS: usize>(
    start: Start,
    values: &[f32],
    input: &[f32],
    output: &mut [f32],
) {
    let (columns, _) = values.as_chunks::<ROWS>();
    let columns_each = input.len().div_ceil(INPUTS) + usize::from(start == Start::Bias);
    for (columns, output) in columns.chunks_exact(columns_each.max(1)).zip(output.chunks_mut(ROWS)) {
        let rows = output.len();
        let mut part = [0.0; ROWS];
        let whole = match output.first_chunk_mut() {
            Some(whole) => whole,
            None => {
                part[..rows].copy_from_slice(output);
                &mut part
            }
        };
        let (first, columns) = match (start, columns.split_first()) {
            (Start::Bias, Some((bias, columns))) => (*bias, columns),
            _ => (*whole, columns),
        };
        *whole = rows_product::<FUSED, INPUTS, ROWS, COLUMNS>(first, columns, input);
        if rows < ROWS {
            output.copy_from_slice(&part[..rows]);
        }
    }
}

/// The sums of one pass, which start from `first`.
#[inline(always)]
fn rows_product<const FUSED: bool, const INPUTS: usize, const ROWS: usize, const COLUMNS: usize>(
    first: [f32; ROWS],
    columns: &[[f32; ROWS]],
    input: &[f32],
) -> [f32; ROWS] {
    if INPUTS == 2 && (COLUMNS == 1 || ROWS > LANES) {
        return pairs_product::<FUSED, ROWS>(first, columns, input);
    }
    let mut sums = [[0.0; ROWS]; COLUMNS];
    sums[0] = first;
    let (inputs, odd_input) = input.as_chunks::<INPUTS>();
    let (columns, odd_column) = columns.split_at(inputs.len().min(columns.len()));
    let (column_groups, last_columns) = columns.as_chunks::<COLUMNS>();
    let (input_groups, last_inputs) = inputs.as_chunks::<COLUMNS>();
    for (group, inputs) in column_groups.iter().zip(input_groups) {
        add_columns::<FUSED, INPUTS, ROWS, COLUMNS>(&mut sums, group, inputs);
    }
    for ((sum, column), inputs) in sums.iter_mut().zip(last_columns).zip(last_inputs) {
        add_column::<FUSED, INPUTS, ROWS>(sum, column, inputs);
    }
    if let (Some(column), Some(&input)) = (odd_column.first(), odd_input.first()) {
        let mut inputs = [0.0; INPUTS];
        inputs[0] = input;
        add_column::<FUSED, INPUTS, ROWS>(&mut sums[0], column, &inputs);
    }
    // In pairs, so that few additions wait for one another.
    let mut left = COLUMNS;
    while left > 1 {
        left /= 2;
        let (totals, others) = sums.split_at_mut(left);
        for (total, other) in totals.iter_mut().zip(others.iter().take(left)) {
            for (total, &value) in total.iter_mut().zip(other) {
                *total += value;
            }
        }
    }
    sums[0]
}

/// The sums of one pass where a value holds the weights of two inputs, which have sums of their own: with one for both, the
/// compiler wants more registers than there are. Two sums a row keep enough in flight without several columns. Panels of
/// a single vector go the other way, for the reason given at [`add_columns`].
#[inline(always)]
fn pairs_product<const FUSED: bool, const ROWS: usize>(
    first: [f32; ROWS],
    columns: &[[f32; ROWS]],
    input: &[f32],
) -> [f32; ROWS] {
    let (mut sums, mut others) = (first, [0.0; ROWS]);
    let (inputs, odd_input) = input.as_chunks::<2>();
    let (columns, odd_column) = columns.split_at(inputs.len().min(columns.len()));
    for (column, &[input, other]) in columns.iter().zip(inputs) {
        for (sum, &pair) in sums.iter_mut().zip(column) {
            *sum = multiply_add::<FUSED>(bfloat16::first_of(pair), input, *sum);
        }
        for (sum, &pair) in others.iter_mut().zip(column) {
            *sum = multiply_add::<FUSED>(bfloat16::second_of(pair), other, *sum);
        }
    }
    if let (Some(column), Some(&input)) = (odd_column.first(), odd_input.first()) {
        for (sum, &pair) in sums.iter_mut().zip(column) {
            *sum = multiply_add::<FUSED>(bfloat16::first_of(pair), input, *sum);
        }
    }
    for (sum, &other) in sums.iter_mut().zip(&others) {
        *sum += other;
    }
    sums
}

/// Adds the products of a value, which holds the weights of its inputs, to a sum.
#[inline(always)]
fn add_value<const FUSED: bool, const INPUTS: usize>(sum: f32, value: f32, inputs: &[f32; INPUTS]) -> f32 {
    if INPUTS == 1 {
        multiply_add::<FUSED>(value, inputs[0], sum)
    } else {
        let sum = multiply_add::<FUSED>(bfloat16::first_of(value), inputs[0], sum);
        multiply_add::<FUSED>(bfloat16::second_of(value), inputs[1], sum)
    }
}

/// Adds the products of one column to a sum.
#[inline(always)]
fn add_column<const FUSED: bool, const INPUTS: usize, const ROWS: usize>(
    sum: &mut [f32; ROWS],
    column: &[f32; ROWS],
    inputs: &[f32; INPUTS],
) {
    for (sum, &value) in sum.iter_mut().zip(column) {
        *sum = add_value::<FUSED, INPUTS>(*sum, value, inputs);
    }
}

/// Adds the products of `COLUMNS` columns to their sums.
///
/// Loops over a single vector are unrolled into single operations before the compiler looks for vectors, and what it
/// then finds is ten times slower. Where a column is that short, the loop runs over all columns as one, with the inputs
/// spread out beforehand.
#[inline(always)]
fn add_columns<const FUSED: bool, const INPUTS: usize, const ROWS: usize, const COLUMNS: usize>(
    sums: &mut [[f32; ROWS]; COLUMNS],
    columns: &[[f32; ROWS]; COLUMNS],
    inputs: &[[f32; INPUTS]; COLUMNS],
) {
    if ROWS > LANES {
        for ((sum, column), inputs) in sums.iter_mut().zip(columns).zip(inputs) {
            add_column::<FUSED, INPUTS, ROWS>(sum, column, inputs);
        }
    } else {
        let spread = inputs.map(|inputs| [inputs; ROWS]);
        let operands = columns.as_flattened().iter().zip(spread.as_flattened());
        for (sum, (&value, inputs)) in sums.as_flattened_mut().iter_mut().zip(operands) {
            *sum = add_value::<FUSED, INPUTS>(*sum, value, inputs);
        }
    }
}
