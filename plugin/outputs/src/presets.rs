//! Settings that go together, by name: what ships for users to begin from.

use attacca_engine::{Bpm, ChordVocabulary, Settings, TaskSettings, TempoRange, models::Task};

use crate::settings::{ChordVoicing, MidiSettings};

/// A preset.
#[derive(Clone, Debug, PartialEq)]
pub struct Preset {
    /// Its name.
    pub name: &'static str,
    /// What it is for, in one line.
    pub purpose: &'static str,
    /// How the music is listened to.
    pub settings: Settings,
    /// What leaves as MIDI.
    pub midi: MidiSettings,
}

/// Every preset, what a new instance has first.
pub fn presets() -> [Preset; 6] {
    let nothing =
        MidiSettings { onsets: false, beats: false, chords: false, controllers: false, ..MidiSettings::default() };
    [
        Preset {
            name: "Everything",
            purpose: "all tasks, all messages",
            settings: Settings::default(),
            midi: MidiSettings::default(),
        },
        Preset {
            name: "Lights",
            purpose: "predicted beats and onsets by band for a show; controllers for voice and tempo",
            settings: listening_for(&[Task::Onset, Task::Beat, Task::Voice]),
            midi: MidiSettings { chords: false, ..MidiSettings::default() },
        },
        Preset {
            name: "Drum trigger",
            purpose: "a note for every onset, also soft ones",
            settings: with_sensitivity(listening_for(&[Task::Onset]), Task::Onset, 0.3),
            midi: MidiSettings { onsets: true, ..nothing },
        },
        Preset {
            name: "Chord follower",
            purpose: "triads with their bass, surer and later",
            settings: Settings {
                chord_lag_seconds: 0.4,
                chord_vocabulary: ChordVocabulary::Triads,
                ..listening_for(&[Task::Chord, Task::Key])
            },
            midi: MidiSettings { chords: true, chord_voicing: ChordVoicing::WithBass, ..nothing },
        },
        Preset {
            name: "Click",
            purpose: "a metronome that follows the music",
            settings: listening_for(&[Task::Beat]),
            midi: MidiSettings { beats: true, ..nothing },
        },
        Preset {
            name: "Dance floor",
            purpose: "four beats in a bar, 90 to 180 BPM",
            settings: Settings {
                metre: Some(4),
                tempo_range: TempoRange { slowest: Bpm(90.0), fastest: Bpm(180.0) },
                ..Settings::default()
            },
            midi: MidiSettings::default(),
        },
    ]
}

fn listening_for(wanted: &[Task]) -> Settings {
    let tasks = Task::ALL.map(|task| TaskSettings { enabled: wanted.contains(&task), ..TaskSettings::default() });
    Settings { tasks, ..Settings::default() }
}

fn with_sensitivity(mut settings: Settings, task: Task, sensitivity: f32) -> Settings {
    settings.tasks[task as usize].sensitivity = sensitivity;
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_hold_settings_that_the_engine_takes_as_they_are() {
        for preset in presets() {
            assert_eq!(preset.settings.clamped(), preset.settings, "{}", preset.name);
        }
    }

    #[test]
    fn what_is_sent_is_listened_for() {
        for Preset { name, settings, midi, .. } in presets() {
            for (sent, task) in [(midi.onsets, Task::Onset), (midi.beats, Task::Beat), (midi.chords, Task::Chord)] {
                assert!(!sent || settings.task(task).enabled, "{name} sends {task:?}");
            }
        }
    }

    #[test]
    fn names_differ() {
        let mut names = presets().map(|preset| preset.name);
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
