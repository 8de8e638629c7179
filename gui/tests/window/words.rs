//! What is painted can be read by those who do not see it.

use attacca_engine::{SamplePosition, Snapshot};
use attacca_gui::{Scene, View};
use egui_kittest::kittest::Queryable;

use crate::scenes::{full_window, harness, scene};

#[test]
fn the_stage_says_what_it_shows() {
    let harness = harness(full_window(View::Stage), scene(), [1000.0, 640.0]);
    for words in [
        "Beat 2 of 4, 128.0 BPM, sure 93 %",
        "128.0 BPM, sure, 93 %",
        "Chord B♭m7/D♭, likely 72 %, or D♭ 18 %, or N.C. 4 %",
        "key, likely 81 %: F minor  4A",
        "voice",
    ] {
        harness.get_by_label(words);
    }
}

#[test]
fn the_beat_is_that_which_was_predicted_for_now() {
    let mut scene = scene();
    scene.now = SamplePosition(scene.snapshot.position.0 + 9_600);
    let harness = harness(full_window(View::Stage), scene, [1000.0, 640.0]);
    harness.get_by_label("Beat 3 of 4, 128.0 BPM, sure 93 %");
}

#[test]
fn the_stage_says_why_there_is_no_beat() {
    let said = |scene: Scene, words: &str| {
        harness(full_window(View::Stage), scene, [480.0, 320.0]).get_by_label(words);
    };
    let without_beat = || {
        let mut scene = scene();
        scene.snapshot.beat = None;
        scene
    };
    said(without_beat(), "Listening for the beat …");
    let mut silent = without_beat();
    silent.snapshot.level_dbfs = -90.0;
    said(silent, "Silence");
    let mut off = without_beat();
    off.settings.tasks[1].enabled = false;
    said(off, "The beat is switched off");
    let mut unplugged = without_beat();
    (unplugged.snapshot, unplugged.now) = (Snapshot::default(), SamplePosition(0));
    said(unplugged, "No audio yet");
}

#[test]
fn the_analysis_says_what_it_shows() {
    let harness = harness(full_window(View::Analysis), scene(), [1000.0, 640.0]);
    harness.get_by_label("tempo: 128.0 BPM");
    harness.get_by_label_contains("Chords: ");
    harness.get_by_label_contains("Chord probabilities: ");
}

#[test]
fn health_says_what_was_lost() {
    let mut scene = scene();
    scene.snapshot.health.dropped_events = 17;
    scene.machine.worst_load = 0.95;
    let harness = harness(full_window(View::Health), scene, [1000.0, 640.0]);
    harness.get_by_label("17  !");
    harness.get_by_label("Worst load 95 %, high");
}
