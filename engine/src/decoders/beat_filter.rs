//! The beat level of the bar-pointer model: a forward filter over tempo and position within the beat.
//!
//! A state is a beat period of 20 to 200 frames (300 to 30 BPM, every whole number of frames) and a position in it.
//! Each hop the position moves on by one frame; where a beat ends the period may change a little, and at any time, with
//! a small probability, the music may start anew at any tempo and position. The activation of the beat network is the
//! likelihood of the states near a beat. After Whiteley, Cemgil, Godsill, *Bayesian modelling of temporal structure
//! in musical audio* (ISMIR 2006) and Krebs, Böck, Widmer, *An efficient state-space model for joint tempo and meter
//! tracking* (ISMIR 2015); the filter is the exact forward recursion on 19,910 states, at the same cost every hop.
//!
//! A period's positions lie in a ring, so that moving on is one step of the ring's head and no value is copied. What a hop
//! does to all states of a period alike is kept with the period as a scale and an offset, so that a hop touches only the
//! states near a beat; each ring takes its turn to have them written into its states, once in eight hops.

mod beliefs;
mod tables;

use std::ops::Range;

use pulp::{Arch, NullaryFnOnce};

use self::tables::{REACH_PERIODS, TOGETHER, Tables};
use super::{
    lanes::{LANES, lane_sum, larger, largest_of, scale_and_measure},
    tempo_prior::TempoPrior,
};

/// The shortest beat period in frames: 300 BPM.
pub const MINIMUM_PERIOD_FRAMES: usize = 20;
/// The longest beat period in frames: 30 BPM.
pub const MAXIMUM_PERIOD_FRAMES: usize = 200;

const PERIODS: usize = MAXIMUM_PERIOD_FRAMES - MINIMUM_PERIOD_FRAMES + 1;

/// Places for what is kept of each period: a whole number of turns, those that are left over being 0.
const PLACES: usize = PERIODS.next_multiple_of(REFRESH_HOPS);
const _: () = assert!(PLACES.is_multiple_of(TOGETHER), "every block of transitions has its places");

/// Frames on either side of a beat in which its activation is expected. It is the same for every period: a width in
/// proportion to the period (Krebs et al.) makes slow tempi pay for frames that the network rightly leaves empty.
const BEAT_REACH_FRAMES: usize = 1;

/// An activation of this size is no evidence for or against a beat where the network is sure of most beats: about three
/// times the share of frames that hold a beat. What a network doubts, the off-beats above all, it doubts at every beat of a
/// piece alike.
pub const NEUTRAL_ACTIVATION: f32 = 0.06;

/// Exponent of each frame's likelihood. Neighbouring frames, and one beat's and the next's, tell much the same: taken
/// as independent they would make the filter certain of its first guess.
const EVIDENCE_EXPONENT: f32 = 0.3;

/// Probability, each frame, that the music starts anew (a cut, a jump to another tempo).
const NEW_START_PROBABILITY: f32 = 2e-4;

/// Hops between two that write the same ring's scale and offset into its states.
const REFRESH_HOPS: usize = 8;

/// Rings that are searched for the most probable state in a hop, the most promising first. What is not found then is so
/// within [`REFRESH_HOPS`] hops.
const MEASURED_RINGS: usize = 8;

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
    /// All states: the rings of all periods, shortest first, each followed by zeros up to a whole number of vectors. The
    /// probability of a state is its value plus its ring's offset, times the scale of its ring's turn.
    values: Vec<f32>,
    /// Of each period: where its ring starts in `values`, and which element of the ring is position 0.
    rings: Vec<Ring>,
    scales: [f32; REFRESH_HOPS],
    offsets: Vec<f32>,
    tables: &'static Tables,
    /// What a beat at each period weighs.
    preferred: Vec<f32>,
    /// Probability of each state of a period at a new start, and that of all of them.
    new_start: Vec<f32>,
    new_start_mass: Vec<f32>,
    /// What fell off the end of each ring in this hop, between zeros for the periods that there are not.
    ended: Vec<f32>,
    /// Probability of each period.
    period_mass: Vec<f32>,
    /// No state of a period is more probable than this.
    bounds: Vec<f32>,
    /// Sum of `period_mass`: about 1.
    total_mass: f32,
    /// Whose turn it is to be refreshed.
    turn: usize,
    /// A change of chord of which not every state knows yet.
    chord_change_heard: Option<ChordChange>,
    arch: Arch,
    pointer: BeatPointer,
    /// As large as `values`, for whatever moves all of it at once.
    spare: Vec<f32>,
}

#[derive(Clone, Copy, Debug)]
struct Ring {
    start: usize,
    period: usize,
    /// Index in the ring of position 0.
    head: usize,
}

impl Ring {
    fn states(&self) -> Range<usize> {
        self.start..self.start + self.period
    }
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

/// A part of a step that loops over many states or periods.
#[derive(Clone, Copy, Debug)]
enum Part {
    MoveOn,
    Weigh(f32),
    Normalise(f32),
    Write { turn: usize },
    FindPointer,
}

/// A part of a step, compiled for every instruction set.
struct Vectorised<'a> {
    filter: &'a mut BeatFilter,
    part: Part,
}

impl NullaryFnOnce for Vectorised<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        match self.part {
            Part::MoveOn => self.filter.move_on(),
            Part::Weigh(near_beat) => self.filter.weigh(near_beat),
            Part::Normalise(new_start) => self.filter.normalise(new_start),
            Part::Write { turn } => self.filter.write(turn),
            Part::FindPointer => self.filter.find_pointer(),
        }
    }
}

impl BeatFilter {
    /// A filter that believes in nothing yet: every tempo as its prior has it, every position alike.
    pub fn new() -> Self {
        let mut rings = Vec::with_capacity(PERIODS);
        let mut start = 0;
        for period in MINIMUM_PERIOD_FRAMES..=MAXIMUM_PERIOD_FRAMES {
            rings.push(Ring { start, period, head: 0 });
            start += period.next_multiple_of(LANES);
        }
        let mut filter = Self {
            values: vec![0.0; start],
            rings,
            scales: [1.0; REFRESH_HOPS],
            offsets: vec![0.0; PLACES],
            tables: Tables::get(),
            preferred: vec![0.0; PLACES],
            new_start: vec![0.0; PLACES],
            new_start_mass: vec![0.0; PLACES],
            ended: vec![0.0; PLACES + 2 * REACH_PERIODS],
            period_mass: vec![0.0; PLACES],
            bounds: vec![0.0; PLACES],
            total_mass: 1.0,
            turn: 0,
            chord_change_heard: None,
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
                self.values[ring.states()].fill(0.0);
                self.offsets[index] = 0.0;
                self.period_mass[index] = 0.0;
                self.bounds[index] = 0.0;
            }
        }
        for ((start, mass), ring) in self.new_start.iter_mut().zip(&mut self.new_start_mass).zip(&self.rings) {
            *mass = *start / total.max(f32::MIN_POSITIVE);
            *start = *mass / ring.period as f32;
        }
        // Where (almost) nothing is left that could be true, everything is possible again.
        if self.period_mass.iter().sum::<f32>() < LOST {
            self.reset();
        }
    }

    /// Back to the prior, keeping every buffer.
    pub fn reset(&mut self) {
        for (index, ring) in self.rings.iter_mut().enumerate() {
            let value = self.new_start[index];
            ring.head = 0;
            self.values[ring.states()].fill(value);
            self.period_mass[index] = value * ring.period as f32;
            self.bounds[index] = value;
        }
        self.scales.fill(1.0);
        self.offsets.fill(0.0);
        self.total_mass = 1.0;
        self.turn = 0;
        self.chord_change_heard = None;
    }

    /// Probability of each period, from [`MINIMUM_PERIOD_FRAMES`] to [`MAXIMUM_PERIOD_FRAMES`].
    pub fn period_probabilities(&self) -> &[f32] {
        &self.period_mass[..PERIODS]
    }

    /// Hears that the chord changed `ago_frames` before now: chords change on beats. It counts in full after 24 steps;
    /// another change before that is not heard.
    pub fn hear_chord_change(&mut self, ago_frames: usize) {
        self.chord_change_heard.get_or_insert(ChordChange { ago_frames, hops_told: 0 });
    }

    /// Takes the beat activation (0 to 1) of the next frame, all at once.
    #[cfg(test)]
    pub fn step(&mut self, activation: f32) {
        self.tell_of_chord_change();
        self.advance();
        self.observe(activation, NEUTRAL_ACTIVATION);
        self.refresh();
        self.end_step();
    }

    /// Weighs the states of some more periods by when the chord changed, before a step.
    pub fn tell_of_chord_change(&mut self) {
        let Some(ChordChange { ago_frames, hops_told }) = self.chord_change_heard else { return };
        for index in (hops_told..PERIODS).step_by(CHORD_CHANGE_HOPS) {
            let ring = self.rings[index];
            // Position 0 lies at the head; what is there now was so many frames before.
            let at_head = ring.period - (ago_frames as u32 % ring.period as u32) as usize;
            let at_start = if at_head >= ring.head { at_head - ring.head } else { at_head + ring.period - ring.head };
            let (scale, offset) = (self.scales[turn_of(index)], self.offsets[index]);
            let values = &mut self.values[ring.states()];
            for (value, weight) in values.iter_mut().zip(&self.tables.chord_change[index][at_start..]) {
                *value = (*value + offset) * weight;
            }
            self.offsets[index] = 0.0;
            // No weight is above 1, so that the bound still holds.
            self.period_mass[index] = lane_sum(values) * scale;
        }
        let change = ChordChange { ago_frames: ago_frames + 1, hops_told: hops_told + 1 };
        self.chord_change_heard = Some(change).filter(|change| change.hops_told < CHORD_CHANGE_HOPS);
    }

    /// Takes every state one frame on; at the end of a beat into the periods nearby. The first part of a step.
    pub fn advance(&mut self) {
        self.run(Part::MoveOn);
    }

    /// Takes the beat activation (0 to 1) of the frame to which all states were [advanced](BeatFilter::advance), and which
    /// activation tells neither for nor against a beat. [`BeatFilter::refresh`] and [`BeatFilter::end_step`] are to follow
    /// before anything else is asked.
    pub fn observe(&mut self, activation: f32, neutral: f32) {
        let odds = |probability: f32| probability / (1.0 - probability);
        let activation = activation.clamp(MINIMUM_ACTIVATION, MAXIMUM_ACTIVATION);
        self.run(Part::Weigh((odds(activation) / odds(neutral)).powf(EVIDENCE_EXPONENT)));
        self.run(Part::Normalise(NEW_START_PROBABILITY));
    }

    /// Writes scale and offset into the states of the rings whose turn it is, and measures what was only known up to
    /// roundings.
    pub fn refresh(&mut self) {
        self.run(Part::Write { turn: self.turn });
        self.turn = (self.turn + 1) % REFRESH_HOPS;
    }

    /// The last part of a step: finds the most probable state.
    pub fn end_step(&mut self) {
        self.run(Part::FindPointer);
    }

    fn run(&mut self, part: Part) {
        let arch = self.arch;
        arch.dispatch(Vectorised { filter: self, part });
    }

    #[inline(always)]
    fn move_on(&mut self) {
        let ended = &mut self.ended[REACH_PERIODS..REACH_PERIODS + PERIODS];
        for (index, (ring, ended)) in self.rings.iter_mut().zip(ended).enumerate() {
            ring.head = if ring.head == 0 { ring.period - 1 } else { ring.head - 1 };
            *ended = (self.values[ring.start + ring.head] + self.offsets[index]) * self.scales[turn_of(index)];
        }
        let unscaled = self.scales.map(f32::recip);
        let preferred = self.preferred.as_chunks::<TOGETHER>().0;
        let rings = self.rings.chunks(TOGETHER);
        for (block, ((transitions, preferred), rings)) in
            self.tables.transitions.iter().zip(preferred).zip(rings).enumerate()
        {
            let mut arrived = [0.0_f32; TOGETHER];
            for (old, weights) in self.ended[transitions.first_old..].windows(TOGETHER).zip(&transitions.weights) {
                for lane in 0..TOGETHER {
                    arrived[lane] += weights[lane] * old[lane];
                }
            }
            for (lane, ring) in rings.iter().enumerate() {
                let index = block * TOGETHER + lane;
                let arrived = preferred[lane] * arrived[lane];
                self.values[ring.start + ring.head] = arrived * unscaled[turn_of(index)] - self.offsets[index];
                self.period_mass[index] += arrived - self.ended[REACH_PERIODS + index];
                self.bounds[index] = larger(self.bounds[index], arrived);
            }
        }
    }

    /// Weighs the states near a beat.
    #[inline(always)]
    fn weigh(&mut self, near_beat: f32) {
        for (index, ring) in self.rings.iter().enumerate() {
            let (offset, scale) = (self.offsets[index], self.scales[turn_of(index)]);
            let values = &mut self.values[ring.states()];
            let wrapped = if ring.head < BEAT_REACH_FRAMES { ring.period } else { 0 };
            let mut element = ring.head + wrapped - BEAT_REACH_FRAMES;
            let (mut sum, mut largest) = (0.0, 0.0_f32);
            for _ in 0..=2 * BEAT_REACH_FRAMES {
                let value = values[element] + offset;
                sum += value;
                largest = larger(largest, value);
                values[element] = value * near_beat - offset;
                element = if element + 1 == ring.period { 0 } else { element + 1 };
            }
            self.period_mass[index] += scale * sum * (near_beat - 1.0);
            self.bounds[index] = larger(self.bounds[index], scale * largest * near_beat);
        }
    }

    /// Brings the sum of all states to 1, `new_start` of it spread as a new start is.
    #[inline(always)]
    fn normalise(&mut self, new_start: f32) {
        let keep = (1.0 - new_start) / lane_sum(&self.period_mass).max(f32::MIN_POSITIVE);
        let mut unscaled = [0.0; REFRESH_HOPS];
        for (scale, unscaled) in self.scales.iter_mut().zip(&mut unscaled) {
            *scale *= keep;
            *unscaled = new_start / *scale;
        }
        // One of each turn side by side.
        let starts = self.new_start.as_chunks::<REFRESH_HOPS>().0.iter();
        let starts = starts.zip(self.new_start_mass.as_chunks::<REFRESH_HOPS>().0);
        let kept = self.offsets.as_chunks_mut::<REFRESH_HOPS>().0.iter_mut();
        let kept = kept.zip(self.period_mass.as_chunks_mut::<REFRESH_HOPS>().0);
        let kept = kept.zip(self.bounds.as_chunks_mut::<REFRESH_HOPS>().0);
        for (((offsets, masses), bounds), (starts, start_masses)) in kept.zip(starts) {
            for lane in 0..REFRESH_HOPS {
                offsets[lane] += starts[lane] * unscaled[lane];
                // What a ring has lost may be a rounding more than what it had.
                masses[lane] = masses[lane].max(0.0) * keep + start_masses[lane] * new_start;
                bounds[lane] = bounds[lane] * keep + starts[lane] * new_start;
            }
        }
    }

    /// Writes scale and offset into the states of all rings of a turn.
    #[inline(always)]
    fn write(&mut self, turn: usize) {
        for index in (turn..PERIODS).step_by(REFRESH_HOPS) {
            let ring = self.rings[index];
            let values = &mut self.values[ring.start..ring.start + ring.period.next_multiple_of(LANES)];
            let (mass, largest) = scale_and_measure(values, ring.period, self.offsets[index], self.scales[turn]);
            self.offsets[index] = 0.0;
            self.period_mass[index] = mass;
            self.bounds[index] = largest;
        }
        self.scales[turn] = 1.0;
    }

    #[inline(always)]
    fn find_pointer(&mut self) {
        self.total_mass = lane_sum(&self.period_mass);
        let (mut most, mut best) = (-1.0, (0, 0));
        for _ in 0..MEASURED_RINGS {
            let (bound, index) = largest_of(&self.bounds[..PERIODS]);
            if bound <= most {
                break;
            }
            let (value, element) = largest_of(&self.values[self.rings[index].states()]);
            let probability = (value + self.offsets[index]) * self.scales[turn_of(index)];
            self.bounds[index] = probability;
            if probability > most {
                (most, best) = (probability, (index, element));
            }
        }
        let (index, element) = best;
        let ring = self.rings[index];
        let position = element + ring.period - ring.head;
        self.pointer = BeatPointer {
            period_frames: self.refined_period(index),
            position_frames: if position < ring.period { position } else { position - ring.period },
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
        for index in first - MINIMUM_PERIOD_FRAMES..=last - MINIMUM_PERIOD_FRAMES {
            let ring = self.rings[index];
            let (values, period) = (&self.values[ring.states()], ring.period);
            // A beat that is due within the tolerance is as good as one that has just been.
            let count = (2 * tolerance_frames + 1).min(period);
            let from = (ring.head + pointer.position_frames + 2 * period - tolerance_frames.min(period)) % period;
            let wrapped = (from + count).saturating_sub(period);
            let sum: f32 = values[from..from + count - wrapped].iter().chain(&values[..wrapped]).sum();
            mass += (sum + count as f32 * self.offsets[index]) * self.scales[turn_of(index)];
        }
        (mass / self.total_mass.max(f32::MIN_POSITIVE)).clamp(0.0, 1.0)
    }

    /// Brings the sum of all states to 1 after some were changed, and finds the most probable state. All scales are 1 and all
    /// offsets 0.
    fn settle(&mut self) {
        for (mass, ring) in self.period_mass.iter_mut().zip(&self.rings) {
            *mass = lane_sum(&self.values[ring.states()]);
        }
        self.run(Part::Normalise(0.0));
        self.write_all();
        self.run(Part::FindPointer);
    }

    /// Writes all scales and offsets into the states.
    fn write_all(&mut self) {
        (0..REFRESH_HOPS).for_each(|turn| self.run(Part::Write { turn }));
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

/// When a ring is refreshed: rings with the same turn have the same scale.
fn turn_of(index: usize) -> usize {
    index % REFRESH_HOPS
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
