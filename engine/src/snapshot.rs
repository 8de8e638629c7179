//! The engine's newest state, for whoever draws it.

use attacca_models::vocabulary::{ChordClass, KeyClass};
use serde::{Deserialize, Serialize};

use crate::time::{Bpm, SamplePosition};

/// The state after one hop. A snapshot is a plain copy: it borrows nothing from the audio thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Samples heard when this hop's work was done.
    pub position: SamplePosition,
    /// Root-mean-square level of the last hop in dB relative to full scale, −120 or above.
    pub level_dbfs: f32,
    /// Largest absolute sample of the last hop, 0 to 1 for a signal that does not clip.
    pub peak: f32,
    /// Activation of the onset network, 0 to 1; 0 without one. It describes the music
    /// [`Reader::activation_delay_samples`](crate::Reader::activation_delay_samples) before `position`; so does every
    /// activation, with the delay of its task.
    pub onset_activation: f32,
    /// Activation of the beat network for a beat of any kind, 0 to 1.
    pub beat_activation: f32,
    /// Activation of the beat network for a downbeat, 0 to 1.
    pub downbeat_activation: f32,
    /// Activation of the voice network, 0 to 1.
    pub voice_activation: f32,
    /// What the beat filter believes; `None` until it has locked on, and in silence.
    pub beat: Option<BeatState>,
    /// Whether there is a singing voice, as last reported.
    pub voice: bool,
    /// The chord, as last reported; `None` without a chord network.
    pub chord: Option<ChordState>,
    /// The key, as last reported; `None` until there is one.
    pub key: Option<KeyState>,
    /// Counters of what went wrong so far.
    pub health: Health,
}

/// What the beat filter believes after a hop.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BeatState {
    /// The tempo.
    pub tempo: Bpm,
    /// Beat in the bar that sounds now, from 1.
    pub beat_in_bar: u8,
    /// Beats in a bar, 2 to 7.
    pub beats_per_bar: u8,
    /// When the next beat will fall. It lies after `Snapshot::position` unless that beat is just being reported.
    pub next_beat: SamplePosition,
    /// Calibrated probability that a beat will fall there (±70 ms), 0 to 1.
    pub confidence: f32,
}

/// What the chord decoder believes after a hop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChordState {
    /// The chord; `None` for no chord (`N`).
    pub chord: Option<ChordClass>,
    /// Pitch class of its lowest note, where that is clear and not the root.
    pub bass: Option<u8>,
    /// Calibrated probability that the chord sounds, 0 to 1.
    pub confidence: f32,
    /// The two most probable of all others, the more probable first.
    pub alternatives: [ChordCandidate; 2],
}

/// A chord that may sound instead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChordCandidate {
    /// The chord; `None` for no chord (`N`).
    pub chord: Option<ChordClass>,
    /// Its calibrated probability, 0 to 1.
    pub probability: f32,
}

/// What the key decoder believes after a hop.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeyState {
    /// The key.
    pub key: KeyClass,
    /// Calibrated probability that the music is in it, 0 to 1.
    pub confidence: f32,
}

/// Counters since the engine was built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Events lost since the queue was full.
    pub dropped_events: u64,
    /// Snapshots lost since the recording queue was full.
    pub dropped_snapshots: u64,
    /// Portraits lost since their queue was full: nobody has drawn for a while.
    pub dropped_portraits: u64,
    /// Commands lost since too many came within one hop.
    pub dropped_commands: u64,
    /// Input samples that were NaN or infinite (heard as 0) or absurdly loud (limited).
    pub neutralised_samples: u64,
    /// Input samples that were denormal numbers, heard as 0.
    pub denormal_samples: u64,
}
