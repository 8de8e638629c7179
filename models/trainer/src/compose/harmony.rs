//! Chord progressions, and the keys they are in.

mod style;

use attacca_models::vocabulary::{KeyClass, Mode};
use rand::Rng;

use self::style::Style;
use super::{Random, pick, weighted};
use crate::score::{BeatGrid, Chord, ChordSpan, TimedKey};

/// A key: tonic and scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Pitch class of the tonic.
    pub tonic: u8,
    /// Semitones of the scale's seven degrees.
    pub scale: [u8; 7],
}

/// Chords over a stretch of bars, and their keys.
#[derive(Clone, Debug, PartialEq)]
pub struct Harmony {
    /// The chords, one after another without a gap.
    pub spans: Vec<ChordSpan>,
    /// The keys in beats, as start, end and key; empty where the chords leave the key open.
    pub keys: Vec<(f64, f64, KeyClass)>,
}

const MAJOR: [u8; 7] = [0, 2, 4, 5, 7, 9, 11];
const MINOR: [u8; 7] = [0, 2, 3, 5, 7, 8, 10];
const SCALES: [[u8; 7]; 5] = [MAJOR, MINOR, [0, 2, 3, 5, 7, 9, 10], [0, 2, 4, 5, 7, 9, 10], [0, 1, 4, 5, 7, 8, 10]];

/// Probability of a lift into another key two thirds through.
const LIFT_SHARE: f64 = 0.25;

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
        Self { tonic: chord.root, scale: if chord.intervals.contains(&3) { MINOR } else { MAJOR } }
    }

    /// The key's class; `None` for a mode that is neither major nor minor.
    pub fn class(&self) -> Option<KeyClass> {
        let mode = match self.scale {
            MAJOR => Mode::Major,
            MINOR => Mode::Minor,
            _ => return None,
        };
        Some(KeyClass { tonic: self.tonic % 12, mode })
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

impl Harmony {
    /// The keys with their times on a grid, in which the harmony starts at beat `first` and each of its beats lasts
    /// `beats` of the grid's.
    pub fn timed_keys(&self, grid: &BeatGrid, first: f64, beats: f64) -> Vec<TimedKey> {
        let time = |beat: f64| grid.time(first + beats * beat);
        self.keys.iter().map(|(start, end, key)| TimedKey { start: time(*start), end: time(*end), key: *key }).collect()
    }
}

/// Draws a progression of `bars` bars of `beats_per_bar` beats, repeating itself every 4 or 8 bars as songs do, in a
/// style that is drawn for the whole of it: triads, sevenths, or whatever chords there are.
pub fn progression(key: Key, bars: usize, beats_per_bar: u8, random: &mut Random) -> Harmony {
    let bar = f64::from(beats_per_bar);
    let cycle = pick(&[4, 4, 8], random);
    let style = Style::draw(random);
    let split = pick(&[0.0, 0.1, 0.4], random);
    let mut degree = pick(&[0, 0, 0, 5, 3, 1], random);
    let mut names_tonic = false;
    let mut pattern = Vec::new();
    for index in 0..cycle {
        let halves = if beats_per_bar >= 4 && random.random_bool(split) { 2 } else { 1 };
        for half in 0..halves {
            let next = weighted(&FOLLOWS[degree], random);
            let chord = style.chord(key, degree, next, random);
            names_tonic |= chord.root == key.tonic && chord.intervals.contains(&7);
            let first = (bar / 2.0).ceil();
            let (start, length) = match (halves, half) {
                (1, _) => (0.0, bar),
                (_, 0) => (0.0, first),
                _ => (first, bar - first),
            };
            pattern.push(ChordSpan { start: index as f64 * bar + start, length, chord });
            degree = next;
        }
    }
    let cycle_beats = cycle as f64 * bar;
    let end = bars as f64 * bar;
    let lifts = random.random_bool(LIFT_SHARE);
    let lift_from = if lifts { (bars * 2 / 3 / cycle * cycle) as f64 * bar } else { end };
    let lift = pick(&[1, 2, 3, 5, 7, 10], random);
    let spans = (0..bars.div_ceil(cycle))
        .flat_map(|turn| {
            pattern.iter().map(move |span| ChordSpan { start: span.start + turn as f64 * cycle_beats, ..*span })
        })
        .filter(|span| span.start < end)
        .map(|span| {
            let lifted = span.start >= lift_from;
            ChordSpan { chord: if lifted { span.chord.transposed(lift) } else { span.chord }, ..span }
        })
        .collect();
    let class = key.class().filter(|_| names_tonic);
    let lifted = class.map(|class| KeyClass { tonic: (class.tonic + lift) % 12, ..class });
    let keys = [(0.0, lift_from, class), (lift_from, end, lifted)];
    let keys = keys.into_iter().filter(|(from, to, _)| to > from).filter_map(|(from, to, key)| Some((from, to, key?)));
    Harmony { spans, keys: keys.collect() }
}

#[cfg(test)]
mod tests {
    use attacca_models::vocabulary::ChordQuality;
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn degrees_of_a_major_key_have_their_usual_chords() {
        let key = Key { tonic: 0, scale: MAJOR };
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
            let spans = progression(Key::draw(&mut random), 13, beats_per_bar, &mut random).spans;
            let mut beat = 0.0;
            for span in &spans {
                assert_eq!(span.start, beat);
                beat += span.length;
            }
            assert_eq!(beat, 13.0 * f64::from(beats_per_bar));
        }
    }

    #[test]
    fn every_quality_comes_often_enough_to_be_learnt() {
        let mut random = Random::seed_from_u64(2);
        let mut counts = [0usize; ChordQuality::ALL.len()];
        let mut total = 0;
        for _ in 0..2000 {
            for span in progression(Key::draw(&mut random), 8, 4, &mut random).spans {
                let reduced: Vec<u8> = span.chord.intervals.iter().copied().filter(|tone| *tone < 12).collect();
                let quality = ChordQuality::ALL.iter().position(|quality| quality.intervals() == reduced);
                quality.into_iter().for_each(|quality| counts[quality] += 1);
                total += 1;
            }
        }
        for (quality, count) in ChordQuality::ALL.iter().zip(counts) {
            assert!(count as f64 > 0.01 * f64::from(total), "{quality:?}: {count} of {total}");
        }
    }

    #[test]
    fn keys_cover_the_bars_and_move_with_the_chords() {
        let mut random = Random::seed_from_u64(4);
        let key = Key { tonic: 9, scale: MINOR };
        let mut lifted = 0;
        for _ in 0..200 {
            let harmony = progression(key, 24, 4, &mut random);
            if harmony.keys.is_empty() {
                continue;
            }
            assert_eq!((harmony.keys[0].0, harmony.keys[harmony.keys.len() - 1].1), (0.0, 96.0));
            assert_eq!(harmony.keys[0].2, KeyClass { tonic: 9, mode: Mode::Minor });
            if let [_, (from, _, after)] = harmony.keys[..] {
                let root = |beat: f64| harmony.spans.iter().find(|span| span.start == beat).map(|span| span.chord.root);
                let up = |root: u8| (root + 12 - 9 + after.tonic) % 12;
                assert_eq!(root(from), root(0.0).map(up));
                lifted += 1;
            }
        }
        // 200 draws of at most 0.25 with a deviation of 6; a few harmonies never name their tonic.
        assert!((15..75).contains(&lifted), "{lifted}");
    }

    #[test]
    fn modes_that_are_neither_major_nor_minor_have_no_class() {
        assert_eq!(Key { tonic: 2, scale: SCALES[2] }.class(), None);
        assert_eq!(Key::around(Chord::parse("D:min7").unwrap()).class().map(KeyClass::label), Some("D:min"));
    }
}
