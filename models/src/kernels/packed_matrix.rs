//! A matrix in the layout that the kernels read: 64-byte-aligned panels of rows, stored column after column.

use super::{Kernels, LANES, PANEL_ROWS, Panel, Start, aligned::AlignedValues};
use crate::layers::UnitCost;

/// Weights that one unit of work should read at most: a third of a first-level cache, about a quarter of a
/// microsecond from the second level.
pub(crate) const UNIT_WEIGHT_BYTES: usize = 16 << 10;

/// Rows of the tallest panel that holds only part of its rows' columns.
const LONG_PANEL_ROWS: usize = 64;

/// A matrix with an optional bias, cut into slices of about [`UNIT_WEIGHT_BYTES`] that can be run one by one.
#[derive(Clone)]
pub(crate) struct PackedMatrix {
    kernels: &'static Kernels,
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
        let panels = plan(rows, inputs, bias.is_some());
        let mut values = vec![0.0; panels.iter().map(Panel::values).sum()];
        for panel in &panels {
            let mut columns = values[panel.first_value..][..panel.values()].chunks_exact_mut(panel.rows);
            let valid = panel.rows.min(rows - panel.first_row);
            if let (Start::Bias, Some(bias)) = (panel.start, bias)
                && let Some(column) = columns.next()
            {
                column[..valid].copy_from_slice(&bias[panel.first_row..][..valid]);
            }
            for (input, column) in (panel.first_input..).zip(columns) {
                for (row, value) in (panel.first_row..).zip(&mut column[..valid]) {
                    *value = weights[row * inputs + input];
                }
            }
        }
        Self { kernels, inputs, slices: slices(&panels), panels, values: AlignedValues::new(&values) }
    }

    /// Number of slices; running all of them in order is one product.
    pub(crate) fn slice_count(&self) -> usize {
        self.slices.len()
    }

    /// What a slice costs.
    pub(crate) fn slice_cost(&self, slice: usize) -> UnitCost {
        let values = self.panels_of(slice).iter().map(|panel| panel.values() as u64).sum::<u64>();
        UnitCost { flops: 2 * values, weight_bytes: 4 * values }
    }

    /// Runs one slice on an input `[inputs]`; it writes its own rows of the output `[rows]`.
    pub(crate) fn run_slice(&self, slice: usize, input: &[f32], output: &mut [f32]) {
        debug_assert_eq!(input.len(), self.inputs);
        (self.kernels.product)(self.panels_of(slice), self.values.as_slice(), input, output);
    }

    /// All slices in order.
    pub(crate) fn run(&self, input: &[f32], output: &mut [f32]) {
        (self.kernels.product)(&self.panels, self.values.as_slice(), input, output);
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
fn plan(rows: usize, inputs: usize, with_bias: bool) -> Vec<Panel> {
    let mut panels = Vec::new();
    let (mut first_row, mut first_value) = (0, 0);
    while first_row < rows {
        let mut height = PANEL_ROWS;
        while height > LONG_PANEL_ROWS && height * inputs * size_of::<f32>() > UNIT_WEIGHT_BYTES {
            height /= 2;
        }
        while height > LANES && height > (rows - first_row).next_multiple_of(LANES) {
            height /= 2;
        }
        let longest = UNIT_WEIGHT_BYTES / size_of::<f32>() / height;
        let inputs_each = inputs.div_ceil(inputs.div_ceil(longest).max(1)).max(1);
        for first_input in (0..inputs).step_by(inputs_each) {
            let start = if with_bias && first_input == 0 { Start::Bias } else { Start::Output };
            let inputs = inputs_each.min(inputs - first_input);
            let panel = Panel { first_row, rows: height, first_input, inputs, first_value, start };
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
    let mut bytes = 0;
    for (index, panel) in panels.iter().enumerate() {
        let own = panel.values() * size_of::<f32>();
        match slices.last_mut() {
            Some((_, end)) if bytes + own <= UNIT_WEIGHT_BYTES => {
                *end = index + 1;
                bytes += own;
            }
            _ => {
                slices.push((index, index + 1));
                bytes = own;
            }
        }
    }
    slices
}
