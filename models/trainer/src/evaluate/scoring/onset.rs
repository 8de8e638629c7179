//! Scores of onsets.

use super::NamedValue;
use crate::{
    data::labels::Annotation,
    evaluate::Found,
    metrics::f_measure::{ONSET_WINDOW_SECONDS, f_measure, matching},
};

/// The stricter of the two tolerances that are reported, in seconds.
const STRICT_WINDOW_SECONDS: f64 = 0.025;

/// F-measure, precision and recall at 50 ms, F-measure at 25 ms. What is found in a masked stretch counts only where it
/// meets a labelled onset.
pub(super) fn scores(annotation: &Annotation<f64>, found: &[Found]) -> Vec<NamedValue> {
    let reference = &annotation.values;
    let times: Vec<f64> = found.iter().map(|found| found.time).collect();
    let mut is_hit = vec![false; times.len()];
    matching(reference, &times, ONSET_WINDOW_SECONDS).iter().for_each(|(_, index)| is_hit[*index] = true);
    let judged = times.iter().zip(is_hit).filter(|(time, hit)| *hit || !annotation.is_masked(**time));
    let times: Vec<f64> = judged.map(|(time, _)| *time).collect();
    let loose = f_measure(reference, &times, ONSET_WINDOW_SECONDS);
    let strict = f_measure(reference, &times, STRICT_WINDOW_SECONDS);
    vec![
        ("onset F-measure, 50 ms", loose.f_measure),
        ("onset precision, 50 ms", loose.precision),
        ("onset recall, 50 ms", loose.recall),
        ("onset F-measure, 25 ms", strict.f_measure),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::What;

    #[test]
    fn what_is_found_in_a_masked_stretch_is_no_false_alarm() {
        let found = [0.51, 1.2, 3.0].map(|time| Found { time, confidence: 1.0, what: What::Onset });
        let annotation = Annotation { values: vec![0.5, 1.0], masked: vec![[0.4, 1.3]] };
        let scores = scores(&annotation, &found);
        assert_eq!((scores[1].1, scores[2].1), (0.5, 0.5));
    }
}
