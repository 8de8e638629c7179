//! Music as a loud rock band plays it: distorted guitars in fifths over an electric bass, in front of the drums.
//!
//! Where everything is loud and distorted, a beat is no rise of the level any more: a network that hears little of it finds
//! few beats there.

use rand::Rng;

use super::{Mix, strings::TOGETHER_SECONDS};
use crate::{
    compose::{Random, pick},
    score::{Note, Part, Role, Score, chord::key_above},
};

/// Programs of General MIDI: overdriven and distorted guitar.
const GUITARS: [u8; 3] = [29, 30, 30];

/// Programs of General MIDI: electric basses, played with fingers and with a plectrum.
const BASSES: [u8; 2] = [33, 34];

/// Lowest keys of guitars in common tunings, from the low B of a baritone to the E of the standard.
const LOWEST_STRINGS: [u8; 4] = [35, 38, 38, 40];

/// Probability that a guitar plays fifths, and not the chords that are written.
const FIFTHS_SHARE: f64 = 0.8;

/// Gives a score to a rock band; the drums stay as they are.
pub fn cast(score: &mut Score, random: &mut Random) {
    let lowest_key = pick(&LOWEST_STRINGS, random);
    for part in &mut score.parts {
        match part.role {
            Role::Drums => {}
            Role::Bass => part.program = pick(&BASSES, random),
            Role::Melody => part.program = pick(&GUITARS, random),
            Role::Accompaniment => {
                part.program = pick(&GUITARS, random);
                if random.random_bool(FIFTHS_SHARE) {
                    fifths(part, lowest_key);
                }
            }
        }
    }
}

/// Brings the guitars to the front.
pub fn balance(score: &Score, mix: &mut Mix, random: &mut Random) {
    for (part, channel) in score.parts.iter().zip(&mut mix.channels) {
        channel.gain_db = match part.role {
            Role::Accompaniment => random.random_range(-5.0..0.0),
            Role::Drums => random.random_range(-8.0..0.0),
            _ => channel.gain_db,
        };
    }
}

/// Takes the lowest note of each chord, its fifth and its octave, in the guitar's lowest octave.
fn fifths(part: &mut Part, lowest_key: u8) {
    part.notes.sort_by(|a, b| a.onset.total_cmp(&b.onset));
    let chords = part.notes.chunk_by(|note, next| next.onset - note.onset < TOGETHER_SECONDS);
    let lowest = chords.filter_map(|chord| chord.iter().min_by_key(|note| note.key).copied());
    let struck = lowest.flat_map(|note| {
        let root = key_above(lowest_key, note.key % 12);
        [0, 7, 12].map(|interval| Note { key: root + interval, ..note })
    });
    part.notes = struck.collect();
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;
    use crate::render::Channel;

    fn band() -> Score {
        let chord = |onset: f64| [48, 52, 55].map(|key| Note { onset, offset: onset + 0.2, key, velocity: 80 });
        let notes: Vec<Note> = (0..4).flat_map(|index| chord(f64::from(index) * 0.5)).collect();
        let part = |role| Part { role, program: 0, notes: notes.clone() };
        Score {
            parts: [Role::Drums, Role::Bass, Role::Accompaniment, Role::Melody].map(part).to_vec(),
            ..Score::default()
        }
    }

    #[test]
    fn guitars_play_as_often_as_was_written_and_drums_what_was_written() {
        for seed in 0..40 {
            let mut score = band();
            cast(&mut score, &mut Random::seed_from_u64(seed));
            assert_eq!(score.parts[0], band().parts[0]);
            assert!(BASSES.contains(&score.parts[1].program) && GUITARS.contains(&score.parts[3].program));
            let guitar = &score.parts[2];
            let mut onsets: Vec<f64> = guitar.notes.iter().map(|note| note.onset).collect();
            onsets.dedup();
            assert_eq!(onsets, [0.0, 0.5, 1.0, 1.5]);
            assert!(guitar.notes.len() == 12 && guitar.notes.iter().all(|note| note.key >= 35));
        }
    }

    #[test]
    fn fifths_stand_on_the_lowest_note() {
        let mut part = band().parts[2].clone();
        fifths(&mut part, 38);
        assert_eq!(part.notes[..3].iter().map(|note| note.key).collect::<Vec<_>>(), [48, 55, 60]);
    }

    #[test]
    fn guitars_are_loud() {
        let channel = Channel { program: 30, gain_db: -14.0, cents: 0.0, reverb: 0.0, chorus: 0.0 };
        let mut mix = Mix { channels: vec![channel; 4], room: false };
        balance(&band(), &mut mix, &mut Random::seed_from_u64(1));
        assert!(mix.channels[2].gain_db > -5.1 && mix.channels[1].gain_db == -14.0);
    }
}
