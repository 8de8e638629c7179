//! What the engine says: events at sample positions.

use attacca_models::vocabulary::{ChordClass, KeyClass};
use serde::{Deserialize, Serialize};

use crate::time::{Bpm, SamplePosition};

/// Something that happened in the music.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When it happened, in samples of the input.
    pub position: SamplePosition,
    /// How much later the engine said so, in samples: the event was published at `position + latency_samples`.
    pub latency_samples: u32,
    /// Calibrated probability that the event is right, 0 to 1.
    pub confidence: f32,
    /// What happened.
    pub kind: EventKind,
}

/// The kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventKind {
    /// A note or drum began.
    Onset {
        /// Peak activation of the onset network, 0 to 1.
        strength: f32,
    },
    /// A beat; a downbeat where `beat_in_bar` is 1.
    Beat {
        /// Position in the bar, from 1.
        beat_in_bar: u8,
        /// Beats in a bar, 2 to 7.
        beats_per_bar: u8,
        /// Tempo at this beat.
        tempo: Bpm,
    },
    /// A singing voice began or ended. It holds until the next event of this kind; before the first, there is none.
    Voice {
        /// Whether there is a voice from here on.
        active: bool,
    },
    /// The chord changed. It holds until the next event of this kind; before the first, there is no chord.
    Chord {
        /// The chord from here on; `None` for no chord (`N`).
        chord: Option<ChordClass>,
    },
    /// The key changed, or became clear. It holds until the next event of this kind; before the first, it is unknown.
    Key {
        /// The key from here on.
        key: KeyClass,
    },
}
