//! What a network should say of an excerpt, frame by frame.

use attacca_models::{
    Task,
    front_end::FRAMES_PER_SECOND,
    vocabulary::{ChordClass, KeyClass},
};

use super::chord_class::chord_class;
use crate::{
    data::{
        LabelFraming, Labels,
        labels::{Annotation, LabelledBeat},
    },
    score::{TimedChord, TimedKey},
};

/// The targets of an excerpt or of a crop.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// The probability of each label, `[frame, label]`.
    Independent(Vec<f32>),
    /// The one class that holds, `[frame]`; 0 where the frame has no weight.
    Exclusive(Vec<u16>),
}

/// The targets of an excerpt, and how much each frame counts.
#[derive(Clone, Debug, PartialEq)]
pub struct FramedLabels {
    /// The targets.
    pub targets: Targets,
    /// Weight of each frame in the loss, 0 where it is masked or nothing is known, `[frame]`.
    pub weights: Vec<f32>,
}

/// What an excerpt is labelled with for one task.
#[derive(Clone, Debug, PartialEq)]
pub enum TaskLabels {
    /// Times of onsets in seconds.
    Onsets(Annotation<f64>),
    /// Beats and downbeats.
    Beats(Annotation<LabelledBeat>),
    /// Stretches in seconds in which somebody sings.
    Voice(Annotation<[f64; 2]>),
    /// Chords or keys.
    Classes(Annotation<TimedClass>),
}

/// A class over a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimedClass {
    /// Start in seconds.
    start: f64,
    /// End in seconds.
    end: f64,
    /// The class; `None` where the label has none.
    class: Option<u16>,
}

impl TaskLabels {
    /// The labels for a task; `None` where the excerpt is not labelled for it.
    pub fn of(labels: &Labels, task: Task) -> Option<Self> {
        // Every task has fewer classes than 16 bits tell apart.
        let class = |class: usize| class as u16;
        Some(match task {
            Task::Onset => Self::Onsets(labels.onsets.clone()?),
            Task::Beat => Self::Beats(labels.beats.clone()?),
            Task::Voice => Self::Voice(labels.voice.clone()?),
            Task::Chord => {
                let chords = labels.chords.as_ref()?;
                let timed = |chord: &TimedChord| {
                    let class = chord_class(&chord.label).map(class);
                    TimedClass { start: chord.start, end: chord.end, class }
                };
                let values = chords.values.iter().map(timed).collect();
                Self::Classes(Annotation { values, masked: chords.masked.clone() })
            }
            Task::Key => {
                let keys = labels.keys.as_ref()?;
                let timed =
                    |key: &TimedKey| TimedClass { start: key.start, end: key.end, class: Some(class(key.key.class())) };
                let values = keys.values.iter().map(timed).collect();
                Self::Classes(Annotation { values, masked: keys.masked.clone() })
            }
        })
    }

    /// Times in seconds of the events of each label; none where the labels are no events.
    pub fn events(&self) -> Vec<Vec<f64>> {
        match self {
            Self::Onsets(onsets) => vec![onsets.values.clone()],
            Self::Beats(beats) => {
                let downbeats = beats.values.iter().filter(|beat| beat.position == 1);
                vec![beats.values.iter().map(|beat| beat.time).collect(), downbeats.map(|beat| beat.time).collect()]
            }
            Self::Voice(_) | Self::Classes(_) => Vec::new(),
        }
    }

    /// The targets over `frames` frames.
    pub fn framed(&self, framing: LabelFraming, frames: usize) -> FramedLabels {
        match self {
            Self::Onsets(onsets) => {
                let targets = onsets.onset_targets(frames, framing);
                FramedLabels { targets: Targets::Independent(targets.values), weights: targets.weights }
            }
            Self::Beats(annotation) => {
                let [beats, downbeats] = annotation.beat_targets(frames, framing);
                let interleaved = beats.into_iter().zip(downbeats).flat_map(|(beat, downbeat)| [beat, downbeat]);
                let targets = Targets::Independent(interleaved.collect());
                FramedLabels { targets, weights: annotation.weights(frames, framing) }
            }
            Self::Voice(voice) => {
                let mut targets = vec![0.0; frames];
                for &[start, end] in &voice.values {
                    targets[framing.frames_within(start, end, frames)].fill(1.0);
                }
                let mut weights = voice.weights(frames, framing);
                // What is said before the first frame has been heard is about nothing.
                weights.iter_mut().take(framing.look_ahead_frames).for_each(|weight| *weight = 0.0);
                FramedLabels { targets: Targets::Independent(targets), weights }
            }
            Self::Classes(annotation) => {
                let mut targets = vec![0; frames];
                let mut is_known = vec![false; frames];
                for &TimedClass { start, end, class } in &annotation.values {
                    let within = framing.frames_within(start, end, frames);
                    is_known[within.clone()].fill(class.is_some());
                    targets[within].fill(class.unwrap_or(0));
                }
                let mut weights = annotation.weights(frames, framing);
                let unknown = weights.iter_mut().zip(is_known).filter(|(_, is_known)| !is_known);
                unknown.for_each(|(weight, _)| *weight = 0.0);
                FramedLabels { targets: Targets::Exclusive(targets), weights }
            }
        }
    }
}

impl LabelFraming {
    /// The frames whose middle lies within a stretch of time, look-ahead included, below `frames`.
    fn frames_within(&self, start: f64, end: f64, frames: usize) -> std::ops::Range<usize> {
        let first_from = |time: f64| {
            let middles = (time * f64::from(FRAMES_PER_SECOND) - 0.5).ceil().max(0.0) as usize;
            (middles + self.look_ahead_frames).min(frames)
        };
        let (from, to) = (first_from(start), first_from(end));
        from..to.max(from)
    }
}

/// The class of the same chord or key `semitones` higher.
pub(super) fn transposed(task: Task, class: u16, semitones: i32) -> u16 {
    let moved = |pitch_class: u8| (i32::from(pitch_class) + semitones).rem_euclid(12) as u8;
    let class = usize::from(class);
    let transposed = match task {
        Task::Chord => {
            ChordClass::from_class(class).map(|chord| ChordClass { root: moved(chord.root), ..chord }.class())
        }
        Task::Key => KeyClass::from_class(class).map(|key| KeyClass { tonic: moved(key.tonic), ..key }.class()),
        Task::Onset | Task::Beat | Task::Voice => None,
    };
    // No chord is no chord in every key.
    transposed.unwrap_or(class) as u16
}

#[cfg(test)]
mod tests {
    use attacca_models::vocabulary::{CHORD_LABELS, KEY_LABELS, Mode};

    use super::*;

    const EXACT: LabelFraming = LabelFraming { look_ahead_frames: 0, neighbour: 0.0 };
    const LATE: LabelFraming = LabelFraming { look_ahead_frames: 2, neighbour: 0.0 };

    #[test]
    fn voice_counts_in_frames_whose_middle_is_sung_and_comes_late() {
        let voice = Annotation { values: vec![[0.014, 0.034]], masked: vec![[0.05, 0.055]] };
        let labels = Labels { voice: Some(voice), ..Labels::default() };
        let framed = TaskLabels::of(&labels, Task::Voice).unwrap().framed(EXACT, 7);
        assert_eq!(framed.targets, Targets::Independent(vec![0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]));
        assert_eq!(framed.weights, [1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 1.0]);
        let late = TaskLabels::of(&labels, Task::Voice).unwrap().framed(LATE, 6);
        assert_eq!(late.targets, Targets::Independent(vec![0.0, 0.0, 0.0, 1.0, 1.0, 0.0]));
        assert_eq!(late.weights, [0.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
    }

    #[test]
    fn chords_without_a_class_and_gaps_do_not_count() {
        let chord = |start, end, label: &str| TimedChord { start, end, label: label.to_owned() };
        let values = vec![chord(0.0, 0.02, "N"), chord(0.02, 0.04, "A:min9"), chord(0.05, 0.06, "X")];
        let chords = Annotation { values, masked: vec![[0.012, 0.018]] };
        let labels = Labels { chords: Some(chords), ..Labels::default() };
        let framed = TaskLabels::of(&labels, Task::Chord).unwrap().framed(EXACT, 7);
        assert_eq!(framed.weights, [1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
        let Targets::Exclusive(classes) = framed.targets else { panic!("chords exclude each other") };
        let named = classes.iter().map(|&class| CHORD_LABELS[usize::from(class)]).collect::<Vec<_>>();
        assert_eq!(named, ["N", "N", "A:min7", "A:min7", "N", "N", "N"]);
    }

    #[test]
    fn keys_are_classes_and_come_late() {
        let key = |start, tonic| TimedKey { start, end: start + 0.02, key: KeyClass { tonic, mode: Mode::Minor } };
        let keys = Annotation::unmasked(vec![key(0.0, 9), key(0.02, 4)]);
        let labels = Labels { keys: Some(keys), ..Labels::default() };
        let framed = TaskLabels::of(&labels, Task::Key).unwrap().framed(LATE, 7);
        assert_eq!(framed.weights, [0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0]);
        let Targets::Exclusive(classes) = framed.targets else { panic!("keys exclude each other") };
        assert_eq!(KEY_LABELS[usize::from(classes[3])], "A:min");
        assert_eq!(KEY_LABELS[usize::from(classes[4])], "E:min");
    }

    #[test]
    fn an_excerpt_without_labels_has_none() {
        for task in Task::ALL {
            assert_eq!(TaskLabels::of(&Labels::default(), task), None);
        }
    }

    #[test]
    fn classes_move_with_the_music() {
        let moved = |task: Task, from: &str, semitones| {
            let class = task.labels().iter().position(|label| *label == from).unwrap();
            task.labels()[usize::from(transposed(task, class as u16, semitones))]
        };
        assert_eq!(moved(Task::Chord, "A#:min7", 3), "C#:min7");
        assert_eq!(moved(Task::Chord, "C:5", -1), "B:5");
        assert_eq!(moved(Task::Chord, "N", 4), "N");
        assert_eq!(moved(Task::Key, "B:min", 1), "C:min");
        assert_eq!(moved(Task::Key, "F:maj", -5), "C:maj");
    }
}
