//! The clock follows beats as an engine predicts them: once a hop, for the next beat, not quite exactly.

use attacca_engine::Bpm;
use proptest::prelude::*;

use super::*;

const RATE_HZ: u32 = 48_000;
const HOP: u64 = 480;

/// Messages, by their time in seconds.
type Sent = Vec<(f64, ClockMessage)>;

/// Lets a clock follow beats at `beats` seconds, counted from `first` in bars of four. Each prediction is wrong by up to
/// `error_seconds`.
fn follow(beats: &[f64], first: u8, error_seconds: f64) -> Sent {
    let rate = f64::from(RATE_HZ);
    let mut clock = ClockGenerator::new(RATE_HZ);
    let mut sent = Vec::new();
    let end = (beats[beats.len() - 1] * rate) as u64;
    let mut noise = 1u32;
    for position in (HOP..end).step_by(HOP as usize) {
        let next = beats.partition_point(|&beat| beat * rate < position as f64);
        let state = (next > 0 && next < beats.len()).then(|| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let error = (f64::from(noise) / f64::from(u32::MAX) * 2.0 - 1.0) * error_seconds;
            BeatState {
                tempo: Bpm((60.0 / (beats[next] - beats[next - 1])) as f32),
                beat_in_bar: ((usize::from(first) + next - 2) % 4) as u8 + 1,
                beats_per_bar: 4,
                next_beat: SamplePosition(((beats[next] + error) * rate) as u64),
                confidence: 1.0,
            }
        });
        clock.follow(SamplePosition(position), state);
        clock.until(position as f64, |at, message| sent.push((at / rate, message)));
    }
    sent
}

/// What is said of the beat at 120 BPM in bars of four: the one that sounds, from 1, and the sample of the next.
fn at_120_bpm(beat_in_bar: u8, next_beat: u64) -> BeatState {
    let next_beat = SamplePosition(next_beat);
    BeatState { tempo: Bpm(120.0), beat_in_bar, beats_per_bar: 4, next_beat, confidence: 1.0 }
}

/// Beats at the given tempi, from half a second on.
fn at_tempi(tempi: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut now = 0.5;
    let mut beats = vec![now];
    for tempo in tempi {
        now += 60.0 / tempo;
        beats.push(now);
    }
    beats
}

fn ticks(sent: &Sent) -> Vec<f64> {
    sent.iter().filter(|(_, message)| *message == ClockMessage::Tick).map(|(at, _)| *at).collect()
}

/// The largest distance of a beat's tick from its beat, from the given beat on.
fn largest_error(sent: &Sent, beats: &[f64], from: usize) -> f64 {
    let ticks = ticks(sent);
    let error = |beat: f64| ticks.iter().map(|tick| (tick - beat).abs()).fold(f64::INFINITY, f64::min);
    beats[from..beats.len() - 2].iter().map(|&beat| error(beat)).fold(0.0, f64::max)
}

fn largest_change(ticks: &[f64]) -> f64 {
    let ratio = |three: &[f64]| (three[2] - three[1]) / (three[1] - three[0]);
    ticks.windows(3).map(|three| (ratio(three) - 1.0).abs()).fold(0.0, f64::max)
}

#[test]
fn it_starts_with_the_first_beat_that_is_counted_on_and_stays_on_the_beat() {
    let beats = at_tempi([120.0; 32]);
    let sent = follow(&beats, 3, 0.0);
    let begun: Vec<_> = sent.iter().skip(24).take(2).map(|(_, message)| *message).collect();
    assert_eq!(begun, [ClockMessage::Start, ClockMessage::Tick]);
    assert!((sent[24].0 - beats[2]).abs() < 1e-4, "{}", sent[24].0);
    assert!(largest_error(&sent, &beats, 1) < 0.001);
    let between = ticks(&sent).iter().filter(|&&tick| tick > beats[1] - 0.001 && tick < beats[9] - 0.001).count();
    assert_eq!(between, 8 * 24);
}

#[test]
fn it_starts_within_a_bar_at_its_song_position() {
    let sent = follow(&at_tempi([100.0; 8]), 2, 0.0);
    let messages: Vec<_> = sent.iter().skip(24).take(3).map(|(_, message)| *message).collect();
    assert_eq!(messages, [ClockMessage::SongPosition(12), ClockMessage::Continue, ClockMessage::Tick]);
    assert_eq!(messages[0].bytes().as_slice(), [0xF2, 12, 0]);
}

#[test]
fn a_jump_of_the_tempo_is_slewed_and_caught_up_with() {
    let beats = at_tempi([120.0; 16].into_iter().chain([132.0; 24]));
    let sent = follow(&beats, 1, 0.0);
    assert!(largest_change(&ticks(&sent)) < TICK_SLEW + 1e-6);
    assert!(largest_error(&sent, &beats, 24) < 0.005);
}

#[test]
fn silence_stops_it_after_a_while_and_music_starts_it_again() {
    let mut clock = ClockGenerator::new(RATE_HZ);
    let mut sent = Vec::new();
    clock.follow(SamplePosition(0), Some(at_120_bpm(3, 24_000)));
    clock.until(40_000.0, |_, message| sent.push(message));
    clock.follow(SamplePosition(40_000), Some(at_120_bpm(4, 48_000)));
    clock.until(64_000.0, |_, message| sent.push(message));
    clock.follow(SamplePosition(64_000), None);
    for end in (64_000..240_000).step_by(1000) {
        clock.until(f64::from(end), |_, message| sent.push(message));
    }
    let count = |sent: &[ClockMessage], wanted| sent.iter().filter(|&&message| message == wanted).count();
    assert_eq!((count(&sent, ClockMessage::Start), count(&sent, ClockMessage::Stop)), (1, 1));
    // From 0.5 s to just before 239,000 samples, 1,000 to a tick.
    assert_eq!(count(&sent, ClockMessage::Tick), 215);
    clock.follow(SamplePosition(240_000), Some(at_120_bpm(3, 240_000)));
    clock.until(260_000.0, |_, message| sent.push(message));
    assert_eq!(count(&sent, ClockMessage::Start), 1);
    clock.follow(SamplePosition(260_000), Some(at_120_bpm(4, 264_000)));
    clock.until(280_000.0, |_, message| sent.push(message));
    assert_eq!(count(&sent, ClockMessage::Start), 2);
}

#[test]
fn a_first_count_that_is_another_one_later_starts_nothing() {
    let rate = f64::from(RATE_HZ);
    let mut clock = ClockGenerator::new(RATE_HZ);
    let mut sent = Vec::new();
    for (beat, count) in (0..).zip([2, 1, 2, 3]) {
        let next_beat = beat * 24_000 + 24_000;
        clock.follow(SamplePosition(beat * 24_000), Some(at_120_bpm(count, next_beat)));
        clock.until(next_beat as f64 + 1000.0, |at, message| sent.push((at / rate, message)));
    }
    let others: Vec<_> = sent.iter().filter(|(_, message)| *message != ClockMessage::Tick).map(|(_, m)| *m).collect();
    assert_eq!(others, [ClockMessage::SongPosition(8), ClockMessage::Continue]);
}

#[test]
fn another_count_leads_elsewhere_after_two_beats() {
    let rate = f64::from(RATE_HZ);
    let mut clock = ClockGenerator::new(RATE_HZ);
    let mut sent = Vec::new();
    for beat in 0..12u64 {
        // "This is one" has been said at the sixth beat.
        let count = if beat < 5 { beat % 4 } else { beat - 5 };
        let next_beat = beat * 24_000 + 24_000;
        clock.follow(SamplePosition(beat * 24_000), Some(at_120_bpm(count as u8 % 4 + 1, next_beat)));
        clock.until(next_beat as f64, |at, message| sent.push((at / rate, message)));
    }
    let others: Vec<_> = sent.iter().filter(|(_, message)| *message != ClockMessage::Tick).map(|(_, m)| *m).collect();
    let expected = [
        ClockMessage::SongPosition(8),
        ClockMessage::Continue,
        ClockMessage::Stop,
        ClockMessage::SongPosition(4),
        ClockMessage::Continue,
    ];
    assert_eq!(others, expected);
}

#[test]
fn a_machine_that_slept_does_not_make_up_for_it() {
    let mut clock = ClockGenerator::new(RATE_HZ);
    let mut sent = Vec::new();
    clock.follow(SamplePosition(0), Some(at_120_bpm(3, 24_000)));
    clock.until(30_000.0, |_, message| sent.push(message));
    clock.follow(SamplePosition(30_000), Some(at_120_bpm(4, 48_000)));
    clock.until(54_000.0, |_, message| sent.push(message));
    assert!(sent.contains(&ClockMessage::Start), "{sent:?}");
    sent.clear();
    clock.until(3_000_000.0, |_, message| sent.push(message));
    assert_eq!(sent, [ClockMessage::Stop]);
}

proptest! {
    /// Predictions err by a frame of 10 ms and the tempo drifts by up to 1 % a beat, as players have it.
    #[test]
    fn ticks_follow_players_smoothly(start in 60.0..180.0f64, drift in proptest::collection::vec(-0.01..0.01f64, 48)) {
        let tempi = drift.iter().scan(start, |tempo, drift| {
            *tempo *= 1.0 + drift;
            Some(*tempo)
        });
        let beats = at_tempi(tempi);
        let sent = follow(&beats, 1, 0.005);
        prop_assert!(largest_change(&ticks(&sent)) < TICK_SLEW + 1e-6);
        // Half the time constant's worth of the largest drift at 60 BPM, and the predictions' own error: 10 ms.
        prop_assert!(largest_error(&sent, &beats, 8) < 0.010, "{}", largest_error(&sent, &beats, 8));
    }
}
