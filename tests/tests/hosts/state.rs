//! What a project keeps.

use attacca_outputs::MidiSettings;
use attacca_tests::recording::{RECORDING_RATE_HZ, recording};
use clack_extensions::state::{PluginState, StateError};
use clack_host::prelude::*;
use proptest::prelude::*;

use crate::{
    expected,
    player::{Happening, Layout, Parameter, Player, parameters},
};

fn save(player: &mut Player) -> Vec<u8> {
    let handle = player.instance.plugin_handle();
    let state: PluginState = handle.get_extension().expect("there is state");
    let mut bytes = Vec::new();
    state.save(&handle, &mut bytes).expect("it is saved");
    bytes
}

fn load(player: &mut Player, mut bytes: &[u8]) -> Result<(), StateError> {
    let handle = player.instance.plugin_handle();
    let state: PluginState = handle.get_extension().expect("there is state");
    let result = state.load(&handle, &mut bytes);
    player.idle();
    result
}

/// Names and values of the parameters that a project keeps.
fn values(player: &mut Player) -> Vec<(String, f64)> {
    let kept = parameters(&mut player.instance).into_iter().filter(Parameter::is_kept);
    kept.map(|parameter| (parameter.name.clone(), player.value(&parameter.name))).collect()
}

/// An instance with every parameter elsewhere than by default, and its state.
fn changed() -> (Player, Vec<u8>) {
    let mut player = Player::started(Layout::Stereo, RECORDING_RATE_HZ);
    let before = values(&mut player);
    let kept = parameters(&mut player.instance).into_iter().filter(Parameter::is_kept);
    // Off for what is on, and a quarter of the range for what has one.
    let elsewhere =
        |now: f64, maximum: f64| if now == 0.0 { (maximum * 0.75).ceil() } else { (maximum * 0.25).floor() };
    let changes: Vec<(u32, ClapId, f64)> =
        kept.zip(&before).map(|(parameter, (_, now))| (0, parameter.id, elsewhere(*now, parameter.maximum))).collect();
    player.block(&[[0.0; 64].as_slice(); 2], &Happening { parameters: &changes, ..Happening::default() });
    let state = save(&mut player);
    (player, state)
}

#[test]
fn a_new_instance_has_the_parameters_that_were_saved() {
    let (mut saved, state) = changed();
    let mut opened = Player::new(Layout::Stereo);
    let defaults = values(&mut opened);
    load(&mut opened, &state).expect("what was saved is loaded");
    let opened = values(&mut opened);
    assert_eq!(opened, values(&mut saved));
    let different = opened.iter().zip(&defaults).filter(|(now, default)| now != default).count();
    assert!(different > opened.len() / 2, "{different} of {} differ from the defaults", opened.len());
}

#[test]
fn a_project_that_opens_while_audio_runs_changes_nothing_that_it_does_not_say() {
    let samples = &recording()[..5 * RECORDING_RATE_HZ as usize];
    let state = save(&mut Player::new(Layout::Mono));
    let mut player = Player::started(Layout::Mono, RECORDING_RATE_HZ);
    player.play(&samples[..50_000], &[512]);
    load(&mut player, &state).expect("what was saved is loaded");
    player.play(&samples[50_000..], &[512]);
    assert_eq!(player.sent, expected::messages(samples, RECORDING_RATE_HZ, MidiSettings::default()));
}

/// A button that was down when the project was saved is not pressed by opening it.
#[test]
fn opening_a_project_presses_no_button_and_brings_no_results() {
    let mut player = Player::started(Layout::Mono, RECORDING_RATE_HZ);
    let names = ["Halve tempo", "Double tempo", "Tap", "This is one", "Reset"];
    let buttons: Vec<(u32, ClapId, f64)> = names.map(|name| (0, player.parameter(name).0, 1.0)).to_vec();
    player.block(&[&[0.0; 64]], &Happening { parameters: &buttons, ..Happening::default() });
    let samples = &recording()[..5 * RECORDING_RATE_HZ as usize];
    player.play(samples, &[512]);
    assert_ne!(player.value("Voice"), 0.0, "there is no result to bring");
    let state = save(&mut player);
    let mut opened = Player::new(Layout::Mono);
    load(&mut opened, &state).expect("what was saved is loaded");
    assert!(names.iter().all(|name| opened.value(name) == 0.0));
    assert_eq!(opened.value("Voice"), 0.0);
    opened.start(RECORDING_RATE_HZ);
    opened.play(samples, &[512]);
    assert_eq!(opened.sent, expected::messages(samples, RECORDING_RATE_HZ, MidiSettings::default()));
}

/// An instance that is closed while it has something to do takes nothing else with it.
#[test]
fn instances_that_are_closed_while_they_restore_do_no_harm() {
    let mut staying = Player::started(Layout::Mono, RECORDING_RATE_HZ);
    let state = save(&mut staying);
    for _ in 0..20 {
        let mut player = Player::started(Layout::Mono, RECORDING_RATE_HZ);
        load(&mut player, &state).expect("what was saved is loaded");
        player.play(&recording()[..64], &[64]);
    }
}

#[test]
fn a_state_that_is_cut_off_is_refused_and_changes_nothing() {
    let (_, state) = changed();
    let mut player = Player::new(Layout::Stereo);
    let defaults = values(&mut player);
    for length in [0, 1, 7, 8, 9, 100, state.len() / 2, state.len() - 1] {
        assert!(load(&mut player, &state[..length]).is_err(), "{length} of {} bytes", state.len());
        assert_eq!(values(&mut player), defaults, "{length} of {} bytes", state.len());
    }
    // It goes on.
    player.start(RECORDING_RATE_HZ);
    player.play(&recording()[..10_000], &[512]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn bytes_that_are_no_state_are_refused_and_change_nothing(
        bytes in prop::collection::vec(any::<u8>(), 0..500), says_its_length in any::<bool>(),
    ) {
        let bytes = if says_its_length { [&(bytes.len() as u64).to_le_bytes()[..], &bytes].concat() } else { bytes };
        let mut player = Player::new(Layout::Stereo);
        let defaults = values(&mut player);
        prop_assert!(load(&mut player, &bytes).is_err());
        prop_assert_eq!(values(&mut player), defaults);
    }

    /// Damage within a state that still is JSON: whatever it says, the plugin goes on.
    #[test]
    fn a_damaged_state_does_no_harm(damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5)) {
        let mut player = Player::new(Layout::Mono);
        let mut state = save(&mut player);
        for (index, byte) in damage {
            let index = 8 + index.index(state.len() - 8);
            state[index] = byte;
        }
        let _ = load(&mut player, &state);
        player.start(RECORDING_RATE_HZ);
        player.play(&recording()[..2000], &[512]);
    }
}
