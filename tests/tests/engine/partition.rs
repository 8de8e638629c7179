//! The same input gives bit-identical results however it is cut.

use std::sync::OnceLock;

use assert_no_alloc::assert_no_alloc;
use proptest::prelude::*;

use crate::support::{Heard, RECORDING_RATE_HZ, drain, engine_with_channels, listen, recording};

/// Eight seconds of the recording: long enough for the beat filter to lock on.
fn excerpt() -> &'static [f32] {
    &recording()[..8 * RECORDING_RATE_HZ as usize]
}

fn in_one_block() -> &'static Heard {
    static HEARD: OnceLock<Heard> = OnceLock::new();
    HEARD.get_or_init(|| listen(excerpt(), RECORDING_RATE_HZ, &[excerpt().len()]))
}

#[test]
fn the_excerpt_has_something_to_say() {
    assert!(in_one_block().events.len() > 20, "{} events", in_one_block().events.len());
    // The work of the last hop was to be spread over the next one.
    assert_eq!(in_one_block().snapshots.len(), 799);
}

#[test]
fn single_samples_and_common_blocks_agree() {
    for size in [1, 16, 64, 441, 512, 8192] {
        assert_eq!(&listen(excerpt(), RECORDING_RATE_HZ, &[size]), in_one_block(), "blocks of {size}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn random_partitions_agree(sizes in prop::collection::vec(1_usize..=8192, 1..40)) {
        prop_assert_eq!(&listen(excerpt(), RECORDING_RATE_HZ, &sizes), in_one_block());
    }
}

#[test]
fn planar_and_interleaved_stereo_agree() {
    let left = excerpt();
    let right: Vec<f32> = left.iter().rev().copied().collect();
    let interleaved: Vec<f32> = left.iter().zip(&right).flat_map(|(&left, &right)| [left, right]).collect();

    let (_controller, mut processor, mut reader) = engine_with_channels(RECORDING_RATE_HZ, 2);
    for block in interleaved.chunks(2 * 333) {
        assert_no_alloc(|| processor.process_interleaved(block));
    }
    let from_interleaved = drain(&mut reader);

    let (_controller, mut processor, mut reader) = engine_with_channels(RECORDING_RATE_HZ, 2);
    for (left, right) in left.chunks(1000).zip(right.chunks(1000)) {
        assert_no_alloc(|| processor.process_planar(&[left, right]));
    }
    assert_eq!(from_interleaved, drain(&mut reader));
    assert!(!from_interleaved.events.is_empty());
}
