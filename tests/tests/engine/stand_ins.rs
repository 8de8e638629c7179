//! Hand-made networks for voice, chord and key, and music that they understand.

use std::{collections::BTreeMap, f64::consts::TAU, path::Path};

use attacca_engine::models::{
    NetworkDescription, Task, WeightsFile,
    description::{DecoderSettings, FORMAT_VERSION},
    front_end::{ChromaFrontEnd, FrontEnd, MelFrontEnd, MelScale, Scaling},
    layer_spec::{ActivationFunction, LayerSpec},
    vocabulary::{CHORD_LABELS, ChordClass},
    weights::Tensor,
};

/// Amplitude of each partial of [`piece`].
const AMPLITUDE: f64 = 0.1;

/// The pitch of the stand-in voice: far above all chords.
const VOICE_HZ: f64 = 3000.0;

/// The chords of [`piece`], two seconds each.
pub const CHORDS: [&str; 6] = ["C:maj", "F:maj", "G:maj", "C:maj", "A:min", "G:maj"];
/// Seconds of each chord.
pub const CHORD_SECONDS: f64 = 2.0;
/// When its voice sings, in seconds.
pub const VOICE: (f64, f64) = (4.3, 7.1);
/// Seconds in all; the last three are silent.
pub const PIECE_SECONDS: f64 = 15.0;

/// One dense layer and its activation, of a row of weights and a bias for each label.
fn network(
    task: Task,
    front_end: FrontEnd,
    look_ahead_frames: usize,
    row: impl Fn(usize) -> (Vec<f32>, f32),
) -> WeightsFile {
    let labels: Vec<String> = task.labels().iter().map(|label| (*label).to_owned()).collect();
    let (outputs, inputs) = (labels.len(), front_end.shape().len());
    let rows: Vec<(Vec<f32>, f32)> = (0..outputs).map(row).collect();
    let weight = Tensor { shape: vec![outputs, inputs], values: rows.iter().flat_map(|row| row.0.clone()).collect() };
    let bias = Tensor { shape: vec![outputs], values: rows.iter().map(|row| row.1).collect() };
    let function = if task.is_exclusive() { ActivationFunction::Softmax } else { ActivationFunction::Logistic };
    let description = NetworkDescription {
        format_version: FORMAT_VERSION,
        name: format!("stand-in {}", task.name()),
        task,
        front_end,
        layers: vec![LayerSpec::Dense { outputs, context_frames: 1 }, LayerSpec::Activation { function }],
        labels,
        look_ahead_frames,
        decoder: DecoderSettings::default(),
        training_data: Vec::new(),
        scores: Vec::new(),
    };
    let tensors = BTreeMap::from([("0.weight".to_owned(), weight), ("0.bias".to_owned(), bias)]);
    WeightsFile::new(Path::new("stand-in"), description, tensors).expect("the tensors fit")
}

/// Pitch classes, 1 for a partial of [`piece`].
fn chroma() -> FrontEnd {
    FrontEnd::Chroma(ChromaFrontEnd {
        minimum_hz: 130.8128,
        bins_per_octave: 36,
        octaves: 3,
        scaling: Scaling { deviation: AMPLITUDE as f32, ..Scaling::LINEAR },
    })
}

/// A network that compares the pitch classes with each chord's.
pub fn chord() -> WeightsFile {
    network(Task::Chord, chroma(), 5, |class| match ChordClass::from_class(class) {
        Some(chord) => {
            let mut weights = vec![0.0; 12];
            let intervals = chord.quality.intervals();
            for interval in intervals {
                weights[usize::from((chord.root + interval) % 12)] = 10.0 / (intervals.len() as f32).sqrt();
            }
            (weights, 0.0)
        }
        None => (vec![0.0; 12], 9.0),
    })
}

/// A network that compares the pitch classes with the steps of each scale.
pub fn key() -> WeightsFile {
    const MAJOR: [f32; 12] = [1.0, 0.0, 0.4, 0.0, 0.7, 0.4, 0.0, 0.8, 0.0, 0.4, 0.0, 0.3];
    const MINOR: [f32; 12] = [1.0, 0.0, 0.3, 0.7, 0.0, 0.4, 0.0, 0.8, 0.4, 0.0, 0.4, 0.0];
    network(Task::Key, chroma(), 5, |class| {
        let profile = if class < 12 { MAJOR } else { MINOR };
        ((0..12).map(|pitch_class| 2.5 * profile[(pitch_class + 24 - class) % 12]).collect(), 0.0)
    })
}

/// A network that takes everything around [`VOICE_HZ`] for a voice.
pub fn voice() -> WeightsFile {
    let front_end = FrontEnd::Mel(MelFrontEnd {
        window_seconds: 0.023,
        bands: 4,
        minimum_hz: 0.8 * VOICE_HZ,
        maximum_hz: 1.2 * VOICE_HZ,
        scale: MelScale::Htk,
        difference: false,
        whitening: None,
        harmonic_percussive: None,
        scaling: Scaling { deviation: AMPLITUDE as f32, ..Scaling::LINEAR },
    });
    network(Task::Voice, front_end, 1, |_| (vec![8.0; 4], -4.0))
}

/// All three.
pub fn all() -> Vec<WeightsFile> {
    vec![voice(), chord(), key()]
}

/// Pitch in Hz of a pitch class in the octave of middle C.
fn hertz(pitch_class: u8) -> f64 {
    261.6256 * 2f64.powf(f64::from(pitch_class) / 12.0)
}

/// [`CHORDS`] as sums of sines in the octave of middle C, the voice over them, and silence.
pub fn piece(sample_rate_hz: u32) -> Vec<f32> {
    let rate = f64::from(sample_rate_hz);
    let sine = |hz: f64, time: f64| AMPLITUDE * (TAU * hz * time).sin();
    (0..(PIECE_SECONDS * rate) as usize)
        .map(|sample| {
            let time = sample as f64 / rate;
            let chord = CHORDS
                .get((time / CHORD_SECONDS) as usize)
                .and_then(|label| ChordClass::from_class(CHORD_LABELS.iter().position(|other| other == label)?));
            let tones: f64 = chord.map_or(0.0, |chord| {
                chord.quality.intervals().iter().map(|interval| sine(hertz((chord.root + interval) % 12), time)).sum()
            });
            let voice = if (VOICE.0..VOICE.1).contains(&time) { sine(VOICE_HZ, time) } else { 0.0 };
            (tones + voice) as f32
        })
        .collect()
}
