//! Causal convolution over time and frequency.
//!
//! Each row of the input is stored padded and, where the stride over bands is above 1, split by the band's residue
//! modulo the stride: the inputs of neighbouring outputs are then neighbours too, so that the kernel reads whole
//! vectors for every tap. The first unit of a hop stores the frame; each other one computes four filters.

use super::{Layer, UnitCost, history::History, linear::Linear};
use crate::{
    kernels::{Kernels, packed_filters::PackedFilters},
    layout::phase_values,
    shape::Shape,
};

/// The sizes of a convolution; see [`LayerSpec::Conv2d`](crate::LayerSpec::Conv2d).
#[derive(Clone, Copy, Debug)]
pub(super) struct Conv2dSizes {
    pub(super) input: Shape,
    pub(super) output: Shape,
    pub(super) kernel_frames: usize,
    pub(super) kernel_bands: usize,
    pub(super) dilation_frames: usize,
    pub(super) dilation_bands: usize,
    pub(super) stride_bands: usize,
    pub(super) padding_bands: usize,
}

/// Operations for each value that is stored, moved to its place and written twice.
const STORE_FLOPS: u64 = 12;

/// A causal two-dimensional convolution.
pub(super) struct Conv2d {
    sizes: Conv2dSizes,
    /// Values stored of a row for each residue of the band modulo the stride.
    phase_values: usize,
    history: History,
    /// One padded and split row.
    row: Vec<f32>,
    filters: PackedFilters,
}

impl Conv2d {
    /// `linear` has weights `[filter, channel, kernel frame, kernel band]`.
    pub(super) fn new(kernels: &'static Kernels, linear: &Linear, sizes: Conv2dSizes) -> Self {
        let reach = sizes.dilation_bands * (sizes.kernel_bands - 1);
        let phase_values = phase_values(sizes.output.bands, reach, sizes.stride_bands);
        let row_values = phase_values * sizes.stride_bands;
        let frame_values = row_values * sizes.input.channels;
        let mut offsets = Vec::with_capacity(linear.inputs());
        for channel in 0..sizes.input.channels {
            for frame in 0..sizes.kernel_frames {
                for tap in 0..sizes.kernel_bands {
                    let band = tap * sizes.dilation_bands;
                    let in_row = band % sizes.stride_bands * phase_values + band / sizes.stride_bands;
                    offsets.push(frame * frame_values + channel * row_values + in_row);
                }
            }
        }
        let filters = PackedFilters::new(kernels, sizes.output.bands, offsets, &linear.weights, &linear.bias);
        let history = History::new(sizes.kernel_frames, sizes.dilation_frames, frame_values);
        Self { sizes, phase_values, history, row: vec![0.0; row_values], filters }
    }

    fn store(&mut self, input: &[f32]) {
        let Conv2dSizes { input: Shape { bands, .. }, stride_bands, padding_bands, .. } = self.sizes;
        self.history.advance();
        for (channel, values) in input.chunks_exact(bands).enumerate() {
            let first_value = channel * self.row.len();
            if stride_bands == 1 {
                self.history.write(first_value + padding_bands, values);
                continue;
            }
            for (phase, split) in self.row.chunks_exact_mut(self.phase_values).enumerate() {
                // The first band of this phase that lies behind the padding.
                let first = padding_bands.saturating_sub(phase).div_ceil(stride_bands);
                let band = first * stride_bands + phase - padding_bands;
                let sources = values.get(band..).unwrap_or_default();
                let targets = split.get_mut(first..).unwrap_or_default();
                match stride_bands {
                    2 => take_every_second(sources, targets),
                    _ => targets
                        .iter_mut()
                        .zip(sources.iter().step_by(stride_bands))
                        .for_each(|(target, &value)| *target = value),
                }
            }
            self.history.write(first_value, &self.row);
        }
    }
}

/// The first source, the third and so on, as far as there are targets.
fn take_every_second(sources: &[f32], targets: &mut [f32]) {
    let (pairs, last) = sources.as_chunks::<2>();
    let (in_pairs, left) = targets.split_at_mut(pairs.len().min(targets.len()));
    in_pairs.iter_mut().zip(pairs).for_each(|(target, pair)| *target = pair[0]);
    left.iter_mut().zip(last).for_each(|(target, &value)| *target = value);
}

impl Layer for Conv2d {
    fn unit_count(&self) -> usize {
        1 + self.filters.block_count()
    }

    fn unit_cost(&self, unit: usize) -> UnitCost {
        match unit {
            0 => UnitCost { flops: STORE_FLOPS * self.sizes.input.len() as u64, weight_bytes: 0 },
            _ => self.filters.block_cost(),
        }
    }

    fn run_unit(&mut self, unit: usize, input: &[f32], output: &mut [f32]) {
        match unit.checked_sub(1) {
            None => self.store(input),
            Some(block) => self.filters.run_block(block, self.history.window(), output),
        }
    }

    fn step(&mut self, input: &[f32], output: &mut [f32]) {
        self.store(input);
        self.filters.run(self.history.window(), output);
    }

    fn reset(&mut self) {
        self.history.reset();
    }
}
