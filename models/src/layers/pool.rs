//! Pooling over windows of bands and of the newest frames.
//!
//! Bands are pooled as a frame arrives; the window over time is then read anew every hop, which costs the same every
//! hop and cannot drift as a running sum would.

use super::{Layer, UnitCost, history::History, spans::Spans};
use crate::{layer_spec::Reduction, shape::Shape};

/// Maximum or average over `bands` × `frames`.
pub(super) struct Pool {
    reduction: Reduction,
    bands: usize,
    frames: usize,
    input: Shape,
    pooled_bands: usize,
    spans: Spans,
    history: History,
    /// Frames of the window that have arrived.
    filled: usize,
    /// The pooled bands of one channel.
    row: Vec<f32>,
}

impl Pool {
    pub(super) fn new(reduction: Reduction, bands: usize, frames: usize, input: Shape) -> Self {
        let pooled_bands = input.bands / bands;
        Self {
            reduction,
            bands,
            frames,
            input,
            pooled_bands,
            spans: Spans::new(input.channels, input.bands + frames * pooled_bands),
            history: History::new(frames, 1, input.channels * pooled_bands),
            filled: 0,
            row: vec![0.0; pooled_bands],
        }
    }
}

impl Layer for Pool {
    fn unit_count(&self) -> usize {
        self.spans.count()
    }

    fn unit_cost(&self, unit: usize) -> UnitCost {
        let each = self.input.bands + self.frames * self.pooled_bands;
        UnitCost { flops: (self.spans.range(unit).len() * each) as u64, weight_bytes: 0 }
    }

    fn run_unit(&mut self, unit: usize, input: &[f32], output: &mut [f32]) {
        if unit == 0 {
            self.history.advance();
            self.filled = (self.filled + 1).min(self.frames);
        }
        let frame_values = self.input.channels * self.pooled_bands;
        for channel in self.spans.range(unit) {
            let offset = channel * self.pooled_bands;
            let windows = input[channel * self.input.bands..][..self.input.bands].chunks_exact(self.bands);
            self.row.iter_mut().zip(windows).for_each(|(pooled, window)| *pooled = reduce(self.reduction, window));
            self.history.write(offset, &self.row);
            let output = &mut output[offset..offset + self.pooled_bands];
            output.copy_from_slice(&self.row);
            // Frames before the first are left out, and the newest is in the output already.
            let window = self.history.window();
            for frame in self.frames - self.filled..self.frames - 1 {
                let past = &window[frame * frame_values + offset..][..self.pooled_bands];
                accumulate(self.reduction, output, past);
            }
            if self.reduction == Reduction::Average {
                let share = 1.0 / self.filled as f32;
                output.iter_mut().for_each(|value| *value *= share);
            }
        }
    }

    fn reset(&mut self) {
        self.history.reset();
        self.filled = 0;
    }
}

/// The maximum or average of a window.
pub(super) fn reduce(reduction: Reduction, window: &[f32]) -> f32 {
    match reduction {
        Reduction::Maximum => window.iter().copied().fold(f32::MIN, f32::max),
        Reduction::Average => window.iter().sum::<f32>() / window.len().max(1) as f32,
    }
}

fn accumulate(reduction: Reduction, totals: &mut [f32], values: &[f32]) {
    let pairs = totals.iter_mut().zip(values);
    match reduction {
        Reduction::Maximum => pairs.for_each(|(total, &value)| *total = if value > *total { value } else { *total }),
        Reduction::Average => pairs.for_each(|(total, &value)| *total += value),
    }
}
