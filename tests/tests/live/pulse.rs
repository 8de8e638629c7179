//! Music through PulseAudio: a null sink, whose monitor the app listens to.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use attacca_tests::recording::{RECORDING_RATE_HZ, recording};

use crate::{
    app::{App, wait},
    environment::{alone, folder},
    expected::{is_said_again, is_the_recording},
};

/// The sink's buffer is up to two seconds long: so much later than the player does its monitor end, and so much of what was
/// played when somebody began to listen may be lost.
const MONITOR_LAG: Duration = Duration::from_secs(3);

/// A server with a sink that nobody hears, until it is dropped.
struct PulseServer(Child);

impl PulseServer {
    fn start() -> Self {
        let socket = folder().join("pulse.sock");
        let server = Command::new("pulseaudio")
            .args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disallow-exit"])
            .args(["-L", &format!("module-native-protocol-unix socket={} auth-anonymous=1", socket.display())])
            .args(["-L", "module-null-sink sink_name=stage rate=44100 channels=2 format=float32le"])
            .env("HOME", folder())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("pulseaudio is installed: cargo xtask prepare");
        wait("PulseAudio", || socket.exists());
        Self(server)
    }
}

impl Drop for PulseServer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Silence for as long as a beginning may be lost, and the recording, as a file that players of every system play.
fn wav() -> String {
    let path = folder().join("song.wav");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RECORDING_RATE_HZ,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    let silence = std::iter::repeat_n(0.0, MONITOR_LAG.as_secs() as usize * RECORDING_RATE_HZ as usize);
    silence.chain(recording().iter().copied()).for_each(|sample| writer.write_sample(sample).unwrap());
    writer.finalize().unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn music_in_pulseaudio_has_its_beats() {
    alone("pulse::music_in_pulseaudio_has_its_beats", || {
        let _server = PulseServer::start();
        let session = folder().join("session");
        let arguments = ["--input", "Monitor of", "--channels", "1", "--record", session.to_str().unwrap(), "--audio"];
        let app = App::start("midi.port = 'off'", &arguments);
        app.wait_for("input", 1);
        let played = Command::new("paplay").args(["-d", "stage", &wav()]).status().unwrap();
        assert!(played.success());
        std::thread::sleep(MONITOR_LAG);
        let (status, lines) = app.terminate();
        assert!(status.success());
        let (samples, live) = is_said_again(&session, &lines);
        is_the_recording(&samples, &live);
    });
}
