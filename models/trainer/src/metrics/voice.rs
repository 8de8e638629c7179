//! Singing voice, frame by frame: accuracy, precision, recall, F-measure and false alarms.
//!
//! As the MIREX task *singing voice detection* judges it, on frames of 10 ms: a frame is sung where its middle lies in a
//! stretch of voice, ends included.

/// Frames a second.
pub const FRAMES_PER_SECOND: f64 = 100.0;

/// Frames by what they are and what they were taken for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VoiceFrames {
    /// Sung and found.
    pub hits: usize,
    /// Sung and missed.
    pub misses: usize,
    /// Not sung, but found.
    pub false_alarms: usize,
    /// Neither sung nor found.
    pub correct_rejections: usize,
}

impl VoiceFrames {
    /// Counts `frames` frames from 0 on, given the stretches `[start, end]` of voice in seconds.
    pub fn count(reference: &[[f64; 2]], estimate: &[[f64; 2]], frames: usize) -> Self {
        let mut counts = Self::default();
        for (sung, found) in voiced(reference, frames).into_iter().zip(voiced(estimate, frames)) {
            let count = match (sung, found) {
                (true, true) => &mut counts.hits,
                (true, false) => &mut counts.misses,
                (false, true) => &mut counts.false_alarms,
                (false, false) => &mut counts.correct_rejections,
            };
            *count += 1;
        }
        counts
    }

    /// Share of the frames that are right; `None` without frames.
    pub fn accuracy(self) -> Option<f64> {
        let right = self.hits + self.correct_rejections;
        share(right, right + self.misses + self.false_alarms)
    }

    /// Share of the frames found that are sung; `None` where none was found.
    pub fn precision(self) -> Option<f64> {
        share(self.hits, self.hits + self.false_alarms)
    }

    /// Share of the sung frames that were found; `None` where nobody sings (mir_eval says 1 then).
    pub fn recall(self) -> Option<f64> {
        share(self.hits, self.hits + self.misses)
    }

    /// Share of the frames without voice that were taken for sung ones; `None` where there are none.
    pub fn false_alarm_rate(self) -> Option<f64> {
        share(self.false_alarms, self.false_alarms + self.correct_rejections)
    }

    /// Harmonic mean of precision and recall; `None` where nobody sings and nothing was found.
    pub fn f_measure(self) -> Option<f64> {
        share(2 * self.hits, 2 * self.hits + self.misses + self.false_alarms)
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Whether each frame is sung.
fn voiced(stretches: &[[f64; 2]], frames: usize) -> Vec<bool> {
    let middle = |frame: usize| (frame as f64 + 0.5) / FRAMES_PER_SECOND;
    let mut voiced = vec![false; frames];
    for &[start, end] in stretches {
        // A frame too many on either side, so that the comparison with the middle decides.
        let first = (start * FRAMES_PER_SECOND - 1.0).max(0.0) as usize;
        let sung = (first..frames).take_while(|frame| middle(*frame) <= end).filter(|frame| middle(*frame) >= start);
        sung.for_each(|frame| voiced[frame] = true);
    }
    voiced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_judged_in_their_middle() {
        assert_eq!(voiced(&[[0.005, 0.016], [0.035, 0.035]], 5), [true, true, false, true, false]);
        assert_eq!(voiced(&[[0.0051, 0.0149]], 2), [false, false]);
    }

    #[test]
    fn one_second_of_three_is_missed_and_another_made_up() {
        let frames = VoiceFrames::count(&[[1.0, 4.0]], &[[0.0, 3.0]], 1000);
        assert_eq!(frames, VoiceFrames { hits: 200, misses: 100, false_alarms: 100, correct_rejections: 600 });
        assert_eq!((frames.accuracy(), frames.false_alarm_rate()), (Some(0.8), Some(100.0 / 700.0)));
        assert_eq!((frames.precision(), frames.recall()), (Some(2.0 / 3.0), Some(2.0 / 3.0)));
        assert_eq!(frames.f_measure(), Some(2.0 / 3.0));
    }

    #[test]
    fn without_voice_only_rejections_can_be_judged() {
        let frames = VoiceFrames::count(&[], &[], 10);
        assert_eq!((frames.accuracy(), frames.false_alarm_rate()), (Some(1.0), Some(0.0)));
        assert_eq!((frames.precision(), frames.recall(), frames.f_measure()), (None, None, None));
    }
}
