//! The beat level of the bar-pointer model: a forward filter over tempo and position within the beat.
//!
//! A state is a beat period of 20 to 200 frames (300 to 30 BPM, every whole number of frames) and a position in it.
//! Each hop the position moves on by one frame; where a beat ends the period may change a little, and at any time, with
//! a small probability, the music may start anew at any tempo and position. The activation of the beat network is the
//! likelihood of the states near a beat. After Whiteley, Cemgil, Godsill, *Bayesian modelling of temporal structure
//! in musical audio* (ISMIR 2006) and Krebs, Böck, Widmer, *An efficient state-space model for joint tempo and meter
//! tracking* (ISMIR 2015); the filter is the exact forward recursion on 19,910 states, at the same cost every hop.
//!
//! A period's positions lie in a ring, so that moving on is one step of the ring's head and no value is copied. The sum of
//! all states is known from what each ring has lost and won, so that a hop passes once over them, in
//! [`BeatFilter::SLICES`] slices.

mod beliefs;
mod lanes;
mod tables;

use pulp::{Arch, NullaryFnOnce};

use self::{
    lanes::{LANES, lane_sum, scale_and_measure},
    tables::Tables,
};
use super::tempo_prior::TempoPrior;
use crate::input::dot::dot;

/// The shortest beat period in frames: 300 BPM.
pub const MINIMUM_PERIOD_FRAMES: usize = 20;
/// The longest beat period in frames: 30 BPM.
pub const MAXIMUM_PERIOD_FRAMES: usize = 200;

const PERIODS: usize = MAXIMUM_PERIOD_FRAMES - MINIMUM_PERIOD_FRAMES + 1;

/// Frames on either side of a beat in which its activation is expected. It is the same for every period: a width in
/// proportion to the period (Krebs et al.) makes slow tempi pay for frames that the network rightly leaves empty.
const BEAT_REACH_FRAMES: usize = 1;

/// An activation of this size is no evidence for or against a beat: about three times the share of frames that hold a
/// beat. What a network doubts, the off-beats above all, it doubts at every beat of a piece alike.
const NEUTRAL_ACTIVATION: f32 = 0.06;

/// Exponent of each frame's likelihood. Neighbouring frames, and one beat's and the next's, tell much the same: taken
/// as independent they would make the filter certain of its first guess.
const EVIDENCE_EXPONENT: f32 = 0.3;

/// Probability, each frame, that the music starts anew (a cut, a jump to another tempo).
const NEW_START_PROBABILITY: f32 = 2e-4;

/// States that take as long as what is done once for each period.
const RING_OVERHEAD_STATES: usize = 100;

/// Activations are kept within these bounds: no frame decides alone.
const MINIMUM_ACTIVATION: f32 = 0.01;
const MAXIMUM_ACTIVATION: f32 = 0.98;

/// Where the filter believes the music is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BeatPointer {
    /// The most probable beat period in frames, refined between whole frames by its neighbours.
    pub period_frames: f32,
    /// Frames since the last beat of the most probable state.
    pub position_frames: usize,
    /// Whole-frame period of the most probable state.
    pub state_period_frames: usize,
}

/// The filter.
#[derive(Clone, Debug)]
pub struct BeatFilter {
    /// Probabilities of all states: the rings of all periods, shortest first, each followed by zeros up to a whole number of
    /// vectors.
    probabilities: Vec<f32>,
    /// Of each period: where its ring starts in `probabilities`, and which element of the ring is position 0.
    rings: Vec<Ring>,
    tables: &'static Tables,
    /// What a beat at each period weighs.
    preferred: Vec<f32>,
    /// Probability of each period at a new start, spread over its positions.
    new_start: Vec<f32>,
    /// What fell off the end of each ring in this hop.
    ended: Vec<f32>,
    /// Probability of each period.
    period_mass: Vec<f32>,
    /// Sum of `period_mass`: about 1.
    total_mass: f32,
    /// What is being done to every state.
    pass: Pass,
    /// A change of chord of which not every state knows yet.
    chord_change_heard: Option<ChordChange>,
    /// Of each slice, the first period and the one after its last.
    slices: [(usize, usize); BeatFilter::SLICES],
    arch: Arch,
    pointer: BeatPointer,
    /// As large as `probabilities`, for whatever moves all of it at once.
    spare: Vec<f32>,
}

#[derive(Clone, Copy, Debug)]
struct Ring {
    start: usize,
    period: usize,
    /// Index in the ring of position 0.
    head: usize,
}

/// Hops over which a change of chord is told to the states: no hop is to cost more than others. Those that do not know yet
/// keep what they had.
const CHORD_CHANGE_HOPS: usize = 24;

/// A change of chord.
#[derive(Clone, Copy, Debug)]
struct ChordChange {
    ago_frames: usize,
    hops_told: usize,
}

/// A pass over all states.
#[derive(Clone, Copy, Debug, Default)]
struct Pass {
    /// What every state is multiplied with.
    keep: f32,
    /// What is spread over the states as a new start is.
    new_start: f32,
    /// The largest probability so far, and its period.
    best: (f32, usize),
}

/// The pass over the states of some periods, compiled for every instruction set.
struct Slice<'a> {
    filter: &'a mut BeatFilter,
    first: usize,
    end: usize,
}

impl NullaryFnOnce for Slice<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for index in self.first..self.end {
            self.filter.pass_over(index);
        }
    }
}

impl BeatFilter {
    /// Slices of a hop's pass over all states.
    pub const SLICES: usize = 8;

    /// A filter that believes in nothing yet: every tempo as its prior has it, every position alike.
    pub fn new() -> Self {
        let mut rings = Vec::with_capacity(PERIODS);
        let mut start = 0;
        for period in MINIMUM_PERIOD_FRAMES..=MAXIMUM_PERIOD_FRAMES {
            rings.push(Ring { start, period, head: 0 });
            start += period.next_multiple_of(LANES);
        }
        let mut filter = Self {
            probabilities: vec![0.0; start],
            tables: Tables::get(),
            preferred: vec![0.0; PERIODS],
            new_start: vec![0.0; PERIODS],
            rings,
            ended: vec![0.0; PERIODS],
            period_mass: vec![0.0; PERIODS],
            total_mass: 1.0,
            pass: Pass::default(),
            chord_change_heard: None,
            slices: slices(),
            arch: Arch::new(),
            pointer: BeatPointer { period_frames: 50.0, position_frames: 0, state_period_frames: 50 },
            spare: vec![0.0; start],
        };
        filter.prefer(&TempoPrior::default());
        filter.reset();
        filter
    }

    /// Prefers other tempi from now on. What was believed of tempi that the prior rules out is forgotten.
    pub fn prefer(&mut self, prior: &TempoPrior) {
        let mut total = 0.0;
        for (index, ring) in self.rings.iter().enumerate() {
            self.preferred[index] = prior.of_beat(ring.period);
            self.new_start[index] = prior.of_start(ring.period);
            total += self.new_start[index];
            if !prior.allows(ring.period) {
                self.probabilities[ring.start..ring.start + ring.period].fill(0.0);
                self.period_mass[index] = 0.0;
            }
        }
        for (start, ring) in self.new_start.iter_mut().zip(&self.rings) {
            *start /= total.max(f32::MIN_POSITIVE) * ring.period as f32;
        }
        self.start_anew_if_lost();
    }

    /// Back to the prior, keeping every buffer.
    pub fn reset(&mut self) {
        for (index, ring) in self.rings.iter_mut().enumerate() {
            let value = self.new_start[index];
            ring.head = 0;
            self.probabilities[ring.start..ring.start + ring.period].fill(value);
            self.period_mass[index] = value * ring.period as f32;
        }
        self.total_mass = 1.0;
        self.chord_change_heard = None;
    }

    /// Probability of each period, from [`MINIMUM_PERIOD_FRAMES`] to [`MAXIMUM_PERIOD_FRAMES`].
    pub fn period_probabilities(&self) -> &[f32] {
        &self.period_mass
    }

    /// Hears that the chord changed `ago_frames` before now: chords change on beats. It counts in full after 24 steps;
    /// another change before that is not heard.
    pub fn hear_chord_change(&mut self, ago_frames: usize) {
        self.chord_change_heard.get_or_insert(ChordChange { ago_frames, hops_told: 0 });
    }

    /// Where (almost) nothing is left that could be true, everything is possible again.
    fn start_anew_if_lost(&mut self) {
        let total: f32 = self.rings.iter().map(|ring| lane_sum(self.ring_values(ring))).sum();
        if total < LOST {
            self.reset();
        }
    }

    /// Takes the beat activation (0 to 1) of the next frame, all at once.
    #[cfg(test)]
    pub fn step(&mut self, activation: f32) {
        self.tell_of_chord_change();
        self.advance();
        self.observe(activation);
        (0..Self::SLICES).for_each(|slice| self.run_slice(slice));
        self.end_step();
    }

    /// Takes the beat activation (0 to 1) of the frame to which all states were [advanced](BeatFilter::advance). Every slice
    /// and [`BeatFilter::end_step`] are to follow before anything else is asked.
    pub fn observe(&mut self, activation: f32) {
        self.weigh(activation);
        self.begin_pass(NEW_START_PROBABILITY);
    }

    /// Runs one of the [`BeatFilter::SLICES`] slices of a step.
    pub fn run_slice(&mut self, slice: usize) {
        let (first, end) = self.slices[slice];
        self.arch.dispatch(Slice { filter: self, first, end });
    }

    /// After all slices: finds the most probable state.
    pub fn end_step(&mut self) {
        self.find_pointer();
    }

    /// Weighs the states of some more periods by when the chord changed, before a step.
    pub fn tell_of_chord_change(&mut self) {
        let Some(ChordChange { ago_frames, hops_told }) = self.chord_change_heard else { return };
        let rings = self.rings.iter().zip(&self.tables.chord_change).zip(&mut self.period_mass);
        for ((ring, weights), mass) in rings.skip(hops_told).step_by(CHORD_CHANGE_HOPS) {
            // Position 0 lies at the head; what is there now was so many frames before.
            let at_head = ring.period - (ago_frames as u32 % ring.period as u32) as usize;
            let at_start = if at_head >= ring.head { at_head - ring.head } else { at_head + ring.period - ring.head };
            let values = &mut self.probabilities[ring.start..ring.start + ring.period];
            for (value, weight) in values.iter_mut().zip(&weights[at_start..]) {
                *value *= weight;
            }
            *mass = lane_sum(values);
        }
        let change = ChordChange { ago_frames: ago_frames + 1, hops_told: hops_told + 1 };
        self.chord_change_heard = Some(change).filter(|change| change.hops_told < CHORD_CHANGE_HOPS);
    }

    fn find_pointer(&mut self) {
        self.total_mass = self.period_mass.iter().sum();
        let (best_value, best_period) = self.pass.best;
        let ring = self.rings[best_period];
        let element = self.ring_values(&ring).iter().position(|&value| value == best_value).unwrap_or(ring.head);
        self.pointer = BeatPointer {
            period_frames: self.refined_period(best_period),
            position_frames: (element + ring.period - ring.head) % ring.period,
            state_period_frames: ring.period,
        };
    }

    /// Where the music is.
    pub fn pointer(&self) -> BeatPointer {
        self.pointer
    }

    /// Probability that the last beat fell within `tolerance_frames` of where [`BeatFilter::pointer`] has it, at a
    /// period within 8 % of its own.
    pub fn agreement(&self, tolerance_frames: usize) -> f32 {
        let pointer = self.pointer;
        let margin = pointer.state_period_frames * 8 / 100 + 1;
        let first = (pointer.state_period_frames - margin.min(pointer.state_period_frames)).max(MINIMUM_PERIOD_FRAMES);
        let last = (pointer.state_period_frames + margin).min(MAXIMUM_PERIOD_FRAMES);
        let mut mass = 0.0;
        for ring in &self.rings[first - MINIMUM_PERIOD_FRAMES..=last - MINIMUM_PERIOD_FRAMES] {
            let values = &self.probabilities[ring.start..ring.start + ring.period];
            // A beat that is due within the tolerance is as good as one that has just been.
            let from = pointer.position_frames as isize - tolerance_frames as isize;
            for offset in 0..=(2 * tolerance_frames).min(ring.period - 1) {
                let position = (from + offset as isize).rem_euclid(ring.period as isize) as usize;
                let element = ring.head + position;
                mass += values[if element < ring.period { element } else { element - ring.period }];
            }
        }
        (mass / self.total_mass.max(f32::MIN_POSITIVE)).clamp(0.0, 1.0)
    }

    /// Takes every state one frame on; at the end of a beat into the periods nearby. The first part of a step.
    pub fn advance(&mut self) {
        for ((ring, ended), mass) in self.rings.iter_mut().zip(&mut self.ended).zip(&mut self.period_mass) {
            ring.head = if ring.head == 0 { ring.period - 1 } else { ring.head - 1 };
            *ended = self.probabilities[ring.start + ring.head];
            *mass -= *ended;
        }
        let periods = self.rings.iter().zip(&self.tables.transitions).zip(&self.preferred).zip(&mut self.period_mass);
        for (((ring, transition), preferred), mass) in periods {
            let old = &self.ended[transition.first_old..transition.first_old + transition.weights.len()];
            let arrived = dot::<8>(old, &transition.weights);
            self.probabilities[ring.start + ring.head] = preferred * arrived;
            *mass += preferred * arrived;
        }
    }

    /// Weighs the states near a beat by the activation.
    fn weigh(&mut self, activation: f32) {
        let activation = activation.clamp(MINIMUM_ACTIVATION, MAXIMUM_ACTIVATION);
        let neutral_odds = NEUTRAL_ACTIVATION / (1.0 - NEUTRAL_ACTIVATION);
        let near_beat = (activation / (1.0 - activation) / neutral_odds).powf(EVIDENCE_EXPONENT);
        for (ring, mass) in self.rings.iter().zip(&mut self.period_mass) {
            let values = &mut self.probabilities[ring.start..ring.start + ring.period];
            let wrapped = if ring.head < BEAT_REACH_FRAMES { ring.period } else { 0 };
            let mut index = ring.head + wrapped - BEAT_REACH_FRAMES;
            for _ in 0..=2 * BEAT_REACH_FRAMES {
                *mass += values[index] * (near_beat - 1.0);
                values[index] *= near_beat;
                index = if index + 1 == ring.period { 0 } else { index + 1 };
            }
        }
    }

    /// Prepares a pass that brings the sum of all states to 1, `new_start` of it spread as a new start is.
    fn begin_pass(&mut self, new_start: f32) {
        // What a ring has lost may be a rounding more than what it had.
        let total: f32 = self.period_mass.iter().map(|mass| mass.max(0.0)).sum();
        self.pass.keep = (1.0 - new_start) / total.max(f32::MIN_POSITIVE);
        self.pass.new_start = new_start;
        self.pass.best = (-1.0, 0);
    }

    /// The pass over the states of one period.
    #[inline(always)]
    fn pass_over(&mut self, index: usize) {
        let Pass { keep, new_start, .. } = self.pass;
        let ring = self.rings[index];
        let values = &mut self.probabilities[ring.start..ring.start + ring.period.next_multiple_of(LANES)];
        let (mass, largest) = scale_and_measure(values, ring.period, keep, new_start * self.new_start[index]);
        self.period_mass[index] = mass;
        if largest > self.pass.best.0 {
            self.pass.best = (largest, index);
        }
    }

    /// Brings the sum of all states to 1 after some were changed, and finds the most probable state.
    fn settle(&mut self) {
        for (mass, ring) in self.period_mass.iter_mut().zip(&self.rings) {
            *mass = lane_sum(&self.probabilities[ring.start..ring.start + ring.period]);
        }
        self.begin_pass(0.0);
        for (first, end) in self.slices {
            self.arch.dispatch(Slice { filter: self, first, end });
        }
        self.find_pointer();
    }

    fn ring_values(&self, ring: &Ring) -> &[f32] {
        &self.probabilities[ring.start..ring.start + ring.period]
    }

    /// Centre of mass of the periods around `index`.
    fn refined_period(&self, index: usize) -> f32 {
        let reach = 2;
        let first = index.saturating_sub(reach);
        let last = (index + reach).min(PERIODS - 1);
        let (mut mass, mut moment) = (0.0, 0.0);
        for (offset, &weight) in self.period_mass[first..=last].iter().enumerate() {
            mass += weight;
            moment += weight * (MINIMUM_PERIOD_FRAMES + first + offset) as f32;
        }
        if mass > 0.0 { moment / mass } else { (MINIMUM_PERIOD_FRAMES + index) as f32 }
    }
}

/// Cuts the periods into slices of about as much work.
fn slices() -> [(usize, usize); BeatFilter::SLICES] {
    let work_of = |period: usize| period.next_multiple_of(LANES) + RING_OVERHEAD_STATES;
    let work = |periods: usize| (MINIMUM_PERIOD_FRAMES..MINIMUM_PERIOD_FRAMES + periods).map(work_of).sum::<usize>();
    let all = work(PERIODS);
    let first = |slice: usize| {
        (0..=PERIODS).find(|&periods| work(periods) * BeatFilter::SLICES >= slice * all).unwrap_or(PERIODS)
    };
    std::array::from_fn(|slice| (first(slice), first(slice + 1)))
}

impl Default for BeatFilter {
    fn default() -> Self {
        Self::new()
    }
}

/// Probability of all states together below which nothing is believed any more.
const LOST: f32 = 1e-6;

#[cfg(test)]
mod tests;
