use super::{tables::Transitions, *};
use crate::{settings::TempoRange, time::Bpm};
use proptest::prelude::*;

/// A pulse of three frames around each beat, as the network gives it. Away from beats the shipped network's
/// activation is 0.001 in the median and 0.012 in the mean of its validation pieces.
fn pulse(frame: usize, period: f64) -> f32 {
    let phase = (frame as f64 / period).fract() * period;
    let distance = phase.min(period - phase);
    if distance < 0.75 {
        0.9
    } else if distance < 1.75 {
        0.4
    } else {
        0.01
    }
}

#[test]
fn it_finds_every_tempo_within_six_beats_in_the_middle_of_its_range() {
    for bpm in [60.0, 75.0, 92.0, 120.0, 128.0, 150.0, 174.0, 200.0] {
        let period = 6000.0 / bpm;
        let mut filter = BeatFilter::new();
        for frame in 0..(6.2 * period) as usize {
            filter.step(pulse(frame, period));
        }
        let found = 6000.0 / f64::from(filter.pointer().period_frames);
        assert!((found / bpm - 1.0).abs() < 0.04, "{bpm} BPM heard as {found}");
    }
}

#[test]
fn slow_and_fast_pulses_are_found_where_nothing_else_explains_them() {
    for bpm in [38.0, 45.0, 52.0, 220.0, 240.0, 260.0] {
        let period = 6000.0 / bpm;
        let mut filter = BeatFilter::new();
        for frame in 0..(30.0 * period) as usize {
            filter.step(pulse(frame, period));
        }
        let found = 6000.0 / f64::from(filter.pointer().period_frames);
        assert!((found / bpm - 1.0).abs() < 0.04, "{bpm} BPM heard as {found}");
    }
}

#[test]
fn position_follows_the_beat() {
    let period = 50.0;
    let mut filter = BeatFilter::new();
    for frame in 0..1000 {
        filter.step(pulse(frame, period));
        if frame > 400 {
            let position = filter.pointer().position_frames as i64;
            let error = (position - frame as i64 % 50 + 75) % 50 - 25;
            assert!(error.abs() <= 2, "frame {frame}: {position}");
        }
    }
    assert!(filter.agreement(7) > 0.9, "{}", filter.agreement(7));
}

#[test]
fn it_follows_a_change_of_tempo() {
    let mut filter = BeatFilter::new();
    for frame in 0..1500 {
        filter.step(pulse(frame, 50.0));
    }
    for frame in 0..600 {
        filter.step(pulse(frame, 38.0));
    }
    assert!((filter.pointer().period_frames - 38.0).abs() < 1.0, "{:?}", filter.pointer());
}

#[test]
fn without_evidence_nothing_is_certain() {
    let mut filter = BeatFilter::new();
    for _ in 0..1000 {
        filter.step(0.05);
    }
    assert!(filter.agreement(7) < 0.5, "{}", filter.agreement(7));
}

fn hear(filter: &mut BeatFilter, frames: usize, period: f64) {
    for frame in 0..frames {
        filter.step(pulse(frame, period));
    }
}

fn bpm(filter: &BeatFilter) -> f64 {
    6000.0 / f64::from(filter.pointer().period_frames)
}

#[test]
fn halving_and_doubling_take_effect_at_once_and_come_back() {
    let mut filter = BeatFilter::new();
    hear(&mut filter, 1010, 50.0);
    filter.double_tempo();
    assert!((bpm(&filter) / 240.0 - 1.0).abs() < 0.05, "{}", bpm(&filter));
    filter.halve_tempo();
    assert!((bpm(&filter) / 120.0 - 1.0).abs() < 0.05, "{}", bpm(&filter));
    filter.halve_tempo();
    assert!((bpm(&filter) / 60.0 - 1.0).abs() < 0.05, "{}", bpm(&filter));
    // The beat stays where it was, or lies between two: what has been doubled does not say which it was.
    assert_eq!(filter.pointer().position_frames % 25, 9);
}

#[test]
fn a_tempo_beyond_the_states_is_not_taken() {
    let mut filter = BeatFilter::new();
    hear(&mut filter, 2000, 25.0);
    filter.double_tempo();
    let first = bpm(&filter);
    filter.double_tempo();
    assert!(bpm(&filter) <= 300.0 && first <= 300.0);
}

#[test]
fn a_range_keeps_the_tempo_inside() {
    let mut filter = BeatFilter::new();
    hear(&mut filter, 1000, 50.0);
    let range = TempoRange { slowest: Bpm(55.0), fastest: Bpm(110.0) };
    filter.prefer(&TempoPrior::new(range, None, None));
    hear(&mut filter, 1000, 50.0);
    assert!((bpm(&filter) / 60.0 - 1.0).abs() < 0.03, "{}", bpm(&filter));
}

#[test]
fn a_locked_tempo_stays() {
    let mut filter = BeatFilter::new();
    hear(&mut filter, 1000, 50.0);
    filter.prefer(&TempoPrior::new(TempoRange::default(), None, Some(Bpm(120.0))));
    hear(&mut filter, 1000, 38.0);
    assert!((bpm(&filter) / 120.0 - 1.0).abs() < 0.05, "{}", bpm(&filter));
}

#[test]
fn what_is_believed_is_followed() {
    let mut filter = BeatFilter::new();
    for _ in 0..100 {
        filter.step(0.05);
    }
    filter.believe(60.0, 57.0);
    let pointer = filter.pointer();
    assert!((i64::try_from(pointer.position_frames).unwrap() - 57).abs() <= 1, "{pointer:?}");
    assert!((pointer.period_frames - 60.0).abs() < 1.5, "{pointer:?}");
}

impl BeatFilter {
    /// Probabilities of all positions of a period.
    fn probabilities_of(&self, index: usize) -> impl Iterator<Item = f64> {
        let ring = self.rings[index];
        let (offset, scale) = (self.offsets[index], self.scales[turn_of(index)]);
        (0..ring.period).map(move |position| {
            f64::from((self.values[ring.start + (ring.head + position) % ring.period] + offset) * scale)
        })
    }

    fn probabilities(&self) -> impl Iterator<Item = f64> {
        (0..PERIODS).flat_map(|index| self.probabilities_of(index))
    }
}

/// The recursion as it is written in papers: every state, every hop, in `f64`.
struct PlainFilter {
    /// By period and position.
    probabilities: Vec<Vec<f64>>,
    start: Vec<f64>,
}

impl PlainFilter {
    fn like(filter: &BeatFilter) -> Self {
        Self {
            probabilities: (0..PERIODS).map(|index| filter.probabilities_of(index).collect()).collect(),
            start: filter.new_start.iter().map(|&start| f64::from(start)).collect(),
        }
    }

    fn step(&mut self, activation: f32, filter: &BeatFilter) {
        let ended: Vec<f64> = self.probabilities.iter().map(|states| *states.last().unwrap()).collect();
        let odds = |probability: f64| probability / (1.0 - probability);
        let activation = f64::from(activation.clamp(MINIMUM_ACTIVATION, MAXIMUM_ACTIVATION));
        let near_beat = (odds(activation) / odds(f64::from(NEUTRAL_ACTIVATION))).powf(f64::from(EVIDENCE_EXPONENT));
        for (index, states) in self.probabilities.iter_mut().enumerate() {
            let Transitions { first_old, weights } = &filter.tables.transitions[index / TOGETHER];
            let olds = weights.iter().enumerate().filter_map(|(old, weights)| {
                let old = (first_old + index % TOGETHER + old).checked_sub(REACH_PERIODS)?;
                Some(f64::from(weights[index % TOGETHER]) * ended.get(old)?)
            });
            let arrived: f64 = olds.sum();
            states.rotate_right(1);
            states[0] = arrived * f64::from(filter.preferred[index]);
            let period = states.len();
            for position in [period - 1, 0, 1] {
                states[position] *= near_beat;
            }
        }
        let total: f64 = self.probabilities.iter().flatten().sum();
        let anew = f64::from(NEW_START_PROBABILITY);
        for (states, start) in self.probabilities.iter_mut().zip(&self.start) {
            states.iter_mut().for_each(|state| *state = *state * (1.0 - anew) / total + anew * start);
        }
    }
}

#[test]
fn whoever_leaves_a_tempo_arrives_at_one() {
    let mut arrives = vec![0.0; PERIODS];
    for (block, Transitions { first_old, weights }) in Tables::get().transitions.iter().enumerate() {
        for lane in 0..TOGETHER {
            for (old, weights) in weights.iter().enumerate().filter(|(_, weights)| weights[lane] > 0.0) {
                let (old, new) = (first_old + lane + old - REACH_PERIODS, block * TOGETHER + lane);
                let ratio = (new + MINIMUM_PERIOD_FRAMES) as f64 / (old + MINIMUM_PERIOD_FRAMES) as f64;
                assert!((0.88..=1.12).contains(&ratio), "{old} to {new}");
                arrives[old] += weights[lane];
            }
        }
    }
    assert!(arrives.iter().all(|share| (share - 1.0_f32).abs() < 1e-5), "{arrives:?}");
}

#[test]
fn it_is_the_plain_recursion_and_finds_its_most_probable_state() {
    let mut filter = BeatFilter::new();
    let mut plain = PlainFilter::like(&filter);
    let mut found = 0;
    for frame in 0..2000 {
        // Beats at 120 BPM that stop, come back at 168 BPM and lie between two of them in the end.
        let activation = match frame {
            0..800 => pulse(frame, 50.0),
            800..1000 => 0.02,
            1000..1600 => pulse(frame, 35.7),
            _ => pulse(frame + 18, 35.7),
        };
        filter.step(activation);
        plain.step(activation, &filter);
        let largest = plain.probabilities.iter().flatten().copied().fold(0.0, f64::max);
        for (index, states) in plain.probabilities.iter().enumerate() {
            for (ours, theirs) in filter.probabilities_of(index).zip(states) {
                // Roundings of some hundred steps, and those of what a ring's states have in common.
                assert!((ours - theirs).abs() < 1e-3 * theirs + 1e-9, "frame {frame}: {ours} for {theirs}");
            }
            assert!(f64::from(filter.bounds[index]) > 0.999 * states.iter().copied().fold(0.0, f64::max));
        }
        let pointer = filter.pointer();
        let states = &plain.probabilities[pointer.state_period_frames - MINIMUM_PERIOD_FRAMES];
        found += usize::from(states[pointer.position_frames] > 0.999 * largest);
    }
    assert_eq!(found, 2000);
}

proptest! {
    #[test]
    fn probabilities_stay_a_distribution(activations in prop::collection::vec(0.0_f32..=1.0, 1..300)) {
        let mut filter = BeatFilter::new();
        for activation in activations {
            filter.step(activation);
            let probabilities: Vec<f64> = filter.probabilities().collect();
            let total: f64 = probabilities.iter().sum();
            // 20,000 f32 values summed in lanes: about 1e-5.
            prop_assert!((total - 1.0).abs() < 1e-4, "{total}");
            prop_assert!(probabilities.iter().all(|value| value.is_finite() && *value >= 0.0));
            prop_assert!(filter.pointer().position_frames < filter.pointer().state_period_frames);
        }
    }
}
