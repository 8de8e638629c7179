//! Scores of beats, downbeats and tempo.

use super::NamedValue;
use crate::{
    data::labels::{Annotation, LabelledBeat},
    evaluate::{Found, What},
    metrics::{
        continuity::continuity,
        f_measure::{BEAT_TRIM_SECONDS, BEAT_WINDOW_SECONDS, f_measure, matching, trimmed},
        information_gain::information_gain,
        median,
        p_score::p_score,
        tempo,
    },
};

/// Every score of the beats with the first 5 s left out; beats in masked stretches do not count.
///
/// The tempo of a piece is the median of its beat intervals, that of the engine the median of what it said at its
/// beats; a piece with a single beat has none. The error of announced beats is the median over those that were found
/// where they are.
pub(super) fn scores(annotation: &Annotation<LabelledBeat>, found: &[Found]) -> Vec<NamedValue> {
    let counts = |time: &f64| !annotation.is_masked(*time);
    let annotated = |is_asked: fn(&LabelledBeat) -> bool| {
        let asked = annotation.values.iter().filter(|beat| is_asked(beat));
        asked.map(|beat| beat.time).filter(counts).collect::<Vec<f64>>()
    };
    let heard = |is_asked: fn(What) -> bool| {
        let asked = found.iter().filter(|found| is_asked(found.what));
        asked.map(|found| found.time).filter(counts).collect::<Vec<f64>>()
    };
    let (all, times) = (annotated(|_| true), heard(|_| true));
    let (downbeats, found_downbeats) = (annotated(|beat| beat.position == 1), heard(What::is_downbeat));
    let [all, times, downbeats, found_downbeats] =
        [&all, &times, &downbeats, &found_downbeats].map(|times| trimmed(times, BEAT_TRIM_SECONDS));

    let beats = f_measure(all, times, BEAT_WINDOW_SECONDS);
    let levels = continuity(all, times);
    let mut scores = vec![
        ("beat F-measure", beats.f_measure),
        ("beat precision", beats.precision),
        ("beat recall", beats.recall),
        ("beat CMLc", levels.correct_level_continuous),
        ("beat CMLt", levels.correct_level_total),
        ("beat AMLc", levels.any_level_continuous),
        ("beat AMLt", levels.any_level_total),
        ("beat P-score", p_score(all, times)),
        ("beat information gain", information_gain(all, times)),
        ("downbeat F-measure", f_measure(downbeats, found_downbeats, BEAT_WINDOW_SECONDS).f_measure),
    ];
    if let Some(error) = announced_error_ms(all, found) {
        scores.push(("announced beat error in ms", error));
    }
    if let Some(interval) = median(all.windows(2).map(|pair| pair[1] - pair[0]).collect()) {
        let annotated = 60.0 / interval;
        let said = found.iter().filter(|found| found.time >= BEAT_TRIM_SECONDS && counts(&found.time));
        let said = median(said.filter_map(|found| found.what.tempo_bpm()).collect());
        let accuracy = |is_right: fn(f64, f64) -> bool| f64::from(said.is_some_and(|said| is_right(annotated, said)));
        scores.push(("tempo accuracy 1", accuracy(tempo::is_right)));
        scores.push(("tempo accuracy 2", accuracy(tempo::is_right_at_some_level)));
    }
    scores
}

/// By how many milliseconds beats that were found had been announced too early or too late, in the median.
fn announced_error_ms(annotated: &[f64], found: &[Found]) -> Option<f64> {
    let times: Vec<f64> = found.iter().map(|found| found.time).collect();
    let right = matching(annotated, &times, BEAT_WINDOW_SECONDS);
    let errors = right.into_iter().filter_map(|(reference, index)| match found[index].what {
        What::Beat { announced, .. } => Some(1000.0 * (announced? - annotated[reference]).abs()),
        _ => None,
    });
    median(errors.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pulse(beats: usize, period: f64) -> impl Iterator<Item = (f64, usize)> {
        (0..beats).map(move |beat| (beat as f64 * period, beat))
    }

    fn value(scores: &[NamedValue], name: &str) -> f64 {
        scores.iter().find(|(known, _)| *known == name).expect("a metric of the task").1
    }

    #[test]
    fn twice_the_tempo_is_right_at_some_level_alone() {
        let values =
            pulse(40, 0.5).map(|(time, beat)| LabelledBeat { time, position: (beat % 4) as u8 + 1, beats_per_bar: 4 });
        let found: Vec<Found> = pulse(80, 0.25)
            .map(|(time, beat)| Found {
                time,
                confidence: 1.0,
                what: What::Beat { downbeat: beat % 8 == 0, tempo_bpm: 240.0, announced: Some(time - 0.008) },
            })
            .collect();
        let scores = scores(&Annotation::unmasked(values.collect()), &found);
        let expected =
            [("beat recall", 1.0), ("downbeat F-measure", 1.0), ("tempo accuracy 1", 0.0), ("tempo accuracy 2", 1.0)];
        for (name, expected) in expected {
            assert_eq!(value(&scores, name), expected, "{name}");
        }
        assert!((value(&scores, "announced beat error in ms") - 8.0).abs() < 1e-9);
        assert!(value(&scores, "beat CMLt") < 0.1 && value(&scores, "beat AMLt") > 0.9);
    }

    #[test]
    fn masked_beats_count_on_neither_side() {
        let beat = |(time, _)| LabelledBeat { time, position: 1, beats_per_bar: 1 };
        let annotation = Annotation { values: pulse(40, 0.5).map(beat).collect(), masked: vec![[10.0, 15.0]] };
        let found = pulse(40, 0.5).filter(|(time, _)| !(10.0..12.0).contains(time)).map(|(time, _)| Found {
            time: if time < 15.0 && time > 10.0 { time + 0.2 } else { time },
            confidence: 1.0,
            what: What::Beat { downbeat: true, tempo_bpm: 120.0, announced: None },
        });
        let scores =
            scores(&annotation, &found.filter(|found| found.time < 15.0 || found.time > 15.4).collect::<Vec<_>>());
        assert_eq!(value(&scores, "beat F-measure"), 1.0);
    }
}
