//! A delay by whole frames.

/// Gives back every frame `frames` hops later; zeros before the first.
#[derive(Clone, Debug)]
pub(super) struct DelayLine {
    frame_values: usize,
    slots: usize,
    values: Vec<f32>,
    newest: usize,
}

impl DelayLine {
    /// A delay of `frames` frames of `frame_values` values each; 0 is none.
    pub(super) fn new(frames: usize, frame_values: usize) -> Self {
        let slots = frames + 1;
        Self { frame_values, slots, values: vec![0.0; slots * frame_values], newest: 0 }
    }

    /// Takes a frame and returns the delayed one.
    pub(super) fn push(&mut self, frame: &[f32]) -> &[f32] {
        self.newest = (self.newest + 1) % self.slots;
        let start = self.newest * self.frame_values;
        self.values[start..start + self.frame_values].copy_from_slice(frame);
        self.delayed()
    }

    /// The delayed frame.
    pub(super) fn delayed(&self) -> &[f32] {
        let start = (self.newest + 1) % self.slots * self.frame_values;
        &self.values[start..start + self.frame_values]
    }

    /// Forgets every frame.
    pub(super) fn reset(&mut self) {
        self.values.fill(0.0);
        self.newest = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::DelayLine;

    #[test]
    fn frames_come_back_late_and_zeros_first() {
        for frames in 0..5 {
            let mut delay = DelayLine::new(frames, 1);
            for _ in 0..2 {
                for now in 0..20usize {
                    let expected = now.checked_sub(frames).map_or(0.0, |past| past as f32 + 1.0);
                    assert_eq!(delay.push(&[now as f32 + 1.0]), [expected]);
                }
                delay.reset();
            }
        }
    }
}
