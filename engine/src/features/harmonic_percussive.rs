//! Harmonic and percussive parts of magnitudes by median filters, the one over time causal. Audio thread once built; no
//! latency; at most as many steps a hop and band as the two windows are long. FitzGerald, *Harmonic/percussive separation
//! using median filtering*, DAFx 2010.

use attacca_models::front_end::HarmonicPercussive;

use super::median::{middle, replace};

/// Splits the magnitudes of frames.
#[derive(Clone, Debug)]
pub(super) struct MedianSplit {
    frames: usize,
    /// The newest frames, `[band, frame]` as a ring.
    recent: Vec<f32>,
    /// The same of each band in ascending order, `[band, frame]`.
    sorted: Vec<f32>,
    /// Where the ring's oldest frame is.
    oldest: usize,
    /// The bands around one band in ascending order.
    around: Vec<f32>,
}

impl MedianSplit {
    pub(super) fn new(sizes: HarmonicPercussive, bands: usize) -> Self {
        let values = sizes.frames * bands;
        Self {
            frames: sizes.frames,
            recent: vec![0.0; values],
            sorted: vec![0.0; values],
            oldest: 0,
            around: vec![0.0; sizes.bands],
        }
    }

    /// Frames of the median over time.
    pub(super) fn frames(&self) -> usize {
        self.frames
    }

    /// Hears the magnitudes `[band]` of the next frame and writes what is harmonic and what is percussive of them.
    pub(super) fn split(&mut self, magnitudes: &[f32], harmonic: &mut [f32], percussive: &mut [f32]) {
        let windows = self.recent.chunks_exact_mut(self.frames).zip(self.sorted.chunks_exact_mut(self.frames));
        for ((&magnitude, (recent, sorted)), steady) in magnitudes.iter().zip(windows).zip(harmonic.iter_mut()) {
            replace(sorted, recent[self.oldest], magnitude);
            recent[self.oldest] = magnitude;
            *steady = middle(sorted);
        }
        self.oldest = (self.oldest + 1) % self.frames;
        self.medians_around(magnitudes, percussive);
        for ((&magnitude, harmonic), percussive) in magnitudes.iter().zip(harmonic).zip(percussive) {
            let share = share(*harmonic, *percussive);
            *harmonic = magnitude * share;
            *percussive = magnitude * (1.0 - share);
        }
    }

    /// The median of the bands around each band.
    fn medians_around(&mut self, magnitudes: &[f32], medians: &mut [f32]) {
        let reach = self.around.len() / 2;
        let mirrored = |index: usize| mirrored(magnitudes, index, reach);
        self.around.iter_mut().enumerate().for_each(|(index, value)| *value = mirrored(index));
        self.around.sort_unstable_by(f32::total_cmp);
        for (band, median) in medians.iter_mut().enumerate() {
            if band > 0 {
                replace(&mut self.around, mirrored(band - 1), mirrored(band + 2 * reach));
            }
            *median = middle(&self.around);
        }
    }

    /// Back to before the first frame.
    pub(super) fn reset(&mut self) {
        self.recent.fill(0.0);
        self.sorted.fill(0.0);
        self.oldest = 0;
    }
}

/// The value at `index` of `values` with `reach` of them mirrored in front and behind: `… b a | a b c | c b …`.
fn mirrored(values: &[f32], index: usize, reach: usize) -> f32 {
    let from_start = index.checked_sub(reach).unwrap_or_else(|| reach - index - 1);
    let band = if from_start < values.len() { from_start } else { 2 * values.len() - 1 - from_start };
    values[band]
}

/// The share of a magnitude that is harmonic: `h² / (h² + p²)`, and half where neither median says anything.
fn share(harmonic: f32, percussive: f32) -> f32 {
    let largest = harmonic.max(percussive);
    if largest <= 0.0 {
        return 0.5;
    }
    // Relative to the larger one, whose square then neither overflows nor vanishes.
    let (harmonic, percussive) = (harmonic / largest, percussive / largest);
    harmonic * harmonic / (harmonic * harmonic + percussive * percussive)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(split: &mut MedianSplit, magnitudes: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let (mut harmonic, mut percussive) = (vec![0.0; magnitudes.len()], vec![0.0; magnitudes.len()]);
        split.split(magnitudes, &mut harmonic, &mut percussive);
        (harmonic, percussive)
    }

    #[test]
    fn masks_are_those_of_the_two_medians() {
        let mut medians = MedianSplit::new(HarmonicPercussive { frames: 3, bands: 3 }, 4);
        split(&mut medians, &[1.0, 0.0, 2.0, 0.0]);
        let (harmonic, percussive) = split(&mut medians, &[3.0, 1.0, 2.0, 4.0]);
        // Over time {0, 1, 3}, {0, 0, 1}, {0, 2, 2}, {0, 0, 4}; over bands {3, 3, 1}, {3, 1, 2}, {1, 2, 4}, {2, 4, 4}.
        let expected = [(1.0_f32, 3.0_f32), (0.0, 2.0), (2.0, 2.0), (0.0, 4.0)];
        for (band, (h, p)) in expected.into_iter().enumerate() {
            let magnitude = [3.0, 1.0, 2.0, 4.0][band];
            let share = h * h / (h * h + p * p);
            assert!((harmonic[band] - magnitude * share).abs() < 1e-6, "band {band}");
            assert!((percussive[band] - magnitude * (1.0 - share)).abs() < 1e-6, "band {band}");
        }
    }

    #[test]
    fn a_tone_becomes_harmonic_and_a_click_is_percussive() {
        let mut medians = MedianSplit::new(HarmonicPercussive { frames: 5, bands: 7 }, 20);
        let mut tone = [0.0; 20];
        tone[8] = 0.5;
        let shares: Vec<_> = (0..5).map(|_| split(&mut medians, &tone).0[8]).collect();
        // In the third of five frames the tone has the majority.
        assert_eq!(shares, [0.25, 0.25, 0.5, 0.5, 0.5]);
        let mut click = tone.map(|value| value + 0.3);
        let (harmonic, percussive) = split(&mut medians, &click);
        assert_eq!((harmonic[2], percussive[2]), (0.0, 0.3));
        assert!(harmonic[8] > percussive[8]);
        click.fill(0.0);
        assert_eq!(split(&mut medians, &click), (vec![0.0; 20], vec![0.0; 20]));
    }

    #[test]
    fn a_reset_forgets_what_was_steady() {
        let sizes = HarmonicPercussive { frames: 3, bands: 3 };
        let (mut used, mut fresh) = (MedianSplit::new(sizes, 3), MedianSplit::new(sizes, 3));
        for _ in 0..4 {
            split(&mut used, &[1.0, 5.0, 2.0]);
        }
        used.reset();
        for frame in [[0.5, 0.1, 0.0], [0.5, 0.2, 0.9], [0.0, 0.2, 0.7]] {
            assert_eq!(split(&mut used, &frame), split(&mut fresh, &frame));
        }
    }

    #[test]
    fn a_window_over_all_bands_is_mirrored_at_both_ends() {
        let values = [1.0, 2.0, 3.0];
        let all: Vec<_> = (0..5).map(|index| mirrored(&values, index, 1)).collect();
        assert_eq!(all, [1.0, 1.0, 2.0, 3.0, 3.0]);
    }
}
