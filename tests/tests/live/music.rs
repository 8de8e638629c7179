//! Music through JACK: what is heard is what was played, and what is heard leaves by every way.

use std::collections::BTreeMap;

use attacca_tests::recording::{RECORDING_RATE_HZ, recording};
use serde_json::Value;

use crate::{
    app::{App, wait},
    browser::Browser,
    environment::{alone, folder},
    expected::{is_said_again, is_the_recording, said_by},
    jack_server::{JackServer, PERIOD_FRAMES},
    player::{Player, Received},
    servers::{Listener, OscTarget, free_address},
};

/// Beats are sent when they are known, so that each has its note; the channels are the usual ones.
const CONFIRMED_BEATS: &str = "[midi]\nclock = false\n[midi.messages]\nanticipate = false\n";

/// Notes that began, by channel and key, less those that ended.
fn sounding(messages: &[Received]) -> BTreeMap<(u8, u8), i32> {
    let mut sounding = BTreeMap::new();
    for message in messages {
        let change = match message.bytes[0] & 0xF0 {
            0x90 => 1,
            0x80 => -1,
            _ => continue,
        };
        *sounding.entry((message.bytes[0] & 0x0F, message.bytes[1])).or_insert(0) += change;
    }
    sounding.retain(|_, count| *count != 0);
    sounding
}

#[test]
fn music_in_jack_leaves_by_midi_osc_websocket_and_in_a_browser() {
    alone("music::music_in_jack_leaves_by_midi_osc_websocket_and_in_a_browser", || {
        let _server = JackServer::start(RECORDING_RATE_HZ);
        let (osc, other_osc, web) = (OscTarget::open(), OscTarget::open(), free_address());
        let session = folder().join("session");
        let targets = format!("{},{}", osc.address, other_osc.address);
        let arguments = ["--input", "jack:input", "--channels", "1", "--osc", &targets, "--web", &web];
        let recording_arguments = ["--record", session.to_str().unwrap(), "--audio"];
        let app = App::start(CONFIRMED_BEATS, &[&arguments[..], &recording_arguments].concat());
        app.wait_for("input", 1);
        let listener = Listener::connect(&web);
        let mut browser = Browser::open(&format!("http://{web}/"));
        wait("the browser to listen", || browser.value("window.attacca.lines").as_u64() > Some(0));
        let mut player = Player::connect(recording().to_vec());
        let begin = player.play();
        player.wait_until(begin + recording().len() as u64 + u64::from(RECORDING_RATE_HZ));
        let shown = browser.value("window.attacca.beats");
        let tempo = browser.value("document.getElementById('tempo').textContent");
        let on_page = app.lines_of("beat");
        let (status, lines) = app.terminate();
        player.wait_until(begin + recording().len() as u64 + 2 * u64::from(RECORDING_RATE_HZ));
        let messages = player.received();
        assert!(status.success(), "{status}");

        let (samples, live) = is_said_again(&session, &lines);
        let [first, played] = is_the_recording(&samples, &live);

        // Each line has left by every way.
        let beats = lines.iter().filter(|line| line["kind"] == "beat").count();
        assert_eq!(osc.came_to("/attacca/beat").len(), beats);
        assert_eq!(other_osc.came_to("/attacca/beat").len(), beats);
        assert!(osc.came_to("/attacca/next_beat").len() > beats / 2);
        let seen = said_by(&listener.lines());
        assert!(seen == live, "{} lines of {} over the WebSocket", seen.len(), live.len());
        assert!(tempo != "–", "the page shows a tempo");
        let shown: Vec<u64> = shown.as_array().unwrap().iter().map(|sample| sample.as_u64().unwrap()).collect();
        let on_page: Vec<u64> = on_page.iter().map(|line| line["sample"].as_u64().unwrap()).collect();
        assert!(shown.len() > 10 && on_page.starts_with(&shown[..shown.len().min(on_page.len())]));

        midi_says_what_lines_say(&lines, &messages, begin + played as u64, first as u64);
    });
}

/// Every beat has its note, when it is known and a period and a little later; and no note is left.
fn midi_says_what_lines_say(lines: &[Value], messages: &[Received], played_at: u64, heard_at: u64) {
    assert_eq!(sounding(messages), BTreeMap::new(), "every note ends");
    let beats: Vec<u64> = lines
        .iter()
        .filter(|line| line["kind"] == "beat")
        .map(|line| line["sample"].as_u64().unwrap() + line["latency_samples"].as_u64().unwrap())
        .collect();
    let is_beat = |message: &&Received| message.bytes[0] == 0x9F && (message.bytes[1] == 33 || message.bytes[1] == 34);
    let notes: Vec<u64> = messages.iter().filter(is_beat).map(|message| message.frame).collect();
    assert_eq!(notes.len(), beats.len());
    // Where the player's frames and the app's samples meet: the first sample that is not silent.
    let known = beats.iter().map(|beat| *beat as i64 + played_at as i64 - heard_at as i64);
    let mut late: Vec<i64> = notes.iter().zip(known).map(|(note, known)| *note as i64 - known).collect();
    late.sort_unstable();
    // The period in which it became known, the one in which it is played, and 15 ms for a machine with other things to do.
    let allowed = i64::from(3 * PERIOD_FRAMES) + i64::from(RECORDING_RATE_HZ) * 15 / 1000;
    let median = late[late.len() / 2];
    assert!(late[0] >= -i64::from(PERIOD_FRAMES) && median <= allowed, "late by {late:?} frames");
}

#[test]
fn a_server_that_goes_is_said_and_heard_again_when_it_is_back() {
    alone("music::a_server_that_goes_is_said_and_heard_again_when_it_is_back", || {
        let server = JackServer::start(RECORDING_RATE_HZ);
        let app = App::start(CONFIRMED_BEATS, &["--input", "jack:input"]);
        app.wait_for("input", 1);
        let player = Player::connect(recording().to_vec());
        player.play();
        app.wait_for("onset", 5);
        drop((player, server));
        wait("words", || app.words().contains("listens again when it is back"));
        // With another rate, as after a change of its settings.
        let _server = JackServer::start(48_000);
        app.wait_for("input", 2);
        assert_eq!(app.lines_of("input")[1]["sample_rate_hz"], 48_000);
        let before = app.lines_of("onset").len();
        let player = Player::connect(recording().to_vec());
        player.play();
        app.wait_for("onset", before + 5);
        assert!(app.terminate().0.success());
    });
}
