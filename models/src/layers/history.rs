//! The newest frames of a stream, always as one contiguous slice.
//!
//! Frame `n` goes to ring `n mod dilation`, so that frames `dilation` apart are neighbours; each ring stores every
//! frame twice, a ring's length apart, so that its window never wraps. A frame costs two copies, whatever the length.

/// `taps` frames, `dilation` apart, of `frame_values` values each; zero before the first frame.
#[derive(Clone, Debug)]
pub(super) struct History {
    frame_values: usize,
    taps: usize,
    dilation: usize,
    values: Vec<f32>,
    ring: usize,
    slot: usize,
}

impl History {
    /// An empty history.
    pub(super) fn new(taps: usize, dilation: usize, frame_values: usize) -> Self {
        let values = vec![0.0; 2 * taps * dilation * frame_values];
        Self { frame_values, taps, dilation, values, ring: 0, slot: 0 }
    }

    /// Makes room for a frame, whose values are those of a much older one until they are written.
    pub(super) fn advance(&mut self) {
        self.ring += 1;
        if self.ring == self.dilation {
            self.ring = 0;
            self.slot += 1;
            if self.slot == self.taps {
                self.slot = 0;
            }
        }
    }

    /// Writes part of the newest frame.
    pub(super) fn write(&mut self, offset: usize, part: &[f32]) {
        let first = (self.ring * 2 * self.taps + self.slot) * self.frame_values + offset;
        let second = first + self.taps * self.frame_values;
        self.values[first..first + part.len()].copy_from_slice(part);
        self.values[second..second + part.len()].copy_from_slice(part);
    }

    /// Takes a frame.
    pub(super) fn push(&mut self, frame: &[f32]) {
        self.advance();
        self.write(0, frame);
    }

    /// The newest frame and those before it, `dilation` apart: `[tap, value]`, oldest first.
    pub(super) fn window(&self) -> &[f32] {
        let start = (self.ring * 2 * self.taps + self.slot + 1) * self.frame_values;
        &self.values[start..start + self.taps * self.frame_values]
    }

    /// Forgets every frame.
    pub(super) fn reset(&mut self) {
        self.values.fill(0.0);
        self.ring = 0;
        self.slot = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::History;

    proptest! {
        #[test]
        fn window_holds_the_dilated_past(taps in 1usize..6, dilation in 1usize..5, frames in 1usize..60) {
            let mut history = History::new(taps, dilation, 2);
            for round in 0..2 {
                for frame in 0..frames {
                    history.push(&[frame as f32 + 1.0, -(frame as f32)]);
                    let expected: Vec<f32> = (0..taps)
                        .rev()
                        .flat_map(|tap| match frame.checked_sub(tap * dilation) {
                            Some(past) => [past as f32 + 1.0, -(past as f32)],
                            None => [0.0, 0.0],
                        })
                        .collect();
                    prop_assert_eq!(history.window(), &expected[..], "frame {} of round {}", frame, round);
                }
                history.reset();
            }
        }
    }
}
