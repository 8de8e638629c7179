//! What a network should say of an excerpt, frame by frame.

use attacca_models::{
    Task,
    front_end::FRAMES_PER_SECOND,
    vocabulary::{ChordClass, KeyClass},
};

use super::chord_class::chord_class;
use crate::data::{LabelFraming, Labels, labels::Annotation};

/// The targets of an excerpt or of a crop.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// The probability of each label, `[frame, label]`.
    Independent(Vec<f32>),
    /// The one class that holds, `[frame]`; 0 where the frame has no weight.
    Exclusive(Vec<u16>),
}

/// The targets of an excerpt, how much each frame counts, and the events that the targets stand for.
#[derive(Clone, Debug, PartialEq)]
pub struct FramedLabels {
    /// The targets.
    pub targets: Targets,
    /// Weight of each frame in the loss, 0 where it is masked or nothing is known, `[frame]`.
    pub weights: Vec<f32>,
    /// True times in seconds of each label's events; empty for a task whose labels are no events.
    pub events: Vec<Vec<f64>>,
}

impl FramedLabels {
    /// Whether an excerpt is labelled for a task.
    pub fn exist(labels: &Labels, task: Task) -> bool {
        match task {
            Task::Onset => labels.onsets.is_some(),
            Task::Beat => labels.beats.is_some(),
            Task::Voice => labels.voice.is_some(),
            Task::Chord => labels.chords.is_some(),
            Task::Key => labels.keys.is_some(),
        }
    }

    /// The targets of a task over `frames` frames; `None` where the excerpt is not labelled for it.
    pub fn new(labels: &Labels, task: Task, framing: LabelFraming, frames: usize) -> Option<Self> {
        let framed = match task {
            Task::Onset => {
                let onsets = labels.onsets.as_ref()?;
                let targets = onsets.onset_targets(frames, framing);
                let (targets, weights) = (Targets::Independent(targets.values), targets.weights);
                Self { targets, weights, events: vec![onsets.values.clone()] }
            }
            Task::Beat => {
                let annotation = labels.beats.as_ref()?;
                let [beats, downbeats] = annotation.beat_targets(frames, framing);
                let interleaved = beats.into_iter().zip(downbeats).flat_map(|(beat, downbeat)| [beat, downbeat]);
                let times = |only_first: bool| {
                    let wanted = annotation.values.iter().filter(|beat| !only_first || beat.position == 1);
                    wanted.map(|beat| beat.time).collect()
                };
                Self {
                    targets: Targets::Independent(interleaved.collect()),
                    weights: annotation.weights(frames, framing),
                    events: vec![times(false), times(true)],
                }
            }
            Task::Voice => {
                let annotation = labels.voice.as_ref()?;
                let mut targets = vec![0.0; frames];
                for &[start, end] in &annotation.values {
                    targets[framing.frames_within(start, end, frames)].fill(1.0);
                }
                let mut weights = annotation.weights(frames, framing);
                // What is said before the first frame has been heard is about nothing.
                weights.iter_mut().take(framing.look_ahead_frames).for_each(|weight| *weight = 0.0);
                Self { targets: Targets::Independent(targets), weights, events: Vec::new() }
            }
            Task::Chord => {
                let chords = labels.chords.as_ref()?;
                Self::exclusive(chords, frames, framing, |chord| (chord.start, chord.end, chord_class(&chord.label)))
            }
            Task::Key => {
                let keys = labels.keys.as_ref()?;
                Self::exclusive(keys, frames, framing, |key| (key.start, key.end, Some(key.key.class())))
            }
        };
        Some(framed)
    }

    /// Classes over stretches of time; frames that no stretch with a class covers do not count.
    fn exclusive<T>(
        annotation: &Annotation<T>,
        frames: usize,
        framing: LabelFraming,
        stretch: impl Fn(&T) -> (f64, f64, Option<usize>),
    ) -> Self {
        let mut classes = vec![0; frames];
        let mut known = vec![false; frames];
        for (start, end, class) in annotation.values.iter().map(stretch) {
            let within = framing.frames_within(start, end, frames);
            known[within.clone()].fill(class.is_some());
            // Every task has fewer classes than 16 bits tell apart.
            classes[within].fill(class.unwrap_or(0) as u16);
        }
        let mut weights = annotation.weights(frames, framing);
        weights.iter_mut().zip(known).filter(|(_, known)| !known).for_each(|(weight, _)| *weight = 0.0);
        Self { targets: Targets::Exclusive(classes), weights, events: Vec::new() }
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
    use crate::score::{TimedChord, TimedKey};

    const EXACT: LabelFraming = LabelFraming { look_ahead_frames: 0, neighbour: 0.0 };
    const LATE: LabelFraming = LabelFraming { look_ahead_frames: 2, neighbour: 0.0 };

    #[test]
    fn voice_counts_in_frames_whose_middle_is_sung_and_comes_late() {
        let voice = Annotation { values: vec![[0.014, 0.035]], masked: vec![[0.05, 0.055]] };
        let labels = Labels { voice: Some(voice), ..Labels::default() };
        let framed = FramedLabels::new(&labels, Task::Voice, EXACT, 7).unwrap();
        assert_eq!(framed.targets, Targets::Independent(vec![0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]));
        assert_eq!(framed.weights, [1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 1.0]);
        let late = FramedLabels::new(&labels, Task::Voice, LATE, 6).unwrap();
        assert_eq!(late.targets, Targets::Independent(vec![0.0, 0.0, 0.0, 1.0, 1.0, 0.0]));
        assert_eq!(late.weights, [0.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
    }

    #[test]
    fn chords_without_a_class_and_gaps_do_not_count() {
        let chord = |start, end, label: &str| TimedChord { start, end, label: label.to_owned() };
        let values = vec![chord(0.0, 0.02, "N"), chord(0.02, 0.04, "A:min9"), chord(0.05, 0.06, "X")];
        let chords = Annotation { values, masked: vec![[0.012, 0.018]] };
        let labels = Labels { chords: Some(chords), ..Labels::default() };
        let framed = FramedLabels::new(&labels, Task::Chord, EXACT, 7).unwrap();
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
        let framed = FramedLabels::new(&labels, Task::Key, LATE, 7).unwrap();
        assert_eq!(framed.weights, [0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0]);
        let Targets::Exclusive(classes) = framed.targets else { panic!("keys exclude each other") };
        assert_eq!(KEY_LABELS[usize::from(classes[3])], "A:min");
        assert_eq!(KEY_LABELS[usize::from(classes[4])], "E:min");
    }

    #[test]
    fn an_excerpt_without_labels_has_no_targets() {
        for task in Task::ALL {
            assert!(!FramedLabels::exist(&Labels::default(), task));
            assert_eq!(FramedLabels::new(&Labels::default(), task, EXACT, 5), None);
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
