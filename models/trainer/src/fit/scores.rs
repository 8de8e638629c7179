//! What the validation side says of a network besides its loss, by kind of task.

use attacca_models::{
    Task,
    vocabulary::{ChordClass, ChordQuality},
};
use serde::{Deserialize, Serialize};

/// Thresholds that are tried: twentieths.
const THRESHOLDS: usize = 19;

/// How well a network does, by kind of task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scores {
    /// For each label of onsets or beats, how well its peaks find the events.
    Peaks(Vec<PeakScore>),
    /// How well the activation of a voice tells frames apart.
    Frames(FrameScore),
    /// How often the likeliest class of chords or keys is the right one.
    Classes(ClassScore),
}

/// How well peaks above the best threshold find the events of one label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeakScore {
    /// The threshold with the largest F-measure.
    pub threshold: f64,
    /// F-measure over all events together, at the tolerance that mir_eval has for the task.
    pub f_measure: f64,
    /// Median of peak time minus event time over the events found, in seconds.
    pub lag_seconds: f64,
}

/// How well an activation above the best threshold tells frames apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameScore {
    /// The threshold with the largest F-measure.
    pub threshold: f64,
    /// F-measure of the frames, all excerpts together.
    pub f_measure: f64,
    /// Share of the frames that are told right.
    pub accuracy: f64,
}

/// How often the likeliest class is the right one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassScore {
    /// Share of the frames whose class is right.
    pub accuracy: f64,
    /// For chords, the share of the frames with no chord or one that is major or minor in which that much of it is
    /// right: what mir_eval calls `majmin`.
    pub majmin_accuracy: Option<f64>,
}

impl Scores {
    /// Every value with its name, in one order for a task.
    pub fn named(&self, task: Task) -> Vec<(String, f64)> {
        let name = |label: &str, value: &str| format!("{label}_{value}");
        match self {
            Self::Peaks(labels) => {
                let scores = task.labels().iter().zip(labels).flat_map(|(label, score)| {
                    [
                        (name(label, "f_measure"), score.f_measure),
                        (name(label, "threshold"), score.threshold),
                        (name(label, "lag_seconds"), score.lag_seconds),
                    ]
                });
                scores.collect()
            }
            Self::Frames(score) => vec![
                (name(task.name(), "f_measure"), score.f_measure),
                (name(task.name(), "accuracy"), score.accuracy),
                (name(task.name(), "threshold"), score.threshold),
            ],
            Self::Classes(score) => {
                let accuracy = (name(task.name(), "accuracy"), score.accuracy);
                let majmin = score.majmin_accuracy.map(|value| (name(task.name(), "majmin_accuracy"), value));
                [accuracy].into_iter().chain(majmin).collect()
            }
        }
    }

    /// The scores in a few words.
    pub fn summary(&self, task: Task) -> String {
        match self {
            Self::Peaks(labels) => {
                let scores = task.labels().iter().zip(labels).map(|(label, score)| {
                    let lag = score.lag_seconds * 1e3;
                    format!("{label} F {:.3} at {:.2}, {lag:+.0} ms", score.f_measure, score.threshold)
                });
                scores.collect::<Vec<_>>().join("; ")
            }
            Self::Frames(score) => {
                let FrameScore { threshold, f_measure, accuracy } = score;
                format!("{} F {f_measure:.3} at {threshold:.2}, accuracy {accuracy:.3}", task.name())
            }
            Self::Classes(score) => {
                let majmin = score.majmin_accuracy.map(|value| format!(", majmin {value:.3}"));
                format!("{} accuracy {:.3}{}", task.name(), score.accuracy, majmin.unwrap_or_default())
            }
        }
    }
}

/// Peaks found, events, and pairs of the two at one threshold.
#[derive(Clone, Debug, Default)]
pub(super) struct PeakCount {
    pub(super) peaks: usize,
    pub(super) events: usize,
    pub(super) lags: Vec<f64>,
}

/// Frames by what they are and what is said of them, at one threshold.
#[derive(Clone, Debug, Default)]
pub(super) struct FrameCount {
    pub(super) true_positives: usize,
    pub(super) false_positives: usize,
    pub(super) false_negatives: usize,
    pub(super) true_negatives: usize,
}

/// Frames, and those that are right.
#[derive(Clone, Debug, Default)]
pub(super) struct ClassCount {
    pub(super) frames: usize,
    pub(super) right: usize,
    pub(super) majmin_frames: usize,
    pub(super) majmin_right: usize,
}

/// Counts over excerpts, from which the scores follow.
#[derive(Clone, Debug)]
pub(super) enum Tally {
    /// `[label][threshold]`.
    Peaks(Vec<Vec<PeakCount>>),
    /// `[threshold]`.
    Frames(Vec<FrameCount>),
    Classes(ClassCount),
}

/// The thresholds in order.
pub(super) fn thresholds() -> impl Iterator<Item = f64> {
    (1..=THRESHOLDS).map(|index| index as f64 / (THRESHOLDS + 1) as f64)
}

impl Tally {
    /// Of nothing yet.
    pub(super) fn new(task: Task) -> Self {
        match task {
            Task::Onset | Task::Beat => Self::Peaks(vec![vec![PeakCount::default(); THRESHOLDS]; task.labels().len()]),
            Task::Voice => Self::Frames(vec![FrameCount::default(); THRESHOLDS]),
            Task::Chord | Task::Key => Self::Classes(ClassCount::default()),
        }
    }

    /// Adds the counts of other excerpts of the same task.
    pub(super) fn merge(&mut self, other: Self) {
        match (self, other) {
            (Self::Peaks(all), Self::Peaks(others)) => {
                for (count, other) in all.iter_mut().flatten().zip(others.into_iter().flatten()) {
                    count.peaks += other.peaks;
                    count.events += other.events;
                    count.lags.extend(other.lags);
                }
            }
            (Self::Frames(all), Self::Frames(others)) => {
                for (count, other) in all.iter_mut().zip(others) {
                    count.true_positives += other.true_positives;
                    count.false_positives += other.false_positives;
                    count.false_negatives += other.false_negatives;
                    count.true_negatives += other.true_negatives;
                }
            }
            (Self::Classes(count), Self::Classes(other)) => {
                count.frames += other.frames;
                count.right += other.right;
                count.majmin_frames += other.majmin_frames;
                count.majmin_right += other.majmin_right;
            }
            // Tallies of different kinds are of different tasks.
            _ => {}
        }
    }

    /// The scores of everything counted.
    pub(super) fn scores(self, task: Task) -> Scores {
        match self {
            Self::Peaks(labels) => Scores::Peaks(labels.into_iter().map(best_peaks).collect()),
            Self::Frames(counts) => {
                let scores = thresholds().zip(counts).map(|(threshold, count)| count.score(threshold));
                let best = scores.max_by(|a, b| a.f_measure.total_cmp(&b.f_measure));
                Scores::Frames(best.unwrap_or_default())
            }
            Self::Classes(count) => {
                let majmin_accuracy = (task == Task::Chord).then(|| share(count.majmin_right, count.majmin_frames));
                Scores::Classes(ClassScore { accuracy: share(count.right, count.frames), majmin_accuracy })
            }
        }
    }
}

impl PeakCount {
    fn f_measure(&self) -> f64 {
        share(2 * self.lags.len(), self.peaks + self.events)
    }
}

impl FrameCount {
    fn score(&self, threshold: f64) -> FrameScore {
        let &Self { true_positives, false_positives, false_negatives, true_negatives } = self;
        let frames = true_positives + false_positives + false_negatives + true_negatives;
        FrameScore {
            threshold,
            f_measure: share(2 * true_positives, 2 * true_positives + false_positives + false_negatives),
            accuracy: share(true_positives + true_negatives, frames),
        }
    }
}

impl ClassCount {
    /// Counts a frame.
    pub(super) fn add(&mut self, task: Task, expected: usize, found: usize) {
        self.frames += 1;
        self.right += usize::from(expected == found);
        if task == Task::Chord
            && let Some(expected) = majmin(expected)
        {
            self.majmin_frames += 1;
            self.majmin_right += usize::from(majmin(found) == Some(expected));
        }
    }
}

/// Of a chord class, what major and minor triads tell apart: nothing, or root and whether it is minor. `None` for a
/// chord that is neither.
fn majmin(class: usize) -> Option<Option<(u8, bool)>> {
    let Some(chord) = ChordClass::from_class(class) else { return Some(None) };
    match chord.quality {
        ChordQuality::Major | ChordQuality::DominantSeventh | ChordQuality::MajorSeventh | ChordQuality::MajorSixth => {
            Some(Some((chord.root, false)))
        }
        ChordQuality::Minor | ChordQuality::MinorSeventh | ChordQuality::MinorMajorSeventh => {
            Some(Some((chord.root, true)))
        }
        ChordQuality::Diminished
        | ChordQuality::HalfDiminishedSeventh
        | ChordQuality::DiminishedSeventh
        | ChordQuality::Augmented
        | ChordQuality::SuspendedSecond
        | ChordQuality::SuspendedFourth
        | ChordQuality::Power => None,
    }
}

fn best_peaks(counts: Vec<PeakCount>) -> PeakScore {
    let best = thresholds().zip(counts).max_by(|(_, a), (_, b)| a.f_measure().total_cmp(&b.f_measure()));
    best.map_or_else(PeakScore::default, |(threshold, mut count)| {
        let f_measure = count.f_measure();
        count.lags.sort_by(f64::total_cmp);
        let lag_seconds = count.lags.get(count.lags.len() / 2).copied().unwrap_or(0.0);
        PeakScore { threshold, f_measure, lag_seconds }
    })
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(label: &str) -> usize {
        Task::Chord.labels().iter().position(|other| *other == label).unwrap()
    }

    #[test]
    fn majmin_forgets_sevenths_and_leaves_other_chords_out() {
        let mut count = ClassCount::default();
        for (expected, found) in [
            ("C:maj7", "C:7"),
            ("A:min", "A:min7"),
            ("N", "N"),
            ("C:maj", "C:min"),
            ("C:maj", "C:sus4"),
            ("C:dim", "C:dim"),
            ("C:sus4", "C:maj"),
        ] {
            count.add(Task::Chord, class(expected), class(found));
        }
        let Scores::Classes(score) = Tally::Classes(count).scores(Task::Chord) else { panic!("chords are classes") };
        assert_eq!(score, ClassScore { accuracy: 2.0 / 7.0, majmin_accuracy: Some(3.0 / 5.0) });
    }

    #[test]
    fn the_best_threshold_has_the_largest_f_measure() {
        let count = |true_positives, false_positives, false_negatives| FrameCount {
            true_positives,
            false_positives,
            false_negatives,
            true_negatives: 10,
        };
        let mut counts = vec![count(0, 5, 5); THRESHOLDS];
        counts[7] = count(5, 1, 0);
        let Scores::Frames(score) = Tally::Frames(counts).scores(Task::Voice) else { panic!("a voice has frames") };
        assert_eq!(score, FrameScore { threshold: 0.4, f_measure: 10.0 / 11.0, accuracy: 15.0 / 16.0 });
    }

    #[test]
    fn merged_tallies_count_everything() {
        let mut tally = Tally::new(Task::Key);
        tally.merge(Tally::Classes(ClassCount { frames: 3, right: 1, ..ClassCount::default() }));
        tally.merge(Tally::Classes(ClassCount { frames: 1, right: 1, ..ClassCount::default() }));
        let expected = ClassScore { accuracy: 0.5, majmin_accuracy: None };
        assert_eq!(tally.scores(Task::Key), Scores::Classes(expected));
    }
}
