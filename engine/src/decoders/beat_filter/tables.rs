//! What the filter knows before it hears anything: how tempi change from beat to beat, and where chords change.

use std::sync::LazyLock;

use super::{MAXIMUM_PERIOD_FRAMES, MINIMUM_PERIOD_FRAMES, PERIODS};

/// Steepness of the tempo's change from one beat to the next: the probability of a relative change `x` is
/// proportional to `exp(−TEMPO_STEADINESS · |x|)` (Krebs et al. use 100 for steady music; players want less).
const TEMPO_STEADINESS: f32 = 80.0;

/// Changes of tempo beyond this share from one beat to the next are left to the new start.
const MAXIMUM_TEMPO_CHANGE: f32 = 0.12;

/// How far from its beat a chord is found to change, in frames (standard deviation).
const CHORD_CHANGE_DEVIATION_FRAMES: f32 = 6.0;

/// Probability that a chord changes anywhere, and not on a beat.
const CHORD_CHANGES_ANYWHERE: f32 = 0.1;

/// Exponent of what a change of chord tells of the beat: some are anticipated, and some are none.
const CHORD_CHANGE_EXPONENT: f32 = 0.8;

/// What all filters read: there is one of it, which so stays in a cache however many engines there are.
#[derive(Debug)]
pub(super) struct Tables {
    /// Probabilities of the transitions at the end of a beat, for [`TOGETHER`] new periods side by side.
    pub(super) transitions: Vec<Transitions>,
    /// What a change of chord weighs by the position at which it came, for each period from position 0 on, twice over: so
    /// that from any position on a whole period lies in one stretch.
    pub(super) chord_change: Vec<Box<[f32]>>,
}

impl Tables {
    /// The tables, made when they are asked for the first time. Main thread only.
    pub(super) fn get() -> &'static Self {
        static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
            transitions: transitions(),
            chord_change: (MINIMUM_PERIOD_FRAMES..=MAXIMUM_PERIOD_FRAMES).map(chord_change).collect(),
        });
        &TABLES
    }
}

/// New periods that are reached side by side.
pub(super) const TOGETHER: usize = 8;

/// Periods by which a tempo may change, at most, and one for a rounding.
pub(super) const REACH_PERIODS: usize = (MAXIMUM_TEMPO_CHANGE * MAXIMUM_PERIOD_FRAMES as f32) as usize + 1;

/// From where some neighbouring new periods are reached, and how readily.
#[derive(Clone, Debug)]
pub(super) struct Transitions {
    /// Index of the first old period from which the first of them is reached, plus [`REACH_PERIODS`]. The next one is reached
    /// from the next old period on, and so forth.
    pub(super) first_old: usize,
    /// Of each new period: a weight for one old period after another.
    pub(super) weights: Vec<[f32; TOGETHER]>,
}

/// What a change of chord weighs at each position of a period: the density of changes there over what it is at most, tempered; twice over.
fn chord_change(period: usize) -> Box<[f32]> {
    let deviation = CHORD_CHANGE_DEVIATION_FRAMES;
    let height = (1.0 - CHORD_CHANGES_ANYWHERE) / (deviation * std::f32::consts::TAU.sqrt());
    let anywhere = |period: usize| CHORD_CHANGES_ANYWHERE / period as f32;
    let most = height + anywhere(MINIMUM_PERIOD_FRAMES);
    let weight = |position: usize| {
        let deviations = position.min(period - position) as f32 / deviation;
        ((height * (-0.5 * deviations * deviations).exp() + anywhere(period)) / most).powf(CHORD_CHANGE_EXPONENT)
    };
    (0..2 * period).map(|position| weight(position % period)).collect()
}

/// The weights of coming from the old periods nearby, which are the probabilities of leaving an old period and sum to 1.
fn transitions() -> Vec<Transitions> {
    let closeness = |old: usize, new: usize| {
        let change = (new as f32 / old as f32 - 1.0).abs();
        if change <= MAXIMUM_TEMPO_CHANGE { (-TEMPO_STEADINESS * change).exp() } else { 0.0 }
    };
    let period = |index: usize| MINIMUM_PERIOD_FRAMES + index;
    let leaving: Vec<f32> =
        (0..PERIODS).map(|old| (0..PERIODS).map(|new| closeness(period(old), period(new))).sum::<f32>()).collect();
    let weight = |old: usize, new: usize| {
        if old < PERIODS && new < PERIODS { closeness(period(old), period(new)) / leaving[old] } else { 0.0 }
    };
    (0..PERIODS)
        .step_by(TOGETHER)
        .map(|first_new| {
            // By how much the index of an old period may differ from that of a new one, plus the reach.
            let by = |shift: usize| -> [f32; TOGETHER] {
                std::array::from_fn(|lane| {
                    let new = first_new + lane;
                    (new + shift).checked_sub(REACH_PERIODS).map_or(0.0, |old| weight(old, new))
                })
            };
            let shifts = 0..=2 * REACH_PERIODS;
            let is_used = |shift: &usize| by(*shift).iter().any(|weight| *weight > 0.0);
            let first = shifts.clone().find(is_used).unwrap_or(0);
            let last = shifts.rev().find(is_used).unwrap_or(0);
            Transitions { first_old: first_new + first, weights: (first..=last).map(by).collect() }
        })
        .collect()
}
