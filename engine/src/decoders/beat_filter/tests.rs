use super::*;
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

proptest! {
    #[test]
    fn probabilities_stay_a_distribution(activations in prop::collection::vec(0.0_f32..=1.0, 1..300)) {
        let mut filter = BeatFilter::new();
        for activation in activations {
            filter.step(activation);
            let total: f64 = filter.probabilities.iter().map(|&value| f64::from(value)).sum();
            // 20,000 f32 values summed in lanes: about 1e-5.
            prop_assert!((total - 1.0).abs() < 1e-4, "{total}");
            prop_assert!(filter.probabilities.iter().all(|value| value.is_finite() && *value >= 0.0));
            prop_assert!(filter.pointer().position_frames < filter.pointer().state_period_frames);
        }
    }
}
