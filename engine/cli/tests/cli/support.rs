//! Running the binary, and music to run it on.

use std::{
    f32::consts::TAU,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

/// Sample rate of the made-up music; low, so that the tests are quick.
pub const SAMPLE_RATE_HZ: u32 = 22_050;
/// Tempo of the made-up music.
pub const BPM: f64 = 120.0;
/// When its first beat falls.
pub const FIRST_BEAT_SECONDS: f64 = 0.5;

/// What a run said.
pub struct Run {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("the analyser was not killed"),
            stdout: String::from_utf8(output.stdout).expect("the standard output is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("the standard error is UTF-8"),
        }
    }
}

/// `attacca analyze` with more arguments to come.
pub fn analyze() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_attacca"));
    command.arg("analyze");
    command
}

/// Runs `attacca analyze` with arguments.
pub fn run<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Run {
    analyze().args(arguments).output().expect("the analyser starts").into()
}

/// A folder that goes away with the test.
pub fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Samples of a drum pattern in 4/4 at [`BPM`]: a low drum on the first beat of each bar, a snare on the others, a
/// quiet hat on every half beat.
pub fn drums(seconds: f64) -> Vec<i16> {
    let rate = f64::from(SAMPLE_RATE_HZ);
    let mut samples = vec![0.0_f32; (seconds * rate) as usize];
    let mut noise = 1_u32;
    for half_beat in 0.. {
        let start = FIRST_BEAT_SECONDS + f64::from(half_beat) * 30.0 / BPM;
        let first = (start * rate) as usize;
        if first >= samples.len() {
            break;
        }
        let (tone_hz, tone, hiss, decay_seconds) = match half_beat % 8 {
            0 => (60.0, 0.8, 0.1, 0.09),
            half if half % 2 == 0 => (190.0, 0.35, 0.35, 0.06),
            _ => (0.0, 0.0, 0.12, 0.02),
        };
        for (index, sample) in samples[first..].iter_mut().take((0.3 * rate) as usize).enumerate() {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let white = (noise >> 8) as f32 / 8_388_608.0 - 1.0;
            let time = index as f32 / SAMPLE_RATE_HZ as f32;
            *sample += (tone * (TAU * tone_hz * time).sin() + hiss * white) * (-time / decay_seconds).exp();
        }
    }
    samples.into_iter().map(|sample| (sample.clamp(-1.0, 1.0) * 32_000.0) as i16).collect()
}

/// Samples of chords of two seconds each, given as pitches in MIDI numbers: tones of six partials that die away.
pub fn chords(chords: &[&[u8]]) -> Vec<i16> {
    let rate = SAMPLE_RATE_HZ as f32;
    let chord = |pitches: &[u8]| -> Vec<i16> {
        let sample = |index: usize| {
            let time = index as f32 / rate;
            let tone = |pitch: &u8| {
                let hertz = 440.0 * ((f32::from(*pitch) - 69.0) / 12.0).exp2();
                (1..=6).map(|partial| (TAU * hertz * partial as f32 * time).sin() / partial as f32).sum::<f32>()
            };
            let envelope = (time / 0.01).min(1.0) * (-time / 1.5).exp();
            (pitches.iter().map(tone).sum::<f32>() * envelope * 4_000.0) as i16
        };
        (0..2 * SAMPLE_RATE_HZ as usize).map(sample).collect()
    };
    chords.iter().flat_map(|pitches| chord(pitches)).collect()
}

/// Times of the beats of [`drums`].
pub fn beat_times(seconds: f64) -> Vec<f64> {
    (0..).map(|beat| FIRST_BEAT_SECONDS + f64::from(beat) * 60.0 / BPM).take_while(|time| *time < seconds).collect()
}

/// Writes a WAV file of mono samples.
pub fn write_wav(path: &Path, samples: &[i16]) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: SAMPLE_RATE_HZ,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).expect("a new file");
    for sample in samples {
        writer.write_sample(*sample).expect("room on the disk");
    }
    writer.finalize().expect("room on the disk");
}

/// Writes the drums under a name in a folder.
pub fn drums_file(folder: &Path, name: impl AsRef<Path>, seconds: f64) -> PathBuf {
    let path = folder.join(name);
    write_wav(&path, &drums(seconds));
    path
}

/// Names of the files in a folder, sorted; none where there is no folder.
pub fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("a readable entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Asserts that two folders hold the same files with the same bytes.
pub fn assert_same_files(left: &Path, right: &Path) {
    assert_eq!(names(left), names(right));
    for name in names(left) {
        assert!(fs::read(left.join(&name)).unwrap() == fs::read(right.join(&name)).unwrap(), "{name} differs");
    }
}
