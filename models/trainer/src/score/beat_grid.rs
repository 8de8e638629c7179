//! The map between beats and seconds.

use super::Beat;

/// Beats in seconds, with the bars they belong to.
///
/// Beat numbers are real: beat 2.5 lies half-way between the third and the fourth beat. Before the first and after
/// the last beat the grid goes on at the tempo of the outermost interval.
#[derive(Clone, Debug, PartialEq)]
pub struct BeatGrid {
    beats: Vec<Beat>,
}

impl BeatGrid {
    /// A grid of at least two beats whose times increase; `None` for anything else.
    pub fn new(beats: Vec<Beat>) -> Option<Self> {
        let increases = beats.windows(2).all(|pair| pair[1].time > pair[0].time);
        (beats.len() >= 2 && increases && beats.iter().all(|beat| beat.time.is_finite())).then_some(Self { beats })
    }

    /// A grid from beat times and bars of a constant number of beats; the first beat is a downbeat.
    pub fn from_times(times: impl IntoIterator<Item = f64>, beats_per_bar: u8) -> Option<Self> {
        let beats = times.into_iter().enumerate().map(|(index, time)| Beat {
            time,
            position: (index % usize::from(beats_per_bar.max(1))) as u8 + 1,
            beats_per_bar,
        });
        Self::new(beats.collect())
    }

    /// The beats, in order.
    pub fn beats(&self) -> &[Beat] {
        &self.beats
    }

    /// The time of a beat in seconds.
    pub fn time(&self, beat: f64) -> f64 {
        let last_interval = self.beats.len() - 2;
        let index = (beat.floor().max(0.0) as usize).min(last_interval);
        let (left, right) = (self.beats[index].time, self.beats[index + 1].time);
        left + (beat - index as f64) * (right - left)
    }

    /// The beat at a time in seconds; the inverse of [`time`](Self::time).
    pub fn beat(&self, time: f64) -> f64 {
        let last_interval = self.beats.len() - 2;
        let index = self.beats.partition_point(|beat| beat.time <= time).saturating_sub(1).min(last_interval);
        let (left, right) = (self.beats[index].time, self.beats[index + 1].time);
        index as f64 + (time - left) / (right - left)
    }

    /// Indices of the downbeats.
    pub fn downbeats(&self) -> impl Iterator<Item = usize> {
        self.beats.iter().enumerate().filter(|(_, beat)| beat.position == 1).map(|(index, _)| index)
    }

    /// The median tempo in beats per minute.
    pub fn median_bpm(&self) -> f64 {
        let mut intervals: Vec<f64> = self.beats.windows(2).map(|pair| pair[1].time - pair[0].time).collect();
        intervals.sort_by(f64::total_cmp);
        60.0 / intervals[intervals.len() / 2]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn positions_count_through_the_bar() {
        let grid = BeatGrid::from_times([0.0, 0.5, 1.0, 1.5], 3).unwrap();
        assert_eq!(grid.beats().iter().map(|beat| beat.position).collect::<Vec<_>>(), vec![1, 2, 3, 1]);
        assert_eq!(grid.downbeats().collect::<Vec<_>>(), vec![0, 3]);
        assert_eq!(grid.median_bpm(), 120.0);
    }

    #[test]
    fn grids_that_do_not_advance_are_refused() {
        assert!(BeatGrid::from_times([0.0], 4).is_none());
        assert!(BeatGrid::from_times([0.0, 1.0, 1.0], 4).is_none());
        assert!(BeatGrid::from_times([0.0, f64::NAN], 4).is_none());
    }

    proptest! {
        /// Interpolation is linear within an interval, so the round trip errs by rounding alone.
        #[test]
        fn beat_inverts_time(
            intervals in prop::collection::vec(0.2f64..2.0, 2..40),
            beat in -5.0f64..60.0,
        ) {
            let mut time = 0.3;
            let grid = BeatGrid::from_times(
                intervals.iter().map(|interval| { time += interval; time }),
                4,
            ).unwrap();
            prop_assert!((grid.beat(grid.time(beat)) - beat).abs() < 1e-9);
        }
    }
}
