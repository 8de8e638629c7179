//! Chord progressions.

use rand::Rng;

use super::{Random, pick, weighted};
use crate::score::{Chord, ChordSpan};

/// A key: tonic and scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Pitch class of the tonic.
    pub tonic: u8,
    /// Semitones of the scale's seven degrees.
    pub scale: [u8; 7],
}

const SCALES: [[u8; 7]; 5] = [
    [0, 2, 4, 5, 7, 9, 11],
    [0, 2, 3, 5, 7, 8, 10],
    [0, 2, 3, 5, 7, 9, 10],
    [0, 2, 4, 5, 7, 9, 10],
    [0, 1, 4, 5, 7, 8, 10],
];

/// Which degrees tend to follow a degree: rows from, columns to, after the usual functional order
/// (tonic → subdominant → dominant → tonic) with enough noise for everything else.
const FOLLOWS: [[f64; 7]; 7] = [
    [0.5, 1.0, 0.6, 2.0, 2.0, 1.5, 0.4],
    [0.6, 0.2, 0.4, 0.6, 3.0, 0.4, 0.4],
    [0.4, 0.6, 0.1, 1.6, 0.4, 1.8, 0.2],
    [2.0, 1.0, 0.4, 0.4, 2.2, 0.6, 0.4],
    [3.0, 0.3, 0.4, 1.0, 0.4, 1.4, 0.2],
    [0.6, 1.6, 0.6, 1.8, 1.2, 0.2, 0.3],
    [2.4, 0.2, 0.6, 0.4, 0.4, 0.8, 0.1],
];

impl Key {
    /// Draws a key.
    pub fn draw(random: &mut Random) -> Self {
        Self { tonic: random.random_range(0..12), scale: SCALES[weighted(&[4.0, 3.0, 1.0, 1.0, 0.3], random)] }
    }

    /// A key around a chord: major or minor by its third.
    pub fn around(chord: Chord) -> Self {
        Self { tonic: chord.root, scale: SCALES[usize::from(chord.intervals.contains(&3))] }
    }

    fn pitch(&self, degree: usize) -> u8 {
        self.scale[degree % 7] + 12 * (degree / 7) as u8
    }

    /// The chord on a degree (0 to 6), with its seventh if `seventh`.
    pub fn chord(&self, degree: usize, seventh: bool) -> Chord {
        let root = self.pitch(degree);
        let above = |steps: usize| self.pitch(degree + steps) - root;
        let quality = match (above(2), above(4), seventh.then(|| above(6))) {
            (4, 7, Some(11)) => "maj7",
            (4, 7, Some(_)) => "7",
            (3, 7, Some(_)) => "min7",
            (3, 6, Some(_)) => "hdim7",
            (3, 7, None) => "min",
            (3, 6, None) => "dim",
            (4, 8, _) => "aug",
            _ => "maj",
        };
        let root = (self.tonic + root) % 12;
        Chord::new(root, quality).unwrap_or(Chord { root, bass: root, intervals: &[0, 4, 7] })
    }
}

/// Draws a progression of `bars` bars of `beats_per_bar` beats, repeating itself every 4 or 8 bars as songs do.
pub fn progression(key: Key, bars: usize, beats_per_bar: u8, random: &mut Random) -> Vec<ChordSpan> {
    let bar = f64::from(beats_per_bar);
    let cycle = pick(&[4, 4, 8], random);
    let sevenths = pick(&[0.0, 0.1, 0.8], random);
    let split = pick(&[0.0, 0.1, 0.4], random);
    let mut degree = pick(&[0, 0, 0, 5, 3, 1], random);
    let mut pattern = Vec::new();
    for index in 0..cycle {
        let halves = if beats_per_bar >= 4 && random.random_bool(split) { 2 } else { 1 };
        for half in 0..halves {
            let mut chord = key.chord(degree, random.random_bool(sevenths));
            if random.random_bool(0.08) {
                chord.bass = (chord.root + chord.intervals[1]) % 12;
            } else if random.random_bool(0.06) {
                chord = Chord::new(chord.root, pick(&["sus2", "sus4", "5"], random)).unwrap_or(chord);
            }
            let first = (bar / 2.0).ceil();
            let (start, length) = match (halves, half) {
                (1, _) => (0.0, bar),
                (_, 0) => (0.0, first),
                _ => (first, bar - first),
            };
            pattern.push(ChordSpan { start: index as f64 * bar + start, length, chord });
            degree = weighted(&FOLLOWS[degree], random);
        }
    }
    let cycle_beats = cycle as f64 * bar;
    let lift_from = if random.random_bool(0.15) { bars * 2 / 3 / cycle * cycle } else { bars };
    let lift = pick(&[1, 2, 5], random);
    (0..bars.div_ceil(cycle))
        .flat_map(|turn| {
            pattern.iter().map(move |span| ChordSpan { start: span.start + turn as f64 * cycle_beats, ..*span })
        })
        .filter(|span| span.start < bars as f64 * bar)
        .map(|span| {
            let lifted = span.start >= lift_from as f64 * bar;
            ChordSpan { chord: if lifted { span.chord.transposed(lift) } else { span.chord }, ..span }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn degrees_of_a_major_key_have_their_usual_chords() {
        let key = Key { tonic: 0, scale: SCALES[0] };
        let name = |degree, seventh| key.chord(degree, seventh).intervals;
        assert_eq!(name(0, false), &[0, 4, 7]);
        assert_eq!(name(1, true), &[0, 3, 7, 10]);
        assert_eq!(name(4, true), &[0, 4, 7, 10]);
        assert_eq!(name(6, false), &[0, 3, 6]);
        assert_eq!(key.chord(6, false).root, 11);
    }

    #[test]
    fn a_progression_covers_every_beat_once() {
        let mut random = Random::seed_from_u64(11);
        for beats_per_bar in 2..=7 {
            let spans = progression(Key::draw(&mut random), 13, beats_per_bar, &mut random);
            let mut beat = 0.0;
            for span in &spans {
                assert_eq!(span.start, beat);
                beat += span.length;
            }
            assert_eq!(beat, 13.0 * f64::from(beats_per_bar));
        }
    }
}
