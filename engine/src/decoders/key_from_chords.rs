//! The key, from what a chord network says, where no key network listens.
//!
//! Every chord speaks for the keys in which it is common and against those in which it is rare: the observation model
//! of key finders that follow chords with a hidden Markov model (Noland and Sandler, *Key estimation using a hidden
//! Markov model*, ISMIR 2006; Papadopoulos and Peeters, *Local key estimation based on harmonic and metric structures*,
//! DAFx 2009). How common a chord is on each degree follows what is counted in songs (de Clercq and Temperley, *A corpus
//! analysis of rock harmony*, Popular Music 30, 2011, and the annotations of POP909), rounded, with the dominant of the
//! minor key and the usual borrowed chords. What comes out goes through the decoder of keys,
//! [`KEYS`](super::segments::KEYS), as a key network's probabilities do. No latency; runs on the audio thread, once a
//! hop.

use attacca_models::{
    description::DecoderSettings,
    vocabulary::{CHORD_CLASSES, ChordClass, ChordQuality, KEY_CLASSES, KeyClass, Mode},
};
use pulp::{Arch, NullaryFnOnce};

/// How keys that are read from chords are decoded. The slope was fitted to rendered songs, with the chord network that
/// ships.
pub const SETTINGS: DecoderSettings =
    DecoderSettings { threshold: 0.5, calibration_slope: 0.6, calibration_offset: 0.0, time_correction_seconds: 0.0 };

/// What a seventh or sixth that is not in the key leaves of a chord's weight.
const FOREIGN_SEVENTH: f32 = 0.3;

/// Shares of chords by the degree of their root, in semitones over the tonic. What is never counted is rare and not
/// impossible.
struct Degrees {
    /// Chords with a major third.
    major: [f32; 12],
    /// Chords with a minor third and a perfect fifth.
    minor: [f32; 12],
    /// Chords with a minor third and a diminished fifth.
    diminished: [f32; 12],
    /// The notes of the scale; both sevenths in minor.
    scale: [bool; 12],
}

const IN_MAJOR: Degrees = Degrees {
    major: [0.3, 0.005, 0.015, 0.009, 0.013, 0.163, 0.004, 0.223, 0.011, 0.013, 0.023, 0.004],
    minor: [0.007, 0.004, 0.103, 0.004, 0.088, 0.013, 0.004, 0.009, 0.004, 0.153, 0.004, 0.005],
    diminished: [0.005, 0.007, 0.007, 0.005, 0.005, 0.005, 0.009, 0.005, 0.005, 0.005, 0.005, 0.023],
    scale: scale([0, 2, 4, 5, 7, 9, 11, 11]),
};

const IN_MINOR: Degrees = Degrees {
    major: [0.024, 0.008, 0.005, 0.119, 0.004, 0.024, 0.004, 0.087, 0.14, 0.004, 0.15, 0.004],
    minor: [0.34, 0.004, 0.005, 0.004, 0.005, 0.119, 0.004, 0.087, 0.004, 0.004, 0.005, 0.004],
    diminished: [0.005, 0.005, 0.019, 0.005, 0.005, 0.005, 0.005, 0.005, 0.005, 0.008, 0.005, 0.024],
    scale: scale([0, 2, 3, 5, 7, 8, 10, 11]),
};

const fn scale(notes: [usize; 8]) -> [bool; 12] {
    let mut scale = [false; 12];
    let mut index = 0;
    while index < notes.len() {
        scale[notes[index]] = true;
        index += 1;
    }
    scale
}

impl Degrees {
    /// How common a chord is with its root `degree` semitones over the tonic.
    fn weight(&self, degree: usize, quality: ChordQuality) -> f32 {
        use ChordQuality as Quality;
        let (major, minor) = (self.major[degree], self.minor[degree]);
        let triad = match quality {
            Quality::Diminished | Quality::HalfDiminishedSeventh | Quality::DiminishedSeventh => {
                self.diminished[degree]
            }
            Quality::Minor | Quality::MinorSeventh | Quality::MinorMajorSeventh => minor,
            Quality::Major | Quality::DominantSeventh | Quality::MajorSeventh | Quality::MajorSixth => major,
            // They leave the third open, or have no place of their own.
            Quality::Augmented | Quality::SuspendedSecond | Quality::SuspendedFourth | Quality::Power => major + minor,
        };
        let fourth_note = quality.intervals().get(3).map(|interval| (degree + usize::from(*interval)) % 12);
        if fourth_note.is_none_or(|note| self.scale[note]) { triad } else { triad * FOREIGN_SEVENTH }
    }
}

/// Which keys the chords of a hop speak for.
#[derive(Clone, Debug)]
pub struct KeyFromChords {
    /// For each chord class and key, how common the chord is there, over the mean of all keys: `[chord, key]`.
    likelihoods: Box<[[f32; KEY_CLASSES]]>,
    arch: Arch,
}

/// Chords asked for their keys, with the instructions that the processor has.
struct Asking<'a> {
    likelihoods: &'a [[f32; KEY_CLASSES]],
    chords: &'a [f32],
}

impl NullaryFnOnce for Asking<'_> {
    type Output = [f32; KEY_CLASSES];

    #[inline(always)]
    fn call(self) -> Self::Output {
        let mut keys = [0.0; KEY_CLASSES];
        for (&probability, likelihoods) in self.chords.iter().zip(self.likelihoods) {
            if probability.is_finite() {
                keys.iter_mut().zip(likelihoods).for_each(|(key, likelihood)| *key += probability * likelihood);
            }
        }
        let most = keys.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
        keys.map(|key| key / most)
    }
}

impl KeyFromChords {
    /// The table of all chords in all keys.
    pub fn new() -> Self {
        Self { likelihoods: (0..CHORD_CLASSES).map(likelihoods).collect(), arch: Arch::new() }
    }

    /// Takes the probabilities of the chord classes, and returns how probable the keys are by this hop alone, between 0
    /// and 1 for the most probable. What is not a number, or missing, says nothing.
    pub fn keys(&self, chords: &[f32]) -> [f32; KEY_CLASSES] {
        self.arch.dispatch(Asking { likelihoods: &self.likelihoods, chords })
    }
}

impl Default for KeyFromChords {
    fn default() -> Self {
        Self::new()
    }
}

/// How common a chord class is in each key, 1 in the mean; no chord is as common in all.
fn likelihoods(class: usize) -> [f32; KEY_CLASSES] {
    let Some(chord) = ChordClass::from_class(class) else { return [1.0; KEY_CLASSES] };
    let weights: [f32; KEY_CLASSES] = std::array::from_fn(|key| {
        KeyClass::from_class(key).map_or(0.0, |key| {
            let degree = usize::from((12 + chord.root - key.tonic) % 12);
            let degrees = if key.mode == Mode::Major { &IN_MAJOR } else { &IN_MINOR };
            degrees.weight(degree, chord.quality)
        })
    });
    let mean = weights.iter().sum::<f32>() / KEY_CLASSES as f32;
    weights.map(|weight| weight / mean)
}

#[cfg(test)]
mod tests {
    use attacca_models::vocabulary::{CHORD_LABELS, KEY_LABELS};

    use super::*;
    use crate::decoders::segments::{KEYS, SegmentDecoder};

    /// Frames of a chord: two seconds.
    const CHORD_FRAMES: u64 = 200;

    /// The probabilities of a network that is fairly sure of a chord, moved up by `semitones`.
    fn heard(label: &str, semitones: u8) -> Vec<f32> {
        let class = CHORD_LABELS.iter().position(|other| *other == label).unwrap();
        let moved = |chord: ChordClass| ChordClass { root: (chord.root + semitones) % 12, ..chord }.class();
        let mut probabilities = vec![0.2 / CHORD_CLASSES as f32; CHORD_CLASSES];
        probabilities[ChordClass::from_class(class).map_or(0, moved)] = 0.8;
        probabilities
    }

    /// The keys that are reported over a progression, with the seconds at which each is.
    fn keys_of(progression: &[&str], semitones: u8) -> Vec<(f64, &'static str)> {
        let table = KeyFromChords::new();
        let mut decoder = SegmentDecoder::new(&KEYS, SETTINGS);
        let frames = progression.iter().flat_map(|label| {
            let keys = table.keys(&heard(label, semitones));
            std::iter::repeat_n(keys, CHORD_FRAMES as usize)
        });
        let steps = (0..).zip(frames);
        steps.filter_map(|(n, keys)| Some((n as f64 / 100.0, KEY_LABELS[decoder.step(n, &keys)?.class]))).collect()
    }

    #[test]
    fn progressions_are_in_their_keys() {
        for (progression, key) in [
            (["C:maj", "F:maj", "G:7", "C:maj"], 0),
            (["D:min7", "G:7", "C:maj7", "C:maj7"], 0),
            (["C:maj", "G:maj", "A:min", "F:maj"], 0),
            (["C:min", "F:min", "G:7", "C:min"], 12),
            (["C:min", "G#:maj", "F:min", "G:min"], 12),
            (["D:hdim7", "G:7", "C:min", "C:min"], 12),
        ] {
            for semitones in 0..12 {
                let found = keys_of(&progression.repeat(2), semitones as u8);
                let expected = KEY_LABELS[(key + semitones) % 12 + key / 12 * 12];
                assert_eq!(found.last().map(|(_, key)| *key), Some(expected), "{progression:?}: {found:?}");
                assert_eq!(found.len(), 1, "it is said once: {found:?}");
            }
        }
    }

    #[test]
    fn a_cadence_tells_relative_keys_apart() {
        let shared = ["A:min", "F:maj", "C:maj", "D:min"];
        for (cadence, key) in [(["E:7", "A:min"], "A:min"), (["G:7", "C:maj"], "C:maj")] {
            let progression = [shared.as_slice(), &cadence, &shared, &cadence].concat();
            let found = keys_of(&progression, 0);
            assert_eq!(found.last().map(|(_, key)| *key), Some(key), "{found:?}");
        }
    }

    #[test]
    fn a_modulation_is_followed_and_a_borrowed_chord_is_none() {
        let home = ["C:maj", "A:min", "F:maj", "G:maj"].repeat(4);
        let away = ["D:maj", "B:min", "G:maj", "A:maj"].repeat(3);
        let found = keys_of(&[home.as_slice(), &away].concat(), 0);
        assert_eq!(found.iter().map(|(_, key)| *key).collect::<Vec<_>>(), ["C:maj", "D:maj"], "{found:?}");
        let changed = 2.0 * home.len() as f64;
        assert!((changed..changed + 12.0).contains(&found[1].0), "within six chords: {found:?}");
        let borrowing = [home.as_slice(), &["A#:maj", "F:min"], &home].concat();
        assert_eq!(keys_of(&borrowing, 0).len(), 1);
    }

    #[test]
    fn what_says_nothing_says_nothing() {
        assert!(keys_of(&["N"; 30], 0).is_empty());
        let table = KeyFromChords::new();
        for chords in [&[f32::NAN; CHORD_CLASSES][..], &[0.0; CHORD_CLASSES], &[]] {
            let keys = table.keys(chords);
            assert!(keys.iter().all(|key| *key == keys[0] && key.is_finite()), "{keys:?}");
        }
    }
}
