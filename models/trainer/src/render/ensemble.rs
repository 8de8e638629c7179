//! Sampled instruments that take over parts of a score from the SoundFont.

use std::path::Path;

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::{
    AttackTable, Mix,
    sampler::{Playing, Sampler, SamplerError},
};
use crate::{
    compose::Random,
    score::{Part, Role, Score},
};

/// First program number of the sampled instruments: those below are General MIDI's.
pub const FIRST_SAMPLED_PROGRAM: u8 = 128;

/// Octaves by which a part may be moved to fit an instrument, the nearest first.
const OCTAVES: [i16; 5] = [0, 12, -12, 24, -24];

/// A sampled instrument in a recipe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstrumentChoice {
    /// The SFZ file, from the folder of the sources.
    pub file: String,
    /// What it may play.
    pub roles: Vec<Role>,
    /// Probability that it takes a part of such a role.
    pub probability: f64,
    /// For drums whose file has keys of its own: pairs of a General MIDI drum and the key that plays it. Other drums
    /// are left out of the music.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drums: Vec<[u8; 2]>,
    /// Where a stranger gets it.
    pub source: String,
    /// Its licence and the credit it asks for.
    pub licence: String,
}

/// The sampled instruments of a recipe, in memory.
#[derive(Clone, Debug, Default)]
pub struct Ensemble {
    players: Vec<Player>,
}

#[derive(Clone, Debug)]
struct Player {
    choice: InstrumentChoice,
    sampler: Sampler,
}

impl Ensemble {
    /// Loads instruments, at most as many as there are program numbers for them.
    ///
    /// # Errors
    /// [`SamplerError`] for an instrument that is missing or not understood.
    pub fn load(choices: &[InstrumentChoice], sources: &Path) -> Result<Self, SamplerError> {
        let most = usize::from(u8::MAX - FIRST_SAMPLED_PROGRAM) + 1;
        let players = choices.iter().take(most).map(|choice| {
            let sampler = Sampler::load(&sources.join(&choice.file))?;
            if !sampler.unknown_opcodes().is_empty() {
                eprintln!("{}: left out: {}", choice.file, sampler.unknown_opcodes().join(", "));
            }
            Ok(Player { choice: choice.clone(), sampler })
        });
        Ok(Self { players: players.collect::<Result<_, SamplerError>>()? })
    }

    /// A SoundFont's attacks followed by those of the sampled instruments.
    pub fn attacks(&self, soundfont: &AttackTable) -> AttackTable {
        let seconds = self.players.iter().map(|player| player.sampler.attack_seconds() as f32);
        soundfont.followed_by(usize::from(FIRST_SAMPLED_PROGRAM), seconds)
    }

    /// Gives parts of an orchestrated score to the instruments by their chances, and returns the files of those that
    /// play. A part's program then stands for its instrument.
    pub fn take_parts(&self, score: &mut Score, mix: &mut Mix, random: &mut Random) -> Vec<String> {
        let mut playing = Vec::new();
        for (part, channel) in score.parts.iter_mut().zip(&mut mix.channels) {
            for (index, player) in self.players.iter().enumerate() {
                let wanted = player.choice.roles.contains(&part.role) && random.random_bool(player.choice.probability);
                if wanted && player.takes(part) {
                    part.program = FIRST_SAMPLED_PROGRAM + index as u8;
                    channel.program = part.program;
                    playing.push(player.choice.file.clone());
                    break;
                }
            }
        }
        playing
    }

    /// Adds the parts that the instruments play to mono audio.
    pub fn render(&self, score: &Score, mix: &Mix, audio: &mut [f32], random: &mut Random) {
        for (part, channel) in score.parts.iter().zip(&mix.channels) {
            let index = part.program.checked_sub(FIRST_SAMPLED_PROGRAM).map(usize::from);
            let Some(player) = index.and_then(|index| self.players.get(index)) else { continue };
            let playing = Playing { gain_db: channel.gain_db, cents: channel.cents };
            player.sampler.render(&part.notes, playing, audio, random);
        }
    }
}

impl Player {
    /// Fits a part to the instrument's keys; `false`, and no change, if it cannot be played.
    fn takes(&self, part: &mut Part) -> bool {
        if part.role == Role::Drums {
            let played = |key: u8| match self.choice.drums.iter().find(|[drum, _]| *drum == key) {
                Some([_, own]) => Some(*own),
                None if self.choice.drums.is_empty() => Some(key),
                None => None,
            };
            let own = |key: u8| played(key).filter(|key| self.sampler.plays(*key));
            if !part.notes.iter().any(|note| own(note.key).is_some()) {
                return false;
            }
            part.notes.retain_mut(|note| match own(note.key) {
                Some(key) => {
                    note.key = key;
                    true
                }
                None => false,
            });
            return true;
        }
        let moved = |key: u8, octaves: i16| u8::try_from(i16::from(key) + octaves).ok();
        let fits = |octaves: &i16| {
            part.notes.iter().all(|note| moved(note.key, *octaves).is_some_and(|key| self.sampler.plays(key)))
        };
        let Some(octaves) = OCTAVES.into_iter().find(fits) else { return false };
        for note in &mut part.notes {
            note.key = moved(note.key, octaves).unwrap_or(note.key);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;
    use crate::{render::Channel, score::Note};

    /// An ensemble of one instrument that plays keys 40 to 51.
    fn ensemble(roles: &[Role], drums: &[[u8; 2]]) -> (tempfile::TempDir, Ensemble) {
        let folder = tempfile::tempdir().unwrap();
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 44_100,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut file = hound::WavWriter::create(folder.path().join("a.wav"), spec).unwrap();
        (0..4_410).for_each(|frame| file.write_sample((3_000.0 * (f64::from(frame) * 0.1).sin()) as i16).unwrap());
        file.finalize().unwrap();
        std::fs::write(folder.path().join("x.sfz"), "<region> sample=a.wav lokey=40 hikey=51").unwrap();
        let choice = InstrumentChoice {
            file: "x.sfz".to_owned(),
            roles: roles.to_vec(),
            probability: 1.0,
            drums: drums.to_vec(),
            source: String::new(),
            licence: String::new(),
        };
        let ensemble = Ensemble::load(&[choice], folder.path()).unwrap();
        (folder, ensemble)
    }

    fn score(role: Role, keys: &[u8]) -> (Score, Mix) {
        let notes = keys.iter().map(|&key| Note { onset: 0.1, offset: 0.2, key, velocity: 90 }).collect();
        let channel = Channel { program: 3, gain_db: 0.0, cents: 0.0, reverb: 0.0, chorus: 0.0 };
        let parts = vec![Part { role, program: 3, notes }];
        (Score { parts, ..Score::default() }, Mix { channels: vec![channel], room: false })
    }

    fn taken(ensemble: &Ensemble, role: Role, keys: &[u8]) -> Option<Vec<u8>> {
        let (mut score, mut mix) = score(role, keys);
        let playing = ensemble.take_parts(&mut score, &mut mix, &mut Random::seed_from_u64(1));
        (playing == ["x.sfz"]).then(|| score.parts[0].notes.iter().map(|note| note.key).collect())
    }

    #[test]
    fn parts_are_taken_by_role_and_moved_into_range() {
        let (_folder, ensemble) = ensemble(&[Role::Bass], &[]);
        assert_eq!(taken(&ensemble, Role::Bass, &[52, 63]), Some(vec![40, 51]));
        assert_eq!(taken(&ensemble, Role::Bass, &[52, 64]), None);
        assert_eq!(taken(&ensemble, Role::Melody, &[45]), None);
    }

    #[test]
    fn drums_that_a_kit_lacks_are_left_out() {
        let (_folder, ensemble) = ensemble(&[Role::Drums], &[[36, 48], [38, 50], [42, 70]]);
        assert_eq!(taken(&ensemble, Role::Drums, &[36, 38, 42, 40]), Some(vec![48, 50]));
        assert_eq!(taken(&ensemble, Role::Drums, &[40]), None);
    }

    #[test]
    fn what_is_taken_is_heard() {
        let (_folder, ensemble) = ensemble(&[Role::Bass], &[]);
        let (mut score, mut mix) = score(Role::Bass, &[45]);
        let mut random = Random::seed_from_u64(1);
        ensemble.take_parts(&mut score, &mut mix, &mut random);
        let mut audio = vec![0.0; 20_000];
        ensemble.render(&score, &mix, &mut audio, &mut random);
        let first = audio.iter().position(|sample| sample.abs() > 1e-3);
        assert!(first.is_some_and(|first| (4_410..4_500).contains(&first)), "{first:?}");
        let table = ensemble.attacks(&AttackTable::immediate());
        assert!(table.seconds(FIRST_SAMPLED_PROGRAM, 45) < 0.03);
    }
}
