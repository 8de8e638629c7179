//! Pairs of annotations: random ones that look like a tracker's mistakes, and those at the edges.

use rand::{Rng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

/// Times of events.
#[derive(Debug, Serialize)]
pub struct Events {
    pub reference: Vec<f64>,
    pub estimate: Vec<f64>,
}

/// Chords: start, end, label.
#[derive(Debug, Serialize)]
pub struct Chords {
    pub reference: Vec<(f64, f64, String)>,
    pub estimate: Vec<(f64, f64, String)>,
}

/// Stretches of voice.
#[derive(Debug, Serialize)]
pub struct Voice {
    pub reference: Vec<[f64; 2]>,
    pub estimate: Vec<[f64; 2]>,
    pub frames: usize,
}

/// Keys as mir_eval writes them.
#[derive(Debug, Serialize)]
pub struct Keys {
    pub reference: String,
    pub estimate: String,
}

/// Everything that is compared.
#[derive(Debug, Default, Serialize)]
pub struct Cases {
    pub onset: Vec<Events>,
    pub beat: Vec<Events>,
    pub chord: Vec<Chords>,
    pub voice: Vec<Voice>,
    pub key: Vec<Keys>,
}

/// Shorthands of the grammar that have agreed tones, and none at all.
const SHORTHANDS: [&str; 25] = [
    "maj", "min", "aug", "dim", "sus4", "sus2", "7", "maj7", "min7", "minmaj7", "maj6", "min6", "dim7", "hdim7",
    "maj9", "min9", "9", "min11", "11", "maj13", "min13", "13", "1", "5", "",
];

const DEGREES: [&str; 16] = ["1", "2", "b3", "3", "4", "#4", "b5", "5", "#5", "6", "b7", "7", "9", "#9", "11", "bb13"];

/// Keys as mir_eval spells them, in the order of the classes.
pub const KEYS: [&str; 12] = ["C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B"];

impl Cases {
    /// As many random pairs of each kind, and one for each two keys.
    pub fn random(random: &mut ChaCha8Rng, pairs: usize) -> Self {
        let mut cases = Self::default();
        for _ in 0..pairs {
            cases.onset.push(onsets(random));
            cases.beat.push(beats(random));
            cases.chord.push(chords(random));
            cases.voice.push(voice(random));
        }
        let named = KEYS.iter().flat_map(|tonic| ["major", "minor"].map(|mode| format!("{tonic} {mode}")));
        let keys: Vec<String> = named.chain(["X".to_owned()]).collect();
        for reference in &keys {
            let pair = |estimate: &String| Keys { reference: reference.clone(), estimate: estimate.clone() };
            cases.key.extend(keys.iter().map(pair));
        }
        cases
    }

    /// Empty, single, coinciding, identical and overlapping ones.
    pub fn add_edges(&mut self) {
        let lists: [&[f64]; 9] = [
            &[],
            &[6.0],
            &[6.0, 6.0],
            &[6.0, 6.0, 6.0, 7.0],
            &[6.0, 6.5, 7.0, 7.5],
            &[6.0, 6.001, 6.002],
            &[1.0, 2.0, 3.0],
            &[5.0, 5.05, 5.1, 5.15],
            &[6.25, 6.75, 7.25],
        ];
        for reference in lists {
            for estimate in lists {
                for cases in [&mut self.onset, &mut self.beat] {
                    cases.push(Events { reference: reference.to_vec(), estimate: estimate.to_vec() });
                }
            }
        }
        let sequences: [&[(f64, f64, &str)]; 11] = [
            &[],
            &[(0.0, 4.0, "C:maj")],
            &[(0.0, 4.0, "N")],
            &[(0.0, 4.0, "X")],
            &[(0.0, 2.0, "C:maj"), (2.0, 4.0, "C")],
            &[(0.0, 1.0, "C:maj"), (2.0, 4.0, "G:7")],
            &[(0.0, 3.0, "C:maj"), (2.0, 4.0, "G:7")],
            &[(1.0, 6.0, "A:min/b3"), (6.0, 7.0, "C:9")],
            &[(8.0, 9.0, "C:maj")],
            &[(0.0, 2.0, "C:maj11")],
            &[(0.0, 2.0, "C:5(3)"), (2.0, 2.5, "C:(1,5)/5"), (2.5, 4.0, "H:maj")],
        ];
        let owned = |sequence: &[(f64, f64, &str)]| {
            sequence.iter().map(|&(start, end, label)| (start, end, label.to_owned())).collect()
        };
        for reference in sequences {
            self.chord
                .extend(sequences.map(|estimate| Chords { reference: owned(reference), estimate: owned(estimate) }));
        }
        let stretches: [&[[f64; 2]]; 4] =
            [&[], &[[0.0, 4.0]], &[[0.005, 0.015], [1.0, 2.0]], &[[1.0, 2.5], [2.0, 3.0]]];
        for reference in stretches {
            self.voice.extend(stretches.map(|estimate| Voice {
                reference: reference.to_vec(),
                estimate: estimate.to_vec(),
                frames: 400,
            }));
        }
    }
}

/// Times on a grid of milliseconds as often as not, so that some lie exactly at the edge of a tolerance.
fn placed(random: &mut ChaCha8Rng, mut times: Vec<f64>) -> Vec<f64> {
    if random.random_bool(0.5) {
        times.iter_mut().for_each(|time| *time = (*time * 200.0).round() / 200.0);
    }
    times.retain(|time| *time >= 0.0);
    times.sort_by(f64::total_cmp);
    times
}

/// The times with some lost, some moved and some made up.
fn mistaken(random: &mut ChaCha8Rng, times: &[f64], jitter_seconds: f64) -> Vec<f64> {
    let lost = random.random_range(0.0..0.3);
    let mut found: Vec<f64> = Vec::new();
    for time in times {
        if !random.random_bool(lost) {
            found.push(time + random.random_range(-jitter_seconds..jitter_seconds));
        }
        if random.random_bool(0.1) {
            found.push(time + random.random_range(0.0..1.0));
        }
    }
    found
}

fn onsets(random: &mut ChaCha8Rng) -> Events {
    let count = random.random_range(0..80);
    let times = (0..count).map(|_| random.random_range(0.0..15.0)).collect();
    let reference = placed(random, times);
    let found = mistaken(random, &reference, 0.08);
    Events { estimate: placed(random, found), reference }
}

fn beats(random: &mut ChaCha8Rng) -> Events {
    let (mut time, mut period) = (random.random_range(0.0..4.0), random.random_range(0.25..1.5));
    let mut pulse = Vec::new();
    for _ in 0..random.random_range(0..50) {
        pulse.push(time);
        period *= random.random_range(0.97..1.03);
        time += period;
    }
    let reference = placed(random, pulse);
    let middles: Vec<f64> = reference.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0).collect();
    let heard: Vec<f64> = match random.random_range(0..6) {
        0 => middles,
        1 => reference.iter().chain(&middles).copied().collect(),
        2 => reference.iter().step_by(2).copied().collect(),
        3 => (0..40).map(|_| random.random_range(0.0..40.0)).collect(),
        _ => reference.clone(),
    };
    let jitter = period * random.random_range(0.001..0.3);
    let found = if random.random_bool(0.1) { heard } else { mistaken(random, &heard, jitter) };
    Events { estimate: placed(random, found), reference }
}

/// A label of Harte's grammar.
fn label(random: &mut ChaCha8Rng) -> String {
    if random.random_bool(0.1) {
        return pick(random, &["N", "X"]).to_owned();
    }
    let mut label = pick(random, &["C", "D", "E", "F", "G", "A", "B"]).to_owned() + pick(random, &["", "#", "b", "##"]);
    let shorthand =
        if random.random_bool(0.5) { pick(random, &["maj", "min", "7"]) } else { pick(random, &SHORTHANDS) };
    let degrees = if shorthand.is_empty() || random.random_bool(0.2) { random.random_range(0..4) } else { 0 };
    if !shorthand.is_empty() || degrees > 0 {
        label = label + ":" + shorthand;
    }
    if degrees > 0 {
        let list: Vec<String> =
            (0..degrees).map(|_| pick(random, &["", "", "*"]).to_owned() + pick(random, &DEGREES)).collect();
        label = format!("{label}({})", list.join(","));
    }
    if random.random_bool(0.2) {
        label = label + "/" + pick(random, &DEGREES);
    }
    label
}

fn pick<'a>(random: &mut ChaCha8Rng, choices: &[&'a str]) -> &'a str {
    choices.choose(random).copied().unwrap_or_default()
}

fn chords(random: &mut ChaCha8Rng) -> Chords {
    let mut start = if random.random_bool(0.5) { 0.0 } else { random.random_range(0.0..2.0) };
    let mut reference: Vec<(f64, f64, String)> = Vec::new();
    for _ in 0..random.random_range(1..20) {
        let end = start + random.random_range(0.2..3.0);
        reference.push((start, end, label(random)));
        start = if random.random_bool(0.05) { end + 0.5 } else { end };
    }
    let mut estimate: Vec<(f64, f64, String)> = Vec::new();
    let mut from = random.random_range(0.0..1.0);
    for (_, end, annotated) in &reference {
        let to = end + random.random_range(-0.15..0.15);
        // What lies between two boundaries may be too short to be found.
        if to > from {
            let heard = if random.random_bool(0.5) { annotated.clone() } else { label(random) };
            estimate.push((from, to, heard));
            from = to;
        }
    }
    Chords { reference, estimate }
}

fn voice(random: &mut ChaCha8Rng) -> Voice {
    let mut stretches = || {
        let count = 2 * random.random_range(0..6);
        let times = (0..count).map(|_| random.random_range(0.0..10.0)).collect();
        placed(random, times).chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect()
    };
    Voice { reference: stretches(), estimate: stretches(), frames: 1000 }
}
