//! Chords: pitch classes over a root.

use std::ops::RangeInclusive;

use attacca_models::vocabulary::{KeyClass, Mode, PITCH_CLASSES};

use super::{BeatGrid, TimedChord};
use crate::harte::{DEGREES, Degree, Label, SHORTHANDS, Shorthand, pitch_class};

/// A chord.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chord {
    /// Pitch class of the root, 0 for C.
    pub root: u8,
    /// Pitch class of the lowest note.
    pub bass: u8,
    /// Semitones above the root, ascending from 0.
    pub intervals: &'static [u8],
}

/// A chord that sounds over a stretch of beats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChordSpan {
    /// First beat.
    pub start: f64,
    /// Length in beats.
    pub length: f64,
    /// The chord.
    pub chord: Chord,
}

impl ChordSpan {
    /// The chord with its times on a grid, in which the span's beats are counted from beat `first`.
    pub fn timed(&self, grid: &BeatGrid, first: f64) -> TimedChord {
        let from = first + self.start;
        TimedChord { start: grid.time(from), end: grid.time(from + self.length), label: self.chord.label() }
    }
}

/// Fewest and most tones of a shorthand that is played as it is written: `1` is no chord, and elevenths and thirteenths
/// are thinned out.
const TONES: RangeInclusive<usize> = 2..=5;

/// Qualities that music uses often and that have no shorthand: a shorthand with one change.
const ALTERED: [(&str, &[u8]); 6] = [
    ("7(b9)", &[0, 4, 7, 10, 13]),
    ("7(b5)", &[0, 4, 6, 10]),
    ("aug(b7)", &[0, 4, 8, 10]),
    ("aug(7)", &[0, 4, 8, 11]),
    ("sus4(b7)", &[0, 5, 7, 10]),
    ("maj6(9)", &[0, 4, 7, 9, 14]),
];

/// The qualities that are played, and their semitones above the root.
fn qualities() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    let played = |shorthand: &&Shorthand| shorthand.agreed && TONES.contains(&shorthand.semitones.len());
    SHORTHANDS.iter().filter(played).map(|shorthand| (shorthand.name, shorthand.semitones)).chain(ALTERED)
}

impl Chord {
    /// A chord in root position, from its root and Harte's name of its quality; `None` for an unknown quality.
    pub fn new(root: u8, quality: &str) -> Option<Self> {
        let (_, intervals) = qualities().find(|(name, _)| *name == quality)?;
        Some(Self { root: root % 12, bass: root % 12, intervals })
    }

    /// A chord in root position, from its root and the semitones above it, ascending from 0; `None` for intervals that
    /// no quality has.
    pub fn of_intervals(root: u8, intervals: &[u8]) -> Option<Self> {
        let (_, intervals) = qualities().find(|(_, known)| *known == intervals)?;
        Some(Self { root: root % 12, bass: root % 12, intervals })
    }

    /// Reads a label in [Harte's syntax](crate::harte) such as `F#:min7/b3`. Unusual additions and omissions in brackets are left out, an unknown quality
    /// falls back to its triad. `None` for no chord (`N`, `X`) and for what is no label.
    pub fn parse(label: &str) -> Option<Self> {
        let label = Label::split(label);
        let quality = label.quality.unwrap_or("maj");
        let root = pitch_class(label.root)?;
        let shorthand = quality.split('(').next().unwrap_or("maj");
        let triad = if shorthand.starts_with("min") { "min" } else { "maj" };
        let known = [quality, shorthand, triad].into_iter().find_map(|quality| Self::new(root, quality));
        let chord = known?;
        let bass = label.bass.and_then(Degree::parse).map_or(root, |degree| (root + degree.folded()) % 12);
        Some(Self { bass, ..chord })
    }

    /// The chord's label in Harte's syntax, with its bass as a degree where that is not the root.
    pub fn label(&self) -> String {
        let quality = qualities().find(|(_, known)| *known == self.intervals).map_or("maj", |(name, _)| name);
        let over = (12 + self.bass - self.root) % 12;
        let bass = if over == 0 { String::new() } else { format!("/{}", DEGREES[usize::from(over)]) };
        format!("{}:{quality}{bass}", PITCH_CLASSES[usize::from(self.root % 12)])
    }

    /// The same chord `semitones` higher.
    pub fn transposed(self, semitones: u8) -> Self {
        Self { root: (self.root + semitones) % 12, bass: (self.bass + semitones) % 12, ..self }
    }

    /// The chord's keys within the octave above `lowest`, ascending.
    pub fn keys_above(&self, lowest: u8) -> Vec<u8> {
        let mut keys: Vec<u8> =
            self.intervals.iter().map(|interval| key_above(lowest, (self.root + interval) % 12)).collect();
        keys.sort_unstable();
        keys
    }
}

/// The lowest key of a pitch class that is not below `lowest`.
pub fn key_above(lowest: u8, pitch_class: u8) -> u8 {
    lowest + (12 + pitch_class - lowest % 12) % 12
}

/// Reads a key such as `Gb:maj` or `A:min`; `None` for what is no key.
pub fn parse_key(label: &str) -> Option<KeyClass> {
    let (tonic, mode) = label.split_once(':')?;
    let mode = match mode {
        "maj" => Mode::Major,
        "min" => Mode::Minor,
        _ => return None,
    };
    Some(KeyClass { tonic: pitch_class(tonic)?, mode })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read() {
        let chord = Chord::parse("F#:min7/b3").unwrap();
        assert_eq!((chord.root, chord.bass, chord.intervals), (6, 9, &[0, 3, 7, 10][..]));
        assert_eq!(Chord::parse("Cb:maj").unwrap().root, 11);
        assert_eq!(Chord::parse("G:sus4(b7)").unwrap().intervals, &[0, 5, 7, 10]);
        assert_eq!(Chord::parse("G:sus4(b9)").unwrap().intervals, &[0, 5, 7]);
        assert_eq!(Chord::parse("A:min11").unwrap().intervals, &[0, 3, 7]);
    }

    #[test]
    fn labels_are_written_as_they_are_read() {
        for label in ["C:maj", "F#:min7/b3", "A#:hdim7", "G:sus4", "D:maj/5", "E:aug(b7)", "B:7(b9)/3"] {
            assert_eq!(Chord::parse(label).unwrap().label(), label);
        }
    }

    #[test]
    fn no_chord_is_none() {
        for label in ["N", "X", "", "H:maj"] {
            assert!(Chord::parse(label).is_none(), "{label}");
        }
    }

    #[test]
    fn keys_lie_in_the_octave_above() {
        let keys = Chord::parse("A:min").unwrap().keys_above(55);
        assert_eq!(keys, vec![57, 60, 64]);
    }
}
