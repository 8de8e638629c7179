//! Everything that a listener must know of a network, apart from its tensors.

use serde::{Deserialize, Serialize};

use crate::{
    front_end::FrontEnd,
    layer_spec::LayerSpec,
    vocabulary::{CHORD_LABELS, KEY_LABELS},
};

/// The version of the weights file that this crate reads and writes.
pub const FORMAT_VERSION: u32 = 1;

/// What a network listens for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Note and drum onsets: one activation.
    Onset,
    /// Beats and downbeats: an activation for a beat of any kind and one for a downbeat.
    Beat,
    /// Singing voice: one activation.
    Voice,
    /// Chords: the probabilities of the classes of [`CHORD_LABELS`], which sum to 1.
    Chord,
    /// Key: the probabilities of the classes of [`KEY_LABELS`], which sum to 1.
    Key,
}

impl Task {
    /// Every task, in the order in which their networks run.
    pub const ALL: [Self; 5] = [Self::Onset, Self::Beat, Self::Voice, Self::Chord, Self::Key];

    /// Class labels that a network of this task has, one for each output channel, in order.
    pub fn labels(self) -> &'static [&'static str] {
        match self {
            Self::Onset => &["onset"],
            Self::Beat => &["beat", "downbeat"],
            Self::Voice => &["voice"],
            Self::Chord => &CHORD_LABELS,
            Self::Key => &KEY_LABELS,
        }
    }

    /// Whether its labels exclude each other: the activations are the probabilities of one class each (the last layer is
    /// a softmax). Otherwise each is a probability of its own (the last layer is a logistic function).
    pub const fn is_exclusive(self) -> bool {
        matches!(self, Self::Chord | Self::Key)
    }

    /// The task's name, as it stands in a weights file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Onset => "onset",
            Self::Beat => "beat",
            Self::Voice => "voice",
            Self::Chord => "chord",
            Self::Key => "key",
        }
    }
}

/// The metadata of a weights file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkDescription {
    /// [`FORMAT_VERSION`] of the file.
    pub format_version: u32,
    /// The network's name and version, for people.
    pub name: String,
    /// What it listens for.
    pub task: Task,
    /// What it hears.
    pub front_end: FrontEnd,
    /// Its layers, in order; the last one's output has one channel for each label and a single band.
    pub layers: Vec<LayerSpec>,
    /// Class labels of the output channels.
    pub labels: Vec<String>,
    /// Frames by which an activation refers to the past: the value that comes out at hop `n` is about hop
    /// `n − look_ahead_frames`. Covers the layers' own look-ahead and the delay the labels were trained with.
    pub look_ahead_frames: usize,
    /// How the decoder reads the activations.
    pub decoder: DecoderSettings,
    /// What it learnt from.
    pub training_data: Vec<DataSource>,
    /// What was measured, each on material never trained on.
    pub scores: Vec<Score>,
}

/// Settings that belong to a network rather than to a user: found on validation data by the trainer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecoderSettings {
    /// What an event must exceed to be reported, between 0 and 1: of an onset or voice network an activation, of any
    /// other a calibrated confidence.
    pub threshold: f32,
    /// Slope of the logistic function that turns the decoder's raw log-odds into a calibrated probability.
    pub calibration_slope: f32,
    /// Offset of that function.
    pub calibration_offset: f32,
    /// Added to every event's time, in seconds: the median error on validation data with its sign changed.
    pub time_correction_seconds: f32,
}

impl Default for DecoderSettings {
    fn default() -> Self {
        Self { threshold: 0.5, calibration_slope: 1.0, calibration_offset: 0.0, time_correction_seconds: 0.0 }
    }
}

/// A body of training data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSource {
    /// Its name.
    pub name: String,
    /// Where a stranger gets it.
    pub source: String,
    /// Its licence (an SPDX expression where there is one) and the credit it asks for.
    pub licence: String,
}

/// A measured score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// The material.
    pub material: String,
    /// The metric, as mir_eval names it.
    pub metric: String,
    /// The value.
    pub value: f64,
    /// Where it is a mean over several pieces, its 95 % interval by bootstrap over them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
    /// Of a task's main metric, the pieces with the lowest values, the lowest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weakest: Vec<PieceScore>,
}

/// A score of one piece.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PieceScore {
    /// The piece's name.
    pub piece: String,
    /// The value.
    pub value: f64,
}
