//! Labels in seconds, and the frame-wise targets that a network is fitted to.

use attacca_models::front_end::FRAMES_PER_SECOND;
use serde::{Deserialize, Serialize};

use crate::{
    render::AttackTable,
    score::{Role, Score},
};

/// Onsets closer than this are heard, and labelled, as one (Böck et al., *Evaluating the online capabilities of
/// onset detection methods*, ISMIR 2012).
pub const MERGE_SECONDS: f64 = 0.03;

/// How far a masked stretch reaches beyond a slow attack on either side, in seconds.
const MASK_MARGIN_SECONDS: f64 = 0.02;

/// A beat is labelled if something sounds at it or has sounded no longer than this before it, in seconds: through a
/// rest a listener goes on counting, through silence nobody does.
const REST_SECONDS: f64 = 2.0;

/// How far an onset that cannot be heard is masked on either side, in seconds.
const INAUDIBLE_MARGIN_SECONDS: f64 = 0.03;

/// The labels of one excerpt.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labels {
    /// Times of the onsets in seconds, at least [`MERGE_SECONDS`] apart.
    pub onsets: Vec<f64>,
    /// Stretches `[start, end]` in seconds in which a slow attack makes an onset neither right nor wrong.
    pub masked: Vec<[f64; 2]>,
    /// The beats, in order.
    pub beats: Vec<LabelledBeat>,
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
    /// The labels of a score that sounds as orchestrated: every note's start, but for those that speak too slowly.
    pub fn of_score(score: &Score, attacks: &AttackTable) -> Self {
        let mut starts = Vec::new();
        let mut masked = Vec::new();
        for part in &score.parts {
            for note in &part.notes {
                let attack = match part.role {
                    Role::Drums => 0.0,
                    _ => attacks.seconds(part.program, note.key),
                };
                if attack > AttackTable::SLOW_SECONDS {
                    masked.push([note.onset - MASK_MARGIN_SECONDS, note.onset + attack + MASK_MARGIN_SECONDS]);
                } else {
                    starts.push(note.onset);
                }
            }
        }
        masked.sort_by(|a, b| a[0].total_cmp(&b[0]));
        let notes: Vec<_> = score.parts.iter().flat_map(|part| &part.notes).collect();
        let is_counted =
            |time: f64| notes.iter().any(|note| note.onset < time + MERGE_SECONDS && time < note.offset + REST_SECONDS);
        let beats = score.beats.iter().filter(|beat| is_counted(beat.time)).map(|beat| LabelledBeat {
            time: beat.time,
            position: beat.position,
            beats_per_bar: beat.beats_per_bar,
        });
        Self { onsets: merged(starts), masked: united(masked), beats: beats.collect() }
    }

    /// Masks the onsets for which `heard` is false; it has one entry for each of [`onsets`](Self::onsets).
    pub(super) fn mask_unheard(&mut self, heard: &[bool]) {
        let mut stretches = std::mem::take(&mut self.masked);
        let mut heard = heard.iter();
        self.onsets.retain(|onset| {
            let keeps = heard.next().copied().unwrap_or(true);
            if !keeps {
                stretches.push([onset - INAUDIBLE_MARGIN_SECONDS, onset + INAUDIBLE_MARGIN_SECONDS]);
            }
            keeps
        });
        stretches.sort_by(|a, b| a[0].total_cmp(&b[0]));
        self.masked = united(stretches);
    }

    /// Targets and weights of the onsets over `frames` frames.
    pub fn onset_targets(&self, frames: usize, framing: LabelFraming) -> Targets {
        let values = framing.targets(self.onsets.iter().copied(), frames);
        let mut weights = vec![1.0; frames];
        for [start, end] in &self.masked {
            let first = framing.frame(start.max(0.0));
            let last = framing.frame(end.max(0.0));
            let stretch = weights.iter_mut().zip(&values).take(last.saturating_add(1)).skip(first);
            stretch.filter(|(_, value)| **value == 0.0).for_each(|(weight, _)| *weight = 0.0);
        }
        Targets { values, weights }
    }

    /// Targets of the beats of any kind and of the downbeats, over `frames` frames.
    pub fn beat_targets(&self, frames: usize, framing: LabelFraming) -> [Vec<f32>; 2] {
        let downbeats = self.beats.iter().filter(|beat| beat.position == 1);
        [
            framing.targets(self.beats.iter().map(|beat| beat.time), frames),
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

/// Times in order without those that follow the last kept one too closely.
fn merged(mut times: Vec<f64>) -> Vec<f64> {
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

    fn onsets(times: &[f64]) -> Labels {
        Labels { onsets: times.to_vec(), ..Labels::default() }
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
        let labels = Labels { masked: vec![[0.01, 0.035]], ..onsets(&[0.02]) };
        assert_eq!(labels.onset_targets(6, EXACT).weights, vec![1.0, 0.0, 1.0, 0.0, 1.0, 1.0]);
        let late = LabelFraming { look_ahead_frames: 1, ..EXACT };
        assert_eq!(labels.onset_targets(6, late).weights, vec![1.0, 1.0, 0.0, 1.0, 0.0, 1.0]);
    }

    #[test]
    fn downbeats_are_beats_too() {
        let beat = |time, position| LabelledBeat { time, position, beats_per_bar: 2 };
        let labels = Labels { beats: vec![beat(0.0, 1), beat(0.02, 2)], ..Labels::default() };
        assert_eq!(labels.beat_targets(3, EXACT), [vec![1.0, 0.0, 1.0], vec![1.0, 0.0, 0.0]]);
    }

    #[test]
    fn beats_are_labelled_from_the_first_note_until_nothing_has_sounded_for_a_while() {
        let beat = |time| Beat { time, position: 1, beats_per_bar: 4 };
        let notes = vec![Note { onset: 2.0, offset: 3.0, key: 60, velocity: 90 }];
        let score = Score {
            parts: vec![Part { role: Role::Melody, program: 0, notes }],
            beats: [1.0, 2.0, 4.9, 5.1].map(beat).to_vec(),
        };
        let labels = Labels::of_score(&score, &AttackTable::immediate());
        assert_eq!(labels.beats.iter().map(|beat| beat.time).collect::<Vec<_>>(), vec![2.0, 4.9]);
    }

    #[test]
    fn unheard_onsets_become_masks() {
        let mut labels = Labels { masked: vec![[0.0, 0.1]], ..onsets(&[0.12, 0.5]) };
        labels.mask_unheard(&[false, true]);
        assert_eq!(labels.onsets, vec![0.5]);
        assert_eq!(labels.masked.len(), 1);
        assert!((labels.masked[0][1] - 0.15).abs() < 1e-12);
    }

    #[test]
    fn close_onsets_are_one_and_overlapping_masks_are_one() {
        assert_eq!(merged(vec![0.5, 0.1, 0.12, 0.14]), vec![0.1, 0.14, 0.5]);
        assert_eq!(united(vec![[0.0, 1.0], [0.5, 2.0], [3.0, 4.0]]), vec![[0.0, 2.0], [3.0, 4.0]]);
    }
}
