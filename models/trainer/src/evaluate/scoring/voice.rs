//! Scores of the singing voice.

use super::NamedValue;
use crate::{
    data::labels::Annotation,
    evaluate::{Found, What, judged::JudgedTime, states},
    metrics::{
        segments::Segment,
        voice::{FRAMES_PER_SECOND, VoiceFrames},
    },
};

/// Accuracy, F-measure, precision, recall and false alarms over the frames of 10 ms that are not masked.
pub(super) fn scores(annotation: &Annotation<[f64; 2]>, found: &[Found], end: f64) -> Vec<NamedValue> {
    let judged = JudgedTime::new(&annotation.masked, end);
    let sung = annotation.values.iter().map(|&[start, end]| Segment { start, end, value: () });
    let reference = spans(&judged.segments(&sung.collect::<Vec<_>>()));
    let mut states = states(found, What::voice, false, end);
    states.retain(|state| state.value);
    let estimate = spans(&judged.segments(&states));
    let frames = VoiceFrames::count(&reference, &estimate, (judged.seconds() * FRAMES_PER_SECOND) as usize);
    let scores = [
        ("voice accuracy", frames.accuracy()),
        ("voice F-measure", frames.f_measure()),
        ("voice precision", frames.precision()),
        ("voice recall", frames.recall()),
        ("voice false alarm rate", frames.false_alarm_rate()),
    ];
    scores.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn spans<T>(segments: &[Segment<T>]) -> Vec<[f64; 2]> {
    segments.iter().map(|segment| [segment.start, segment.end]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(changes: &[(f64, bool)]) -> Vec<Found> {
        changes.iter().map(|&(time, active)| Found { time, confidence: 1.0, what: What::Voice(active) }).collect()
    }

    #[test]
    fn masked_time_counts_on_neither_side() {
        let annotation = Annotation { values: vec![[2.0, 6.0]], masked: vec![[5.0, 8.0]] };
        let scores = scores(&annotation, &found(&[(2.0, true), (7.0, false), (9.0, true)]), 10.0);
        assert_eq!(scores[0], ("voice accuracy", 6.0 / 7.0));
        assert_eq!(scores[3], ("voice recall", 1.0));
        assert_eq!(scores[4], ("voice false alarm rate", 0.25));
    }

    #[test]
    fn of_an_instrumental_only_accuracy_and_false_alarms_are_known() {
        let scores = scores(&Annotation::default(), &found(&[]), 10.0);
        assert_eq!(scores, [("voice accuracy", 1.0), ("voice false alarm rate", 0.0)]);
    }
}
