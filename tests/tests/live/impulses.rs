//! A train of clicks through JACK: how long it takes from a sound to its note, and how far anticipated beats and the MIDI clock
//! are from the sound.

use crate::{
    app::App,
    environment::alone,
    jack_server::{JackServer, PERIOD_FRAMES},
    player::{Player, Received},
};

const RATE_HZ: u32 = 48_000;
const RATE: f64 = RATE_HZ as f64;
/// Clicks, half a second apart: 120 BPM.
const CLICKS: usize = 48;
const DISTANCE: usize = RATE_HZ as usize / 2;
/// Clicks after which beat and clock have settled.
const SETTLED: usize = 24;
/// Decay of a click and its length in seconds: those of a wood block.
const DECAY_SECONDS: f64 = 0.012;
const LENGTH_SECONDS: f64 = 0.08;

/// Clicks of two partials, each fourth one higher.
fn clicks() -> Vec<f32> {
    let mut samples = vec![0.0; CLICKS * DISTANCE];
    for click in 0..CLICKS {
        let pitch = if click % 4 == 0 { 1600.0 } else { 1000.0 };
        for index in 0..(LENGTH_SECONDS * RATE) as usize {
            let time = index as f64 / RATE;
            let tone =
                (std::f64::consts::TAU * pitch * time).sin() + (std::f64::consts::TAU * pitch * 2.7 * time).sin();
            samples[click * DISTANCE + index] = (0.4 * (-time / DECAY_SECONDS).exp() * tone) as f32;
        }
    }
    samples
}

/// Frames of the messages that begin like this.
fn frames(messages: &[Received], wanted: impl Fn(&[u8]) -> bool) -> Vec<f64> {
    messages.iter().filter(|message| wanted(&message.bytes)).map(|message| message.frame as f64).collect()
}

/// Distances in seconds from each click after the first ones to the nearest of some frames, sorted.
fn distances(frames: &[f64], begin: u64, earliest_seconds: f64) -> Vec<f64> {
    let clicks = (SETTLED..CLICKS - 1).map(|click| (begin + (click * DISTANCE) as u64) as f64);
    let nearest = |click: f64| {
        let distances =
            frames.iter().map(|frame| (frame - click) / RATE).filter(|distance| *distance >= earliest_seconds);
        distances.min_by(|one, other| one.abs().total_cmp(&other.abs())).unwrap_or(f64::INFINITY)
    };
    let mut distances: Vec<f64> = clicks.map(nearest).collect();
    distances.sort_by(f64::total_cmp);
    distances
}

#[test]
fn sounds_have_their_notes_in_time_and_the_clock_is_on_the_beat() {
    alone("impulses::sounds_have_their_notes_in_time_and_the_clock_is_on_the_beat", || {
        let _server = JackServer::start(RATE_HZ);
        let app = App::start("", &["--input", "jack:input"]);
        app.wait_for("input", 1);
        let mut player = Player::connect(clicks());
        let begin = player.play();
        player.wait_until(begin + (CLICKS * DISTANCE) as u64);
        let messages = player.received();
        assert!(app.terminate().0.success());

        // From the sound to the note of its onset: 25 ms, and the buffers in which it is heard and played.
        let buffers = f64::from(2 * PERIOD_FRAMES) / RATE;
        let onsets = distances(&frames(&messages, |bytes| bytes[0] == 0x99), begin, 0.0);
        let median = onsets[onsets.len() / 2];
        println!(
            "onset notes after {:.1} ms (median), {:.1} ms (latest)",
            median * 1e3,
            onsets[onsets.len() - 1] * 1e3
        );
        assert!(median <= 0.025 + buffers, "onsets after {onsets:?} s");

        // Anticipated beats: on the sound.
        let beats = distances(&frames(&messages, |bytes| bytes[0] == 0x9F), begin, f64::NEG_INFINITY);
        println!("anticipated beats {:.1} to {:.1} ms", beats[0] * 1e3, beats[beats.len() - 1] * 1e3);
        let median = beats[beats.len() / 2];
        assert!(median.abs() <= 0.010, "beats at {beats:?} s");

        // The clock: evenly, 24 to a beat.
        let ticks = frames(&messages, |bytes| bytes == [0xF8]);
        let settled: Vec<f64> =
            ticks.iter().copied().filter(|tick| *tick > (begin as usize + SETTLED * DISTANCE) as f64).collect();
        let mean = (settled[settled.len() - 1] - settled[0]) / (settled.len() - 1) as f64;
        assert!((mean / RATE - 0.5 / 24.0).abs() < 0.0002, "ticks every {} s", mean / RATE);
        let mut jitter: Vec<f64> = settled.windows(2).map(|pair| ((pair[1] - pair[0] - mean) / RATE).abs()).collect();
        jitter.sort_by(f64::total_cmp);
        let of_99_percent = jitter[jitter.len() * 99 / 100];
        println!("clock ticks off by {:.2} ms (99 %)", of_99_percent * 1e3);
        // What a busy machine does to the last ticks says nothing of the clock.
        let median = jitter[jitter.len() / 2];
        assert!(median <= 0.001, "{median} s");
        assert!(frames(&messages, |bytes| matches!(bytes[0], 0xFA | 0xFB)).len() == 1, "it starts once");
    });
}
