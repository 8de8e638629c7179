//! What a performer may set, plain values with no thread of their own: what is listened for, how readily it is
//! reported, and what is known of the music beforehand.
//!
//! Settings travel as one copy in [`Command::Settings`](crate::Command::Settings) and take effect at the next hop.

use std::ops::RangeInclusive;

use attacca_models::{
    Task,
    vocabulary::{ChordClass, ChordQuality},
};
use serde::{Deserialize, Serialize};

use crate::{decoders::bar_filter::BEATS_PER_BAR, time::Bpm};

/// Everything that can be set while audio runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// One for each of [`Task::ALL`], in that order.
    pub tasks: [TaskSettings; Task::ALL.len()],
    /// The tempi that the beat may have.
    pub tempo_range: TempoRange,
    /// Whether the tempo is kept: it then moves by 4 % at most from what it was when this was set.
    pub tempo_locked: bool,
    /// Beats in a bar, 2 to 7; `None` where the engine is to find out.
    pub metre: Option<u8>,
    /// Time added to every beat, reported and predicted, in seconds: −0.25 to 0.25. A beat that is moved to later than
    /// it is known has a latency of 0.
    pub beat_offset_seconds: f32,
    /// How far back a change of chord may be dated in seconds, within [`CHORD_LAG_SECONDS`]: the longer, the better the
    /// dates of changes that are in doubt for a while.
    pub chord_lag_seconds: f32,
    /// Which chords are told apart.
    pub chord_vocabulary: ChordVocabulary,
}

/// What [`Settings::chord_lag_seconds`] may be. With 0 a change is dated to when it is found.
pub const CHORD_LAG_SECONDS: RangeInclusive<f32> = 0.0..=0.5;

/// How one task is listened for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TaskSettings {
    /// Whether it is listened for at all. What is not costs nothing.
    pub enabled: bool,
    /// How readily something is reported: −1 (only what is certain) to 1 (whatever may be), 0 as calibrated.
    pub sensitivity: f32,
}

/// The slowest and the fastest tempo, within [`Bpm::MINIMUM`] and [`Bpm::MAXIMUM`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TempoRange {
    /// The slowest.
    pub slowest: Bpm,
    /// The fastest, at least 1.05 times the slowest.
    pub fastest: Bpm,
}

/// Sets of chords, each containing the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChordVocabulary {
    /// Major and minor.
    MajorMinor,
    /// Those, diminished, augmented and suspended triads, and power chords.
    Triads,
    /// All that the network knows.
    #[default]
    Sevenths,
}

impl Default for TaskSettings {
    fn default() -> Self {
        Self { enabled: true, sensitivity: 0.0 }
    }
}

impl Default for TempoRange {
    fn default() -> Self {
        Self { slowest: Bpm::MINIMUM, fastest: Bpm::MAXIMUM }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tasks: [TaskSettings::default(); Task::ALL.len()],
            tempo_range: TempoRange::default(),
            tempo_locked: false,
            metre: None,
            beat_offset_seconds: 0.0,
            chord_lag_seconds: 0.25,
            chord_vocabulary: ChordVocabulary::default(),
        }
    }
}

impl Settings {
    /// The settings of one task.
    pub fn task(&self, task: Task) -> TaskSettings {
        self.tasks[task as usize]
    }

    /// The same with every value brought into its range; what is not a number becomes the default.
    pub fn clamped(mut self) -> Self {
        let default = Self::default();
        for task in &mut self.tasks {
            task.sensitivity = finite_or(task.sensitivity, 0.0).clamp(-1.0, 1.0);
        }
        let (minimum, maximum) = (Bpm::MINIMUM.0, Bpm::MAXIMUM.0);
        let slowest = finite_or(self.tempo_range.slowest.0, minimum).clamp(minimum, maximum / NARROWEST_RANGE);
        let fastest = finite_or(self.tempo_range.fastest.0, maximum).clamp(slowest * NARROWEST_RANGE, maximum);
        self.tempo_range = TempoRange { slowest: Bpm(slowest), fastest: Bpm(fastest) };
        self.metre = self.metre.filter(|&beats| BEATS_PER_BAR.contains(&usize::from(beats)));
        self.beat_offset_seconds = finite_or(self.beat_offset_seconds, 0.0).clamp(-0.25, 0.25);
        self.chord_lag_seconds = finite_or(self.chord_lag_seconds, default.chord_lag_seconds)
            .clamp(*CHORD_LAG_SECONDS.start(), *CHORD_LAG_SECONDS.end());
        self
    }
}

/// The fastest tempo of a range over its slowest, at least: periods are whole frames, and a range must hold one.
const NARROWEST_RANGE: f32 = 1.05;

fn finite_or(value: f32, otherwise: f32) -> f32 {
    if value.is_finite() { value } else { otherwise }
}

impl ChordVocabulary {
    /// The chord of this vocabulary that stands for `chord`: the one with its third and fifth.
    pub fn reduced(self, chord: ChordClass) -> ChordClass {
        use ChordQuality as Quality;
        let triad = match chord.quality {
            Quality::DominantSeventh | Quality::MajorSeventh | Quality::MajorSixth => Quality::Major,
            Quality::MinorSeventh | Quality::MinorMajorSeventh => Quality::Minor,
            Quality::DiminishedSeventh | Quality::HalfDiminishedSeventh => Quality::Diminished,
            other => other,
        };
        let quality = match (self, triad) {
            (Self::Sevenths, _) => chord.quality,
            (Self::Triads, triad) => triad,
            (Self::MajorMinor, Quality::Minor | Quality::Diminished) => Quality::Minor,
            (Self::MajorMinor, _) => Quality::Major,
        };
        ChordClass { quality, ..chord }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_out_of_range_are_brought_into_it() {
        let wild = Settings {
            tasks: [TaskSettings { enabled: true, sensitivity: f32::NAN }; Task::ALL.len()],
            tempo_range: TempoRange { slowest: Bpm(500.0), fastest: Bpm(-1.0) },
            metre: Some(13),
            beat_offset_seconds: 9.0,
            chord_lag_seconds: f32::INFINITY,
            ..Settings::default()
        };
        let tame = wild.clamped();
        assert_eq!(tame.task(Task::Onset).sensitivity, 0.0);
        assert!(tame.tempo_range.slowest.0 < tame.tempo_range.fastest.0);
        assert!(tame.tempo_range.fastest.0 <= Bpm::MAXIMUM.0);
        assert_eq!((tame.metre, tame.beat_offset_seconds, tame.chord_lag_seconds), (None, 0.25, 0.25));
        assert_eq!(Settings::default().clamped(), Settings::default());
    }

    #[test]
    fn a_smaller_vocabulary_keeps_root_and_third() {
        let chord = |quality| ChordClass { root: 5, quality };
        let reduced = |vocabulary: ChordVocabulary, quality| vocabulary.reduced(chord(quality)).quality;
        assert_eq!(reduced(ChordVocabulary::MajorMinor, ChordQuality::HalfDiminishedSeventh), ChordQuality::Minor);
        assert_eq!(reduced(ChordVocabulary::Triads, ChordQuality::HalfDiminishedSeventh), ChordQuality::Diminished);
        assert_eq!(reduced(ChordVocabulary::Triads, ChordQuality::SuspendedFourth), ChordQuality::SuspendedFourth);
        assert_eq!(reduced(ChordVocabulary::MajorMinor, ChordQuality::DominantSeventh), ChordQuality::Major);
        assert_eq!(reduced(ChordVocabulary::Sevenths, ChordQuality::DominantSeventh), ChordQuality::DominantSeventh);
        assert_eq!(ChordVocabulary::Triads.reduced(chord(ChordQuality::MinorSeventh)).root, 5);
    }

    #[test]
    fn chords_begin_with_the_lag_of_the_settings() {
        let frames = Settings::default().chord_lag_seconds * attacca_models::front_end::FRAMES_PER_SECOND as f32;
        assert_eq!(crate::decoders::segments::CHORDS.lag_frames, frames as usize);
    }
}
