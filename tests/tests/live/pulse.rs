//! Music through PulseAudio: a null sink, whose monitor the app listens to.

use std::process::{Child, Command, Stdio};

use attacca_tests::recording::{RECORDING_RATE_HZ, recording};

use crate::{
    app::{App, wait},
    environment::{alone, folder},
    expected::{agreement, beat_seconds, events, said, said_by},
};

/// A server with a sink that nobody hears, until it is dropped.
struct PulseServer(Child);

impl PulseServer {
    fn start() -> Self {
        let socket = folder().join("pulse.sock");
        let server = Command::new("pulseaudio")
            .args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disallow-exit"])
            .args(["-L", &format!("module-native-protocol-unix socket={} auth-anonymous=1", socket.display())])
            .args(["-L", "module-null-sink sink_name=stage rate=44100 channels=2"])
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

/// The recording as a file that players of every system play.
fn wav() -> String {
    let path = folder().join("song.wav");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RECORDING_RATE_HZ,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    recording().iter().for_each(|&sample| writer.write_sample(sample).unwrap());
    writer.finalize().unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn music_in_pulseaudio_has_its_beats() {
    alone("pulse::music_in_pulseaudio_has_its_beats", || {
        let _server = PulseServer::start();
        let app = App::start("midi.port = 'off'", &["--input", "Monitor of"]);
        app.wait_for("input", 1);
        let played = Command::new("paplay").args(["-d", "stage", &wav()]).status().unwrap();
        assert!(played.success());
        let (status, lines) = app.terminate();
        assert!(status.success());
        let rate = lines[0]["sample_rate_hz"].as_u64().unwrap() as u32;
        let heard = beat_seconds(&said_by(&lines), rate);
        let of_file = beat_seconds(&said(&events(recording(), RECORDING_RATE_HZ)), RECORDING_RATE_HZ);
        // When the sound began is not known to a millisecond: the moment at which most beats agree is looked for.
        let offsets = heard.iter().flat_map(|beat| of_file.iter().map(move |other| beat - other));
        let best = offsets.map(|offset| agreement(&heard, &of_file, offset)).fold(0.0, f64::max);
        assert!(best > 0.9, "{best} of the beats are those of the file: {heard:?} and {of_file:?}");
    });
}
