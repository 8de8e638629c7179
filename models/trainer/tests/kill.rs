//! `attacca-train fit`, killed at any moment, goes on to the same network and the same losses.

use std::{
    f32::consts::TAU,
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::Duration,
};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SAMPLE_RATE: u32 = 44_100;

const RECIPE: &str = r#"
name = "clicks"
task = "onset"
[labels]
look_ahead_frames = 1
neighbour = 0.0
[front_end]
kind = "mel"
window_seconds = 0.02
bands = 8
minimum_hz = 50.0
maximum_hz = 10000.0
scale = "htk"
difference = true
scaling = { log_gain = 100.0, mean = 0.0, deviation = 1.0 }
[fit]
seed = 7
epochs = 8
steps = 12
sequences = 4
crop_seconds = 1.5
threads = 2
learning_rate = 0.01
warm_up_steps = 10
weight_decay = 0.01
gradient_norm = 1.0
positive_weight = 2.0
patience_epochs = 8
schedule = { kind = "plateau", factor = 0.5, patience_epochs = 1 }
[augmentation]
gain_db = [-6.0, 6.0]
equaliser_db = 3.0
noise = 0.5
noise_db = [-80.0, -60.0]
[[layer]]
kind = "dense"
outputs = 8
context_frames = 1
[[layer]]
kind = "batch_norm"
epsilon = 0.001
[[layer]]
kind = "recurrent"
cell = "gru"
units = 12
stack = 1
[[layer]]
kind = "dense"
outputs = 1
context_frames = 1
[[layer]]
kind = "activation"
function = { name = "logistic" }
"#;

/// Four examples of decaying tones, with their onsets.
fn write_dataset(folder: &Path) {
    fs::create_dir_all(folder.join("examples")).unwrap();
    let names = ["a", "b", "c", "d"];
    for (index, name) in names.iter().enumerate() {
        let onsets = (1..8).map(|beat| 0.4 * f64::from(beat) + 0.03 * index as f64).collect::<Vec<_>>();
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: SAMPLE_RATE,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(folder.join(format!("examples/{name}.wav")), spec).unwrap();
        for sample in 0..4 * SAMPLE_RATE {
            let time = f64::from(sample) / f64::from(SAMPLE_RATE);
            let since =
                onsets.iter().map(|onset| time - onset).filter(|since| *since >= 0.0).fold(9.0, f64::min) as f32;
            let tone = (TAU * 300.0 * (index + 1) as f32 * since).sin() * (-8.0 * since).exp();
            writer.write_sample((tone * 20_000.0) as i16).unwrap();
        }
        writer.finalize().unwrap();
        let split = if index == 3 { "validation" } else { "train" };
        let record = serde_json::json!({
            "name": name, "split": split, "source": "tones", "piece": name, "soundfont": "none", "augmentation": [],
            "seconds": 4.0, "labels": { "onsets": { "values": onsets, "masked": [] } },
        });
        fs::write(folder.join(format!("examples/{name}.json")), record.to_string()).unwrap();
    }
    let manifest = serde_json::json!({
        "version": 2, "name": "tones", "seed": 1, "sample_rate": SAMPLE_RATE, "provenance": [], "examples": names,
    });
    fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
}

/// Starts a fit in `folder/out`, or goes on with it where it has a checkpoint.
fn fit(folder: &Path, out: &str) -> Child {
    let out = folder.join(out);
    let mut command = Command::new(env!("CARGO_BIN_EXE_attacca-train"));
    command.arg("fit").arg(folder.join("recipe.toml")).arg("--data").arg(folder.join("data")).arg("--out").arg(&out);
    if out.join("checkpoint.safetensors").exists() {
        command.arg("--resume");
    }
    command.stdout(Stdio::null()).spawn().unwrap()
}

#[test]
fn a_fit_that_is_killed_again_and_again_ends_as_one_that_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_dataset(&folder.join("data"));
    fs::write(folder.join("recipe.toml"), RECIPE).unwrap();
    let begun = std::time::Instant::now();
    assert!(fit(folder, "straight").wait().unwrap().success());
    let whole = begun.elapsed();

    let mut random = ChaCha8Rng::seed_from_u64(11);
    let mut kills = 0;
    // Moments from before the first checkpoint to several epochs on; the last run is left alone.
    for _ in 0..10 {
        let mut child = fit(folder, "killed");
        sleep(Duration::from_secs_f64(whole.as_secs_f64() * random.random_range(0.02..0.5)));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            kills += 1;
        }
        child.wait().unwrap();
    }
    assert!(fit(folder, "killed").wait().unwrap().success());
    assert!(kills >= 2, "only {kills} runs were killed in time");
    for file in ["onset.safetensors", "log.csv", "checkpoint.safetensors"] {
        let read = |out: &str| fs::read(folder.join(out).join(file)).unwrap();
        assert!(read("straight") == read("killed"), "{file} differs after {kills} kills");
    }
}
