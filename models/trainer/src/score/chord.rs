//! Chords: pitch classes over a root.

use attacca_models::vocabulary::{KeyClass, Mode, PITCH_CLASSES};

use super::{BeatGrid, TimedChord};

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

/// Chord qualities in Harte's shorthand (Harte et al., ISMIR 2005), the ones that music uses often.
const QUALITIES: [(&str, &[u8]); 24] = [
    ("maj", &[0, 4, 7]),
    ("min", &[0, 3, 7]),
    ("dim", &[0, 3, 6]),
    ("aug", &[0, 4, 8]),
    ("maj7", &[0, 4, 7, 11]),
    ("min7", &[0, 3, 7, 10]),
    ("7", &[0, 4, 7, 10]),
    ("dim7", &[0, 3, 6, 9]),
    ("hdim7", &[0, 3, 6, 10]),
    ("minmaj7", &[0, 3, 7, 11]),
    ("maj6", &[0, 4, 7, 9]),
    ("min6", &[0, 3, 7, 9]),
    ("9", &[0, 4, 7, 10, 14]),
    ("maj9", &[0, 4, 7, 11, 14]),
    ("min9", &[0, 3, 7, 10, 14]),
    ("7(b9)", &[0, 4, 7, 10, 13]),
    ("7(b5)", &[0, 4, 6, 10]),
    ("aug(b7)", &[0, 4, 8, 10]),
    ("aug(7)", &[0, 4, 8, 11]),
    ("sus4(b7)", &[0, 5, 7, 10]),
    ("maj6(9)", &[0, 4, 7, 9, 14]),
    ("sus2", &[0, 2, 7]),
    ("sus4", &[0, 5, 7]),
    ("5", &[0, 7]),
];

/// Names of the degrees above a root, a semitone apart.
const DEGREES: [&str; 12] = ["1", "b2", "2", "b3", "3", "4", "b5", "5", "b6", "6", "b7", "7"];

impl Chord {
    /// A chord in root position, from its root and Harte's name of its quality; `None` for an unknown quality.
    pub fn new(root: u8, quality: &str) -> Option<Self> {
        let (_, intervals) = QUALITIES.iter().find(|(name, _)| *name == quality)?;
        Some(Self { root: root % 12, bass: root % 12, intervals })
    }

    /// A chord in root position, from its root and the semitones above it, ascending from 0; `None` for intervals that
    /// no quality has.
    pub fn of_intervals(root: u8, intervals: &[u8]) -> Option<Self> {
        let (_, intervals) = QUALITIES.iter().find(|(_, known)| *known == intervals)?;
        Some(Self { root: root % 12, bass: root % 12, intervals })
    }

    /// Reads a label such as `F#:min7/b3`. Unusual additions and omissions in brackets are left out, an unknown quality
    /// falls back to its triad. `None` for no chord (`N`, `X`) and for what is no label.
    pub fn parse(label: &str) -> Option<Self> {
        let (body, inversion) = label.split_once('/').map_or((label, None), |(body, bass)| (body, Some(bass)));
        let (root, quality) = body.split_once(':').unwrap_or((body, "maj"));
        let root = pitch_class(root)?;
        let shorthand = quality.split('(').next().unwrap_or("maj");
        let triad = if shorthand.starts_with("min") { "min" } else { "maj" };
        let known = [quality, shorthand, triad].into_iter().find_map(|quality| Self::new(root, quality));
        let chord = known?;
        let bass = inversion.and_then(degree).map_or(root, |semitones| (root + semitones) % 12);
        Some(Self { bass, ..chord })
    }

    /// The chord's label in Harte's syntax, with its bass as a degree where that is not the root.
    pub fn label(&self) -> String {
        let quality =
            QUALITIES.iter().find(|(_, intervals)| *intervals == self.intervals).map_or("maj", |(name, _)| name);
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

/// Reads the name of a pitch class such as `F#` or `Gb`, 0 for C.
pub(crate) fn pitch_class(name: &str) -> Option<u8> {
    let mut letters = name.chars();
    let natural: i32 = match letters.next()? {
        'C' => 0,
        'D' => 2,
        'E' => 4,
        'F' => 5,
        'G' => 7,
        'A' => 9,
        'B' => 11,
        _ => return None,
    };
    letters
        .try_fold(natural, |sum, accidental| match accidental {
            '#' => Some(sum + 1),
            'b' => Some(sum - 1),
            _ => None,
        })
        .map(|sum| sum.rem_euclid(12) as u8)
}

/// Reads a degree of Harte's such as `b7`: its semitones above the root, within an octave.
pub(crate) fn degree(name: &str) -> Option<u8> {
    let number = name.trim_start_matches(['b', '#']);
    let natural: i32 = match number {
        "1" => 0,
        "2" | "9" => 2,
        "3" => 4,
        "4" | "11" => 5,
        "5" => 7,
        "6" | "13" => 9,
        "7" => 11,
        _ => return None,
    };
    let accidentals = &name[..name.len() - number.len()];
    let shift: i32 = accidentals.chars().map(|accidental| if accidental == '#' { 1 } else { -1 }).sum();
    Some((natural + shift).rem_euclid(12) as u8)
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
