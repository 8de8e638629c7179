//! What is sent is what the engine says, at the very sample, however the audio is cut.

use std::sync::OnceLock;

use attacca_engine::EventKind;
use attacca_outputs::{MidiMessage, MidiSettings, midi::MidiKind};
use attacca_tests::recording::{RECORDING_RATE_HZ, recording};
use clack_extensions::render::{PluginRender, RenderMode};
use proptest::prelude::*;

use crate::{
    expected,
    player::{Happening, LARGEST_BLOCK, Layout, Player},
};

const SECONDS: usize = 12;

fn samples() -> &'static [f32] {
    &recording()[..SECONDS * RECORDING_RATE_HZ as usize]
}

fn expected() -> &'static [MidiMessage] {
    static MESSAGES: OnceLock<Vec<MidiMessage>> = OnceLock::new();
    MESSAGES.get_or_init(|| expected::messages(samples(), RECORDING_RATE_HZ, MidiSettings::default()))
}

fn sent(block_sizes: &[usize]) -> Vec<MidiMessage> {
    let mut player = Player::started(Layout::Mono, RECORDING_RATE_HZ);
    player.play(samples(), block_sizes);
    player.take_sent()
}

#[test]
fn there_is_something_to_send() {
    let count = |wanted: fn(MidiKind) -> bool| expected().iter().filter(|message| wanted(message.kind)).count();
    assert!(count(|kind| matches!(kind, MidiKind::NoteOn { .. })) > 30);
    assert!(count(|kind| matches!(kind, MidiKind::Controller { .. })) > 3);
}

#[test]
fn common_blocks_send_what_the_engine_says() {
    for size in [64, 441, 1024, LARGEST_BLOCK] {
        assert_eq!(sent(&[size]), expected(), "blocks of {size}");
    }
}

#[test]
fn blocks_of_one_sample_send_what_the_engine_says() {
    let samples = &samples()[..4 * RECORDING_RATE_HZ as usize];
    let mut player = Player::started(Layout::Mono, RECORDING_RATE_HZ);
    player.play(samples, &[1]);
    assert_eq!(player.sent, expected::messages(samples, RECORDING_RATE_HZ, MidiSettings::default()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3))]
    #[test]
    fn random_blocks_send_what_the_engine_says(sizes in prop::collection::vec(1..=LARGEST_BLOCK, 1..30)) {
        prop_assert_eq!(sent(&sizes), expected());
    }
}

/// Each event of the analyser's, at the sample at which it is known.
#[test]
fn notes_come_when_events_are_known() {
    let mut player = Player::started(Layout::Mono, RECORDING_RATE_HZ);
    let (anticipate, _) = player.parameter("Anticipate beats");
    let first = &samples()[..64];
    player.block(&[first], &Happening { parameters: &[(0, anticipate, 0.0)], ..Happening::default() });
    player.play(&samples()[64..], &[480]);
    let settings = MidiSettings { anticipate: false, ..MidiSettings::default() };
    let begun = |channel: u8| -> Vec<u64> {
        let begins =
            |message: &&MidiMessage| message.channel == channel && matches!(message.kind, MidiKind::NoteOn { .. });
        player.sent.iter().filter(begins).map(|message| message.position.0).collect()
    };
    let (events, _) = expected::heard(samples(), RECORDING_RATE_HZ);
    let known = |wanted: fn(&EventKind) -> bool| -> Vec<u64> {
        events.iter().filter(|event| wanted(&event.kind)).map(expected::published).collect()
    };
    let (onsets, beats) = (begun(settings.onset_channel), begun(settings.beat_channel));
    assert!(onsets.len() > 10 && beats.len() > 5, "{onsets:?} {beats:?}");
    assert_eq!(onsets, known(|kind| matches!(kind, EventKind::Onset { .. })));
    assert_eq!(beats, known(|kind| matches!(kind, EventKind::Beat { .. })));
}

#[test]
fn every_rate_sends_what_the_engine_says() {
    // The same numbers at another rate are other music; they need only be the same for both.
    for rate_hz in [22_050, 48_000, 96_000] {
        let samples = &samples()[..6 * 44_100];
        let mut player = Player::started(Layout::Mono, rate_hz);
        player.play(samples, &[500]);
        assert_eq!(player.sent, expected::messages(samples, rate_hz, MidiSettings::default()), "{rate_hz} Hz");
    }
}

#[test]
fn the_side_chain_is_heard_in_place_of_the_main_input() {
    let mut player = Player::started(Layout::MonoWithSideChain, RECORDING_RATE_HZ);
    let (listen, on) = player.parameter("Listen to the side-chain");
    let silence = [0.0; 1000];
    let mut parameters = &[(0, listen, on)][..];
    for block in samples().chunks(1000) {
        let happening = Happening { side_chain: Some(&[block]), parameters, ..Happening::default() };
        player.block(&[&silence[..block.len()]], &happening);
        parameters = &[];
    }
    assert_eq!(player.sent, expected());
}

#[test]
fn stereo_sends_what_mono_sends() {
    let mut player = Player::started(Layout::StereoWithSideChain, RECORDING_RATE_HZ);
    player.play(samples(), &[256]);
    // The mean of two equal channels is each of them, to the bit.
    assert_eq!(player.sent, expected());
}

#[test]
fn an_offline_bounce_sends_what_was_played() {
    let mut player = Player::new(Layout::Mono);
    let handle = player.instance.plugin_handle();
    if let Some(render) = handle.get_extension::<PluginRender>() {
        render.set(&handle, RenderMode::Offline).expect("the mode is known");
    }
    player.start(RECORDING_RATE_HZ);
    player.play(samples(), &[4096]);
    assert_eq!(player.sent, expected());
}

#[test]
fn ten_instances_at_once_send_what_one_sends() {
    let mut players: Vec<Player> = (0..10).map(|_| Player::started(Layout::Mono, RECORDING_RATE_HZ)).collect();
    let samples = &samples()[..5 * RECORDING_RATE_HZ as usize];
    for block in samples.chunks(2048) {
        for player in &mut players {
            player.play(block, &[2048]);
        }
    }
    let expected = expected::messages(samples, RECORDING_RATE_HZ, MidiSettings::default());
    for player in &players {
        assert_eq!(player.sent, expected);
    }
}

#[test]
fn another_rate_begins_anew() {
    let mut player = Player::started(Layout::Mono, 48_000);
    player.play(&samples()[..100_000], &[777]);
    player.stop();
    player.take_sent();
    player.start(RECORDING_RATE_HZ);
    player.play(samples(), &[512]);
    let held_over = player.sent.len() - expected().len();
    assert_eq!(player.sent[held_over..], *expected());
    // Notes that sounded when it was stopped end first of all.
    assert!(player.sent[..held_over].iter().all(|message| message.position.0 == 0));
}
