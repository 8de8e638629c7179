//! The filters of a two-dimensional convolution in the layout that the kernels read: blocks of [`FILTERS`] filters,
//! their weights interleaved tap after tap.

use super::{FILTERS, FilterBlock, Kernels, aligned::AlignedValues};
use crate::layers::UnitCost;

/// Filters that all read the same taps of one frame of context.
#[derive(Clone)]
pub(crate) struct PackedFilters {
    kernels: &'static Kernels,
    bands: usize,
    offsets: Vec<usize>,
    /// `[block, tap][filter in block]`.
    weights: AlignedValues,
    bias: Vec<[f32; FILTERS]>,
}

impl PackedFilters {
    /// Packs `weights` `[filter, tap]` and `bias` `[filter]`; tap `t` reads the row of `bands` values that starts at
    /// `offsets[t]`.
    pub(crate) fn new(
        kernels: &'static Kernels,
        bands: usize,
        offsets: Vec<usize>,
        weights: &[f32],
        bias: &[f32],
    ) -> Self {
        let taps = offsets.len();
        let blocks = bias.len().div_ceil(FILTERS);
        let mut packed = vec![[0.0; FILTERS]; blocks * taps];
        for (filter, row) in weights.chunks_exact(taps).enumerate() {
            for (tap, &weight) in row.iter().enumerate() {
                packed[filter / FILTERS * taps + tap][filter % FILTERS] = weight;
            }
        }
        let mut packed_bias = vec![[0.0; FILTERS]; blocks];
        for (filter, &value) in bias.iter().enumerate() {
            packed_bias[filter / FILTERS][filter % FILTERS] = value;
        }
        Self { kernels, bands, offsets, weights: AlignedValues::new(packed.as_flattened()), bias: packed_bias }
    }

    /// Number of blocks.
    pub(crate) fn block_count(&self) -> usize {
        self.bias.len()
    }

    /// What each block costs.
    pub(crate) fn block_cost(&self) -> UnitCost {
        let values = (self.offsets.len() * FILTERS) as u64;
        UnitCost { flops: 2 * values * self.bands as u64, weight_bytes: 4 * values }
    }

    /// Runs all blocks over the context; they write the output `[filter, band]`.
    pub(crate) fn run(&self, context: &[f32], output: &mut [f32]) {
        let rows = output.chunks_mut((FILTERS * self.bands).max(1));
        (0..self.block_count()).zip(rows).for_each(|(block, rows)| self.run_rows(block, context, rows));
    }

    /// Runs one block over the context; it writes its own rows of the output `[filter, band]`.
    pub(crate) fn run_block(&self, block: usize, context: &[f32], output: &mut [f32]) {
        let first = (block * FILTERS * self.bands).min(output.len());
        self.run_rows(block, context, &mut output[first..]);
    }

    fn run_rows(&self, block: usize, context: &[f32], rows: &mut [f32]) {
        let taps = self.offsets.len();
        let block = FilterBlock {
            offsets: &self.offsets,
            weights: &self.weights.as_slice().as_chunks().0[block * taps..(block + 1) * taps],
            bias: &self.bias[block],
        };
        (self.kernels.filter)(block, context, self.bands, rows);
    }
}
