//! What runs on the audio thread allocates and frees nothing.

use std::time::Instant;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use attacca_app::ear::{InputFormat, Listening, listen};
use attacca_engine::{Settings, models::shipped};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const RATE_HZ: u32 = 48_000;

/// A chord of three sines over `channels` channels, as whatever samples are.
fn samples<T>(seconds: f64, channels: usize, of: impl Fn(f64) -> T) -> Vec<T> {
    let frames = (seconds * f64::from(RATE_HZ)) as usize;
    let sample = |index: usize| {
        let time = (index / channels) as f64 / f64::from(RATE_HZ);
        let tone = [220.0, 277.2, 329.6].map(|hz| (std::f64::consts::TAU * hz * time).sin()).iter().sum::<f64>();
        of(0.3 * tone)
    };
    (0..frames * channels).map(sample).collect()
}

#[test]
fn blocks_of_every_kind_are_heard_and_recorded_without_allocating() {
    let format = InputFormat::new("test".to_owned(), RATE_HZ, 3, &[1, 3]);
    let Listening { mut ear, mut take, recorded, .. } =
        listen(format, shipped::all(), Settings::default(), true, true).unwrap();
    let (floats, integers) =
        (samples(0.5, 3, |value| value as f32), samples(0.5, 3, |value| (value * 32_000.0) as i16));
    assert_no_alloc(|| {
        // Also blocks that are longer than what is prepared for the engine at once, and some that end within a frame.
        for length in [3, 64 * 3, 512 * 3 + 1, 5000 * 3] {
            floats.chunks(length).for_each(|block| ear.hear(block, Instant::now()));
            integers.chunks(length).for_each(|block| ear.hear(block, Instant::now()));
        }
    });
    let mark = *take.marks.read();
    assert!(mark.position.0 > 4 * u64::from(RATE_HZ) - 1000 && mark.unrecorded_samples == 0);
    assert_eq!(recorded.unwrap().slots() as u64, 2 * mark.position.0, "two channels are recorded");
}

#[test]
fn a_disk_that_does_not_keep_up_is_counted() {
    let format = InputFormat::new("test".to_owned(), RATE_HZ, 1, &[]);
    let Listening { mut ear, mut take, recorded, .. } =
        listen(format, Vec::new(), Settings::default(), true, true).unwrap();
    let block = samples(1.0, 1, |value| value as f32);
    for _ in 0..12 {
        ear.hear(&block, Instant::now());
    }
    let (kept, lost) = (recorded.unwrap().slots() as u64, take.marks.read().unrecorded_samples);
    assert_eq!(kept + lost, 12 * u64::from(RATE_HZ));
    assert!(lost >= 2 * u64::from(RATE_HZ), "the queue holds ten seconds");
}

#[test]
fn clipping_is_noticed_in_integers_too() {
    let format = InputFormat::new("test".to_owned(), RATE_HZ, 1, &[]);
    let Listening { mut ear, mut take, .. } = listen(format, Vec::new(), Settings::default(), true, false).unwrap();
    ear.hear(&[0i16, 32_766, -32_000], Instant::now());
    assert_eq!(take.marks.read().clipped_blocks, 0);
    ear.hear(&[0i16, i16::MAX], Instant::now());
    ear.hear(&[i16::MIN], Instant::now());
    assert_eq!(take.marks.read().clipped_blocks, 2);
}

#[test]
fn channels_are_chosen_as_far_as_there_are_any() {
    let heard = |channels, wanted: &[u16]| InputFormat::new(String::new(), RATE_HZ, channels, wanted).heard;
    assert_eq!(heard(4, &[2, 4]), [1, 3]);
    assert_eq!(heard(2, &[2, 4]), [1]);
    assert_eq!(heard(2, &[7]), [0, 1]);
    assert_eq!(heard(32, &[]), [0, 1, 2, 3, 4, 5, 6, 7]);
}
