//! Harmonic styles: how a degree of a key becomes a chord.

use rand::Rng;

use super::{Key, MAJOR, MINOR, Random, pick, weighted};
use crate::score::Chord;

/// A harmonic style, drawn for a whole piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Triads, now and then a suspension or a bare fifth.
    Triads,
    /// Sevenths and sixths of the key.
    Sevenths,
    /// Every quality: chords of other keys, leading chords, altered ones.
    Rich,
}

/// Probability that the fifth degree of a minor key has a major third.
const RAISED_SEVENTH: f64 = 0.65;

/// Probability of an inversion.
const INVERTED: f64 = 0.15;

/// Chords borrowed from the minor key on the same tonic: semitones above the tonic, and the quality.
const BORROWED: [(u8, &str); 8] =
    [(5, "min"), (5, "min6"), (8, "maj"), (8, "maj7"), (10, "7"), (3, "maj"), (2, "hdim7"), (0, "min")];

/// Chords that lead to the next one: semitones above its root, and the quality.
const LEADING: [(u8, &str); 10] = [
    (7, "7"),
    (7, "9"),
    (7, "7(b9)"),
    (7, "aug(b7)"),
    (7, "sus4(b7)"),
    (11, "dim7"),
    (11, "dim7"),
    (11, "hdim7"),
    (11, "dim"),
    (1, "7(b5)"),
];

/// What a chord with a major third may be exchanged for (named twice, twice as often), with a minor third, and with a diminished fifth.
const MAJOR_COLOURS: [&str; 10] = ["maj7", "maj6", "maj9", "aug", "aug", "sus2", "sus4", "5", "7", "maj6(9)"];
const MINOR_COLOURS: [&str; 7] = ["min7", "minmaj7", "minmaj7", "min6", "min9", "5", "sus2"];
const DIMINISHED_COLOURS: [&str; 3] = ["dim", "dim7", "hdim7"];

impl Style {
    /// Draws a style.
    pub(super) fn draw(random: &mut Random) -> Self {
        [Self::Triads, Self::Sevenths, Self::Rich][weighted(&[0.35, 0.3, 0.35], random)]
    }

    /// A chord on a degree of a key, before the one on degree `next`.
    pub(super) fn chord(self, key: Key, degree: usize, next: usize, random: &mut Random) -> Chord {
        let plain = self.in_root_position(key, degree, next, random);
        if !random.random_bool(INVERTED) {
            return plain;
        }
        let inner = &plain.intervals[1..plain.intervals.len().min(4)];
        Chord { bass: (plain.root + pick(inner, random)) % 12, ..plain }
    }

    fn in_root_position(self, key: Key, degree: usize, next: usize, random: &mut Random) -> Chord {
        let seventh = match self {
            Self::Triads => false,
            Self::Sevenths => random.random_bool(0.85),
            Self::Rich => random.random_bool(0.5),
        };
        let mut chord = key.chord(degree, seventh);
        if degree == 4 && key.scale == MINOR && random.random_bool(RAISED_SEVENTH) {
            chord = changed(chord, if seventh { "7" } else { "maj" });
        }
        match self {
            Self::Triads if random.random_bool(0.12) => {
                let names = if is_diminished(chord) { &["dim"][..] } else { &["sus2", "sus4", "sus4", "5"][..] };
                changed(chord, pick(names, random))
            }
            Self::Sevenths if seventh && chord.intervals == [0, 4, 7, 11] && random.random_bool(0.25) => {
                changed(chord, "maj6")
            }
            Self::Rich => match weighted(&[0.3, 0.45, 0.17, 0.08], random) {
                0 => chord,
                1 => changed(chord, pick(colours(chord), random)),
                2 => above(key.chord(next, false).root, pick(&LEADING, random)).unwrap_or(chord),
                _ if key.scale == MAJOR => above(key.tonic, pick(&BORROWED, random)).unwrap_or(chord),
                _ => chord,
            },
            _ => chord,
        }
    }
}

fn colours(chord: Chord) -> &'static [&'static str] {
    if is_diminished(chord) {
        &DIMINISHED_COLOURS
    } else if chord.intervals.contains(&3) {
        &MINOR_COLOURS
    } else {
        &MAJOR_COLOURS
    }
}

fn is_diminished(chord: Chord) -> bool {
    chord.intervals.contains(&3) && chord.intervals.contains(&6)
}

fn changed(chord: Chord, quality: &str) -> Chord {
    Chord::new(chord.root, quality).unwrap_or(chord)
}

fn above(root: u8, (semitones, quality): (u8, &str)) -> Option<Chord> {
    Chord::new((root + semitones) % 12, quality)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn every_named_quality_is_known() {
        let named = BORROWED.iter().chain(&LEADING).map(|(_, quality)| *quality);
        for quality in named.chain(MAJOR_COLOURS).chain(MINOR_COLOURS).chain(DIMINISHED_COLOURS) {
            assert!(Chord::new(0, quality).is_some(), "{quality}");
        }
    }

    #[test]
    fn styles_keep_to_their_chords() {
        let mut random = Random::seed_from_u64(6);
        for _ in 0..400 {
            let key = Key::draw(&mut random);
            let triad = Style::Triads.chord(key, random.random_range(0..7), 0, &mut random);
            assert!(triad.intervals.len() <= 3, "{}", triad.label());
            assert!(triad.intervals.iter().any(|interval| (triad.root + interval) % 12 == triad.bass));
        }
    }

    #[test]
    fn leading_chords_lead_to_the_next_degree() {
        let key = Key { tonic: 0, scale: MAJOR };
        let mut random = Random::seed_from_u64(3);
        let labels: Vec<String> = (0..1000).map(|_| Style::Rich.chord(key, 0, 1, &mut random).label()).collect();
        for expected in ["A:7", "C#:dim7", "D#:7(b5)"] {
            assert!(labels.iter().any(|label| label == expected), "{expected}");
        }
    }
}
