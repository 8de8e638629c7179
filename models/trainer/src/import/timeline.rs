//! Times as they must be: ascending, not overlapping, within the recording.

use super::problem::{Place, Problem};

/// Times up to this much behind the end of a recording are cut or left out without a word, in seconds: annotations are
/// often made of another encoding of it, and encoders pad.
const END_SLACK_SECONDS: f64 = 0.5;

/// Stretches that overlap by no more than this touch: annotations are often rounded to a hundredth of a second.
const OVERLAP_SLACK_SECONDS: f64 = 0.0101;

/// Follows the times of an annotation.
#[derive(Clone, Debug)]
pub struct Timeline {
    seconds: f64,
    previous: Option<f64>,
    repeats: bool,
}

impl Timeline {
    /// For a recording of `seconds`; `repeats` says whether two events may be at one time.
    pub fn new(seconds: f64, repeats: bool) -> Self {
        Self { seconds, previous: None, repeats }
    }

    /// Takes the time of an event; says whether it lies in the recording.
    ///
    /// # Errors
    /// [`Problem`] for a time that is no time, goes back or lies far behind the end.
    pub fn event(&mut self, place: Place, time: f64) -> Result<bool, Problem> {
        self.check(&place, time)?;
        match self.previous {
            Some(previous) if time < previous || (time == previous && !self.repeats) => {
                return Err(Problem::Order { place, previous, actual: time });
            }
            _ => self.previous = Some(time),
        }
        Ok(time < self.seconds)
    }

    /// Takes a stretch; returns what of it lies in the recording, `None` where nothing does.
    ///
    /// # Errors
    /// [`Problem`] for times that are no times, a stretch that ends before it starts or starts before the one before it
    /// has ended, or one that lies far behind the end.
    pub fn stretch(&mut self, place: Place, start: f64, end: f64) -> Result<Option<[f64; 2]>, Problem> {
        self.check(&place, start)?;
        self.check(&place, end)?;
        if end < start {
            return Err(Problem::Order { place, previous: start, actual: end });
        }
        let from = match self.previous {
            Some(previous_end) if start < previous_end - OVERLAP_SLACK_SECONDS => {
                return Err(Problem::Overlap { place, previous_end, actual: start });
            }
            Some(previous_end) => start.max(previous_end),
            None => start,
        };
        let to = end.min(self.seconds);
        self.previous = Some(end.max(from));
        Ok((from < to).then_some([from, to]))
    }

    fn check(&self, place: &Place, time: f64) -> Result<(), Problem> {
        if !time.is_finite() || time < 0.0 {
            let expected = "a time in seconds, from 0";
            return Err(Problem::Contents { place: place.clone(), expected, actual: time.to_string() });
        }
        if time > self.seconds + END_SLACK_SECONDS {
            return Err(Problem::BeyondEnd { place: place.clone(), seconds: self.seconds, actual: time });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn here() -> Place {
        Place::line(Path::new("x.lab"), 3)
    }

    #[test]
    fn events_ascend_and_end_with_the_recording() {
        let mut timeline = Timeline::new(10.0, false);
        assert!(timeline.event(here(), 1.0).unwrap());
        assert!(matches!(timeline.event(here(), 1.0), Err(Problem::Order { .. })));
        assert!(!timeline.event(here(), 10.2).unwrap());
        let message = timeline.event(here(), 10.6).unwrap_err().to_string();
        assert!(
            message.starts_with("x.lab:3: expected a time within the recording's 10.000 s, found 10.6 s"),
            "{message}"
        );
        assert!(timeline.event(here(), -0.1).is_err());
        assert!(timeline.event(here(), f64::NAN).is_err());
    }

    #[test]
    fn stretches_follow_each_other_and_are_cut_at_the_end() {
        let mut timeline = Timeline::new(10.0, false);
        assert_eq!(timeline.stretch(here(), 0.0, 4.0).unwrap(), Some([0.0, 4.0]));
        assert_eq!(timeline.stretch(here(), 3.99, 6.0).unwrap(), Some([4.0, 6.0]));
        assert!(matches!(timeline.stretch(here(), 5.0, 7.0), Err(Problem::Overlap { .. })));
        assert!(matches!(timeline.stretch(here(), 7.0, 6.5), Err(Problem::Order { .. })));
        assert_eq!(timeline.stretch(here(), 6.0, 10.4).unwrap(), Some([6.0, 10.0]));
        assert_eq!(timeline.stretch(here(), 10.4, 10.5).unwrap(), None);
    }
}
