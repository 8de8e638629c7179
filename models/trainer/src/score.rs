//! Scores: what is rendered, and what its labels are made of.
//!
//! A [`Score`] is a list of parts in seconds with the beats that lie under them. Every source of training music ends
//! as one, so that rendering and labelling know nothing of where the music came from.

pub mod abc;
pub mod beat_grid;
pub mod chord;
pub mod midi_file;
pub mod music_xml;
pub mod written;

pub use beat_grid::BeatGrid;
pub use chord::{Chord, ChordSpan};
pub use midi_file::MidiFile;
pub use written::WrittenScore;

use attacca_models::vocabulary::KeyClass;
use serde::{Deserialize, Serialize};

/// What a part does in the music; it decides which instruments may play it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A single line in front.
    Melody,
    /// Chords, arpeggios, counter-lines.
    Accompaniment,
    /// The lowest line.
    Bass,
    /// Drums and percussion: keys are General MIDI drum notes.
    Drums,
}

/// A note.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Note {
    /// Start in seconds.
    pub onset: f64,
    /// End in seconds, after `onset`.
    pub offset: f64,
    /// MIDI key, 0 to 127.
    pub key: u8,
    /// MIDI velocity, 1 to 127.
    pub velocity: u8,
}

/// The notes of one instrument.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// What the part does.
    pub role: Role,
    /// General MIDI program, 0 to 127; for drums the number of the kit. From 128 on, a sampled instrument.
    pub program: u8,
    /// The notes, in no particular order.
    pub notes: Vec<Note>,
}

/// A beat.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beat {
    /// Time in seconds.
    pub time: f64,
    /// Position in the bar, from 1 (the downbeat).
    pub position: u8,
    /// Beats in this bar.
    pub beats_per_bar: u8,
}

/// A chord over a stretch of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimedChord {
    /// Start in seconds.
    pub start: f64,
    /// End in seconds, after `start`.
    pub end: f64,
    /// The chord in Harte's syntax, `N` for none.
    pub label: String,
}

/// A key over a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimedKey {
    /// Start in seconds.
    pub start: f64,
    /// End in seconds, after `start`.
    pub end: f64,
    /// The key.
    pub key: KeyClass,
}

/// A piece of music, or an excerpt of one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Score {
    /// The parts.
    pub parts: Vec<Part>,
    /// The beats, in order of time.
    pub beats: Vec<Beat>,
    /// The chords that the parts play, in order of time; stretches that none covers are not known.
    pub chords: Vec<TimedChord>,
    /// The keys, in order of time; stretches that none covers are not known.
    pub keys: Vec<TimedKey>,
}

impl Score {
    /// The excerpt from `start` that lasts `length` seconds, moved so that it starts at 0.
    ///
    /// Notes that started earlier are left out: their onsets would be missing from the labels while their tails
    /// would sound. Notes that sound over the end are cut there, and parts without a note vanish.
    pub fn excerpt(&self, start: f64, length: f64) -> Self {
        let within = |time: f64| (start..start + length).contains(&time);
        let parts = self.parts.iter().map(|part| Part {
            role: part.role,
            program: part.program,
            notes: part
                .notes
                .iter()
                .filter(|note| within(note.onset))
                .map(|note| Note { onset: note.onset - start, offset: (note.offset - start).min(length), ..*note })
                .collect(),
        });
        Self {
            parts: parts.filter(|part| !part.notes.is_empty()).collect(),
            beats: self
                .beats
                .iter()
                .filter(|beat| within(beat.time))
                .map(|beat| Beat { time: beat.time - start, ..*beat })
                .collect(),
            chords: self
                .chords
                .iter()
                .filter_map(|chord| {
                    let [start, end] = overlap([chord.start, chord.end], start, length)?;
                    Some(TimedChord { start, end, label: chord.label.clone() })
                })
                .collect(),
            keys: self
                .keys
                .iter()
                .filter_map(|key| {
                    let [start, end] = overlap([key.start, key.end], start, length)?;
                    Some(TimedKey { start, end, ..*key })
                })
                .collect(),
        }
    }

    /// The same music `factor` times as fast.
    pub fn faster(mut self, factor: f64) -> Self {
        for note in self.parts.iter_mut().flat_map(|part| &mut part.notes) {
            note.onset /= factor;
            note.offset /= factor;
        }
        for beat in &mut self.beats {
            beat.time /= factor;
        }
        for chord in &mut self.chords {
            chord.start /= factor;
            chord.end /= factor;
        }
        for key in &mut self.keys {
            key.start /= factor;
            key.end /= factor;
        }
        self
    }

    /// The end of the last note in seconds, 0 without notes.
    pub fn end(&self) -> f64 {
        self.parts.iter().flat_map(|part| &part.notes).map(|note| note.offset).fold(0.0, f64::max)
    }
}

/// What of a stretch lies in an excerpt, counted from the excerpt's start; `None` for nothing.
pub(crate) fn overlap([from, to]: [f64; 2], start: f64, length: f64) -> Option<[f64; 2]> {
    let (from, to) = ((from - start).max(0.0), (to - start).min(length));
    (from < to).then_some([from, to])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(onset: f64, offset: f64) -> Note {
        Note { onset, offset, key: 60, velocity: 90 }
    }

    #[test]
    fn an_excerpt_starts_at_zero_and_keeps_only_notes_that_start_within_it() {
        let score = Score {
            parts: vec![
                Part { role: Role::Melody, program: 0, notes: vec![note(0.5, 2.0), note(1.5, 9.0), note(4.0, 5.0)] },
                Part { role: Role::Bass, program: 33, notes: vec![note(0.0, 1.0)] },
            ],
            beats: (0..6).map(|n| Beat { time: f64::from(n), position: 1, beats_per_bar: 2 }).collect(),
            chords: vec![
                TimedChord { start: 0.0, end: 1.0, label: "N".to_owned() },
                TimedChord { start: 1.0, end: 2.5, label: "C:maj".to_owned() },
                TimedChord { start: 2.5, end: 6.0, label: "G:7".to_owned() },
            ],
            ..Score::default()
        };
        let excerpt = score.excerpt(1.0, 3.0);
        assert_eq!(excerpt.parts.len(), 1);
        assert_eq!(excerpt.parts[0].notes, vec![note(0.5, 3.0)]);
        assert_eq!(excerpt.beats.iter().map(|beat| beat.time).collect::<Vec<_>>(), vec![0.0, 1.0, 2.0]);
        let chords: Vec<_> = excerpt.chords.iter().map(|chord| (chord.start, chord.end, &*chord.label)).collect();
        assert_eq!(chords, vec![(0.0, 1.5, "C:maj"), (1.5, 3.0, "G:7")]);
    }

    #[test]
    fn faster_music_is_shorter_by_the_factor() {
        let score = Score {
            parts: vec![Part { role: Role::Melody, program: 0, notes: vec![note(1.0, 3.0)] }],
            beats: vec![Beat { time: 2.0, position: 1, beats_per_bar: 4 }],
            ..Score::default()
        };
        let faster = score.faster(2.0);
        assert_eq!((faster.end(), faster.beats[0].time), (1.5, 1.0));
    }
}
