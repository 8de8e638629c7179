//! Sampled instruments: an SFZ file and its recordings, played note by note.
//!
//! A note takes the recording of its key, velocity and turn, moved to its pitch by cubic interpolation. Silence before
//! a recording's sound is left out, so that a note is heard where it is written.

mod recording;
mod sfz;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use rand::Rng;

use self::{
    recording::Recording,
    sfz::{LoopMode, Region, SfzFile},
};
use super::SAMPLE_RATE;
use crate::{compose::Random, score::Note};

/// Level of an instrument's loudest note at [`REFERENCE_VELOCITY`], as the root mean square of its first
/// [`REFERENCE_SECONDS`]: what General MIDI instruments of the usual SoundFonts play, so that a mix means the same for
/// both.
const REFERENCE_LEVEL: f32 = 0.05;
const REFERENCE_VELOCITY: u8 = 90;
const REFERENCE_SECONDS: f64 = 0.5;

/// Keys at most whose levels are measured: all drums of a kit.
const MEASURED_KEYS: usize = 32;

/// Share of a note's greatest energy at which it counts as heard: −10 dB, as for SoundFonts.
const HEARD_SHARE: f32 = 0.1;

/// Length of the energy frames of that measurement, in samples (5 ms).
const FRAME_SAMPLES: usize = 220;

/// Level below which an envelope has ended: −80 dB.
const SILENT_GAIN: f32 = 1e-4;

/// Why a sampled instrument could not be used.
#[derive(Debug, thiserror::Error)]
pub enum SamplerError {
    /// A file could not be read.
    #[error("{}: {source}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line of an SFZ file is not understood.
    #[error("{}:{line}: expected {expected}", file.display())]
    Line {
        /// The file.
        file: PathBuf,
        /// The line's number, from 1.
        line: usize,
        /// What was expected.
        expected: &'static str,
    },
    /// A recording is not there under its name with any of the endings that are read.
    #[error("{}: sample {sample}: not found as wav, flac or ogg", file.display())]
    Sample {
        /// The SFZ file.
        file: PathBuf,
        /// The recording's name in it.
        sample: String,
    },
    /// A recording could not be decoded.
    #[error("{}: {source}", file.display())]
    Decode {
        /// The recording.
        file: PathBuf,
        /// What the decoder said.
        source: attacca_decode::DecodeError,
    },
    /// Nothing is left to play.
    #[error("{}: expected a region that a note starts", file.display())]
    Empty {
        /// The SFZ file.
        file: PathBuf,
    },
}

/// An instrument in memory; shared by the rendering threads.
#[derive(Clone, Debug)]
pub struct Sampler {
    regions: Vec<Region>,
    recordings: Vec<Recording>,
    gain: f32,
    attack_seconds: f64,
    unknown_opcodes: Vec<String>,
}

/// How a part is played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Playing {
    /// Gain in dB.
    pub gain_db: f64,
    /// Detuning in cents.
    pub cents: f64,
}

impl Sampler {
    /// Loads an SFZ file with its recordings and measures how fast and how loud it speaks.
    ///
    /// # Errors
    /// [`SamplerError`] for a file that is missing or not understood, or an instrument without sound.
    pub fn load(file: &Path) -> Result<Self, SamplerError> {
        let SfzFile { regions, unknown_opcodes } = sfz::read(file)?;
        let mut recordings = Vec::new();
        let mut known: HashMap<PathBuf, usize> = HashMap::new();
        let mut loaded = Vec::with_capacity(regions.len());
        for mut region in regions {
            let path = found(file, &region.sample)?;
            region.recording = match known.get(&path) {
                Some(index) => *index,
                None => {
                    recordings.push(Recording::read(&path)?);
                    known.insert(path, recordings.len() - 1);
                    recordings.len() - 1
                }
            };
            loaded.push(region);
        }
        let mut sampler = Self { regions: loaded, recordings, gain: 1.0, attack_seconds: 0.0, unknown_opcodes };
        let keys = sampler.keys();
        if keys.is_empty() {
            return Err(SamplerError::Empty { file: file.to_owned() });
        }
        sampler.measure(&keys);
        Ok(sampler)
    }

    /// Opcodes of the file that are left out, in order of their names.
    pub fn unknown_opcodes(&self) -> &[String] {
        &self.unknown_opcodes
    }

    /// Seconds from the start of a note until it is heard.
    pub fn attack_seconds(&self) -> f64 {
        self.attack_seconds
    }

    /// Whether a key has a recording.
    pub fn plays(&self, key: u8) -> bool {
        self.regions.iter().any(|region| region.keys.contains(&key))
    }

    /// The keys that have recordings, ascending.
    fn keys(&self) -> Vec<u8> {
        (0..128).filter(|key| self.plays(*key)).collect()
    }

    /// Adds notes to mono audio at [`SAMPLE_RATE`].
    pub fn render(&self, notes: &[Note], playing: Playing, audio: &mut [f32], random: &mut Random) {
        let mut turns: HashMap<u8, u32> = HashMap::new();
        for note in notes {
            let turn = turns.entry(note.key).or_default();
            let chance = random.random_range(0.0..1.0);
            for region in self.regions_of(note.key, note.velocity, *turn, chance) {
                self.sound(region, note, playing, audio);
            }
            *turn += 1;
        }
    }

    /// The regions that a note starts. Between the layers that the file has, the nearest velocity counts.
    fn regions_of(&self, key: u8, velocity: u8, turn: u32, chance: f64) -> impl Iterator<Item = &Region> {
        let candidates = move |region: &&Region| {
            region.keys.contains(&key)
                && turn % region.sequence_length == region.sequence_position
                && region.chance.contains(&chance)
        };
        let distance = move |region: &Region| {
            let [softest, loudest] = [*region.velocities.start(), *region.velocities.end()];
            softest.saturating_sub(velocity).max(velocity.saturating_sub(loudest))
        };
        let nearest = self.regions.iter().filter(candidates).map(distance).min();
        self.regions.iter().filter(candidates).filter(move |region| Some(distance(region)) == nearest)
    }

    fn sound(&self, region: &Region, note: &Note, playing: Playing, audio: &mut [f32]) {
        let rate = f64::from(SAMPLE_RATE);
        let Some(recording) = self.recordings.get(region.recording) else { return };
        let cents = region.cents(note.key) + playing.cents;
        let step = 2f64.powf(cents / 1200.0) * f64::from(recording.sample_rate_hz) / rate;
        let velocity = f32::from(note.velocity) / 127.0;
        // The default curve of SFZ: the square of the velocity, as far as amp_veltrack lets it.
        let touch = 1.0 - region.velocity_tracking + region.velocity_tracking * velocity * velocity;
        let gain = self.gain * touch * 10f32.powf((region.volume_db + playing.gain_db as f32) / 20.0);
        let is_held = region.loop_mode != LoopMode::OneShot;
        let release_at = if is_held { note.offset - note.onset } else { f64::INFINITY };
        let first = (note.onset * rate).round().max(0.0) as usize;
        let looped = region.loop_frames().filter(|(start, end)| end > start && *end <= recording.frames());
        let mut position = recording.start.max(region.offset) as f64;
        let mut envelope = region.envelope.start(release_at, rate);
        for sample in audio.iter_mut().skip(first) {
            if let Some((start, end)) = looped
                && (region.loop_mode != LoopMode::Sustain || !envelope.is_released())
                && position >= end as f64
            {
                position -= (end - start) as f64;
            }
            let level = envelope.step();
            if position >= recording.frames() as f64 || (envelope.is_released() && level < SILENT_GAIN) {
                break;
            }
            *sample += gain * level * recording.at(position);
            position += step;
        }
    }

    /// Sets the gain by which the loudest key has the reference level, and how long the middle one takes to be heard.
    fn measure(&mut self, keys: &[u8]) {
        let step = keys.len().div_ceil(MEASURED_KEYS).max(1);
        let loudest = keys.iter().step_by(step).map(|key| mean(&self.energies(*key))).fold(0.0, f32::max);
        let Some(middle) = keys.get(keys.len() / 2) else { return };
        let energies = self.energies(*middle);
        let greatest = energies.iter().copied().fold(0.0, f32::max);
        let heard = energies.iter().position(|energy| *energy > HEARD_SHARE * greatest).unwrap_or(0);
        self.attack_seconds = (heard * FRAME_SAMPLES) as f64 / f64::from(SAMPLE_RATE);
        if loudest > 0.0 {
            self.gain = REFERENCE_LEVEL / loudest.sqrt();
        }
    }

    /// Mean energies of the frames of a note.
    fn energies(&self, key: u8) -> Vec<f32> {
        let note = Note { onset: 0.0, offset: REFERENCE_SECONDS, key, velocity: REFERENCE_VELOCITY };
        let mut audio = vec![0.0f32; (REFERENCE_SECONDS * f64::from(SAMPLE_RATE)) as usize];
        for region in self.regions_of(key, REFERENCE_VELOCITY, 0, 0.0) {
            self.sound(region, &note, Playing { gain_db: 0.0, cents: 0.0 }, &mut audio);
        }
        let energy = |frame: &[f32]| frame.iter().map(|sample| sample * sample).sum::<f32>() / FRAME_SAMPLES as f32;
        audio.chunks_exact(FRAME_SAMPLES).map(energy).collect()
    }
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len().max(1) as f32
}

/// A recording's path: instruments are handed on in other encodings than the one that their file names.
fn found(file: &Path, sample: &str) -> Result<PathBuf, SamplerError> {
    let path = file.parent().unwrap_or(Path::new("")).join(sample);
    let encodings = ["wav", "flac", "ogg"].map(|ending| path.with_extension(ending));
    let missing = || SamplerError::Sample { file: file.to_owned(), sample: sample.to_owned() };
    std::iter::once(path).chain(encodings).find(|path| path.is_file()).ok_or_else(missing)
}

#[cfg(test)]
mod tests;
