//! What the filter knows before it hears anything: how tempi change from beat to beat, and where chords change.

use std::sync::LazyLock;

use super::{MAXIMUM_PERIOD_FRAMES, MINIMUM_PERIOD_FRAMES};

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
    /// Banded transition probabilities at the end of a beat, by new period.
    pub(super) transitions: Vec<Transition>,
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

/// From where a new period is reached, and how readily.
#[derive(Clone, Debug)]
pub(super) struct Transition {
    /// Index of the first old period.
    pub(super) first_old: usize,
    /// A weight for each old period from there on.
    pub(super) weights: Vec<f32>,
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

/// For each new period, the weights of coming from the old periods nearby: the probabilities of leaving an old period,
/// which sum to 1.
fn transitions() -> Vec<Transition> {
    let closeness = |old: usize, new: usize| {
        let change = (new as f32 / old as f32 - 1.0).abs();
        if change <= MAXIMUM_TEMPO_CHANGE { (-TEMPO_STEADINESS * change).exp() } else { 0.0 }
    };
    let periods = MINIMUM_PERIOD_FRAMES..=MAXIMUM_PERIOD_FRAMES;
    let leaving: Vec<f32> =
        periods.clone().map(|old| periods.clone().map(|new| closeness(old, new)).sum::<f32>()).collect();
    periods
        .clone()
        .map(|new| {
            let reachable: Vec<usize> = periods.clone().filter(|&old| closeness(old, new) > 0.0).collect();
            let first_old = reachable[0] - MINIMUM_PERIOD_FRAMES;
            let arriving = |&old: &usize| closeness(old, new) / leaving[old - MINIMUM_PERIOD_FRAMES];
            let weights = reachable.iter().map(arriving).collect();
            Transition { first_old, weights }
        })
        .collect()
}
