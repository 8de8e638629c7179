//! A ring of samples whose newest part is always one slice. Audio thread once built.

/// The newest `capacity` samples. Each is written twice, `capacity` apart, so that no window ever wraps.
#[derive(Clone, Debug)]
pub(crate) struct MirroredRing {
    samples: Vec<f32>,
    capacity: usize,
    next: usize,
}

impl MirroredRing {
    /// A ring full of silence.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { samples: vec![0.0; 2 * capacity], capacity, next: 0 }
    }

    pub(crate) fn push(&mut self, sample: f32) {
        self.samples[self.next] = sample;
        self.samples[self.next + self.capacity] = sample;
        self.next += 1;
        if self.next == self.capacity {
            self.next = 0;
        }
    }

    /// The newest `count` samples, oldest first; no more than the capacity.
    pub(crate) fn newest(&self, count: usize) -> &[f32] {
        let end = self.next + self.capacity;
        &self.samples[end - count.min(self.capacity)..end]
    }

    pub(crate) fn reset(&mut self) {
        self.samples.fill(0.0);
        self.next = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newest_samples_never_wrap() {
        let mut ring = MirroredRing::new(5);
        let mut heard = vec![0.0; 5];
        for sample in 1..=17_u8 {
            ring.push(f32::from(sample));
            heard.push(f32::from(sample));
            for count in 0..=5 {
                assert_eq!(ring.newest(count), &heard[heard.len() - count..]);
            }
            assert_eq!(ring.newest(6), ring.newest(5));
        }
        ring.reset();
        assert_eq!(ring.newest(5), [0.0; 5]);
    }
}
