//! Music through PulseAudio: a null sink, whose monitor the app listens to.

use std::process::{Child, Command, Stdio};

use attacca_tests::recording::{RECORDING_RATE_HZ, recording};

use crate::{
    app::{App, wait},
    environment::{alone, folder},
    expected::{beat_seconds, events, said, said_by},
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
        // The server's own clock is not that of the file: that the music was heard shows in its tempo.
        let (tempo, of_file_tempo) = (median_interval(&heard), median_interval(&of_file));
        assert!(
            (tempo / of_file_tempo - 1.0).abs() < 0.03,
            "{tempo} s from beat to beat, and {of_file_tempo} in the file"
        );
        assert!(heard.len() * 10 > of_file.len() * 7, "{} beats, and {} in the file", heard.len(), of_file.len());
    });
}

/// The interval from beat to beat that is in the middle of all, in seconds.
fn median_interval(beats: &[f64]) -> f64 {
    let mut intervals: Vec<f64> = beats.windows(2).map(|pair| pair[1] - pair[0]).collect();
    intervals.sort_by(f64::total_cmp);
    intervals[intervals.len() / 2]
}
