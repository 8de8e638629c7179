//! A buffer of `f32` that starts on a cache line, so that no vector of packed weights straddles two.

use super::LANES;

/// One cache line.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; LANES]);

/// An immutable run of values, a multiple of [`LANES`] long, aligned to 64 bytes.
#[derive(Clone)]
pub(crate) struct AlignedValues {
    lines: Vec<Line>,
}

impl AlignedValues {
    /// Copies the values; a last incomplete line is filled with zeros.
    pub(crate) fn new(values: &[f32]) -> Self {
        let lines = values
            .chunks(LANES)
            .map(|chunk| {
                let mut line = Line([0.0; LANES]);
                line.0[..chunk.len()].copy_from_slice(chunk);
                line
            })
            .collect();
        Self { lines }
    }

    /// All values.
    pub(crate) fn as_slice(&self) -> &[f32] {
        // SAFETY: `Line` is `repr(C)` with a single array field that fills it entirely (64 bytes, its alignment), so
        // that the lines are contiguous initialised `f32`s; the borrow of `self` keeps them alive and unchanged.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.lines.len() * LANES) }
    }
}
