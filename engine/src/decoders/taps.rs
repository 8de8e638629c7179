//! A performer who taps the beat.

use super::beat_filter::{MAXIMUM_PERIOD_FRAMES, MINIMUM_PERIOD_FRAMES};

/// Intervals over which the tempo is averaged.
const INTERVALS: usize = 7;

/// An interval that differs by more than this share from the mean of those before begins another tempo.
const TOLERANCE: f64 = 0.25;

/// The last taps.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Taps {
    last_frame: Option<f64>,
    /// Intervals in frames, newest first.
    intervals: [f64; INTERVALS],
    count: usize,
}

impl Taps {
    /// Hears a tap at a time in frames; returns the frames from tap to tap, once there are two at a tempo that the beat
    /// filter knows.
    pub fn tap(&mut self, frame: f64) -> Option<f32> {
        let interval = frame - self.last_frame.replace(frame)?;
        if !(MINIMUM_PERIOD_FRAMES as f64..=MAXIMUM_PERIOD_FRAMES as f64).contains(&interval) {
            self.count = 0;
            return None;
        }
        if self.mean().is_some_and(|mean| (interval / mean - 1.0).abs() > TOLERANCE) {
            self.count = 0;
        }
        self.intervals.rotate_right(1);
        self.intervals[0] = interval;
        self.count = (self.count + 1).min(INTERVALS);
        self.mean().map(|mean| mean as f32)
    }

    fn mean(&self) -> Option<f64> {
        let known = &self.intervals[..self.count];
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tapped(times: &[f64]) -> Option<f32> {
        let mut taps = Taps::default();
        times.iter().fold(None, |_, &time| taps.tap(time))
    }

    #[test]
    fn two_taps_make_a_tempo_and_more_make_it_steadier() {
        assert_eq!(tapped(&[10.0]), None);
        assert_eq!(tapped(&[10.0, 60.0]), Some(50.0));
        assert_eq!(tapped(&[10.0, 62.0, 110.0]), Some(50.0));
    }

    #[test]
    fn another_tempo_begins_anew() {
        assert_eq!(tapped(&[0.0, 50.0, 100.0, 130.0]), Some(30.0));
    }

    #[test]
    fn a_pause_is_no_tempo() {
        assert_eq!(tapped(&[0.0, 50.0, 400.0]), None);
        assert_eq!(tapped(&[0.0, 50.0, 400.0, 440.0]), Some(40.0));
    }
}
