//! What is thought of a tempo before anything is heard: a preference, within a range.

use attacca_models::front_end::FRAMES_PER_SECOND;

use crate::{settings::TempoRange, time::Bpm};

/// Tempo at which people most readily tap, in BPM, and how fast the preference falls, in octaves (standard deviation
/// of the logarithm; van Noorden and Moelants, *Resonance in the perception of musical pulse*, 1999).
const PREFERRED_BPM: f32 = 112.0;
/// For a new start.
const START_PREFERENCE_OCTAVES: f32 = 0.6;
/// For each beat that follows: what decides between a tempo and its double where both explain the music.
const BEAT_PREFERENCE_OCTAVES: f32 = 0.9;

/// The preference once somebody has said what the tempo is: too narrow for its half and its double.
const SUGGESTED_PREFERENCE_OCTAVES: f32 = 0.25;

/// How far a locked tempo may move.
const LOCKED_SHARE: f32 = 0.04;

/// A preference for some tempi.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TempoPrior {
    range: TempoRange,
    preferred_bpm: f32,
    start_octaves: f32,
    beat_octaves: f32,
}

impl Default for TempoPrior {
    fn default() -> Self {
        Self {
            range: TempoRange::default(),
            preferred_bpm: PREFERRED_BPM,
            start_octaves: START_PREFERENCE_OCTAVES,
            beat_octaves: BEAT_PREFERENCE_OCTAVES,
        }
    }
}

impl TempoPrior {
    /// What is commonly preferred, or tempi near `suggested`, or (almost) none but `locked`; all of it within `range`, or
    /// by the nearest tempo of that range where what is locked lies outside.
    pub fn new(range: TempoRange, suggested: Option<Bpm>, locked: Option<Bpm>) -> Self {
        let common = Self { range, ..Self::default() };
        let Some(Bpm(bpm)) = locked.or(suggested) else { return common };
        let bpm = bpm.clamp(range.slowest.0, range.fastest.0);
        let near = Self {
            preferred_bpm: bpm,
            start_octaves: SUGGESTED_PREFERENCE_OCTAVES,
            beat_octaves: SUGGESTED_PREFERENCE_OCTAVES,
            ..common
        };
        if locked.is_none() {
            return near;
        }
        let range = TempoRange { slowest: Bpm(bpm / (1.0 + LOCKED_SHARE)), fastest: Bpm(bpm * (1.0 + LOCKED_SHARE)) };
        Self { range, ..near }
    }

    /// How readily the beat starts at a period of this many frames, up to a constant.
    pub(super) fn of_start(&self, period_frames: usize) -> f32 {
        // Periods are spaced evenly in frames: the division spreads the mass evenly over octaves first.
        self.preference(period_frames, self.start_octaves) / period_frames as f32
    }

    /// What each beat at a period of this many frames weighs: 1 at the preferred tempo, 0 outside the range.
    pub(super) fn of_beat(&self, period_frames: usize) -> f32 {
        self.preference(period_frames, self.beat_octaves)
    }

    /// Whether a period lies in the range, with half a frame on either side: periods are whole frames.
    pub(super) fn allows(&self, period_frames: usize) -> bool {
        let frames = 60.0 * FRAMES_PER_SECOND as f32;
        let [shortest, longest] = [self.range.fastest, self.range.slowest].map(|tempo| frames / tempo.0);
        (shortest - 0.5..=longest + 0.5).contains(&(period_frames as f32))
    }

    fn preference(&self, period_frames: usize, deviation_octaves: f32) -> f32 {
        if !self.allows(period_frames) {
            return 0.0;
        }
        let bpm = 60.0 * FRAMES_PER_SECOND as f32 / period_frames as f32;
        let deviations = (bpm / self.preferred_bpm).log2() / deviation_octaves;
        (-0.5 * deviations * deviations).exp()
    }
}
