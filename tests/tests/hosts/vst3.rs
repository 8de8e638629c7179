//! The plugin as VST3: the same audio, the same messages, the same state as by CLAP.

use attacca_outputs::MidiSettings;
use attacca_tests::recording::{RECORDING_RATE_HZ, recording};

use vst3::Steinberg::{kNotInitialized, kResultOk};

use crate::{
    expected,
    player::same_bits,
    vst3_host::{SideChain, Vst3Player},
};

#[test]
fn audio_passes_through_and_messages_are_what_the_engine_says() {
    let samples = &recording()[..8 * RECORDING_RATE_HZ as usize];
    let expected = expected::messages(samples, RECORDING_RATE_HZ, MidiSettings::default());
    for size in [64, 441, 1000, 8192] {
        let mut player = Vst3Player::started(RECORDING_RATE_HZ);
        assert!(same_bits(&player.play(samples, size), samples), "blocks of {size}");
        assert_eq!(player.sent, expected, "blocks of {size}");
    }
}

#[test]
fn a_side_chain_that_is_not_there_is_silent() {
    let samples = &recording()[..10_000];
    for side_chain in [SideChain::SwitchedOff, SideChain::Forgotten] {
        let mut player = Vst3Player::started_with(RECORDING_RATE_HZ, side_chain);
        assert!(same_bits(&player.play(samples, 333), samples), "{side_chain:?}");
    }
}

#[test]
fn audio_before_the_set_up_is_refused() {
    let mut player = Vst3Player::created(SideChain::None);
    assert_eq!(player.process(&[0.5; 64], &mut [0.0; 64]), kNotInitialized);
    let mut player = Vst3Player::started(RECORDING_RATE_HZ);
    assert_eq!(player.process(&[], &mut []), kResultOk);
}

#[test]
fn audio_is_not_delayed() {
    assert_eq!(Vst3Player::started(RECORDING_RATE_HZ).latency_samples(), 0);
}

#[test]
fn a_state_is_loaded_by_another_instance() {
    let saved = Vst3Player::started(RECORDING_RATE_HZ);
    let defaults = saved.values();
    let text = String::from_utf8(saved.save()).expect("the state is text");
    let changed = text.replace("\"midi_chords\":{\"bool\":true}", "\"midi_chords\":{\"bool\":false}");
    assert_ne!(text, changed, "{text}");
    assert!(saved.load(changed.as_bytes()));
    let opened = Vst3Player::started(RECORDING_RATE_HZ);
    assert!(opened.load(&saved.save()));
    assert_eq!(opened.values(), saved.values());
    assert_ne!(opened.values(), defaults);
}

#[test]
fn bytes_that_are_no_state_are_refused_and_change_nothing() {
    let player = Vst3Player::started(RECORDING_RATE_HZ);
    let (defaults, state) = (player.values(), player.save());
    for bytes in [&[][..], &[0xff; 100], b"{}", &state[..state.len() - 1]] {
        assert!(!player.load(bytes), "{} bytes", bytes.len());
        assert_eq!(player.values(), defaults, "{} bytes", bytes.len());
    }
}

/// An instance that is closed while it has something to do takes nothing else with it.
#[test]
fn instances_come_and_go() {
    let staying = Vst3Player::started(RECORDING_RATE_HZ);
    let state = staying.save();
    for _ in 0..20 {
        let mut player = Vst3Player::started(RECORDING_RATE_HZ);
        assert!(player.load(&state));
        player.play(&recording()[..64], 64);
        for _ in 0..50 {
            player.automate(2, &[0.25, 0.75]);
        }
    }
}
