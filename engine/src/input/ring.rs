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

    /// Pushes all samples in order.
    pub(crate) fn extend(&mut self, samples: &[f32]) {
        let mut rest = samples;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(self.capacity - self.next));
            self.samples[self.next..][..now.len()].copy_from_slice(now);
            self.samples[self.next + self.capacity..][..now.len()].copy_from_slice(now);
            self.next = (self.next + now.len()) % self.capacity;
            rest = later;
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

    #[test]
    fn many_samples_are_as_good_as_one_by_one() {
        let samples: Vec<f32> = (0..40_u8).map(f32::from).collect();
        let (mut at_once, mut one_by_one) = (MirroredRing::new(7), MirroredRing::new(7));
        let mut rest = samples.as_slice();
        for length in [1, 0, 6, 8, 3, 14, 8] {
            let (now, later) = rest.split_at(length);
            at_once.extend(now);
            now.iter().for_each(|sample| one_by_one.push(*sample));
            assert_eq!(at_once.newest(7), one_by_one.newest(7));
            rest = later;
        }
        assert!(rest.is_empty());
    }
}
