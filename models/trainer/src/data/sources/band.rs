//! A band for tunes with chord symbols: the composer's bass, chords and drums accompany what is written.

use attacca_models::vocabulary::{KeyClass, Mode};
use rand::Rng;

use super::written::{Manner, Performance};
use crate::{
    compose::{self, Event, Feel, Random, bass, comping, drums, gaussian, pick},
    score::{ChordSpan, Part, Role, Score, TimedChord, TimedKey, WrittenScore, written::Symbol},
};

/// Plays a tune with a band, drums among it with a probability; an error says why the tune is unfit. Without chord symbols
/// the tune is played alone or with drums.
pub(super) fn perform(
    sheet: &WrittenScore,
    manner: Manner,
    drums: f64,
    random: &mut Random,
) -> Result<Score, &'static str> {
    let played = Performance::draw(sheet, manner, random)?;
    let band = Band::new(sheet, &played, random);
    Ok(Score {
        parts: band.parts(drums, random),
        beats: played.grid.beats().to_vec(),
        chords: band.chords(),
        keys: keys(sheet, &played),
    })
}

/// Draws a tempo for a tune without a mark, in counted beats a minute.
pub(super) fn draw_bpm(random: &mut Random) -> f64 {
    (110.0 * (0.3 * gaussian(random)).exp()).clamp(56.0, 210.0)
}

/// A tune and those who play it.
struct Band<'a> {
    sheet: &'a WrittenScore,
    played: &'a Performance,
    feel: Feel,
    first_downbeat: f64,
    /// The chords in beats, and where there is none.
    spans: Vec<ChordSpan>,
    rests: Vec<[f64; 2]>,
}

impl<'a> Band<'a> {
    fn new(sheet: &'a WrittenScore, played: &'a Performance, random: &mut Random) -> Self {
        let beats_per_bar = played.beats_per_bar();
        let drawn = Feel::draw(beats_per_bar, random);
        let feel = if played.is_compound() {
            Feel { steps_per_beat: 3, swing: 0.5, ..drawn }
        } else if has_triplets(sheet, played) || drawn.steps_per_beat == 3 {
            Feel { steps_per_beat: 2, swing: 0.5, ..drawn }
        } else {
            drawn
        };
        let end = sheet.bars.last().map_or(0.0, |bar| bar.start + bar.length);
        let ends = sheet.symbols.iter().skip(1).map(|(quarter, _)| *quarter).chain([end]);
        let (mut spans, mut rests) = (Vec::new(), Vec::new());
        for ((quarter, symbol), end) in sheet.symbols.iter().zip(ends) {
            let (start, end) = (played.beat(*quarter), played.beat(end));
            match symbol {
                Symbol::Chord(chord) if end > start => {
                    spans.push(ChordSpan { start, length: end - start, chord: *chord });
                }
                Symbol::NoChord if end > start => rests.push([start, end]),
                _ => {}
            }
        }
        let first_downbeat = played.grid.downbeats().next().unwrap_or(0) as f64;
        Self { sheet, played, feel, first_downbeat, spans, rests }
    }

    fn parts(&self, drums: f64, random: &mut Random) -> Vec<Part> {
        let looseness = pick(&[0.0, 0.004, 0.008], random);
        let touch = random.random_range(2.0..9.0);
        let mut layers = Vec::new();
        if self.spans.is_empty() || !random.random_bool(0.1) {
            let notes: Vec<_> = self.sheet.parts.iter().flat_map(|part| part.notes.iter().copied()).collect();
            layers.push((Role::Melody, self.swung(self.played.events(&notes))));
        }
        if random.random_bool(0.85) {
            let line = bass::draw_line(random);
            layers.push((Role::Bass, bass::play(line, &self.spans, &self.feel, self.first_downbeat, random)));
        }
        for chance in [1.0, 0.3] {
            if random.random_bool(chance) {
                let manner = comping::Manner::draw(comping::Rhythm::draw(random), &self.feel, random);
                layers.push((Role::Accompaniment, manner.play(&self.spans, &self.feel, self.first_downbeat, random)));
            }
        }
        if random.random_bool(drums) {
            layers.push((Role::Drums, self.drums(random)));
        }
        let perform = |(role, events): (Role, Vec<Event>)| Part {
            role,
            program: 0,
            notes: compose::perform(&events, &self.played.grid, looseness, touch, random),
        };
        layers.into_iter().map(perform).collect()
    }

    fn drums(&self, random: &mut Random) -> Vec<Event> {
        let pattern = drums::Pattern::draw(drums::Family::draw(random), &self.feel, random);
        let varied = pattern.varied(&self.feel, random);
        let mut hits = Vec::new();
        for (bar, downbeat) in self.played.grid.downbeats().enumerate() {
            let beats = f64::from(self.played.grid.beats()[downbeat].beats_per_bar);
            let pattern = if bar % 4 == 3 { &varied } else { &pattern };
            let within = pattern.bar(&self.feel, 0.0).into_iter().filter(|hit| hit.beat < beats);
            hits.extend(within.map(|hit| Event { beat: hit.beat + downbeat as f64, ..hit }));
        }
        hits
    }

    /// The melody with the band's swing: what is written in even eighths is played as the others play it.
    fn swung(&self, events: Vec<Event>) -> Vec<Event> {
        let pair = if self.feel.steps_per_beat == 4 { 0.5 } else { 1.0 };
        let late = |beat: f64| {
            let (from, within) = ((beat / pair).floor() * pair, (beat / pair).rem_euclid(1.0));
            let bent = if within < 0.5 {
                2.0 * self.feel.swing * within
            } else {
                self.feel.swing + 2.0 * (1.0 - self.feel.swing) * (within - 0.5)
            };
            from + pair * bent
        };
        events
            .into_iter()
            .map(|event| {
                let beat = late(event.beat);
                Event { beat, length: late(event.beat + event.length) - beat, ..event }
            })
            .collect()
    }

    fn chords(&self) -> Vec<TimedChord> {
        let grid = &self.played.grid;
        let silent = self.rests.iter().map(|[start, end]| TimedChord {
            start: grid.time(*start),
            end: grid.time(*end),
            label: "N".to_owned(),
        });
        let mut chords: Vec<TimedChord> = self.spans.iter().map(|span| span.timed(grid, 0.0)).chain(silent).collect();
        chords.sort_by(|a, b| a.start.total_cmp(&b.start));
        chords
    }
}

/// Whether notes start at thirds of a beat, which swing would bend out of shape.
fn has_triplets(sheet: &WrittenScore, played: &Performance) -> bool {
    sheet.parts.iter().flat_map(|part| &part.notes).any(|note| {
        let thirds = 3.0 * played.beat(note.start);
        (thirds - thirds.round()).abs() < 0.02 && thirds.round().rem_euclid(3.0) != 0.0
    })
}

/// The keys, as far as they are certain. Where the notation names none, a stretch under one signature has a key if its last
/// chord is the tonic of one of the two that share it.
fn keys(sheet: &WrittenScore, played: &Performance) -> Vec<TimedKey> {
    let mut keys = Vec::new();
    for bars in sheet.bars.chunk_by(|a, b| (a.sharps, a.key) == (b.sharps, b.key)) {
        let (Some(first), Some(last)) = (bars.first(), bars.last()) else { continue };
        let end = last.start + last.length;
        let ends_on = || match sheet.symbols.iter().rev().find(|(quarter, _)| (first.start..end).contains(quarter)) {
            Some((_, Symbol::Chord(chord))) => key_that_ends_on(chord.root, chord.intervals, first.sharps),
            _ => None,
        };
        if let Some(key) = first.key.or_else(ends_on) {
            let time = |quarter| played.grid.time(played.beat(quarter));
            keys.push(TimedKey { start: time(first.start), end: time(end), key });
        }
    }
    keys
}

fn key_that_ends_on(root: u8, intervals: &[u8], sharps: i8) -> Option<KeyClass> {
    // Each sharp is a fifth up.
    let major = (7 * i32::from(sharps)).rem_euclid(12) as u8;
    let minor = (major + 9) % 12;
    match (root, intervals) {
        (root, [0, 4, 7] | [0, 4, 7, 9 | 11, ..]) if root == major => {
            Some(KeyClass { tonic: major, mode: Mode::Major })
        }
        (root, [0, 3, 7] | [0, 3, 7, 9..=11, ..]) if root == minor => {
            Some(KeyClass { tonic: minor, mode: Mode::Minor })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;
    use crate::score::{
        Chord,
        written::{Bar, WrittenNote, WrittenPart},
    };

    /// Four bars: a pickup's worth of C, then F, no chord, and G seven.
    fn sheet() -> WrittenScore {
        let note = |start| WrittenNote { start, length: 0.5, key: 72, velocity: 80 };
        let chord = |label| Symbol::Chord(Chord::parse(label).unwrap());
        WrittenScore {
            parts: vec![WrittenPart {
                notes: (0..32).map(|step| note(0.5 * f64::from(step))).collect(),
                ..WrittenPart::default()
            }],
            bars: (0..4)
                .map(|bar| Bar { start: 4.0 * f64::from(bar), length: 4.0, metre: (4, 4), sharps: -1, key: None })
                .collect(),
            symbols: vec![(0.0, chord("C:7")), (4.0, chord("F:maj")), (8.0, Symbol::NoChord), (12.0, chord("F:maj6"))],
            tempi: Vec::new(),
        }
    }

    fn played(sheet: &WrittenScore) -> Performance {
        let manner = Manner { bpm: 120.0, factor: 1.0, free_tempo: 0.0 };
        Performance::draw(sheet, manner, &mut Random::seed_from_u64(3)).unwrap()
    }

    #[test]
    fn the_chords_are_those_of_the_sheet_and_the_band_plays_them() {
        let sheet = sheet();
        let played = played(&sheet);
        let mut random = Random::seed_from_u64(5);
        let band = Band::new(&sheet, &played, &mut random);
        let chords = band.chords();
        let labels: Vec<&str> = chords.iter().map(|chord| chord.label.as_str()).collect();
        assert_eq!(labels, ["C:7", "F:maj", "N", "F:maj6"]);
        assert_eq!(chords[1].start, played.grid.time(4.0));
        for _ in 0..20 {
            for part in band.parts(0.0, &mut random).iter().filter(|part| part.role != Role::Melody) {
                // Players are late or early by at most three deviations of 8 ms.
                let silent = chords[2].start + 0.03..chords[2].end - 0.03;
                assert!(part.notes.iter().all(|note| !silent.contains(&note.onset)), "{:?}", part.role);
            }
        }
    }

    #[test]
    fn a_key_is_certain_where_the_last_chord_is_its_tonic() {
        let sheet = sheet();
        let played = played(&sheet);
        let key = KeyClass { tonic: 5, mode: Mode::Major };
        assert_eq!(keys(&sheet, &played).iter().map(|timed| timed.key).collect::<Vec<_>>(), [key]);
        assert_eq!(key_that_ends_on(2, &[0, 3, 7], -1), Some(KeyClass { tonic: 2, mode: Mode::Minor }));
        assert_eq!(key_that_ends_on(0, &[0, 4, 7, 10], -1), None);
        assert_eq!(key_that_ends_on(5, &[0, 4, 7, 10], -1), None);
    }

    #[test]
    fn the_melody_swings_with_the_band() {
        let sheet = sheet();
        let played = played(&sheet);
        let mut band = Band::new(&sheet, &played, &mut Random::seed_from_u64(5));
        band.feel = Feel { beats_per_bar: 4, steps_per_beat: 2, swing: 2.0 / 3.0, groups: vec![4] };
        let swung = band.swung(played.events(&sheet.parts[0].notes));
        assert!((swung[1].beat - 2.0 / 3.0).abs() < 1e-9);
        assert!((swung[1].length - 1.0 / 3.0).abs() < 1e-9);
    }
}
