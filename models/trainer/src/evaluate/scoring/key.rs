//! Scores of keys.

use super::NamedValue;
use crate::{
    data::labels::Annotation,
    evaluate::{Found, judged::JudgedTime, states},
    metrics::{
        key::weighted_score,
        segments::{Segment, side_by_side},
    },
    score::TimedKey,
};

/// MIREX's weighted score and the share of the time with the right key, over the time that is annotated and not masked.
/// Before the first event there is no key.
pub(super) fn scores(annotation: &Annotation<TimedKey>, found: &[Found], end: f64) -> Vec<NamedValue> {
    let judged = JudgedTime::covered(annotation, |key| [key.start, key.end], end);
    let reference = annotation.values.iter().map(|key| Segment { start: key.start, end: key.end, value: key.key });
    let reference = judged.segments(&reference.collect::<Vec<_>>());
    let estimate = judged.segments(&states(found, |what| what.key().map(Some), None, end));
    let (mut weighted, mut right, mut total) = (0.0, 0.0, 0.0);
    for (seconds, reference, estimate) in side_by_side(&reference, &estimate) {
        let score = weighted_score(Some(*reference), *estimate);
        weighted += seconds * score;
        right += if score == 1.0 { seconds } else { 0.0 };
        total += seconds;
    }
    if total > 0.0 {
        vec![("key weighted score", weighted / total), ("key accuracy", right / total)]
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use attacca_models::vocabulary::{KeyClass, Mode};

    use super::*;
    use crate::evaluate::What;

    #[test]
    fn keys_are_weighed_by_their_time() {
        let key = |tonic, mode| KeyClass { tonic, mode };
        let annotation = Annotation::unmasked(vec![TimedKey { start: 0.0, end: 8.0, key: key(0, Mode::Major) }]);
        let found = [(1.0, key(9, Mode::Minor)), (3.0, key(0, Mode::Major))].map(|(time, key)| Found {
            time,
            confidence: 1.0,
            what: What::Key(key),
        });
        // A second of nothing, two of the relative key, five of the right one.
        assert_eq!(scores(&annotation, &found, 10.0), [("key weighted score", 5.6 / 8.0), ("key accuracy", 5.0 / 8.0)]);
        assert!(scores(&Annotation::default(), &found, 10.0).is_empty());
    }
}
