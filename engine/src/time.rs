//! Time, as the engine counts it: in samples of the input, at the input's own rate.

use serde::{Deserialize, Serialize};

/// A position in the input, in samples (of one channel, at the input's rate) since the first sample processed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SamplePosition(pub u64);

impl SamplePosition {
    /// Seconds since the first sample.
    pub fn seconds(self, sample_rate_hz: u32) -> f64 {
        self.0 as f64 / f64::from(sample_rate_hz)
    }
}

/// A tempo in beats a minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bpm(pub f32);

impl Bpm {
    /// The slowest tempo the beat filter follows.
    pub const MINIMUM: Self = Self(30.0);
    /// The fastest tempo the beat filter follows.
    pub const MAXIMUM: Self = Self(300.0);

    /// Seconds between two beats.
    pub fn period_seconds(self) -> f64 {
        60.0 / f64::from(self.0)
    }
}
