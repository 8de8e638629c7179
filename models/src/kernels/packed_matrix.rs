//! A matrix in the layout that the kernels read: 64-byte-aligned panels of rows, read from the first value to the last.
//!
//! Where every weight is a number of 16 bits ([`bfloat16`](crate::bfloat16)), as those of shipped networks are, two of them
//! are stored where one would be: reading weights is what a product waits for.

use super::{Kernels, LANES, PANEL_ROWS, Panel, Product, Start, aligned::AlignedValues};
use crate::{bfloat16, layers::UnitCost};

/// Products that one unit of work should compute at most: about a quarter of a microsecond with weights from the second
/// cache. As `f32` they are a third of a first one.
const UNIT_PRODUCTS: usize = 4 << 10;

/// Rows of the tallest panel that holds only part of its rows' columns.
const LONG_PANEL_ROWS: usize = 64;

/// A matrix with an optional bias, cut into slices of about [`UNIT_PRODUCTS`] that can be run one by one.
#[derive(Clone)]
pub(crate) struct PackedMatrix {
    /// The kernel that reads what is stored.
    product: Product,
    inputs: usize,
    panels: Vec<Panel>,
    /// For each slice, the range of its panels.
    slices: Vec<(usize, usize)>,
    values: AlignedValues,
}

impl PackedMatrix {
    /// Packs `weights` `[rows, inputs]`. With a bias, a product replaces the output; without one, it adds to it.
    pub(crate) fn new(kernels: &'static Kernels, weights: &[f32], inputs: usize, bias: Option<&[f32]>) -> Self {
        let rows = weights.len() / inputs.max(1);
        let in_pairs = weights.iter().all(|&weight| bfloat16::is_one(weight));
        let inputs_in_value = if in_pairs { 2 } else { 1 };
        let panels = plan(rows, inputs, bias.is_some(), inputs_in_value);
        let mut values = vec![0.0; panels.iter().map(Panel::values).sum()];
        for panel in &panels {
            let rows_at_once = panel.rows.min(kernels.accumulators / inputs_in_value);
            let pass_values = panel.values() / panel.rows * rows_at_once;
            let passes = values[panel.first_value..][..panel.values()].chunks_exact_mut(pass_values);
            let inputs_of_panel = panel.first_input..panel.first_input + panel.inputs;
            let weight = |row: usize, input: usize| {
                if inputs_of_panel.contains(&input) { weights[row * inputs + input] } else { 0.0 }
            };
            let stored = |row: usize, input: usize| {
                if in_pairs { bfloat16::pair(weight(row, input), weight(row, input + 1)) } else { weight(row, input) }
            };
            for (first_row, pass) in (panel.first_row..rows).step_by(rows_at_once).zip(passes) {
                let valid = first_row..rows.min(first_row + rows_at_once);
                let mut columns = pass.chunks_exact_mut(rows_at_once);
                if let (Start::Bias, Some(bias)) = (panel.start, bias)
                    && let Some(column) = columns.next()
                {
                    column[..valid.len()].copy_from_slice(&bias[valid.clone()]);
                }
                for (input, column) in inputs_of_panel.clone().step_by(inputs_in_value).zip(columns) {
                    column.iter_mut().zip(valid.clone()).for_each(|(value, row)| *value = stored(row, input));
                }
            }
        }
        let product = if in_pairs { kernels.product_of_pairs } else { kernels.product };
        Self { product, inputs, slices: slices(&panels), panels, values: AlignedValues::new(&values) }
    }

    /// Number of slices; running all of them in order is one product.
    pub(crate) fn slice_count(&self) -> usize {
        self.slices.len()
    }

    /// What a slice costs.
    pub(crate) fn slice_cost(&self, slice: usize) -> UnitCost {
        let panels = self.panels_of(slice).iter();
        let (flops, values) = panels.fold((0, 0), |(flops, values), panel| {
            (flops + 2 * panel.products() as u64, values + panel.values() as u64)
        });
        UnitCost { flops, weight_bytes: size_of::<f32>() as u64 * values }
    }

    /// Runs one slice on an input `[inputs]`; it writes its own rows of the output `[rows]`.
    pub(crate) fn run_slice(&self, slice: usize, input: &[f32], output: &mut [f32]) {
        debug_assert_eq!(input.len(), self.inputs);
        (self.product)(self.panels_of(slice), self.values.as_slice(), input, output);
    }

    /// All slices in order.
    pub(crate) fn run(&self, input: &[f32], output: &mut [f32]) {
        (self.product)(&self.panels, self.values.as_slice(), input, output);
    }

    fn panels_of(&self, slice: usize) -> &[Panel] {
        let (first, end) = self.slices[slice];
        &self.panels[first..end]
    }
}

/// Cuts a matrix into panels that fit a unit of work. The panels are the same on every instruction set, and with them
/// the list of units.
///
/// Few panels are best, since sums are read and written once for each. Long ones are next: what does not fit into the
/// first cache is read fastest straight on.
fn plan(rows: usize, inputs: usize, with_bias: bool, inputs_in_value: usize) -> Vec<Panel> {
    let mut panels = Vec::new();
    let (mut first_row, mut first_value) = (0, 0);
    while first_row < rows {
        let mut height = PANEL_ROWS;
        while height > LONG_PANEL_ROWS && height * inputs > UNIT_PRODUCTS {
            height /= 2;
        }
        while height > LANES && height > (rows - first_row).next_multiple_of(LANES) {
            height /= 2;
        }
        let longest = UNIT_PRODUCTS / height;
        let inputs_each = inputs.div_ceil(inputs.div_ceil(longest).max(1)).next_multiple_of(inputs_in_value).max(1);
        for first_input in (0..inputs).step_by(inputs_each) {
            let start = if with_bias && first_input == 0 { Start::Bias } else { Start::Output };
            let inputs = inputs_each.min(inputs - first_input);
            let columns = inputs.div_ceil(inputs_in_value);
            let panel = Panel { first_row, rows: height, first_input, inputs, columns, first_value, start };
            first_value += panel.values();
            panels.push(panel);
        }
        first_row += height;
    }
    panels
}

/// Groups consecutive panels into slices.
fn slices(panels: &[Panel]) -> Vec<(usize, usize)> {
    let mut slices: Vec<(usize, usize)> = Vec::new();
    let mut products = 0;
    for (index, panel) in panels.iter().enumerate() {
        match slices.last_mut() {
            Some((_, end)) if products + panel.products() <= UNIT_PRODUCTS => {
                *end = index + 1;
                products += panel.products();
            }
            _ => {
                slices.push((index, index + 1));
                products = panel.products();
            }
        }
    }
    slices
}
