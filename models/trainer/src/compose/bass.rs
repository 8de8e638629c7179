//! Bass lines.

use rand::Rng;

use super::{Event, Feel, Random, pick, weighted};
use crate::score::{Chord, ChordSpan, chord::key_above};

/// Lowest key that a bass line starts from: the open E string.
const LOWEST_KEY: u8 = 28;

/// How a bass line moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// One long note a chord.
    Held,
    /// The root on every beat.
    Beats,
    /// The root on every half beat, or on every triplet.
    Running,
    /// Root and octave in turn.
    Octaves,
    /// Root on strong beats, fifth on weak ones.
    RootFifth,
    /// A new note on every beat, leading into the next chord.
    Walking,
    /// A rhythm of its own, drawn once and kept.
    Syncopated,
    /// A rhythm of its own that leaves out the first beat.
    Dropped,
    /// The root in the second half of every beat.
    OffBeats,
    /// Dotted, as Latin music has it: a long note and a short one that leads to the next.
    Dotted,
}

/// Draws a line.
pub fn draw_line(random: &mut Random) -> Line {
    const ALL: [Line; 7] =
        [Line::Held, Line::Beats, Line::Running, Line::Octaves, Line::RootFifth, Line::Walking, Line::Syncopated];
    ALL[weighted(&[1.0, 1.0, 1.5, 1.0, 1.5, 1.2, 3.0], random)]
}

/// The chord's tone number `tone` (0 for its root), or the last one it has, in the octave above a key.
fn tone_above(chord: Chord, key: u8, tone: usize) -> u8 {
    let interval = chord.intervals[tone.min(chord.intervals.len() - 1)];
    key_above(key, (chord.root + interval) % 12)
}

/// Plays a line under chords. Bars are counted from beat `first_downbeat`.
pub fn play(line: Line, spans: &[ChordSpan], feel: &Feel, first_downbeat: f64, random: &mut Random) -> Vec<Event> {
    let rhythm: Vec<bool> = (0..feel.steps())
        .map(|step| {
            random.random_bool(if step == 0 {
                if line == Line::Dropped { 0.0 } else { 0.95 }
            } else if feel.on_beat(step) {
                0.4
            } else {
                0.22
            })
        })
        .collect();
    let legato = random.random_range(0.6..1.0);
    let octave = pick(&[0, 0, 12], random);
    let mut events = Vec::new();
    for (index, span) in spans.iter().enumerate() {
        let root = key_above(LOWEST_KEY + octave, span.chord.bass);
        let next = spans.get(index + 1).map_or(root, |next| key_above(LOWEST_KEY + octave, next.chord.bass));
        let mut note = |beat: f64, length: f64, key: u8, velocity: u8| {
            if beat + 1e-6 < span.start + span.length {
                let length = length.min(span.start + span.length - beat) * legato;
                events.push(Event { beat, length, key, velocity });
            }
        };
        let beats = span.length.ceil() as usize;
        match line {
            Line::Held => note(span.start, span.length, root, 92),
            Line::Beats => (0..beats).for_each(|beat| note(span.start + beat as f64, 1.0, root, 94)),
            Line::Running | Line::Octaves => {
                let parts = if feel.steps_per_beat == 3 { 3 } else { 2 };
                for part in 0..beats * parts {
                    let within = match (parts, part % 2) {
                        (2, 1) => feel.swing,
                        _ => (part % parts) as f64 / parts as f64,
                    };
                    let up = if line == Line::Octaves && part % 2 == 1 { 12 } else { 0 };
                    let velocity = if part % parts == 0 { 98 } else { 86 };
                    note(span.start + (part / parts) as f64 + within, 1.0 / parts as f64, root + up, velocity);
                }
            }
            Line::RootFifth => {
                note(span.start, 1.5, root, 96);
                if beats > 2 {
                    note(span.start + (beats / 2) as f64, 1.5, tone_above(span.chord, root, 2), 90);
                }
            }
            Line::Walking => {
                for beat in 0..beats {
                    let approach = if next > root { next - 1 } else { next + 1 };
                    let key = match beat {
                        0 => root,
                        _ if beat + 1 == beats => approach,
                        _ => root + pick(span.chord.intervals, random) % 12,
                    };
                    note(span.start + beat as f64, 1.0, key, 92);
                    if random.random_bool(0.1) {
                        note(span.start + beat as f64 + feel.swing, 0.4, key, 72);
                    }
                }
            }
            Line::OffBeats => (0..beats).for_each(|beat| note(span.start + beat as f64 + feel.swing, 0.5, root, 96)),
            Line::Dotted => {
                for beat in (0..beats).step_by(2) {
                    let key = if beat % 4 == 0 { root } else { tone_above(span.chord, root, 2) };
                    note(span.start + beat as f64, 1.4, key, 94);
                    if random.random_bool(0.85) {
                        note(span.start + beat as f64 + 1.5, 0.5, if random.random_bool(0.5) { key } else { root }, 84);
                    }
                }
            }
            Line::Syncopated | Line::Dropped => {
                for step in 0..beats * usize::from(feel.steps_per_beat) {
                    let from_bar = (span.start - first_downbeat) * f64::from(feel.steps_per_beat) + step as f64;
                    let in_bar = from_bar.rem_euclid(feel.steps() as f64) as usize % feel.steps();
                    if (step == 0 && line == Line::Syncopated) || rhythm[in_bar] {
                        let tone = match random.random_range(0..6) {
                            0..=2 => root,
                            3 => root + 12,
                            tone => tone_above(span.chord, root, tone - 2),
                        };
                        let swung = feel.beat_of_step(in_bar) - in_bar as f64 / f64::from(feel.steps_per_beat);
                        let beat = span.start + step as f64 / f64::from(feel.steps_per_beat) + swung;
                        note(beat, 0.6, if step == 0 { root } else { tone }, 95);
                    }
                }
            }
        }
    }
    events
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;
    use crate::compose::harmony::{Key, progression};

    #[test]
    fn lines_that_do_not_walk_keep_to_the_chords() {
        let mut random = Random::seed_from_u64(2);
        let feel = Feel::draw(4, &mut random);
        let spans = progression(Key::draw(&mut random), 32, 4, &mut random).spans;
        for line in [Line::RootFifth, Line::Syncopated, Line::Octaves] {
            for event in play(line, &spans, &feel, 0.0, &mut random) {
                let sounding = spans.iter().find(|span| event.beat < span.start + span.length).unwrap();
                let above = (event.key + 12 - sounding.chord.root) % 12;
                assert!(sounding.chord.intervals.iter().any(|interval| interval % 12 == above), "{line:?}: {event:?}");
            }
        }
    }

    #[test]
    fn every_line_starts_each_chord_on_its_bass_note() {
        let mut random = Random::seed_from_u64(9);
        let feel = Feel::draw(4, &mut random);
        let spans = progression(Key::draw(&mut random), 8, 4, &mut random).spans;
        for line in
            [Line::Held, Line::Beats, Line::Running, Line::Octaves, Line::RootFifth, Line::Walking, Line::Syncopated]
        {
            let events = play(line, &spans, &feel, 0.0, &mut random);
            for span in &spans {
                let first = events.iter().find(|event| (event.beat - span.start).abs() < 1e-9);
                assert_eq!(first.map(|event| event.key % 12), Some(span.chord.bass), "{line:?}");
            }
        }
    }
}
