//! Chords as an accompanist plays them: held, struck, strummed, broken.

use rand::Rng;

use super::{Event, Feel, Random, pick, weighted};
use crate::score::ChordSpan;

/// A manner of accompanying.
#[derive(Clone, Debug, PartialEq)]
pub struct Manner {
    texture: Texture,
    /// Steps of the bar on which something is played.
    rhythm: Vec<bool>,
    lowest_key: u8,
    length: f64,
    doubled_bass: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Texture {
    /// The whole chord for as long as it lasts.
    Held,
    /// The whole chord on the rhythm.
    Struck,
    /// The chord on the rhythm, its notes one after another within about 30 ms.
    Strummed,
    /// One note a step, upwards, downwards, to and fro, or at random.
    Broken(Order),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Up,
    Down,
    UpAndDown,
    Random,
    LowHighMiddleHigh,
}

/// Distance between the strings of a strum, in beats (10 ms at 120 BPM).
const STRUM_BEATS: f64 = 0.02;

impl Manner {
    /// Draws a manner.
    pub fn draw(feel: &Feel, random: &mut Random) -> Self {
        let order = pick(&[Order::Up, Order::Down, Order::UpAndDown, Order::Random, Order::LowHighMiddleHigh], random);
        let texture = [Texture::Held, Texture::Struck, Texture::Strummed, Texture::Broken(order)]
            [weighted(&[1.0, 2.0, 1.0, 1.6], random)];
        let per_beat = usize::from(feel.steps_per_beat);
        let half = (per_beat / 2).max(1);
        let kind = random.random_range(0..6);
        let density = random.random_range(0.15..0.5);
        let rhythm = (0..feel.steps())
            .map(|step| match (texture, kind) {
                (Texture::Broken(_), 0..=3) => step % half == 0 || per_beat == 3,
                (Texture::Broken(_), _) => true,
                (_, 0) => feel.on_beat(step),
                (_, 1) => step % per_beat == half,
                (_, 2) => feel.on_beat(step) && step > 0,
                (_, 3) => step % half == 0,
                _ => random.random_bool(if step == 0 { 0.8 } else { density }),
            })
            .collect();
        Self {
            texture,
            rhythm,
            lowest_key: random.random_range(48..64),
            length: pick(&[0.2, 0.45, 0.9, 1.5], random),
            doubled_bass: random.random_bool(0.3),
        }
    }

    /// Plays chords. Bars are counted from beat `first_downbeat`.
    pub fn play(&self, spans: &[ChordSpan], feel: &Feel, first_downbeat: f64, random: &mut Random) -> Vec<Event> {
        let mut events = Vec::new();
        let mut turn = 0;
        for span in spans {
            let mut keys = span.chord.keys_above(self.lowest_key);
            if self.doubled_bass {
                keys.insert(0, crate::score::chord::key_above(self.lowest_key - 12, span.chord.bass));
            }
            let end = span.start + span.length;
            if self.texture == Texture::Held {
                events.extend(keys.iter().map(|&key| Event {
                    beat: span.start,
                    length: span.length,
                    key,
                    velocity: 74,
                }));
                continue;
            }
            for step in 0..(span.length * f64::from(feel.steps_per_beat)).round() as usize {
                let from_bar = (span.start - first_downbeat) * f64::from(feel.steps_per_beat) + step as f64;
                let in_bar = from_bar.round().rem_euclid(feel.steps() as f64) as usize;
                if !self.rhythm[in_bar] {
                    continue;
                }
                let swung = feel.beat_of_step(in_bar) - in_bar as f64 / f64::from(feel.steps_per_beat);
                let beat = span.start + step as f64 / f64::from(feel.steps_per_beat) + swung;
                let length = self.length.min(end - beat).max(0.1);
                let velocity = if feel.on_beat(in_bar) { 84 } else { 74 };
                match self.texture {
                    Texture::Broken(order) => {
                        let key = keys[order.index(turn, keys.len(), random)];
                        events.push(Event { beat, length: length.max(0.4), key, velocity });
                        turn += 1;
                    }
                    texture => events.extend(keys.iter().enumerate().map(|(string, &key)| {
                        let spread = if texture == Texture::Strummed { string as f64 * STRUM_BEATS } else { 0.0 };
                        Event { beat: beat + spread, length, key, velocity }
                    })),
                }
            }
        }
        events
    }
}

impl Order {
    fn index(self, turn: usize, notes: usize, random: &mut Random) -> usize {
        match self {
            Self::Up => turn % notes,
            Self::Down => notes - 1 - turn % notes,
            Self::UpAndDown => {
                let cycle = turn % (2 * notes - 2).max(1);
                cycle.min((2 * notes - 2).saturating_sub(cycle)).min(notes - 1)
            }
            Self::Random => random.random_range(0..notes),
            Self::LowHighMiddleHigh => [0, notes - 1, notes / 2, notes - 1][turn % 4],
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;
    use crate::compose::harmony::{Key, progression};

    #[test]
    fn every_manner_keeps_to_the_chords() {
        let mut random = Random::seed_from_u64(4);
        for index in 0..200 {
            let feel = Feel::draw(2 + index % 6, &mut random);
            let spans = progression(Key::draw(&mut random), 6, feel.beats_per_bar, &mut random).spans;
            for event in Manner::draw(&feel, &mut random).play(&spans, &feel, 0.0, &mut random) {
                // A strum of six strings reaches 0.12 beats past its step.
                let sounding = |span: &&ChordSpan| (span.start..span.start + span.length + 0.13).contains(&event.beat);
                let fits = spans.iter().filter(sounding).any(|span| {
                    let above = (event.key + 12 - span.chord.root) % 12;
                    event.key % 12 == span.chord.bass
                        || span.chord.intervals.iter().any(|interval| interval % 12 == above)
                });
                assert!(fits, "{event:?}");
            }
        }
    }
}
