//! Every metric equals mir_eval's: random pairs of annotations and those at the edges, scored by the real package.

#[path = "mir_eval/cases.rs"]
mod cases;
#[path = "mir_eval/environment.rs"]
mod environment;

use std::{
    io::Write,
    process::{Command, Stdio},
};

use attacca_models::vocabulary::{KeyClass, Mode};
use attacca_trainer::metrics::{
    chord,
    continuity::continuity,
    f_measure::{BEAT_TRIM_SECONDS, BEAT_WINDOW_SECONDS, f_measure, trimmed},
    information_gain::information_gain,
    key::weighted_score,
    p_score::p_score,
    segments::Segment,
    voice::VoiceFrames,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;

use self::cases::{Cases, Chords, Events, KEYS, Keys, Voice};

/// Random pairs of each kind.
const PAIRS: usize = 1000;

/// What the two may differ by: sums of a few dozen shares, taken in another order.
const TOLERANCE: f64 = 1e-9;

/// mir_eval's scores of the cases; a list where a function gives several values, null where it is not defined.
#[derive(Debug, Deserialize)]
struct Scores {
    version: String,
    onset: Vec<OnsetScores>,
    beat: Vec<BeatScores>,
    chord: Vec<Option<Vec<f64>>>,
    voice: Vec<VoiceScores>,
    key: Vec<f64>,
}

#[derive(Debug, Deserialize)]
struct OnsetScores {
    #[serde(rename = "0.05")]
    loose: [f64; 3],
    #[serde(rename = "0.025")]
    strict: [f64; 3],
}

#[derive(Debug, Deserialize)]
struct BeatScores {
    f_measure: [f64; 1],
    continuity: [f64; 4],
    p_score: Option<[f64; 1]>,
    information_gain: [Option<f64>; 1],
}

#[derive(Debug, Deserialize)]
struct VoiceScores {
    accuracy: f64,
    precision: f64,
    recall: f64,
    f_measure: f64,
    false_alarm_rate: f64,
}

#[test]
fn every_metric_equals_mir_eval() {
    let mut cases = Cases::random(&mut ChaCha8Rng::seed_from_u64(82), PAIRS);
    cases.add_edges();
    let scores = scores(&cases);
    assert_eq!(scores.version, "0.8.2");
    assert!(cases.onset.len() > PAIRS && cases.onset.len() == scores.onset.len());
    cases.onset.iter().zip(&scores.onset).for_each(|(case, expected)| check_onsets(case, expected));
    cases.beat.iter().zip(&scores.beat).for_each(|(case, expected)| check_beats(case, expected));
    cases.chord.iter().zip(&scores.chord).for_each(|(case, expected)| check_chords(case, expected.as_deref()));
    cases.voice.iter().zip(&scores.voice).for_each(|(case, expected)| check_voice(case, expected));
    cases.key.iter().zip(&scores.key).for_each(|(case, expected)| check_keys(case, *expected));
}

/// Runs mir_eval over the cases.
fn scores(cases: &Cases) -> Scores {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mir_eval/scores.py");
    let mut child = Command::new(environment::python())
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the environment's interpreter runs");
    let mut input = child.stdin.take().expect("its standard input is a pipe");
    input.write_all(&serde_json::to_vec(cases).expect("cases are JSON")).expect("it reads the cases");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{script} ended with {}", output.status);
    serde_json::from_slice(&output.stdout).expect("scores of every case")
}

fn assert_equal<const N: usize>(what: &str, ours: [f64; N], theirs: [f64; N], case: &impl std::fmt::Debug) {
    let equal = ours.iter().zip(&theirs).all(|(ours, theirs)| (ours - theirs).abs() <= TOLERANCE);
    assert!(equal, "{what}: {ours:?} here, {theirs:?} in mir_eval, of {case:?}");
}

fn check_onsets(case: &Events, expected: &OnsetScores) {
    for (window, theirs) in [(0.05, expected.loose), (0.025, expected.strict)] {
        let score = f_measure(&case.reference, &case.estimate, window);
        assert_equal("onset F, precision, recall", [score.f_measure, score.precision, score.recall], theirs, case);
    }
}

fn check_beats(case: &Events, expected: &BeatScores) {
    let (reference, estimate) =
        (trimmed(&case.reference, BEAT_TRIM_SECONDS), trimmed(&case.estimate, BEAT_TRIM_SECONDS));
    let score = f_measure(reference, estimate, BEAT_WINDOW_SECONDS);
    assert_equal("beat F", [score.f_measure], expected.f_measure, case);
    let scores = continuity(reference, estimate);
    let ours = [
        scores.correct_level_continuous,
        scores.correct_level_total,
        scores.any_level_continuous,
        scores.any_level_total,
    ];
    assert_equal("CMLc, CMLt, AMLc, AMLt", ours, expected.continuity, case);
    // Where mir_eval is not defined, ours is 0.
    assert_equal("P-score", [p_score(reference, estimate)], expected.p_score.unwrap_or_default(), case);
    let gain = expected.information_gain.map(Option::unwrap_or_default);
    assert_equal("information gain", [information_gain(reference, estimate)], gain, case);
}

fn check_chords(case: &Chords, expected: Option<&[f64]>) {
    let ours = chord::evaluate(&segments(&case.reference), &segments(&case.estimate));
    match (ours, expected) {
        (Ok(ours), Some(expected)) => {
            let [recall, segmentation] = [0..7, 7..10].map(|range| &expected[range]);
            let recall: [f64; 7] = recall.try_into().expect("seven comparisons");
            assert_equal("WCSR", ours.recall.map(Option::unwrap_or_default), recall, case);
            let segmentation: [f64; 3] = segmentation.try_into().expect("three values");
            let ours = ours.segmentation;
            assert_equal("segmentation", [ours.over, ours.under, ours.worse()], segmentation, case);
        }
        (Err(_), None) => {}
        // What of an estimate lies outside the reference is left without a length there, and refused.
        (Ok(_), None) if reaches_outside(case) => {}
        (ours, expected) => panic!("{ours:?} here, {expected:?} in mir_eval, of {case:?}"),
    }
}

/// Whether an estimated chord shares no time with the reference.
fn reaches_outside(case: &Chords) -> bool {
    let (Some(first), Some(last)) = (case.reference.first(), case.reference.last()) else { return false };
    case.estimate.iter().any(|(start, end, _)| *end <= first.0 || *start >= last.1)
}

fn segments(list: &[(f64, f64, String)]) -> Vec<Segment<&str>> {
    list.iter().map(|(start, end, label)| Segment { start: *start, end: *end, value: label.as_str() }).collect()
}

fn check_voice(case: &Voice, expected: &VoiceScores) {
    let frames = VoiceFrames::count(&case.reference, &case.estimate, case.frames);
    let ours = [
        frames.accuracy().unwrap_or_default(),
        frames.precision().unwrap_or_default(),
        // Where nobody sings, mir_eval misses nothing.
        frames.recall().unwrap_or(1.0),
        frames.f_measure().unwrap_or_default(),
        frames.false_alarm_rate().unwrap_or_default(),
    ];
    let VoiceScores { accuracy, precision, recall, f_measure, false_alarm_rate } = *expected;
    assert_equal("voice frames", ours, [accuracy, precision, recall, f_measure, false_alarm_rate], case);
}

fn check_keys(case: &Keys, expected: f64) {
    let key = |name: &str| {
        let (tonic, mode) = name.split_once(' ')?;
        let tonic = KEYS.iter().position(|key| *key == tonic).expect("a key of the cases") as u8;
        Some(KeyClass { tonic, mode: if mode == "major" { Mode::Major } else { Mode::Minor } })
    };
    assert_equal("key", [weighted_score(key(&case.reference), key(&case.estimate))], [expected], case);
}
