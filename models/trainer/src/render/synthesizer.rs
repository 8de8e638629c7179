//! SoundFonts, played by `rustysynth`.

use std::{
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustysynth::{SoundFont, Synthesizer, SynthesizerSettings};

use super::{AttackTable, Channel, Mix, SAMPLE_RATE, ensemble::FIRST_SAMPLED_PROGRAM};
use crate::score::{Part, Role, Score};

/// Channels for melodic parts: all but the drum channel.
pub const MELODIC_CHANNELS: usize = 15;

const DRUM_CHANNEL: i32 = 9;

/// Samples that the synthesizer renders at once. A note starts at the nearest multiple, so that audio and label
/// differ by at most half of it: 0.73 ms.
const BLOCK_SAMPLES: usize = 64;

/// Voices that sound together before the oldest is stolen.
const POLYPHONY: usize = 128;

/// Why a SoundFont could not be used.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The file could not be read.
    #[error("{}: {source}", file.display())]
    Read {
        /// The SoundFont.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no SoundFont that `rustysynth` reads.
    #[error("{}: expected an uncompressed SoundFont 2 (sf2): {reason}", file.display())]
    Parse {
        /// The SoundFont.
        file: PathBuf,
        /// What the reader said.
        reason: String,
    },
    /// The synthesizer could not be built.
    #[error("synthesizer: {0}")]
    Synthesizer(#[from] rustysynth::SynthesizerError),
}

/// A part and how it is played.
type Played<'a> = (&'a Part, &'a Channel);

/// A SoundFont, ready to play scores; shared by the rendering threads.
pub struct Renderer {
    soundfont: Arc<SoundFont>,
    attacks: AttackTable,
}

impl Renderer {
    /// Loads a SoundFont and measures how fast and how loud its instruments speak (about a second).
    ///
    /// # Errors
    /// [`RenderError`] for a file that is missing or no SoundFont 2.
    pub fn load(file: &Path) -> Result<Self, RenderError> {
        let reader = File::open(file).map_err(|source| RenderError::Read { file: file.to_owned(), source })?;
        let soundfont = SoundFont::new(&mut BufReader::new(reader))
            .map_err(|error| RenderError::Parse { file: file.to_owned(), reason: error.to_string() })?;
        let soundfont = Arc::new(soundfont);
        let attacks = AttackTable::measure(&soundfont)?;
        Ok(Self { soundfont, attacks })
    }

    /// How fast the instruments speak.
    pub fn attacks(&self) -> &AttackTable {
        &self.attacks
    }

    /// Plays a score for `seconds` seconds: mono, at [`SAMPLE_RATE`], at whatever level the mix gives.
    ///
    /// `mix` has one entry for each part, at most [`MELODIC_CHANNELS`] of them melodic; further ones stay silent, as do
    /// those that a sampled instrument plays.
    ///
    /// # Errors
    /// [`RenderError`] if the synthesizer cannot be built.
    pub fn render(&self, score: &Score, mix: &Mix, seconds: f64) -> Result<Vec<f32>, RenderError> {
        let parts = score.parts.iter().zip(&mix.channels).filter(|(part, _)| part.program < FIRST_SAMPLED_PROGRAM);
        let lift = |part: &Part| if part.role == Role::Drums { 1.0 } else { self.attacks.lift(part.program) };
        let (soft, usual): (Vec<Played<'_>>, Vec<Played<'_>>) = parts.partition(|(part, _)| lift(part) > 1.0);
        let mut mono = self.pass(&usual, mix.room, seconds)?;
        for played in soft {
            let alone = self.pass(&[played], mix.room, seconds)?;
            let gain = lift(played.0);
            mono.iter_mut().zip(alone).for_each(|(sample, added)| *sample += gain * added);
        }
        Ok(mono)
    }

    /// Plays parts together, as loud as the SoundFont has them.
    fn pass(&self, parts: &[Played<'_>], room: bool, seconds: f64) -> Result<Vec<f32>, RenderError> {
        let mut synthesizer = build(&self.soundfont, room)?;
        let mut messages = Vec::new();
        let mut melodic = (0i32..16).filter(|channel| *channel != DRUM_CHANNEL);
        for (part, channel) in parts {
            let number = if part.role == Role::Drums { Some(DRUM_CHANNEL) } else { melodic.next() };
            let Some(number) = number else { continue };
            channel.apply(&mut synthesizer, number);
            for note in &part.notes {
                let block = |time: f64| (time * f64::from(SAMPLE_RATE) / BLOCK_SAMPLES as f64).round() as usize;
                let (on, off) = (block(note.onset), block(note.offset).max(block(note.onset) + 1));
                messages.push((on, 1, number, i32::from(note.key), i32::from(note.velocity)));
                messages.push((off, 0, number, i32::from(note.key), 0));
            }
        }
        messages.sort_unstable();
        let blocks = (seconds * f64::from(SAMPLE_RATE)) as usize / BLOCK_SAMPLES;
        let mut mono = Vec::with_capacity(blocks * BLOCK_SAMPLES);
        let (mut left, mut right) = ([0.0; BLOCK_SAMPLES], [0.0; BLOCK_SAMPLES]);
        let mut due = messages.into_iter().peekable();
        for block in 0..blocks {
            while let Some((_, starts, channel, key, velocity)) = due.next_if(|message| message.0 <= block) {
                match starts {
                    0 => synthesizer.note_off(channel, key),
                    _ => synthesizer.note_on(channel, key, velocity),
                }
            }
            synthesizer.render(&mut left, &mut right);
            mono.extend(left.iter().zip(&right).map(|(left, right)| 0.5 * (left + right)));
        }
        Ok(mono)
    }
}

/// A synthesizer on a SoundFont, with its own reverb and chorus if `room`.
pub(super) fn build(soundfont: &Arc<SoundFont>, room: bool) -> Result<Synthesizer, RenderError> {
    let mut settings = SynthesizerSettings::new(SAMPLE_RATE as i32);
    settings.block_size = BLOCK_SAMPLES;
    settings.maximum_polyphony = POLYPHONY;
    settings.enable_reverb_and_chorus = room;
    Ok(Synthesizer::new(soundfont, &settings)?)
}
