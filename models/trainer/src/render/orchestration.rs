//! Who plays what, how loud and in which tuning: drawn anew for every excerpt.

use rand::Rng;
use rustysynth::Synthesizer;

use super::synthesizer::MELODIC_CHANNELS;
use crate::{
    compose::{Random, gaussian, pick, weighted},
    score::{Note, Part, Role, Score},
};

/// How one part is played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Channel {
    /// General MIDI program, or the kit's number for drums.
    pub program: u8,
    /// Gain in dB, at most 0.
    pub gain_db: f64,
    /// Detuning in cents, ±100.
    pub cents: f64,
    /// Share sent to the synthesizer's reverb, 0 to 1.
    pub reverb: f64,
    /// Share sent to the synthesizer's chorus, 0 to 1.
    pub chorus: f64,
}

/// How a whole score is played.
#[derive(Clone, Debug, PartialEq)]
pub struct Mix {
    /// One channel for each part of the score.
    pub channels: Vec<Channel>,
    /// Whether the synthesizer's reverb and chorus are on.
    pub room: bool,
}

/// Programs that may lead: a single line in front.
const LEADS: [std::ops::RangeInclusive<u8>; 9] =
    [0..=5, 11..=13, 21..=22, 24..=30, 40..=42, 56..=61, 64..=79, 80..=87, 104..=111];

/// Programs that may accompany.
const ACCOMPANISTS: [std::ops::RangeInclusive<u8>; 8] =
    [0..=7, 8..=15, 16..=23, 24..=31, 44..=55, 61..=63, 88..=95, 104..=108];

/// Families of one kind of instrument, from which a whole excerpt may be cast: pianos, guitars, organs, bowed strings,
/// string orchestra, brass, reeds, synthesizers.
const ENSEMBLES: [std::ops::RangeInclusive<u8>; 8] =
    [0..=1, 24..=25, 16..=20, 40..=43, 48..=49, 56..=61, 64..=71, 80..=87];

/// Probability that an excerpt is cast from one family.
const ENSEMBLE_SHARE: f64 = 0.15;

/// Programs that may play the bass.
const BASSES: [std::ops::RangeInclusive<u8>; 2] = [32..=39, 42..=43];

/// Kits of General MIDI Level 2, by how often they are used.
const KITS: [(u8, f64); 8] = [(0, 4.0), (8, 1.0), (16, 1.5), (24, 0.7), (25, 0.7), (32, 1.0), (40, 0.8), (48, 0.2)];

/// Draws instruments, registers, touch, balance and tuning for a score.
///
/// `keep` is the probability that a part keeps the program that its source gave it. Parts beyond the synthesizer's
/// channels are taken out, so that no label is left without its sound.
pub fn orchestrate(mut score: Score, keep: f64, random: &mut Random) -> (Score, Mix) {
    let mut melodic = 0;
    score.parts.retain(|part| {
        melodic += usize::from(part.role != Role::Drums);
        part.role == Role::Drums || melodic <= MELODIC_CHANNELS
    });
    let keep = random.random_bool(keep);
    let kit = KITS[weighted(&KITS.map(|(_, weight)| weight), random)].0;
    let ensemble = random.random_bool(ENSEMBLE_SHARE).then(|| random.random_range(0..ENSEMBLES.len()));
    let tuning = if random.random_bool(0.3) { 50.0 * (random.random_range(-1.0..1.0f64)) } else { 0.0 };
    let drum_gain = pick(&[-10.0, -6.0, -4.0, -2.0, 0.0, 0.0], random);
    let room = random.random_bool(0.6);
    let wetness = random.random_range(0.0..0.5);
    let mut channels = Vec::with_capacity(score.parts.len());
    for part in &mut score.parts {
        let role_gain = match part.role {
            Role::Drums => drum_gain,
            Role::Melody => random.random_range(-8.0..0.0),
            Role::Bass => random.random_range(-9.0..0.0),
            Role::Accompaniment => random.random_range(-14.0..-2.0),
        };
        if part.role == Role::Drums {
            part.program = kit;
        } else if !keep {
            part.program = match ensemble {
                Some(family) => random.random_range(ENSEMBLES[family].clone()),
                None => program(part.role, random),
            };
            shift_register(part, random);
        }
        touch(part, random);
        channels.push(Channel {
            program: part.program,
            gain_db: role_gain,
            cents: if part.role == Role::Drums { 0.0 } else { tuning + 3.0 * gaussian(random) },
            reverb: wetness * random.random_range(0.3..1.0),
            chorus: if random.random_bool(0.2) { random.random_range(0.1..0.5) } else { 0.0 },
        });
    }
    (score, Mix { channels, room })
}

fn program(role: Role, random: &mut Random) -> u8 {
    let families: &[std::ops::RangeInclusive<u8>] = match role {
        Role::Melody => &LEADS,
        Role::Bass => &BASSES,
        _ => &ACCOMPANISTS,
    };
    let weights: Vec<f64> = families.iter().map(|family| (family.len() as f64).sqrt()).collect();
    let family = weighted(&weights, random);
    random.random_range(families[family].clone())
}

/// Moves a part by an octave where that keeps it playable.
fn shift_register(part: &mut Part, random: &mut Random) {
    let shift: i16 = match part.role {
        Role::Bass => pick(&[0, 0, 0, 12], random),
        _ => pick(&[-12, 0, 0, 0, 12], random),
    };
    let playable = part.notes.iter().all(|note| (24..=103).contains(&(i16::from(note.key) + shift)));
    if playable {
        for note in &mut part.notes {
            note.key = (i16::from(note.key) + shift) as u8;
        }
    }
}

/// Draws a velocity curve, for players and keyboards differ.
fn touch(part: &mut Part, random: &mut Random) {
    let exponent = (0.35 * gaussian(random)).exp();
    let loudest = random.random_range(85.0..127.0);
    for Note { velocity, .. } in &mut part.notes {
        *velocity = (loudest * (f64::from(*velocity) / 127.0).powf(exponent)).clamp(12.0, 127.0) as u8;
    }
}

impl Channel {
    /// Sends the channel's settings to a synthesizer.
    pub(super) fn apply(&self, synthesizer: &mut Synthesizer, number: i32) {
        let mut control = |controller: i32, value: i32| {
            synthesizer.process_midi_message(number, 0xB0, controller, value);
        };
        let share = |share: f64| (127.0 * share).round() as i32;
        // Volume follows 40 log10(v / 127) dB (General MIDI Level 2, section 3.3.1).
        control(7, (127.0 * 10f64.powf(self.gain_db.min(0.0) / 40.0)).round() as i32);
        control(91, share(self.reverb));
        control(93, share(self.chorus));
        // Registered parameter 1, fine tuning: 8192 stands for 0, and 8192 steps for 100 cents.
        let tuning = (8192.0 * (1.0 + self.cents / 100.0)).clamp(0.0, 16383.0) as i32;
        control(101, 0);
        control(100, 1);
        control(6, tuning >> 7);
        control(38, tuning & 0x7F);
        synthesizer.process_midi_message(number, 0xC0, i32::from(self.program), 0);
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    fn part(role: Role) -> Part {
        Part { role, program: 7, notes: vec![Note { onset: 0.0, offset: 1.0, key: 60, velocity: 80 }] }
    }

    #[test]
    fn parts_beyond_the_channels_are_taken_out_with_their_notes() {
        let mut parts = vec![part(Role::Accompaniment); 20];
        parts.push(part(Role::Drums));
        let score = Score { parts, ..Score::default() };
        let (score, mix) = orchestrate(score, 0.0, &mut Random::seed_from_u64(1));
        assert_eq!(score.parts.len(), MELODIC_CHANNELS + 1);
        assert_eq!(mix.channels.len(), score.parts.len());
    }

    #[test]
    fn programs_fit_their_roles_and_keys_stay_playable() {
        let mut random = Random::seed_from_u64(6);
        for _ in 0..300 {
            let score = Score { parts: vec![part(Role::Bass), part(Role::Melody)], ..Score::default() };
            let (score, _) = orchestrate(score, 0.0, &mut random);
            let (bass, lead) = (score.parts[0].program, score.parts[1].program);
            let in_one_family = ENSEMBLES.iter().any(|family| family.contains(&bass) && family.contains(&lead));
            let in_role = BASSES.iter().any(|family| family.contains(&bass));
            assert!(in_one_family || in_role, "{bass} and {lead}");
            assert!(in_one_family || LEADS.iter().any(|family| family.contains(&lead)), "{bass} and {lead}");
            assert!(score.parts.iter().all(|part| (24..=103).contains(&part.notes[0].key)));
        }
    }
}
