//! How fast each instrument of a SoundFont speaks, and how loud.
//!
//! A note is labelled where it is first heard. A swelling sound is heard so late after it was asked for, and so gradually,
//! that nobody could say when: where the attack is slow, the onset is masked rather than labelled.

use std::sync::Arc;

use rustysynth::SoundFont;

use super::{
    SAMPLE_RATE,
    synthesizer::{RenderError, build},
};

/// Keys at which attacks are measured; a note takes the nearest one.
const KEYS: [u8; 7] = [32, 42, 52, 62, 72, 82, 92];

const PROGRAMS: usize = 128;

/// Velocity of the measured notes.
const VELOCITY: i32 = 90;

/// How long a measured note is watched, in seconds: the longest attack that matters.
const WATCHED_SECONDS: f64 = 0.5;

/// Length of the energy frames of the measurement, in samples (5 ms).
const FRAME_SAMPLES: usize = 220;

/// Share of its greatest energy at which a note counts as heard: −17 dB.
const HEARD_SHARE: f32 = 0.02;

/// Level below the median program's at which an instrument is lifted to it: −12 dB. Instruments that count on a
/// SoundFont's modulators, which `rustysynth` leaves out, come out far softer than they are meant to: MuseScore
/// General's grand piano by 30 dB.
const SOFT_SHARE: f32 = 0.25;

/// Greatest lift, 40 dB: beyond it there is nothing but noise.
const GREATEST_LIFT: f32 = 100.0;

/// Seconds from the start of a note until it is heard, for each program and register, and the programs' levels.
#[derive(Clone, Debug, PartialEq)]
pub struct AttackTable {
    seconds: Vec<[f32; KEYS.len()]>,
    /// Level of the median measured note of each program, in any unit.
    levels: Vec<f32>,
}

impl AttackTable {
    /// An attack above this is too slow for a label, in seconds: onsets are scored within ±50 ms of the note's start.
    pub const SLOW_SECONDS: f64 = 0.045;

    /// Measures every program of a SoundFont.
    ///
    /// # Errors
    /// [`RenderError`] if the synthesizer cannot be built.
    pub fn measure(soundfont: &Arc<SoundFont>) -> Result<Self, RenderError> {
        let mut synthesizer = build(soundfont, false)?;
        let length = (WATCHED_SECONDS * f64::from(SAMPLE_RATE)) as usize;
        let (mut left, mut right) = (vec![0.0; length], vec![0.0; length]);
        let mut seconds = Vec::with_capacity(PROGRAMS);
        let mut levels = Vec::with_capacity(PROGRAMS);
        for program in 0..PROGRAMS as i32 {
            let mut row = [0.0; KEYS.len()];
            let mut loudness = [0.0f32; KEYS.len()];
            for ((value, level), key) in row.iter_mut().zip(&mut loudness).zip(KEYS) {
                synthesizer.reset();
                synthesizer.process_midi_message(0, 0xC0, program, 0);
                synthesizer.note_on(0, i32::from(key), VELOCITY);
                synthesizer.render(&mut left, &mut right);
                let energies: Vec<f32> = left
                    .chunks_exact(FRAME_SAMPLES)
                    .zip(right.chunks_exact(FRAME_SAMPLES))
                    .map(|(left, right)| left.iter().chain(right).map(|sample| sample * sample).sum())
                    .collect();
                *value = seconds_until_heard(&energies);
                *level = energies.iter().sum::<f32>().sqrt();
            }
            seconds.push(row);
            loudness.sort_by(f32::total_cmp);
            levels.push(loudness[KEYS.len() / 2]);
        }
        Ok(Self { seconds, levels })
    }

    /// A table of instruments that speak at once.
    pub fn immediate() -> Self {
        Self { seconds: Vec::new(), levels: Vec::new() }
    }

    /// The gain that brings a program far below the others to the median program's level; 1 for all others.
    pub(super) fn lift(&self, program: u8) -> f32 {
        let mut sorted = self.levels.clone();
        sorted.sort_by(f32::total_cmp);
        match (self.levels.get(usize::from(program)), sorted.get(sorted.len() / 2)) {
            (Some(level), Some(median)) if *level > 0.0 && *level < SOFT_SHARE * median => {
                (median / level).min(GREATEST_LIFT)
            }
            _ => 1.0,
        }
    }

    /// The table with further instruments, numbered from `first_program` on, each of which speaks alike on all keys.
    pub(super) fn followed_by(&self, first_program: usize, seconds: impl Iterator<Item = f32>) -> Self {
        let mut rows = self.seconds.clone();
        rows.resize(first_program, [0.0; KEYS.len()]);
        rows.extend(seconds.map(|seconds| [seconds; KEYS.len()]));
        Self { seconds: rows, levels: self.levels.clone() }
    }

    /// Seconds from the start of a note until it is heard.
    pub fn seconds(&self, program: u8, key: u8) -> f64 {
        let nearest = KEYS.iter().enumerate().min_by_key(|(_, measured)| measured.abs_diff(key));
        let row = self.seconds.get(usize::from(program));
        f64::from(row.zip(nearest).map_or(0.0, |(row, (index, _))| row[index]))
    }
}

fn seconds_until_heard(energies: &[f32]) -> f32 {
    let greatest = energies.iter().copied().fold(0.0, f32::max);
    let first = energies.iter().position(|energy| *energy > HEARD_SHARE * greatest).unwrap_or(0);
    (first * FRAME_SAMPLES) as f32 / SAMPLE_RATE as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_heard_where_its_energy_rises() {
        let mut energies = vec![0.001; 40];
        energies.extend(vec![1.0; 20]);
        let expected = (40 * FRAME_SAMPLES) as f32 / SAMPLE_RATE as f32;
        assert_eq!(seconds_until_heard(&energies), expected);
        assert_eq!(seconds_until_heard(&[0.0; 10]), 0.0);
    }

    #[test]
    fn only_programs_far_below_the_others_are_lifted() {
        let table = AttackTable { seconds: Vec::new(), levels: vec![0.03, 1.0, 0.3, 1.2, 0.0] };
        let lifts = [0, 1, 2, 3, 4, 5].map(|program| table.lift(program));
        assert_eq!(lifts, [0.3 / 0.03, 1.0, 1.0, 1.0, 1.0, 1.0]);
    }

    #[test]
    fn a_note_takes_the_nearest_measured_key() {
        let mut row = [0.0; KEYS.len()];
        row[2] = 0.08;
        let table = AttackTable { seconds: vec![row; PROGRAMS], levels: Vec::new() };
        assert!((table.seconds(48, 50) - 0.08).abs() < 1e-6);
        assert_eq!(table.seconds(48, 90), 0.0);
    }
}
