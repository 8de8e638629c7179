//! What the chord network said lately, for whoever asks whether the harmony has changed: chords change where bars begin.
//!
//! Of each frame the probability of every root, and of no chord, is kept for [`KEPT_FRAMES`] frames; nothing is decided.
//! Runs on the audio thread.

use attacca_models::vocabulary::{CHORD_CLASSES, ChordClass};

/// Frames for which the harmony is remembered: 3 s, more than a beat and a half at the slowest tempo.
pub const KEPT_FRAMES: usize = 320;

/// Twelve roots, C first, and no chord.
const ROOTS: usize = 13;
const NO_ROOT: usize = 12;

/// Frames that a mean needs at least.
const FEWEST_FRAMES: u64 = 5;

/// Mean probability of each root over a stretch of time, and of no chord.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanHarmony([f32; ROOTS]);

impl MeanHarmony {
    /// How much of the probability lies elsewhere than in `other`: 0 for the same harmony, 1 for another one.
    pub fn distance(&self, other: &Self) -> f32 {
        let shared: f32 = self.0.iter().zip(other.0).map(|(value, other)| value.min(other)).sum();
        (1.0 - shared).clamp(0.0, 1.0)
    }
}

/// The harmony of the last frames.
#[derive(Clone, Debug)]
pub struct RecentHarmony {
    frames: Box<[[f32; ROOTS]]>,
    root_of_class: [u8; CHORD_CLASSES],
    /// The newest frame that is known, and how many before it are without a gap; `None` before the first.
    newest: Option<(u64, u64)>,
}

impl RecentHarmony {
    /// Nothing heard yet.
    pub fn new() -> Self {
        let root = |class| ChordClass::from_class(class).map_or(NO_ROOT as u8, |chord| chord.root);
        Self {
            frames: vec![[0.0; ROOTS]; KEPT_FRAMES].into_boxed_slice(),
            root_of_class: std::array::from_fn(root),
            newest: None,
        }
    }

    /// Forgets everything it heard, keeping the buffer.
    pub fn reset(&mut self) {
        self.newest = None;
    }

    /// Takes the probabilities of all chord classes at a frame. Frames come in order; after a gap it starts anew.
    pub fn push(&mut self, frame: u64, probabilities: &[f32]) {
        let before = match self.newest {
            Some((newest, known)) if newest + 1 == frame => (known + 1).min(KEPT_FRAMES as u64 - 1),
            _ => 0,
        };
        self.newest = Some((frame, before));
        let roots = &mut self.frames[(frame % KEPT_FRAMES as u64) as usize];
        roots.fill(0.0);
        let heard = probabilities.iter().zip(self.root_of_class).filter(|(probability, _)| probability.is_finite());
        for (probability, root) in heard {
            roots[usize::from(root)] += probability;
        }
    }

    /// The mean over the frames from `from` to before `to`, as far as they are known; `None` where those are too few.
    pub fn mean(&self, from: f64, to: f64) -> Option<MeanHarmony> {
        let (newest, before) = self.newest?;
        let first = (from.max(0.0).round() as u64).max(newest - before);
        let end = (to.max(0.0).round() as u64).min(newest + 1);
        if end < first + FEWEST_FRAMES {
            return None;
        }
        let mut sum = [0.0; ROOTS];
        for frame in first..end {
            let roots = &self.frames[(frame % KEPT_FRAMES as u64) as usize];
            sum.iter_mut().zip(roots).for_each(|(sum, value)| *sum += value);
        }
        Some(MeanHarmony(sum.map(|sum| sum / (end - first) as f32)))
    }
}

impl Default for RecentHarmony {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use attacca_models::vocabulary::ChordQuality;

    use super::*;

    fn certain(root: u8, quality: ChordQuality) -> [f32; CHORD_CLASSES] {
        let mut probabilities = [0.0; CHORD_CLASSES];
        probabilities[ChordClass { root, quality }.class()] = 1.0;
        probabilities
    }

    #[test]
    fn another_root_is_a_change_and_another_quality_is_none() {
        let mut harmony = RecentHarmony::new();
        for frame in 100..200 {
            let chord = match frame {
                100..140 => certain(0, ChordQuality::Major),
                140..160 => certain(0, ChordQuality::DominantSeventh),
                _ => certain(5, ChordQuality::Major),
            };
            harmony.push(frame, &chord);
        }
        let mean = |from, to| harmony.mean(from, to).unwrap();
        assert_eq!(mean(100.0, 140.0).distance(&mean(140.0, 160.0)), 0.0);
        assert_eq!(mean(140.0, 160.0).distance(&mean(160.0, 200.0)), 1.0);
        assert_eq!(mean(150.0, 170.0).distance(&mean(160.0, 200.0)), 0.5);
    }

    #[test]
    fn only_what_is_known_counts() {
        let mut harmony = RecentHarmony::new();
        assert_eq!(harmony.mean(0.0, 50.0), None);
        (0..1000).for_each(|frame| harmony.push(frame, &certain(3, ChordQuality::Minor)));
        assert!(harmony.mean(990.0, 1200.0).is_some());
        assert_eq!(harmony.mean(996.0, 1200.0), None);
        assert_eq!(harmony.mean(100.0, 600.0), None, "forgotten");
        harmony.push(2000, &certain(3, ChordQuality::Minor));
        assert_eq!(harmony.mean(900.0, 1000.0), None, "before a gap");
    }
}
