//! Audio passes through untouched, whatever the blocks and whatever it is.

use attacca_tests::recording::recording;
use proptest::prelude::*;

use crate::player::{Happening, LARGEST_BLOCK, Layout, Player, same_bits};

const RATE_HZ: u32 = 44_100;

/// Two channels that differ.
fn stereo(samples: usize) -> [Vec<f32>; 2] {
    let left = &recording()[..samples];
    [left.to_vec(), left.iter().enumerate().map(|(index, value)| value * 0.5 - index as f32 * 1e-7).collect()]
}

#[test]
fn every_layout_passes_every_channel_through() {
    let [left, right] = stereo(3000);
    let side_chain: [&[f32]; 2] = [&right, &left];
    for layout in Layout::ALL {
        let mut player = Player::started(layout, RATE_HZ);
        let channels = &[left.as_slice(), &right][..layout.channels()];
        let happening = Happening { side_chain: Some(&side_chain[..layout.channels()]), ..Happening::default() };
        let output = player.block(channels, &happening);
        for (output, input) in output.iter().zip(channels) {
            assert!(same_bits(output, input), "{layout:?}");
        }
    }
}

#[test]
fn broken_numbers_pass_through_too() {
    let mut samples = recording()[..20_000].to_vec();
    let broken = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MIN_POSITIVE / 8.0, -0.0, f32::MAX];
    for (index, value) in broken.into_iter().enumerate() {
        samples[1000 * (index + 1)] = value;
    }
    samples[15_000..].fill(f32::NAN);
    let mut player = Player::started(Layout::StereoWithSideChain, RATE_HZ);
    assert!(same_bits(&player.play(&samples, &[333]), &samples));
}

#[test]
fn a_bypassed_plugin_passes_audio_through_and_says_nothing() {
    let mut player = Player::started(Layout::Stereo, RATE_HZ);
    let (bypass, on) = player.parameter("Bypass");
    let samples = &recording()[..5 * RATE_HZ as usize];
    player.block(&[&samples[..64]; 2], &Happening { parameters: &[(0, bypass, on)], ..Happening::default() });
    assert!(same_bits(&player.play(samples, &[1024]), samples));
    assert_eq!(player.sent, []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn random_blocks_pass_through(sizes in prop::collection::vec(1..=LARGEST_BLOCK, 1..20)) {
        let samples = &recording()[..2 * RATE_HZ as usize];
        let mut player = Player::started(Layout::StereoWithSideChain, RATE_HZ);
        prop_assert!(same_bits(&player.play(samples, &sizes), samples));
    }
}
