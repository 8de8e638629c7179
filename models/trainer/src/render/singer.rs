//! Singers, made of recordings of syllables or of speech.
//!
//! A [`Singer`] is a folder of clips. Each note of a melody takes a syllable; it is brought to the note's pitch and
//! length by overlap-add of single periods ([`overlap_add`]), along a pitch that glides, drifts and vibrates as singers'
//! do ([`expression`]). The labels are taken from what is rendered: a singer sounds where her level says so.

pub mod expression;
pub mod oto;
pub mod overlap_add;
pub mod pitch;
pub mod syllable;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use attacca_decode::{is_audio_name, mono};
use rand::{Rng, seq::SliceRandom};

pub use expression::Manner;
use expression::{Line, single_line};
use oto::{OtoEntry, OtoError};
use syllable::{Cut, Syllable, cuts_of_speech};

use super::SAMPLE_RATE;
use crate::{
    augment::{
        biquad::{Biquad, Kind},
        level::root_mean_square,
    },
    compose::{Random, gaussian},
    score::Note,
};

/// Clips of a singer that are used at most: more would cost minutes to read and add little.
const MOST_CLIPS: usize = 90;

/// Syllables of a singer that are kept at most.
const MOST_SYLLABLES: usize = 240;

/// Fewest syllables that make a singer.
const FEWEST_SYLLABLES: usize = 8;

/// Frames in which it is decided whether a singer sounds, in seconds.
const LEVEL_FRAME_SECONDS: f64 = 0.01;

/// How far below the loud parts of a voice it still counts as sounding, in dB: under a band it is not heard below.
const SOUNDING_DB: f32 = -26.0;

/// Gaps up to this long do not interrupt a stretch, in seconds.
const JOINED_GAP_SECONDS: f64 = 0.15;

/// Shortest stretch that counts, in seconds.
const SHORTEST_STRETCH_SECONDS: f64 = 0.06;

/// Why a singer could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum SingerError {
    /// The folder could not be read.
    #[error("{}: {source}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The table of the syllables was refused.
    #[error(transparent)]
    Oto(#[from] OtoError),
    /// Too few clips can be sung with.
    #[error("{}: expected at least {FEWEST_SYLLABLES} syllables with a steady vowel, found {found}", folder.display())]
    TooFew {
        /// The folder.
        folder: PathBuf,
        /// Number of usable syllables.
        found: usize,
    },
}

/// What a singer sang.
#[derive(Clone, Debug, PartialEq)]
pub struct Sung {
    /// The voice alone, mono at [`SAMPLE_RATE`].
    pub audio: Vec<f32>,
    /// Stretches `[start, end]` in seconds in which it sounds.
    pub stretches: Vec<[f64; 2]>,
    /// The lines that were sung, transposed, as MIDI notes.
    pub notes: Vec<Note>,
}

/// A singer.
#[derive(Clone, Debug, PartialEq)]
pub struct Singer {
    syllables: Vec<Syllable>,
    hz: f64,
}

impl Singer {
    /// Loads the clips of a folder and of those in it: by its `oto.ini` if it has one and the singer does not just
    /// speak, else by their voiced parts. `random` chooses among too many clips. Clips that cannot be decoded are left
    /// out, as those without a steady vowel are.
    ///
    /// # Errors
    /// [`SingerError`] for a folder without clips that can be sung with.
    pub fn load(folder: &Path, spoken: bool, random: &mut Random) -> Result<Self, SingerError> {
        let table = folder.join("oto.ini");
        let mut syllables = Vec::new();
        let entries = if table.is_file() && !spoken { oto::read(&table)? } else { Vec::new() };
        let mut clips = if entries.is_empty() { clips_in(folder)? } else { clips_of(folder, &entries) };
        clips.shuffle(random);
        for (file, entries) in clips.into_iter().take(MOST_CLIPS) {
            let Ok(recording) = mono::read_at(&file, SAMPLE_RATE) else { continue };
            let clip = recording.samples;
            let pitches = pitch::track(&clip, f64::from(SAMPLE_RATE));
            let length = clip.len() as f64 / f64::from(SAMPLE_RATE);
            let cuts = if entries.is_empty() {
                cuts_of_speech(&pitches)
            } else {
                entries.iter().map(|entry| cut_of(entry, length)).collect()
            };
            syllables.extend(cuts.into_iter().filter_map(|cut| Syllable::cut(&clip, &pitches, cut)));
        }
        syllables.shuffle(random);
        syllables.truncate(MOST_SYLLABLES);
        if syllables.len() < FEWEST_SYLLABLES {
            return Err(SingerError::TooFew { folder: folder.to_owned(), found: syllables.len() });
        }
        let mut pitches: Vec<f64> = syllables.iter().map(|syllable| syllable.hz).collect();
        pitches.sort_by(f64::total_cmp);
        let hz = pitches[pitches.len() / 2];
        syllables.retain(|syllable| (0.6..1.7).contains(&(syllable.hz / hz)));
        Ok(Self { syllables, hz })
    }

    /// The singer's usual pitch in Hz.
    pub fn hz(&self) -> f64 {
        self.hz
    }

    /// Sings a melody over `seconds` seconds, in the octave that suits the voice.
    pub fn sing(&self, notes: &[Note], seconds: f64, manner: &Manner, random: &mut Random) -> Sung {
        let mut notes = single_line(notes);
        let octaves = self.octaves(&notes, manner, random);
        for note in &mut notes {
            note.key = (i32::from(note.key) + 12 * octaves).clamp(0, 127) as u8;
        }
        let line = Line::draw(&notes, 0, seconds, manner, random);
        let mut audio = vec![0.0; (seconds * f64::from(SAMPLE_RATE)) as usize];
        for sung in &line.syllables {
            let syllable = self.draw_syllable(line.hz(sung.start + 0.05), random);
            overlap_add::sing(&mut audio, syllable, sung, &line, manner, random);
        }
        let stretches = stretches(&audio);
        if let Some(level_db) = manner.breath_db {
            for sung in line.syllables.iter().filter(|sung| sung.is_first) {
                breathe(&mut audio, sung.start, level_db, random);
            }
        }
        Sung { audio, stretches, notes }
    }

    /// Speaks for `seconds` seconds: syllables as they were recorded, in words with pauses.
    pub fn speak(&self, seconds: f64, random: &mut Random) -> Vec<f32> {
        let mut audio = vec![0.0; (seconds * f64::from(SAMPLE_RATE)) as usize];
        let mut at = (random.random_range(0.0..1.0) * f64::from(SAMPLE_RATE)) as usize;
        while at < audio.len() {
            let syllable = &self.syllables[random.random_range(0..self.syllables.len())];
            let length = syllable.audio.len();
            let fade = (length / 6).max(1);
            for (index, (out, sample)) in audio.iter_mut().skip(at).zip(&syllable.audio).enumerate() {
                let edge = index.min(length - index).min(fade) as f32 / fade as f32;
                *out += 0.1 / syllable.level * edge * sample;
            }
            let pause = if random.random_bool(0.25) { random.random_range(0.2..0.9) } else { 0.0 };
            at += length - fade / 2 + (pause * f64::from(SAMPLE_RATE)) as usize;
        }
        audio
    }

    /// One of the syllables that lie near a pitch.
    fn draw_syllable(&self, hz: f64, random: &mut Random) -> &Syllable {
        let draws = (0..3).map(|_| &self.syllables[random.random_range(0..self.syllables.len())]);
        let distance = |syllable: &Syllable| (hz / syllable.hz).ln().abs();
        let nearest = draws.min_by(|a, b| distance(a).total_cmp(&distance(b)));
        nearest.unwrap_or(&self.syllables[0])
    }

    /// The shift in octaves that brings a melody nearest to the singer's pitch, a few semitones above at the middle.
    fn octaves(&self, notes: &[Note], manner: &Manner, random: &mut Random) -> i32 {
        let mut keys: Vec<u8> = notes.iter().map(|note| note.key).collect();
        keys.sort_unstable();
        let middle = f64::from(keys.get(keys.len() / 2).copied().unwrap_or(60));
        let own = 69.0 + 12.0 * (self.hz * manner.formants / 440.0).log2();
        ((own + 3.0 + 2.5 * gaussian(random) - middle) / 12.0).round() as i32
    }
}

/// The files of a table's entries that are there, with their entries.
fn clips_of(folder: &Path, entries: &[OtoEntry]) -> Vec<(PathBuf, Vec<OtoEntry>)> {
    let mut files: BTreeMap<PathBuf, Vec<OtoEntry>> = BTreeMap::new();
    for entry in entries {
        let wav = folder.join(&entry.file);
        let ogg = wav.with_extension("ogg");
        if let Some(file) = [wav, ogg].into_iter().find(|file| file.is_file()) {
            files.entry(file).or_default().push(entry.clone());
        }
    }
    files.into_iter().collect()
}

/// The clips in a folder and in those in it, in order of their names.
pub(crate) fn clips_in(folder: &Path) -> Result<Vec<(PathBuf, Vec<OtoEntry>)>, SingerError> {
    let failed = |source| SingerError::Folder { folder: folder.to_owned(), source };
    let mut clips = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            clips.extend(clips_in(&path)?);
        } else if is_audio_name(&path) {
            clips.push((path, Vec::new()));
        }
    }
    clips.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(clips)
}

/// Where an entry's syllable lies. What comes long before the note is the end of another vowel.
fn cut_of(entry: &OtoEntry, length: f64) -> Cut {
    const LONGEST_LEAD: f64 = 0.12;
    let beat = entry.offset + entry.preutterance;
    Cut { start: entry.offset.max(beat - LONGEST_LEAD), beat, sustained: entry.sustained(length), spoken: false }
}

/// Stretches in seconds in which a voice sounds.
pub fn stretches(audio: &[f32]) -> Vec<[f64; 2]> {
    let frame = (LEVEL_FRAME_SECONDS * f64::from(SAMPLE_RATE)) as usize;
    let levels: Vec<f32> = audio.chunks(frame).map(root_mean_square).collect();
    let mut sorted = levels.clone();
    sorted.retain(|level| *level > 1e-5);
    sorted.sort_by(f32::total_cmp);
    let Some(loud) = sorted.get(sorted.len() * 9 / 10) else { return Vec::new() };
    let threshold = loud * 10f32.powf(SOUNDING_DB / 20.0);
    let mut stretches: Vec<[f64; 2]> = Vec::new();
    let frame_seconds = frame as f64 / f64::from(SAMPLE_RATE);
    for (index, _) in levels.iter().enumerate().filter(|(_, level)| **level > threshold) {
        let [start, end] = [index, index + 1].map(|edge| edge as f64 * frame_seconds);
        match stretches.last_mut() {
            Some(last) if start - last[1] < JOINED_GAP_SECONDS => last[1] = end,
            _ => stretches.push([start, end]),
        }
    }
    stretches.retain(|[start, end]| end - start > SHORTEST_STRETCH_SECONDS);
    stretches
}

/// Adds a breath that ends shortly before a phrase: hiss shaped by a mouth.
fn breathe(audio: &mut [f32], before: f64, level_db: f64, random: &mut Random) {
    let rate = f64::from(SAMPLE_RATE);
    let length = random.random_range(0.15..0.45);
    let start = before - length - random.random_range(0.1..0.25);
    if start < 0.0 {
        return;
    }
    let mut breath: Vec<f32> = (0..(length * rate) as usize).map(|_| random.random_range(-1.0..1.0)).collect();
    let mouth = random.random_range(1200.0..2600.0);
    Biquad::new(Kind::Bell(14.0), mouth, 1.2, rate as f32).process(&mut breath);
    Biquad::new(Kind::HighPass, 600.0, 0.7, rate as f32).process(&mut breath);
    Biquad::new(Kind::LowPass, 7000.0, 0.7, rate as f32).process(&mut breath);
    let gain = 0.1 * 10f32.powf(level_db as f32 / 20.0) / root_mean_square(&breath).max(1e-6);
    let samples = breath.len() as f32;
    for (index, (out, sample)) in audio.iter_mut().skip((start * rate) as usize).zip(breath).enumerate() {
        *out += gain * (std::f32::consts::PI * index as f32 / samples).sin() * sample;
    }
}

#[cfg(test)]
pub(crate) mod tests;
