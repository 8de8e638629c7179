//! Parameters that change by the thousand, and to values that no parameter has.

use attacca_tests::recording::{RECORDING_RATE_HZ, recording};
use clack_host::prelude::*;

use crate::player::{Happening, Layout, Player, parameters, same_bits};

/// A simple sequence of pseudo-random numbers (Knuth's MMIX constants), so that a failure comes again.
fn numbers() -> impl Iterator<Item = u32> {
    let mut state = 1_u64;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u32
    })
}

#[test]
fn a_thousand_changes_in_each_block_do_no_harm() {
    let samples = &recording()[..3 * RECORDING_RATE_HZ as usize];
    let mut player = Player::started(Layout::Mono, RECORDING_RATE_HZ);
    let all = parameters(&mut player.instance);
    let mut random = numbers();
    for block in samples.chunks(1000) {
        let mut changes: Vec<(u32, ClapId, f64)> = (0..1000)
            .zip(&mut random)
            .map(|(index, number)| {
                let parameter = &all[number as usize % all.len()];
                let share = f64::from(number >> 8 & 0xffff) / 65_535.0;
                let value = (parameter.maximum * share).round().max(if parameter.maximum > 1.0 { 0.0 } else { share });
                (index * block.len() as u32 / 1000, parameter.id, value)
            })
            .collect();
        changes.sort_by_key(|change| change.0);
        let output = player.block(&[block], &Happening { parameters: &changes, ..Happening::default() });
        assert!(same_bits(&output[0], block));
        player.idle();
    }
}

#[test]
fn values_and_parameters_that_do_not_exist_do_no_harm() {
    let mut player = Player::started(Layout::Mono, RECORDING_RATE_HZ);
    let mut changes: Vec<(u32, ClapId, f64)> = vec![(0, ClapId::new(1), 0.5), (0, ClapId::new(0x7fff_fff0), 1e30)];
    for parameter in parameters(&mut player.instance) {
        for value in [-1.0, 2.0 * parameter.maximum, f64::MAX, f64::NEG_INFINITY, f64::NAN] {
            changes.push((0, parameter.id, value));
        }
    }
    let samples = &recording()[..RECORDING_RATE_HZ as usize];
    let output = player.block(&[&samples[..4000]], &Happening { parameters: &changes, ..Happening::default() });
    assert!(same_bits(&output[0], &samples[..4000]));
    assert!(same_bits(&player.play(samples, &[512]), samples));
}
