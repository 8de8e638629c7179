//! What there is to do in a hop, unit by unit, and when.
//!
//! The list is made once, on the main thread, from the networks and their features alone: it is the same every hop, on
//! every machine and whatever is heard, and so are the samples at which results are known. After `s` of the `S` samples
//! over which a hop is spread, every unit has run whose work, and half of its own, is no more than the share `s / S` of
//! all work.

use attacca_models::{Task, network::UnitCost};

/// One unit of work. Audio thread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum HopUnit {
    /// A unit of the features, by its number.
    Feature(usize),
    /// The next unit of the network of this number; it takes its frame with the first.
    Network {
        index: usize,
        first: bool,
    },
    /// The levels of the onset bands, of half a hop each.
    OnsetBandsFirst,
    OnsetBandsSecond,
    /// The onset decoder.
    Onset,
    /// The beat decoder, where a change of chord is to be told.
    BeatChordChange,
    /// The beat decoder, taking every state one frame on.
    BeatBegin,
    /// The beat decoder, weighing those near a beat.
    BeatObserve,
    /// The beat decoder, writing what was done to all states into some of them.
    BeatRefresh,
    /// The beat decoder, finding the most probable state.
    BeatFind,
    /// The rest of the beat decoder.
    Beat,
    /// The voice switch.
    Voice,
    /// The lowest partial.
    Bass,
    /// The chord filter.
    ChordFilter,
    /// What becomes of it.
    Chord,
    /// The key filter.
    Key,
    /// The spectrum that is drawn.
    PortraitSpectrum,
    /// The rest of what is drawn.
    Portrait,
    /// The snapshot: the last unit.
    Snapshot,
}

/// Operations a nanosecond and bytes a nanosecond, as the cost model has them: what small kernels reach on a desktop
/// processor with AVX2 and weights in its second-level cache.
const FLOPS_PER_NANOSECOND: f64 = 50.0;
const BYTES_PER_NANOSECOND: f64 = 100.0;

/// Calling a unit, in operations.
const CALL_FLOPS: u64 = 600;

/// A unit and the time at which it has run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PlannedUnit {
    pub(crate) unit: HopUnit,
    /// Samples of the input after the hop's end.
    pub(crate) due_samples: u32,
}

/// The list.
#[derive(Clone, Debug)]
pub(crate) struct HopPlan {
    units: Vec<PlannedUnit>,
}

impl HopPlan {
    /// A plan of units in order, spread over `spread_samples`. The last one is due at the end of the spread.
    pub(crate) fn new(units: &[(HopUnit, UnitCost)], spread_samples: u32) -> Self {
        let costs: Vec<f64> = units.iter().map(|(_, cost)| nanoseconds(*cost)).collect();
        let total: f64 = costs.iter().sum();
        let mut before = 0.0;
        let planned = units.iter().zip(&costs).enumerate().map(|(index, (&(unit, _), cost))| {
            let share = if index + 1 == units.len() { 1.0 } else { (before + 0.5 * cost) / total };
            before += cost;
            PlannedUnit { unit, due_samples: (share * f64::from(spread_samples)).ceil() as u32 }
        });
        Self { units: planned.collect() }
    }

    /// The unit of this number; `None` after the last.
    pub(crate) fn unit(&self, number: usize) -> Option<PlannedUnit> {
        self.units.get(number).copied()
    }

    /// Number of units.
    pub(crate) fn len(&self) -> usize {
        self.units.len()
    }

    /// Samples after a hop's end at which a task's decoder has run; 0 where it never does.
    pub(crate) fn due_samples(&self, task: Task) -> u32 {
        let decoder = match task {
            Task::Onset => HopUnit::Onset,
            Task::Beat => HopUnit::Beat,
            Task::Voice => HopUnit::Voice,
            Task::Chord => HopUnit::Chord,
            Task::Key => HopUnit::Key,
        };
        self.units.iter().find(|planned| planned.unit == decoder).map_or(0, |planned| planned.due_samples)
    }

    /// Samples after a hop's end at which all of it is done.
    pub(crate) fn spread_samples(&self) -> u32 {
        self.units.last().map_or(0, |planned| planned.due_samples)
    }
}

/// The cost model.
fn nanoseconds(cost: UnitCost) -> f64 {
    let flops = (cost.flops + CALL_FLOPS) as f64;
    (flops / FLOPS_PER_NANOSECOND).max(cost.weight_bytes as f64 / BYTES_PER_NANOSECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_due_in_the_middle_of_their_work() {
        let cost = UnitCost { flops: 10_000 - CALL_FLOPS, weight_bytes: 0 };
        let units =
            [HopUnit::Feature(0), HopUnit::Feature(1), HopUnit::Onset, HopUnit::Snapshot].map(|unit| (unit, cost));
        let plan = HopPlan::new(&units, 400);
        let due: Vec<u32> = (0..plan.len()).filter_map(|unit| plan.unit(unit)).map(|unit| unit.due_samples).collect();
        assert_eq!(due, [50, 150, 250, 400]);
        assert_eq!((plan.due_samples(Task::Onset), plan.due_samples(Task::Beat), plan.spread_samples()), (250, 0, 400));
    }

    #[test]
    fn without_a_spread_everything_is_due_at_once() {
        let units = [HopUnit::Onset, HopUnit::Snapshot].map(|unit| (unit, UnitCost::default()));
        assert_eq!(HopPlan::new(&units, 0).spread_samples(), 0);
        assert_eq!(HopPlan::new(&[], 441).len(), 0);
    }

    #[test]
    fn what_reads_more_than_it_computes_is_bound_by_that() {
        let read = UnitCost { flops: 0, weight_bytes: 10_000 };
        assert_eq!(nanoseconds(read), 100.0);
    }
}
