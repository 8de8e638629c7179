//! How a melody is sung: pitch and loudness over time, and which notes share a syllable.

use rand::Rng;

use crate::{
    compose::{Random, gaussian},
    score::Note,
};

/// Control values a second.
pub const CONTROL_RATE: f64 = 200.0;

/// A gap longer than this ends a phrase, in seconds.
const PHRASE_GAP: f64 = 0.12;

/// A singer's habits, drawn for each excerpt.
#[derive(Clone, Debug, PartialEq)]
pub struct Manner {
    /// Vibrato: extent to either side in cents.
    pub vibrato_cents: f64,
    /// Vibrato: cycles a second.
    pub vibrato_hz: f64,
    /// Vibrato: seconds until it sets in.
    pub vibrato_after: f64,
    /// Seconds that a glide from note to note takes.
    pub glide: f64,
    /// Probability that a phrase is scooped into from below.
    pub scoops: f64,
    /// Probability that a joined note goes on with the syllable of the one before.
    pub melisma: f64,
    /// Standard deviation of a note's intonation in cents.
    pub intonation_cents: f64,
    /// Standard deviation of the slow drift of the pitch in cents.
    pub drift_cents: f64,
    /// Factor on the spectrum's envelope: above 1 for a smaller singer.
    pub formants: f64,
    /// Level of breaths before phrases below the voice, in dB; none at `None`.
    pub breath_db: Option<f64>,
    /// Seconds over which a note dies away.
    pub release: f64,
}

impl Manner {
    /// Draws a manner.
    pub fn draw(random: &mut Random) -> Self {
        let tuned = random.random_bool(0.15);
        Self {
            vibrato_cents: if tuned || random.random_bool(0.2) { 0.0 } else { random.random_range(15.0..90.0) },
            vibrato_hz: random.random_range(4.6..6.8),
            vibrato_after: random.random_range(0.1..0.5),
            glide: if tuned { 0.01 } else { random.random_range(0.03..0.14) },
            scoops: random.random_range(0.0..0.5),
            melisma: random.random_range(0.05..0.4),
            intonation_cents: if tuned { 1.0 } else { random.random_range(2.0..10.0) },
            drift_cents: if tuned { 1.0 } else { random.random_range(3.0..10.0) },
            formants: random.random_range(-0.15f64..0.15).exp(),
            breath_db: random.random_bool(0.6).then(|| random.random_range(-32.0..-18.0)),
            release: random.random_range(0.03..0.15),
        }
    }
}

/// Notes that share a syllable.
#[derive(Clone, Debug, PartialEq)]
pub struct SungSyllable {
    /// Start of its first note in seconds.
    pub start: f64,
    /// End of its last note in seconds.
    pub end: f64,
    /// Whether another syllable follows without a rest.
    pub is_joined: bool,
    /// Whether it starts a phrase.
    pub is_first: bool,
    /// Loudness, 1 for a strong note.
    pub gain: f32,
}

/// A melody, ready to be sung.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its syllables, in order.
    pub syllables: Vec<SungSyllable>,
    /// MIDI pitch at [`CONTROL_RATE`], with vibrato and all.
    pub pitch: Vec<f64>,
}

/// The single line of a melody: of notes that start together the highest, each cut where the next begins.
pub fn single_line(notes: &[Note]) -> Vec<Note> {
    const TOGETHER: f64 = 0.04;
    let mut sorted = notes.to_vec();
    sorted.sort_by(|a, b| a.onset.total_cmp(&b.onset).then(b.key.cmp(&a.key)));
    let mut line: Vec<Note> = Vec::with_capacity(sorted.len());
    for note in sorted {
        match line.last_mut() {
            Some(last) if note.onset - last.onset < TOGETHER => {
                if note.key > last.key {
                    *last = Note { onset: last.onset, ..note };
                }
            }
            Some(last) => {
                last.offset = last.offset.min(note.onset);
                line.push(note);
            }
            None => line.push(note),
        }
    }
    line
}

impl Line {
    /// Draws how a single line of notes, transposed by `transposition` semitones, is sung.
    pub fn draw(notes: &[Note], transposition: i32, seconds: f64, manner: &Manner, random: &mut Random) -> Self {
        let mut syllables: Vec<SungSyllable> = Vec::new();
        for note in notes {
            let gain = 10f32.powf((f32::from(note.velocity) - 100.0) / 127.0 * 0.6 + 0.08 * gaussian(random) as f32);
            match syllables.last_mut() {
                Some(last) if note.onset - last.end < PHRASE_GAP => {
                    last.end = note.onset;
                    if random.random_bool(manner.melisma) {
                        last.end = note.offset;
                        continue;
                    }
                    last.is_joined = true;
                    let (start, end) = (note.onset, note.offset);
                    syllables.push(SungSyllable { start, end, is_joined: false, is_first: false, gain });
                }
                _ => {
                    let (start, end) = (note.onset, note.offset);
                    syllables.push(SungSyllable { start, end, is_joined: false, is_first: true, gain });
                }
            }
        }
        let pitch = contour(notes, transposition, seconds, manner, random);
        Self { syllables, pitch }
    }

    /// Frequency in Hz at a time in seconds.
    pub fn hz(&self, time: f64) -> f64 {
        let index = ((time * CONTROL_RATE).max(0.0) as usize).min(self.pitch.len().saturating_sub(1));
        440.0 * ((self.pitch.get(index).copied().unwrap_or(69.0) - 69.0) / 12.0).exp2()
    }
}

fn contour(notes: &[Note], transposition: i32, seconds: f64, manner: &Manner, random: &mut Random) -> Vec<f64> {
    let length = (seconds * CONTROL_RATE).ceil() as usize + 1;
    let mut pitch = vec![69.0; length];
    let index = |time: f64| ((time * CONTROL_RATE).max(0.0) as usize).min(length);
    let mut before: Option<(f64, f64)> = None;
    for (number, note) in notes.iter().enumerate() {
        let key = f64::from(i32::from(note.key) + transposition) + manner.intonation_cents / 100.0 * gaussian(random);
        let until = notes.get(number + 1).map_or(seconds, |next| next.onset);
        let joined = before.filter(|(end, _)| note.onset - end < PHRASE_GAP).map(|(_, key)| key);
        let scoop = joined.is_none() && random.random_bool(manner.scoops);
        let (from, glide) = match joined {
            Some(last) => (last, manner.glide.min(0.5 * (until - note.onset))),
            None if scoop => (key - random.random_range(0.7..3.0), random.random_range(0.06..0.16)),
            None => (key, manner.glide),
        };
        let phase = random.random_range(0.0..std::f64::consts::TAU);
        let (extent, rate) =
            (manner.vibrato_cents * random.random_range(0.5..1.3), manner.vibrato_hz * random.random_range(0.93..1.07));
        let vibrates = note.offset - note.onset > manner.vibrato_after + 0.15;
        for (step, value) in pitch.iter_mut().enumerate().take(index(until)).skip(index(note.onset - 0.3 * glide)) {
            let time = step as f64 / CONTROL_RATE - note.onset;
            let progress = ((time + 0.3 * glide) / glide).clamp(0.0, 1.0);
            let eased = progress * progress * (3.0 - 2.0 * progress);
            let depth = if vibrates { ((time - manner.vibrato_after) / 0.3).clamp(0.0, 1.0) } else { 0.0 };
            let vibrato = depth * extent / 100.0 * (std::f64::consts::TAU * rate * time + phase).sin();
            *value = from + (key - from) * eased + vibrato;
        }
        if number == 0 {
            pitch[..index(note.onset - 0.3 * glide)].fill(from);
        }
        before = Some((note.offset, key));
    }
    // A first-order drift with a time constant of 0.15 s, and the flutter of a cent or two that no throat is without.
    let keep = (-1.0 / (0.15 * CONTROL_RATE)).exp();
    let mut drift = 0.0;
    for value in &mut pitch {
        drift = keep * drift + manner.drift_cents * (1.0 - keep * keep).sqrt() * gaussian(random);
        *value += (drift + 1.5 * gaussian(random)) / 100.0;
    }
    pitch
}
