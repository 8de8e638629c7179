//! Chords as an accompanist plays them: held, struck, strummed, broken.

use rand::Rng;

use super::{Event, Feel, Random, pick, weighted};
use crate::score::ChordSpan;

/// When an accompanist plays, and whether the whole chord or one note after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rhythm {
    /// The whole chord for as long as it lasts.
    Held,
    /// On every beat.
    Beats,
    /// Between the beats.
    OffBeats,
    /// On the weak beats: the second and fourth of four, the second and third of three.
    AfterBeats,
    /// On every half beat.
    Halves,
    /// On every step.
    Steps,
    /// One note on every step.
    Broken,
    /// One note on every half beat.
    BrokenHalves,
    /// Strummed on most half beats.
    Strummed,
    /// Its own, with the first beat likelier than others.
    Drawn,
    /// Its own, more often off the beat than on it.
    Syncopated,
    /// One of the dotted patterns of Latin music.
    Clave,
    /// A few short chords, as a jazz pianist places them.
    Charleston,
    /// A half beat and two quarters of a beat, again and again.
    Gallop,
    /// Its own, dense and short: muted strings.
    Chugs,
}

/// Dotted patterns in beats of a bar.
const CLAVES: [&[f64]; 6] = [
    &[0.0, 1.5, 3.0],
    &[0.0, 1.0, 2.5, 3.5],
    &[0.5, 1.5, 3.0],
    &[0.0, 1.5, 2.5],
    &[0.0, 0.5, 1.5, 2.0, 3.0, 3.5],
    &[1.0, 2.5, 3.0],
];

/// Where jazz pianists place their chords, in beats of a bar; what lies between two steps falls on the swung one.
const CHARLESTONS: [&[f64]; 6] = [&[0.0, 1.5], &[0.5, 2.5], &[1.5, 3.5], &[1.5], &[0.0, 2.5], &[1.0, 3.5]];

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

impl Rhythm {
    /// Draws a rhythm.
    pub fn draw(random: &mut Random) -> Self {
        const ALL: [Rhythm; 13] = [
            Rhythm::Held,
            Rhythm::Beats,
            Rhythm::OffBeats,
            Rhythm::AfterBeats,
            Rhythm::Halves,
            Rhythm::Steps,
            Rhythm::Broken,
            Rhythm::BrokenHalves,
            Rhythm::Strummed,
            Rhythm::Drawn,
            Rhythm::Syncopated,
            Rhythm::Clave,
            Rhythm::Charleston,
        ];
        ALL[weighted(&[1.2, 0.6, 0.6, 0.6, 0.6, 0.2, 0.8, 1.0, 0.8, 1.4, 0.6, 0.3, 0.3], random)]
    }

    /// Steps of the bar on which it plays.
    fn steps(self, feel: &Feel, random: &mut Random) -> Vec<bool> {
        let per_beat = usize::from(feel.steps_per_beat);
        let half = (per_beat / 2).max(1);
        let off_beat = if per_beat == 3 { 2 } else { half };
        let strong = feel.group_starts();
        let density = random.random_range(0.15..0.5);
        let placed = match self {
            Self::Clave => pick(&CLAVES, random),
            _ => pick(&CHARLESTONS, random),
        };
        let at = |step: usize| placed.iter().any(|beat| (beat * per_beat as f64).ceil() as usize == step);
        (0..feel.steps())
            .map(|step| match self {
                Self::Held | Self::Steps | Self::Broken => true,
                Self::Beats => feel.on_beat(step),
                Self::OffBeats => step % per_beat == off_beat,
                Self::AfterBeats => feel.on_beat(step) && !strong.contains(&((step / per_beat) as u8)),
                Self::Halves => step % half == 0,
                Self::BrokenHalves => step % half == 0 || per_beat == 3,
                Self::Strummed => step == 0 || (step % half == 0 && random.random_bool(0.75)),
                Self::Drawn => random.random_bool(if step == 0 { 0.8 } else { density }),
                Self::Syncopated => {
                    let on = if step == 0 { 0.6 } else { 0.15 };
                    random.random_bool(if feel.on_beat(step) { on } else { 0.9 * density + 0.1 })
                }
                Self::Clave | Self::Charleston => at(step),
                Self::Gallop => step % per_beat == 0 || step % per_beat >= half,
                Self::Chugs => random.random_bool(if step == 0 { 0.95 } else { 0.35 + density }),
            })
            .collect()
    }
}

impl Manner {
    /// Draws a manner of playing a rhythm.
    pub fn draw(rhythm: Rhythm, feel: &Feel, random: &mut Random) -> Self {
        let order = pick(&[Order::Up, Order::Down, Order::UpAndDown, Order::Random, Order::LowHighMiddleHigh], random);
        let texture = match rhythm {
            Rhythm::Held => Texture::Held,
            Rhythm::Broken | Rhythm::BrokenHalves => Texture::Broken(order),
            Rhythm::Strummed => Texture::Strummed,
            _ => pick(&[Texture::Struck, Texture::Struck, Texture::Strummed], random),
        };
        let lengths: &[f64] = match rhythm {
            Rhythm::OffBeats | Rhythm::Charleston | Rhythm::Syncopated | Rhythm::Gallop | Rhythm::Chugs => {
                &[0.15, 0.25, 0.4]
            }
            _ => &[0.2, 0.45, 0.9, 1.5],
        };
        Self {
            texture,
            rhythm: rhythm.steps(feel, random),
            lowest_key: random.random_range(48..64),
            length: pick(lengths, random),
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
            for event in
                Manner::draw(Rhythm::draw(&mut random), &feel, &mut random).play(&spans, &feel, 0.0, &mut random)
            {
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
