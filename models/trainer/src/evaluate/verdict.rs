//! Which events of a piece are right: what a confidence is a probability of.

use attacca_models::{Task, vocabulary::KeyClass};

use super::{Found, What, judged::JudgedTime, piece::Piece};
use crate::{
    data::labels::Annotation,
    metrics::{
        chord::Comparison,
        chord_label::{ChordLabel, Extensions},
        f_measure::{BEAT_WINDOW_SECONDS, ONSET_WINDOW_SECONDS, matching},
        segments::Segment,
    },
};

/// Whether each event found in a piece is right, `None` for one that cannot be judged; `None` for all without the
/// annotation.
///
/// An onset or a beat is right where it meets an annotated one within mir_eval's tolerance. A voice, a chord or a key is
/// right where what it says agrees with the annotation over more than half of the time until the next event (chords by
/// root and triad). What lies in masked time, or where nothing is annotated, is not judged.
pub fn verdicts(task: Task, piece: &Piece, found: &[Found]) -> Option<Vec<Option<bool>>> {
    let labels = &piece.labels;
    let end = piece.seconds();
    match task {
        Task::Onset => {
            let annotation = labels.onsets.as_ref()?;
            Some(met(&annotation.values, annotation, found, ONSET_WINDOW_SECONDS))
        }
        Task::Beat => {
            let annotation = labels.beats.as_ref()?;
            let times: Vec<f64> = annotation.values.iter().map(|beat| beat.time).collect();
            Some(met(&times, annotation, found, BEAT_WINDOW_SECONDS))
        }
        Task::Voice => {
            let annotation = labels.voice.as_ref()?;
            let judged = JudgedTime::new(&annotation.masked, end);
            let sung = segments(&annotation.values, |&[start, end]| (start, end, ()));
            let right_share = |what: What, sung_share: f64| match what.voice() {
                Some(true) => sung_share,
                _ => 1.0 - sung_share,
            };
            Some(mostly_right(&judged, &sung, found, end, |_, ()| true, right_share))
        }
        Task::Chord => {
            let annotation = labels.chords.as_ref()?;
            let judged = JudgedTime::covered(annotation, |chord| [chord.start, chord.end], end);
            let chords = segments(&annotation.values, |chord| (chord.start, chord.end, chord_label(&chord.label)));
            let agrees = |what: What, annotated: &ChordLabel| {
                let found = what.chord().map_or(ChordLabel::Unknown, chord_label);
                Comparison::Triads.is_right(*annotated, found) == Some(true)
            };
            Some(mostly_right(&judged, &chords, found, end, agrees, |_, share| share))
        }
        Task::Key => {
            let annotation = labels.keys.as_ref()?;
            let judged = JudgedTime::covered(annotation, |key| [key.start, key.end], end);
            let keys = segments(&annotation.values, |key| (key.start, key.end, key.key));
            let agrees = |what: What, annotated: &KeyClass| what.key() == Some(*annotated);
            Some(mostly_right(&judged, &keys, found, end, agrees, |_, share| share))
        }
    }
}

/// By how many seconds the right onsets or beats of a piece are late; none for other tasks.
pub fn lateness(task: Task, piece: &Piece, found: &[Found]) -> Vec<f64> {
    let (reference, window): (Vec<f64>, f64) = match task {
        Task::Onset => {
            let onsets = piece.labels.onsets.iter().flat_map(|onsets| &onsets.values);
            (onsets.copied().collect(), ONSET_WINDOW_SECONDS)
        }
        Task::Beat => {
            let beats = piece.labels.beats.iter().flat_map(|beats| &beats.values);
            (beats.map(|beat| beat.time).collect(), BEAT_WINDOW_SECONDS)
        }
        Task::Voice | Task::Chord | Task::Key => return Vec::new(),
    };
    let times: Vec<f64> = found.iter().map(|found| found.time).collect();
    matching(&reference, &times, window).into_iter().map(|(right, index)| times[index] - reference[right]).collect()
}

/// Which events meet one of `reference`; those that meet none in a masked stretch cannot be judged.
fn met<T>(reference: &[f64], annotation: &Annotation<T>, found: &[Found], window_seconds: f64) -> Vec<Option<bool>> {
    let times: Vec<f64> = found.iter().map(|found| found.time).collect();
    let judge = |time: &f64| (!annotation.is_masked(*time)).then_some(false);
    let mut verdicts: Vec<Option<bool>> = times.iter().map(judge).collect();
    matching(reference, &times, window_seconds).iter().for_each(|(_, index)| verdicts[*index] = Some(true));
    verdicts
}

/// Whether each event is right over more than half of the judged time until the next one, given where it agrees with
/// the annotation and what that share of the time makes of it.
fn mostly_right<T: Clone>(
    judged: &JudgedTime,
    reference: &[Segment<T>],
    found: &[Found],
    end: f64,
    agrees: impl Fn(What, &T) -> bool,
    right_share: impl Fn(What, f64) -> f64,
) -> Vec<Option<bool>> {
    let reference = judged.segments(reference);
    let verdict = |index: usize, event: &Found| {
        let until = found.get(index + 1).map_or(end, |next| next.time);
        let (from, to) = (judged.at(event.time), judged.at(until));
        let agreeing = reference.iter().filter(|segment| agrees(event.what, &segment.value));
        let seconds: f64 = agreeing.map(|segment| (segment.end.min(to) - segment.start.max(from)).max(0.0)).sum();
        (from < to).then(|| right_share(event.what, seconds / (to - from)) > 0.5)
    };
    found.iter().enumerate().map(|(index, event)| verdict(index, event)).collect()
}

fn segments<L, T>(labels: &[L], of: impl Fn(&L) -> (f64, f64, T)) -> Vec<Segment<T>> {
    let segment = |label| {
        let (start, end, value) = of(label);
        Segment { start, end, value }
    };
    labels.iter().map(segment).collect()
}

/// A label for comparison; one that is not understood is compared with nothing.
fn chord_label(label: &str) -> ChordLabel {
    ChordLabel::parse(label, Extensions::LeftOut).unwrap_or(ChordLabel::Unknown)
}

#[cfg(test)]
mod tests {
    use attacca_models::vocabulary::{ChordClass, ChordQuality};

    use super::*;
    use crate::{data::Labels, score::TimedChord};

    fn piece(labels: Labels) -> Piece {
        Piece { name: "ten seconds".to_owned(), samples: vec![0.0; 10_000], sample_rate_hz: 1000, labels }
    }

    fn found(events: &[(f64, What)]) -> Vec<Found> {
        events.iter().map(|&(time, what)| Found { time, confidence: 0.5, what }).collect()
    }

    #[test]
    fn an_onset_that_meets_none_in_a_masked_stretch_is_not_judged() {
        let onsets = Annotation { values: vec![1.0], masked: vec![[2.0, 3.0]] };
        let piece = piece(Labels { onsets: Some(onsets), ..Labels::default() });
        let found = found(&[(1.03, What::Onset), (2.5, What::Onset), (4.0, What::Onset)]);
        assert_eq!(verdicts(Task::Onset, &piece, &found).unwrap(), [Some(true), None, Some(false)]);
        assert!((lateness(Task::Onset, &piece, &found)[0] - 0.03).abs() < 1e-12);
        assert_eq!(verdicts(Task::Beat, &piece, &found), None);
    }

    #[test]
    fn a_state_is_right_where_it_mostly_agrees() {
        let voice = Annotation { values: vec![[1.0, 4.0]], masked: vec![[6.0, 7.0]] };
        let piece = piece(Labels { voice: Some(voice), ..Labels::default() });
        let changes = [(0.5, true), (2.0, false), (6.0, true), (7.0, false)];
        let found = found(&changes.map(|(time, active)| (time, What::Voice(active))));
        let expected = [Some(true), Some(false), None, Some(true)];
        assert_eq!(verdicts(Task::Voice, &piece, &found).unwrap(), expected);
    }

    #[test]
    fn a_chord_is_right_by_its_root_and_triad_where_one_is_annotated() {
        let chord = |start, end, label: &str| TimedChord { start, end, label: label.to_owned() };
        let chords = Annotation::unmasked(vec![chord(0.0, 2.0, "C:7"), chord(2.0, 4.0, "A:min")]);
        let piece = piece(Labels { chords: Some(chords), ..Labels::default() });
        let c_major = What::Chord(Some(ChordClass { root: 0, quality: ChordQuality::Major }));
        let found = found(&[(0.0, c_major), (2.5, c_major), (5.0, What::Chord(None))]);
        assert_eq!(verdicts(Task::Chord, &piece, &found).unwrap(), [Some(true), Some(false), None]);
    }
}
