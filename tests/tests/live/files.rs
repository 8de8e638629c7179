//! A recording as the input.

use attacca_tests::recording::{RECORDING_RATE_HZ, recording};

use crate::{
    app::App,
    environment::alone,
    expected::{events, said, said_by},
};

/// The demo's recording.
pub const SONG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../engine/cli/demo/bossa-nova-guitar.ogg");
/// No MIDI: nobody listens.
const SILENT: &str = "midi.port = 'off'";

#[test]
fn a_file_says_what_the_engine_says_of_it_and_ends() {
    alone("files::a_file_says_what_the_engine_says_of_it_and_ends", || {
        let (status, lines) = App::start(SILENT, &["--file", SONG, "--fast"]).wait();
        assert!(status.success());
        assert_eq!(said_by(&lines), said(&events(recording(), RECORDING_RATE_HZ)));
        assert_eq!((&lines[0]["kind"], &lines[0]["sample_rate_hz"]), (&"input".into(), &RECORDING_RATE_HZ.into()));
        assert_eq!(lines.last().unwrap()["kind"], "end");
    });
}

#[test]
fn a_file_in_real_time_can_be_ended_at_any_time() {
    alone("files::a_file_in_real_time_can_be_ended_at_any_time", || {
        let app = App::start(SILENT, &["--file", SONG, "--loop"]);
        app.wait_for("beat", 4);
        let (status, lines) = app.terminate();
        assert!(status.success(), "{status}");
        let (said, expected) = (said_by(&lines), said(&events(recording(), RECORDING_RATE_HZ)));
        assert_eq!(said, expected[..said.len()]);
    });
}

#[test]
fn a_file_that_is_none_is_named() {
    alone("files::a_file_that_is_none_is_named", || {
        let app = App::start(SILENT, &["--file", "/nowhere.flac"]);
        crate::app::wait("words", || app.words().contains("/nowhere.flac"));
        assert!(!app.wait().0.success());
    });
}

#[test]
fn a_session_that_cannot_be_recorded_is_said_and_the_listening_goes_on() {
    alone("files::a_session_that_cannot_be_recorded_is_said_and_the_listening_goes_on", || {
        let app = App::start(SILENT, &["--file", SONG, "--fast", "--record", "/dev/null/session"]);
        let words = || app.words();
        crate::app::wait("words", || words().contains("nothing is recorded: /dev/null/session"));
        let (status, lines) = app.wait();
        assert!(status.success());
        assert_eq!(said_by(&lines), said(&events(recording(), RECORDING_RATE_HZ)));
    });
}
