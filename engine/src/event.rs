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
        /// Where in the spectrum it began.
        bands: OnsetBands,
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
        /// Pitch class of its lowest note, where that is clear and not the root. A chord is said before its bass is known:
        /// the same chord with a bass may follow it.
        bass: Option<u8>,
    },
    /// The key changed, or became clear. It holds until the next event of this kind; before the first, it is unknown.
    Key {
        /// The key from here on.
        key: KeyClass,
    },
}

/// How strongly the level of three parts of the spectrum rose at an onset: 0 for not at all, 1 for 24 dB or more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OnsetBands {
    /// Below [`OnsetBand::LOW_TO_MID_HZ`]: bass drum, bass.
    pub low: f32,
    /// In between: snare drum, voices, most notes.
    pub mid: f32,
    /// Above [`OnsetBand::MID_TO_HIGH_HZ`]: cymbals, consonants.
    pub high: f32,
}

/// A part of the spectrum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnsetBand {
    /// The lowest part.
    Low,
    /// The middle.
    Mid,
    /// The highest part.
    High,
}

impl OnsetBand {
    /// Its name: `low`, `mid` or `high`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Mid => "mid",
            Self::High => "high",
        }
    }

    /// All bands, lowest first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Mid, Self::High];
    /// Where the low band ends and the middle begins.
    pub const LOW_TO_MID_HZ: f32 = 150.0;
    /// Where the middle ends and the high band begins.
    pub const MID_TO_HIGH_HZ: f32 = 4_000.0;
}

impl OnsetBands {
    /// The rise in one band, 0 to 1.
    pub fn of(self, band: OnsetBand) -> f32 {
        match band {
            OnsetBand::Low => self.low,
            OnsetBand::Mid => self.mid,
            OnsetBand::High => self.high,
        }
    }

    /// The band that rose most; the lower one of equals.
    pub fn strongest(self) -> OnsetBand {
        let more = |best, band| if self.of(band) > self.of(best) { band } else { best };
        OnsetBand::ALL.into_iter().fold(OnsetBand::Low, more)
    }
}
