//! What the input hands on, once every 10 ms.

use std::ops::Deref;

use super::ring::MirroredRing;
use crate::time::SamplePosition;

/// The state of the input at the end of a hop. Audio thread.
///
/// Its work may be done while the next hop's samples arrive: the samples that it hands out stay those that had been heard
/// when the hop ended.
#[derive(Debug)]
pub struct Hop<'a> {
    pub(super) facts: HopFacts,
    pub(super) ring: &'a MirroredRing,
    /// Samples of the ring that came after the hop's end.
    pub(super) newer_samples: usize,
}

/// What is known of a hop beside its samples.
#[derive(Clone, Copy, Debug, Default)]
pub struct HopFacts {
    /// Hops before this one since the input was built or reset.
    pub index: u64,
    /// Input samples heard when it ended: what the hop's samples describe lies
    /// [`Input::latency_samples`](super::Input::latency_samples) before.
    pub position: SamplePosition,
    /// Root-mean-square level of the mix of all channels since the last hop, at the analysis rate, in dB relative to a
    /// full-scale square wave; [`SILENCE_DBFS`] or above.
    pub level_dbfs: f32,
    /// Largest absolute sample of any channel since the last hop.
    pub peak: f32,
    /// Samples neutralised so far: NaN, infinite or absurdly loud ones.
    pub neutralised_samples: u64,
    /// Denormal samples heard as 0 so far.
    pub denormal_samples: u64,
    /// Samples at the analysis rate that came since the last hop.
    pub(super) new_samples: usize,
}

/// The level of silence.
pub const SILENCE_DBFS: f32 = -120.0;

impl<'a> Hop<'a> {
    /// The newest `count` samples of the mix at the analysis rate, oldest first, ending at the hop's end. Silence lies
    /// before the first sample. The slice is as long as asked for, up to
    /// [`MAXIMUM_WINDOW_SECONDS`](attacca_models::front_end::MAXIMUM_WINDOW_SECONDS) and some more.
    pub fn newest(&self, count: usize) -> &'a [f32] {
        let up_to_now = self.ring.newest(count + self.newer_samples);
        &up_to_now[..up_to_now.len() - self.newer_samples.min(up_to_now.len())]
    }

    /// The samples of the mix at the analysis rate that came since the last hop.
    pub fn new_samples(&self) -> &'a [f32] {
        self.newest(self.facts.new_samples)
    }
}

impl Deref for Hop<'_> {
    type Target = HopFacts;

    fn deref(&self) -> &HopFacts {
        &self.facts
    }
}
