//! Variations of an example in the domain of its features.
//!
//! Loudness, equalisation and a noise floor are factors on the magnitudes of bands and values added to them, and need no
//! audio. Nor does transposition where bands are pitches: the bands move. Over mel bands the whole spectrum is stretched,
//! pitch and formants at once, which makes other voices and other instruments. Two excerpts sound together where their
//! magnitudes are added, as those of unrelated sounds do but for their phases.

use attacca_models::{FrontEnd, front_end::MelFrontEnd};
use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::compose::Random;

/// Corners of the random equalisation curve, evenly spaced over the bands.
const CORNERS: usize = 5;

/// How each crop is varied; all zero is not at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Augmentation {
    /// Lowest and highest gain in dB.
    pub gain_db: [f64; 2],
    /// Largest boost or cut in dB at the corners of a random equalisation curve.
    pub equaliser_db: f64,
    /// Probability of a noise floor.
    pub noise: f64,
    /// Lowest and highest magnitude of that floor in a band, in dB relative to a full-scale sine.
    pub noise_db: [f64; 2],
    /// Lowest and highest transposition in semitones, targets included; for front ends whose bands are pitches.
    #[serde(default)]
    pub transpose_semitones: [i32; 2],
    /// Lowest and highest detuning in cents, targets left alone; for front ends with bands of a constant-Q transform.
    #[serde(default)]
    pub detune_cents: [f64; 2],
    /// Lowest and highest factor on all frequencies, targets left alone, `[0, 0]` for none; for mel front ends.
    #[serde(default)]
    pub stretch: [f64; 2],
    /// Probability that another excerpt sounds along; for voice, of which there is then what there is in either.
    #[serde(default)]
    pub overlay: f64,
    /// Lowest and highest gain of that excerpt in dB.
    #[serde(default)]
    pub overlay_db: [f64; 2],
}

/// How the bands of a front end move when the music is transposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PitchedBands {
    /// By so many bands a semitone; what comes in from outside is silence.
    Shift {
        /// Bands of a semitone.
        bands_per_semitone: usize,
    },
    /// Around the circle of pitch classes.
    Rotate,
}

impl PitchedBands {
    /// `None` where bands are no pitches, or not a whole number of them a semitone.
    pub(crate) fn of(front_end: &FrontEnd) -> Option<Self> {
        match front_end {
            FrontEnd::ConstantQ(constant_q) if constant_q.bins_per_octave.is_multiple_of(12) => {
                Some(Self::Shift { bands_per_semitone: constant_q.bins_per_octave / 12 })
            }
            FrontEnd::Chroma(_) => Some(Self::Rotate),
            FrontEnd::ConstantQ(_) | FrontEnd::Stft(_) | FrontEnd::Mel(_) => None,
        }
    }

    /// Moves the bands of one frame up. Pitch classes are not detuned.
    fn transpose(self, frame: &mut [f32], semitones: i32, cents: f64) {
        let count = frame.len();
        match self {
            Self::Rotate => frame.rotate_right(semitones.rem_euclid(12) as usize % count.max(1)),
            Self::Shift { bands_per_semitone } => {
                shift(frame, (f64::from(semitones) + cents / 100.0) * bands_per_semitone as f64);
            }
        }
    }
}

/// Moves the values of a frame up by so many places, or down; between places they are interpolated.
fn shift(frame: &mut [f32], places: f64) {
    let whole = places.floor();
    let fraction = (places - whole) as f32;
    let whole = whole as isize;
    let moved = |frame: &[f32], index: usize| {
        let value =
            |place: isize| usize::try_from(place).ok().and_then(|place| frame.get(place)).copied().unwrap_or(0.0);
        let from = index as isize - whole;
        // Without a fraction the value itself, whatever its neighbour is.
        if fraction == 0.0 { value(from) } else { (1.0 - fraction) * value(from) + fraction * value(from - 1) }
    };
    // In the order in which what is still to be read has not been written.
    if places >= 0.0 {
        (0..frame.len()).rev().for_each(|index| frame[index] = moved(frame, index));
    } else {
        (0..frame.len()).for_each(|index| frame[index] = moved(frame, index));
    }
}

/// Where each mel band of a stretched spectrum comes from: a place between the bands of the spectrum as it was.
#[derive(Clone, Debug)]
struct Stretch {
    places: Vec<f64>,
}

impl Stretch {
    /// Stretches all frequencies by `factor`; what is outside the bands is what the outermost band is.
    fn new(mel: &MelFrontEnd, factor: f64) -> Self {
        let place = |band: usize| {
            let centre_hz = mel.edge_hz((band + 1) as f64);
            (mel.edge_at(centre_hz / factor) - 1.0).clamp(0.0, (mel.bands - 1) as f64)
        };
        Self { places: (0..mel.bands).map(place).collect() }
    }

    fn apply(&self, frame: &mut [f32]) {
        let before = frame.to_vec();
        for (value, place) in frame.iter_mut().zip(&self.places) {
            let (band, fraction) = (*place as usize, place.fract() as f32);
            let next = before.get(band + 1).unwrap_or(&before[band]);
            *value = before[band] * (1.0 - fraction) + next * fraction;
        }
    }
}

/// The variation of one crop.
#[derive(Clone, Debug)]
pub(super) struct Variation {
    /// Transposition, upwards.
    pub(super) semitones: i32,
    cents: f64,
    bands: Option<PitchedBands>,
    stretch: Option<Stretch>,
    /// Factor on the magnitude of each band.
    gains: Vec<f32>,
    /// Mean magnitude of the noise of each band; empty without noise.
    noise: Vec<f32>,
}

impl Augmentation {
    /// Draws a variation for the frames of a front end.
    pub(super) fn draw(&self, front_end: &FrontEnd, random: &mut Random) -> Variation {
        let bands = front_end.shape().bands;
        let gain = uniform(self.gain_db, random);
        let curve = curve(self.equaliser_db, bands, random);
        let gains = curve.map(|db| amplitude(gain + db)).collect();
        let noise = if random.random_bool(self.noise) {
            let level = uniform(self.noise_db, random);
            self::curve(self.equaliser_db, bands, random).map(|db| amplitude(level + db)).collect()
        } else {
            Vec::new()
        };
        let [lowest, highest] = self.transpose_semitones;
        let semitones = if lowest < highest { random.random_range(lowest..=highest) } else { lowest };
        let [lowest, highest] = self.detune_cents;
        let cents = if lowest < highest { uniform([lowest, highest], random) } else { lowest };
        let stretch = match front_end {
            FrontEnd::Mel(mel) if self.stretch != [0.0; 2] => {
                let [lowest, highest] = self.stretch.map(f64::ln);
                Some(Stretch::new(mel, uniform([lowest, highest], random).exp()))
            }
            _ => None,
        };
        Variation { semitones, cents, bands: PitchedBands::of(front_end), stretch, gains, noise }
    }

    /// Draws whether another excerpt sounds along, and its gain.
    pub(super) fn draw_overlay(&self, random: &mut Random) -> Option<f32> {
        (self.overlay > 0.0 && random.random_bool(self.overlay)).then(|| amplitude(uniform(self.overlay_db, random)))
    }
}

impl Variation {
    /// Varies the magnitudes of one frame.
    pub(super) fn apply(&self, magnitudes: &mut [f32], random: &mut Random) {
        if let Some(bands) = self.bands {
            bands.transpose(magnitudes, self.semitones, self.cents);
        }
        if let Some(stretch) = &self.stretch {
            stretch.apply(magnitudes);
        }
        magnitudes.iter_mut().zip(&self.gains).for_each(|(magnitude, gain)| *magnitude *= gain);
        for (magnitude, noise) in magnitudes.iter_mut().zip(&self.noise) {
            *magnitude += noise * random.random_range(0.0..2.0_f32);
        }
    }
}

/// A random curve over the bands: straight lines between corners within ±`range`.
fn curve(range: f64, bands: usize, random: &mut Random) -> impl Iterator<Item = f64> + use<> {
    let corners: [f64; CORNERS] = std::array::from_fn(|_| uniform([-range, range], random));
    (0..bands).map(move |band| {
        let position = band as f64 / bands.max(2) as f64 * (CORNERS - 1) as f64;
        let (corner, fraction) = (position as usize, position.fract());
        corners[corner] * (1.0 - fraction) + corners[corner + 1] * fraction
    })
}

fn uniform([low, high]: [f64; 2], random: &mut Random) -> f64 {
    low + (high - low) * random.random::<f64>()
}

fn amplitude(db: f64) -> f32 {
    10.0_f64.powf(db / 20.0) as f32
}

#[cfg(test)]
mod tests {
    use attacca_models::front_end::{ChromaFrontEnd, ConstantQFrontEnd, MelScale, Scaling, StftFrontEnd};
    use rand::SeedableRng;

    use super::*;

    fn spectrum(bins: usize) -> FrontEnd {
        FrontEnd::Stft(StftFrontEnd { window_seconds: 0.02, bins, scaling: Scaling::LINEAR })
    }

    fn constant_q(bins_per_octave: usize) -> FrontEnd {
        FrontEnd::ConstantQ(ConstantQFrontEnd {
            minimum_hz: 32.7,
            bins_per_octave,
            octaves: 1,
            scaling: Scaling::LINEAR,
        })
    }

    fn transposed(front_end: &FrontEnd, semitones: i32, frame: &[f32]) -> Vec<f32> {
        let augmentation = Augmentation { transpose_semitones: [semitones; 2], ..Augmentation::default() };
        let random = &mut Random::seed_from_u64(3);
        let variation = augmentation.draw(front_end, random);
        let mut frame = frame.to_vec();
        variation.apply(&mut frame, random);
        frame
    }

    #[test]
    fn bins_move_with_the_pitch_and_silence_comes_in() {
        let ramp = (1..=24).map(|bin| bin as f32).collect::<Vec<_>>();
        let up = transposed(&constant_q(24), 2, &ramp);
        assert_eq!((&up[..5], up[23]), (&[0.0, 0.0, 0.0, 0.0, 1.0][..], 20.0));
        let down = transposed(&constant_q(24), -1, &ramp);
        assert_eq!((down[0], &down[21..]), (3.0, &[24.0, 0.0, 0.0][..]));
        assert_eq!(transposed(&constant_q(24), 12, &ramp), [0.0; 24]);
    }

    #[test]
    fn detuned_bins_lie_between_two() {
        let detuned = |cents: f64, frame: &[f32]| {
            let augmentation = Augmentation { detune_cents: [cents; 2], ..Augmentation::default() };
            let random = &mut Random::seed_from_u64(3);
            let variation = augmentation.draw(&constant_q(36), random);
            let mut frame = frame.to_vec();
            variation.apply(&mut frame, random);
            frame
        };
        // A third of a semitone is a band; half a band shares its value with a neighbour.
        let mut tone = [0.0; 36];
        tone[12] = 1.0;
        for (cents, expected) in
            [(50.0, [(13, 0.5), (14, 0.5)]), (-50.0, [(10, 0.5), (11, 0.5)]), (0.0, [(12, 1.0), (13, 0.0)])]
        {
            let moved = detuned(cents, &tone);
            for (place, value) in expected {
                assert!((moved[place] - value).abs() < 1e-6, "{cents}: {moved:?}");
            }
            assert!((moved.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn pitch_classes_rotate() {
        let chroma = FrontEnd::Chroma(ChromaFrontEnd {
            minimum_hz: 32.7,
            bins_per_octave: 36,
            octaves: 7,
            scaling: Scaling::LINEAR,
        });
        let ramp = (0..12).map(|class| class as f32).collect::<Vec<_>>();
        assert_eq!(transposed(&chroma, -2, &ramp)[10..], [0.0, 1.0]);
        assert_eq!(transposed(&chroma, 14, &ramp), transposed(&chroma, 2, &ramp));
    }

    #[test]
    fn bands_that_are_no_pitches_have_no_transposition() {
        assert_eq!(PitchedBands::of(&spectrum(10)), None);
        assert_eq!(PitchedBands::of(&constant_q(20)), None);
        assert_eq!(PitchedBands::of(&constant_q(36)), Some(PitchedBands::Shift { bands_per_semitone: 3 }));
    }

    #[test]
    fn a_stretched_spectrum_has_its_peak_at_the_stretched_frequency() {
        let mel = MelFrontEnd {
            window_seconds: 0.05,
            bands: 80,
            minimum_hz: 30.0,
            maximum_hz: 17_000.0,
            scale: MelScale::Htk,
            difference: false,
            whitening: None,
            harmonic_percussive: None,
            scaling: Scaling::LINEAR,
        };
        for (factor, band) in [(0.5, 60), (0.8, 40), (1.0, 3), (1.25, 40), (2.0, 20)] {
            let augmentation = Augmentation { stretch: [factor; 2], ..Augmentation::default() };
            let random = &mut Random::seed_from_u64(3);
            // A hump, so that there is a highest band wherever the middle of it comes to lie.
            let mut frame: Vec<f32> =
                (0..80).map(|other| (1.0 - 0.2 * (other as f32 - band as f32).abs()).max(0.0)).collect();
            augmentation.draw(&FrontEnd::Mel(mel.clone()), random).apply(&mut frame, random);
            let highest = frame.iter().enumerate().max_by(|one, other| one.1.total_cmp(other.1)).unwrap().0;
            let expected = mel.edge_at(mel.edge_hz(f64::from(band + 1)) * factor) - 1.0;
            assert!((highest as f64 - expected).abs() <= 1.0, "band {band} by {factor}: {highest}, not {expected}");
        }
    }

    #[test]
    fn a_gain_is_a_factor_on_every_band() {
        let random = &mut Random::seed_from_u64(3);
        let augmentation = Augmentation { gain_db: [-20.0, -20.0], ..Augmentation::default() };
        let mut frame = [0.0_f32, 1e-4, 0.01, 0.9];
        augmentation.draw(&spectrum(4), random).apply(&mut frame, random);
        for (value, expected) in frame.into_iter().zip([0.0, 1e-5, 0.001, 0.09]) {
            assert!((value - expected).abs() <= 1e-6 * expected, "{value}, not {expected}");
        }
    }

    #[test]
    fn nothing_changes_where_nothing_is_asked_for() {
        let random = &mut Random::seed_from_u64(3);
        let mut frame = [0.0_f32, 0.5, 6.0];
        Augmentation::default().draw(&spectrum(3), random).apply(&mut frame, random);
        assert_eq!(frame, [0.0, 0.5, 6.0]);
    }

    #[test]
    fn noise_lifts_silence_to_its_level() {
        let random = &mut Random::seed_from_u64(3);
        let augmentation = Augmentation { noise: 1.0, noise_db: [-40.0, -40.0], ..Augmentation::default() };
        let mut frame = vec![0.0_f32; 4000];
        augmentation.draw(&spectrum(frame.len()), random).apply(&mut frame, random);
        let mean = frame.iter().sum::<f32>() / frame.len() as f32;
        // The mean of 4,000 values uniform over [0, 0.02] is good to 0.01 / sqrt(3 · 4000), three times over.
        assert!((mean - 0.01).abs() < 3e-4, "{mean}");
    }
}
