//! Pitch classes: the bins of a constant-Q transform, folded into one octave.
//!
//! Audio thread once built; no latency of its own. Eq. 5 of Choi et al., *A Tutorial on Deep Learning for Music
//! Information Retrieval* (2017): the magnitudes of the bins of a pitch class are summed over all octaves. A semitone
//! of `n` bins hears the bin at its centre and those less than half a semitone away; where `n` is even, the bin
//! halfway between two semitones counts half for each.

/// Pitch classes of an octave: C, C♯, D … B.
const PITCH_CLASSES: usize = 12;

/// MIDI's number for the A of 440 Hz.
const A4_NOTE: f64 = 69.0;

/// Which pitch class each bin belongs to.
#[derive(Clone, Debug)]
pub(super) struct ChromaFold {
    lowest_pitch_class: usize,
    bins_per_semitone: usize,
}

impl ChromaFold {
    /// A fold of bins whose lowest is taken for the nearest semitone of A = 440 Hz. `bins_per_octave` is a multiple
    /// of 12.
    pub(super) fn new(minimum_hz: f64, bins_per_octave: usize) -> Self {
        let note = A4_NOTE + PITCH_CLASSES as f64 * (minimum_hz / 440.0).log2();
        Self {
            lowest_pitch_class: note.round().rem_euclid(PITCH_CLASSES as f64) as usize,
            bins_per_semitone: (bins_per_octave / PITCH_CLASSES).max(1),
        }
    }

    /// Sums the magnitudes `[bin]`, lowest first, into twelve pitch classes, C first.
    pub(super) fn apply(&self, magnitudes: &[f32], pitch_classes: &mut [f32]) {
        pitch_classes.fill(0.0);
        let mut add = |semitone: usize, magnitude: f32| {
            let pitch_class = (self.lowest_pitch_class + semitone) % PITCH_CLASSES;
            if let Some(sum) = pitch_classes.get_mut(pitch_class) {
                *sum += magnitude;
            }
        };
        for (semitone, bins) in magnitudes.chunks(self.bins_per_semitone).enumerate() {
            for (bin, &magnitude) in bins.iter().enumerate() {
                match (2 * bin).cmp(&self.bins_per_semitone) {
                    std::cmp::Ordering::Less => add(semitone, magnitude),
                    std::cmp::Ordering::Greater => add(semitone + 1, magnitude),
                    std::cmp::Ordering::Equal => {
                        add(semitone, 0.5 * magnitude);
                        add(semitone + 1, 0.5 * magnitude);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(minimum_hz: f64, bins_per_octave: usize, bin: usize) -> [f32; 12] {
        let mut magnitudes = vec![0.0; 2 * bins_per_octave];
        magnitudes[bin] = 1.0;
        let mut pitch_classes = [f32::NAN; 12];
        ChromaFold::new(minimum_hz, bins_per_octave).apply(&magnitudes, &mut pitch_classes);
        pitch_classes
    }

    fn only(entries: &[(usize, f32)]) -> [f32; 12] {
        let mut pitch_classes = [0.0; 12];
        entries.iter().for_each(|&(pitch_class, value)| pitch_classes[pitch_class] = value);
        pitch_classes
    }

    #[test]
    fn a_semitone_hears_the_three_bins_around_its_centre() {
        // From C1: bins 26, 27 and 28 are those of A, and so are they an octave higher.
        for bin in [26, 27, 28, 36 + 26, 36 + 27, 36 + 28] {
            assert_eq!(folded(32.70, 36, bin), only(&[(9, 1.0)]));
        }
        // The last bin of an octave belongs to the C above.
        for bin in [0, 1, 35, 71] {
            assert_eq!(folded(32.70, 36, bin), only(&[(0, 1.0)]));
        }
    }

    #[test]
    fn a_bin_between_two_semitones_counts_for_both() {
        assert_eq!(folded(32.70, 24, 19), only(&[(9, 0.5), (10, 0.5)]));
        assert_eq!(folded(32.70, 24, 23), only(&[(11, 0.5), (0, 0.5)]));
        assert_eq!(folded(32.70, 12, 11), only(&[(11, 1.0)]));
    }

    #[test]
    fn c_comes_first_wherever_the_bins_begin() {
        assert_eq!(folded(27.5, 36, 0), only(&[(9, 1.0)]));
        assert_eq!(folded(27.5, 36, 9), only(&[(0, 1.0)]));
        assert_eq!(folded(442.0, 12, 3), only(&[(0, 1.0)]));
    }
}
