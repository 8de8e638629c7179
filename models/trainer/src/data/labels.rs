//! Labels in seconds, and the frame-wise targets that a network is fitted to.

use attacca_models::front_end::FRAMES_PER_SECOND;
use serde::{Deserialize, Serialize};

use crate::{
    render::AttackTable,
    score::{Chord, Note, Role, Score, TimedChord, TimedKey},
};

/// Onsets closer than this are heard, and labelled, as one. Böck et al. (*Evaluating the online capabilities of onset
/// detection methods*, ISMIR 2012) take 30 ms; instruments that are struck together and speak one after another need more.
pub const MERGE_SECONDS: f64 = 0.045;

/// How far a masked stretch reaches beyond a slow attack on either side, in seconds.
const MASK_MARGIN_SECONDS: f64 = 0.02;

/// A beat is labelled if something sounds at it or has sounded no longer than this before it, in seconds: through a
/// rest a listener goes on counting, through silence nobody does.
const REST_SECONDS: f64 = 2.0;

/// How far an onset that cannot be heard is masked on either side, in seconds.
const INAUDIBLE_MARGIN_SECONDS: f64 = 0.03;

/// Labels of one kind, and where they say nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Annotation<T> {
    /// The labels, in order of time.
    pub values: Vec<T>,
    /// Stretches `[start, end]` in seconds, in order, in which neither a hit nor a miss counts.
    pub masked: Vec<[f64; 2]>,
}

impl<T> Default for Annotation<T> {
    fn default() -> Self {
        Self::unmasked(Vec::new())
    }
}

impl<T> Annotation<T> {
    /// Labels that count everywhere.
    pub fn unmasked(values: Vec<T>) -> Self {
        Self { values, masked: Vec::new() }
    }

    /// Whether a time in seconds lies in a masked stretch.
    pub fn is_masked(&self, time: f64) -> bool {
        self.masked.iter().any(|[start, end]| (*start..=*end).contains(&time))
    }

    /// Adds masked stretches, in any order.
    pub fn mask(&mut self, stretches: impl IntoIterator<Item = [f64; 2]>) {
        self.masked.extend(stretches);
        self.masked.sort_by(|a, b| a[0].total_cmp(&b[0]));
        self.masked = united(std::mem::take(&mut self.masked));
    }
}

/// The labels of one excerpt; `None` where it is not labelled for a task.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labels {
    /// Times of the onsets in seconds, at least [`MERGE_SECONDS`] apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub onsets: Option<Annotation<f64>>,
    /// The beats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beats: Option<Annotation<LabelledBeat>>,
    /// The chords; what none covers is not known and counts as masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chords: Option<Annotation<TimedChord>>,
    /// Stretches `[start, end]` in seconds in which somebody sings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voice: Option<Annotation<[f64; 2]>>,
    /// The keys; what none covers is not known and counts as masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<Annotation<TimedKey>>,
}

/// A labelled beat.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelledBeat {
    /// Time in seconds.
    pub time: f64,
    /// Position in the bar, from 1.
    pub position: u8,
    /// Beats in the bar.
    pub beats_per_bar: u8,
}

/// How labels in seconds become targets a frame.
///
/// An event at time `t` belongs to frame `floor(100 t)`: the first hop that ends after it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelFraming {
    /// Frames by which targets come late, so that a causal network hears a little of what follows the event.
    pub look_ahead_frames: usize,
    /// Target of the frames beside an event's, between 0 and 1; 0 for none.
    pub neighbour: f32,
}

/// Targets of one excerpt for one kind of event.
#[derive(Clone, Debug, PartialEq)]
pub struct Targets {
    /// Target of each frame, between 0 and 1.
    pub values: Vec<f32>,
    /// Weight of each frame in the loss: 1, or 0 where it is masked.
    pub weights: Vec<f32>,
}

impl Labels {
    /// The labels of a score that sounds as orchestrated: where every note is first heard, but for those that speak too slowly.
    pub fn of_score(score: &Score, attacks: &AttackTable) -> Self {
        let mut starts = Vec::new();
        let mut slow = Vec::new();
        for part in &score.parts {
            for note in &part.notes {
                let attack = match part.role {
                    Role::Drums => 0.0,
                    _ => attacks.seconds(part.program, note.key),
                };
                if attack > AttackTable::SLOW_SECONDS {
                    slow.push([note.onset, note.onset + attack]);
                } else {
                    starts.push(note.onset + attack);
                }
            }
        }
        let starts = merged(starts);
        slow.sort_by(|a: &[f64; 2], b| a[0].total_cmp(&b[0]));
        let masked = slow.into_iter().map(|attack| mask_of(attack, &starts)).collect();
        let notes: Vec<_> = score.parts.iter().flat_map(|part| &part.notes).collect();
        let is_counted =
            |time: f64| notes.iter().any(|note| note.onset < time + MERGE_SECONDS && time < note.offset + REST_SECONDS);
        let beats = score.beats.iter().filter(|beat| is_counted(beat.time)).map(|beat| LabelledBeat {
            time: beat.time,
            position: beat.position,
            beats_per_bar: beat.beats_per_bar,
        });
        let chords = (!score.chords.is_empty()).then(|| sounding_chords(score));
        let keys = (!score.keys.is_empty()).then(|| Annotation::unmasked(score.keys.clone()));
        Self {
            onsets: Some(Annotation { values: starts, masked: united(masked) }),
            beats: Some(Annotation::unmasked(beats.collect())),
            chords,
            voice: Some(Annotation::default()),
            keys,
        }
    }

    /// The labels of `seconds` seconds in which there is no music: nothing starts, nobody counts, plays or sings.
    pub(super) fn without_music(seconds: f64) -> Self {
        let no_chord = TimedChord { start: 0.0, end: seconds, label: "N".to_owned() };
        Self {
            onsets: Some(Annotation::default()),
            beats: Some(Annotation::default()),
            chords: Some(Annotation::unmasked(vec![no_chord])),
            voice: Some(Annotation::default()),
            keys: None,
        }
    }

    /// Masks the onsets for which `heard` is false; it has one entry for each of [`onsets`](Self::onsets).
    pub(super) fn mask_unheard(&mut self, heard: &[bool]) {
        let Some(onsets) = &mut self.onsets else { return };
        let mut stretches = Vec::new();
        let mut heard = heard.iter();
        onsets.values.retain(|onset| {
            let keeps = heard.next().copied().unwrap_or(true);
            if !keeps {
                stretches.push([onset - INAUDIBLE_MARGIN_SECONDS, onset + INAUDIBLE_MARGIN_SECONDS]);
            }
            keeps
        });
        onsets.mask(stretches);
    }
}

impl Annotation<f64> {
    /// Targets and weights of the onsets over `frames` frames.
    pub fn onset_targets(&self, frames: usize, framing: LabelFraming) -> Targets {
        let values = framing.targets(self.values.iter().copied(), frames);
        let mut weights = self.weights(frames, framing);
        weights.iter_mut().zip(&values).filter(|(_, value)| **value > 0.0).for_each(|(weight, _)| *weight = 1.0);
        Targets { values, weights }
    }
}

impl<T> Annotation<T> {
    /// Weight of each frame in the loss: 1, or 0 where it is masked.
    pub fn weights(&self, frames: usize, framing: LabelFraming) -> Vec<f32> {
        let mut weights = vec![1.0; frames];
        for [start, end] in &self.masked {
            let first = framing.frame(start.max(0.0));
            let last = framing.frame(end.max(0.0));
            weights.iter_mut().take(last.saturating_add(1)).skip(first).for_each(|weight| *weight = 0.0);
        }
        weights
    }
}

impl Annotation<LabelledBeat> {
    /// Targets of the beats of any kind and of the downbeats, over `frames` frames.
    pub fn beat_targets(&self, frames: usize, framing: LabelFraming) -> [Vec<f32>; 2] {
        let downbeats = self.values.iter().filter(|beat| beat.position == 1);
        [
            framing.targets(self.values.iter().map(|beat| beat.time), frames),
            framing.targets(downbeats.map(|beat| beat.time), frames),
        ]
    }
}

impl LabelFraming {
    /// The frame of an event at `time` seconds, look-ahead included.
    pub fn frame(&self, time: f64) -> usize {
        (time * f64::from(FRAMES_PER_SECOND)).floor() as usize + self.look_ahead_frames
    }

    fn targets(&self, times: impl Iterator<Item = f64>, frames: usize) -> Vec<f32> {
        let mut values = vec![0.0f32; frames];
        for frame in times.map(|time| self.frame(time)) {
            let beside = [frame.checked_sub(1), Some(frame + 1)].into_iter().flatten();
            for (at, value) in beside.map(|at| (at, self.neighbour)).chain([(frame, 1.0)]) {
                if let Some(target) = values.get_mut(at) {
                    *target = target.max(value);
                }
            }
        }
        values
    }
}

/// The stretch in which a slow attack is masked. Where something else strikes with the slow note, that is its onset, and
/// what swells after it is none. `starts` are in order.
fn mask_of([start, end]: [f64; 2], starts: &[f64]) -> [f64; 2] {
    let struck = starts.partition_point(|onset| *onset < start - MERGE_SECONDS);
    let end = match starts.get(struck) {
        Some(onset) if *onset <= start + MERGE_SECONDS => end.min(*onset),
        _ => end,
    };
    [start - MASK_MARGIN_SECONDS, end + MASK_MARGIN_SECONDS]
}

/// Fewest pitch classes of a chord that must sound for its label to count.
const FEWEST_CHORD_TONES: usize = 2;

/// A score's chords as they can be heard: `N` where nothing with a pitch sounds, masked where too little of a chord
/// does.
fn sounding_chords(score: &Score) -> Annotation<TimedChord> {
    let pitched = score.parts.iter().filter(|part| part.role != Role::Drums);
    let notes: Vec<&Note> = pitched.flat_map(|part| &part.notes).collect();
    let mut chords = Annotation::default();
    for timed in &score.chords {
        let sounding = notes.iter().filter(|note| note.onset < timed.end && note.offset > timed.start);
        let mut classes = [false; 12];
        sounding.for_each(|note| classes[usize::from(note.key % 12)] = true);
        if !classes.contains(&true) {
            chords.values.push(TimedChord { label: "N".to_owned(), ..timed.clone() });
            continue;
        }
        let heard = Chord::parse(&timed.label).is_some_and(|chord| {
            let tones = chord.intervals.iter().map(|interval| usize::from((chord.root + interval) % 12));
            tones.filter(|class| classes[*class]).count() >= FEWEST_CHORD_TONES
        });
        if !heard {
            chords.masked.push([timed.start, timed.end]);
        }
        chords.values.push(timed.clone());
    }
    chords
}

/// Times in order without those that follow the last kept one too closely.
pub(crate) fn merged(mut times: Vec<f64>) -> Vec<f64> {
    times.sort_by(f64::total_cmp);
    let mut kept: Vec<f64> = Vec::with_capacity(times.len());
    for time in times {
        if kept.last().is_none_or(|last| time - last > MERGE_SECONDS) {
            kept.push(time);
        }
    }
    kept
}

/// Stretches in order of their starts, overlapping ones joined.
fn united(stretches: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    let mut joined: Vec<[f64; 2]> = Vec::with_capacity(stretches.len());
    for stretch in stretches {
        match joined.last_mut() {
            Some(last) if stretch[0] <= last[1] => last[1] = last[1].max(stretch[1]),
            _ => joined.push(stretch),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{Beat, Note, Part};

    const EXACT: LabelFraming = LabelFraming { look_ahead_frames: 0, neighbour: 0.0 };

    fn onsets(times: &[f64]) -> Annotation<f64> {
        Annotation::unmasked(times.to_vec())
    }

    #[test]
    fn an_event_belongs_to_the_first_hop_that_ends_after_it() {
        let targets = onsets(&[0.0, 0.0399, 0.05]).onset_targets(7, EXACT);
        assert_eq!(targets.values, vec![1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0]);
    }

    #[test]
    fn targets_are_delayed_and_widened_and_cut_at_the_end() {
        let framing = LabelFraming { look_ahead_frames: 2, neighbour: 0.5 };
        let targets = onsets(&[0.005, 0.045]).onset_targets(6, framing);
        assert_eq!(targets.values, vec![0.0, 0.5, 1.0, 0.5, 0.0, 0.5]);
    }

    #[test]
    fn masks_spare_the_frames_of_onsets_and_move_with_them() {
        let labels = Annotation { masked: vec![[0.01, 0.035]], ..onsets(&[0.02]) };
        assert_eq!(labels.onset_targets(6, EXACT).weights, vec![1.0, 0.0, 1.0, 0.0, 1.0, 1.0]);
        let late = LabelFraming { look_ahead_frames: 1, ..EXACT };
        assert_eq!(labels.onset_targets(6, late).weights, vec![1.0, 1.0, 0.0, 1.0, 0.0, 1.0]);
    }

    #[test]
    fn downbeats_are_beats_too() {
        let beat = |time, position| LabelledBeat { time, position, beats_per_bar: 2 };
        let labels = Annotation::unmasked(vec![beat(0.0, 1), beat(0.02, 2)]);
        assert_eq!(labels.beat_targets(3, EXACT), [vec![1.0, 0.0, 1.0], vec![1.0, 0.0, 0.0]]);
    }

    #[test]
    fn beats_are_labelled_from_the_first_note_until_nothing_has_sounded_for_a_while() {
        let beat = |time| Beat { time, position: 1, beats_per_bar: 4 };
        let notes = vec![Note { onset: 2.0, offset: 3.0, key: 60, velocity: 90 }];
        let score = Score {
            parts: vec![Part { role: Role::Melody, program: 0, notes }],
            beats: [1.0, 2.0, 4.9, 5.1].map(beat).to_vec(),
            ..Score::default()
        };
        let labels = Labels::of_score(&score, &AttackTable::immediate());
        let beats = labels.beats.unwrap().values;
        assert_eq!(beats.iter().map(|beat| beat.time).collect::<Vec<_>>(), vec![2.0, 4.9]);
    }

    #[test]
    fn a_slow_attack_is_masked_up_to_what_strikes_with_it() {
        let close = |found: [f64; 2], expected: [f64; 2]| {
            found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-12)
        };
        assert!(close(mask_of([1.0, 1.4], &[0.5, 1.2]), [0.98, 1.42]));
        assert!(close(mask_of([1.0, 1.4], &[0.5, 1.01, 1.2]), [0.98, 1.03]));
        assert!(close(mask_of([1.0, 1.4], &[0.97]), [0.98, 0.99]));
        assert!(close(mask_of([1.0, 1.4], &[]), [0.98, 1.42]));
    }

    #[test]
    fn unheard_onsets_become_masks() {
        let onsets = Annotation { masked: vec![[0.0, 0.1]], ..onsets(&[0.12, 0.5]) };
        let mut labels = Labels { onsets: Some(onsets), ..Labels::default() };
        labels.mask_unheard(&[false, true]);
        let onsets = labels.onsets.unwrap();
        assert_eq!(onsets.values, vec![0.5]);
        assert_eq!(onsets.masked.len(), 1);
        assert!((onsets.masked[0][1] - 0.15).abs() < 1e-12);
    }

    #[test]
    fn chords_are_labelled_as_far_as_they_sound() {
        let note = |onset, key| Note { onset, offset: onset + 0.9, key, velocity: 90 };
        let chord = |start: f64, label: &str| TimedChord { start, end: start + 1.0, label: label.to_owned() };
        let score = Score {
            parts: vec![
                Part { role: Role::Bass, program: 0, notes: vec![note(0.0, 36), note(0.0, 40), note(1.0, 43)] },
                Part { role: Role::Drums, program: 0, notes: vec![note(2.0, 36)] },
            ],
            chords: vec![chord(0.0, "C:maj"), chord(1.0, "G:7"), chord(2.0, "C:maj")],
            ..Score::default()
        };
        let chords = Labels::of_score(&score, &AttackTable::immediate()).chords.unwrap();
        assert_eq!(chords.values.iter().map(|chord| &*chord.label).collect::<Vec<_>>(), ["C:maj", "G:7", "N"]);
        assert_eq!(chords.masked, [[1.0, 2.0]]);
    }

    #[test]
    fn close_onsets_are_one_and_overlapping_masks_are_one() {
        assert_eq!(merged(vec![0.5, 0.1, 0.12, 0.15]), vec![0.1, 0.15, 0.5]);
        assert_eq!(united(vec![[0.0, 1.0], [0.5, 2.0], [3.0, 4.0]]), vec![[0.0, 2.0], [3.0, 4.0]]);
    }
}
