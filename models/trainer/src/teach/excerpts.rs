//! Cutting a labelled recording into excerpts.

use crate::{
    data::labels::{Annotation, Labels},
    score::TimedChord,
};

/// Length of an excerpt in seconds.
pub const EXCERPT_SECONDS: f64 = 30.0;

/// Smallest share of an excerpt that a task's labels must cover for it to be labelled for that task.
const SMALLEST_SHARE: f64 = 0.2;

/// The labels of the excerpt from `start` on, moved so that it starts at 0: a task that is masked nearly everywhere is
/// not labelled at all. `None` if that leaves nothing.
pub fn cut(labels: &Labels, start: f64) -> Option<Labels> {
    let end = start + EXCERPT_SECONDS;
    let within = |time: f64| (start..end).contains(&time);
    let cut = Labels {
        onsets: labels.onsets.as_ref().and_then(|onsets| {
            let values = onsets.values.iter().filter(|time| within(**time)).map(|time| time - start);
            worthwhile(values.collect(), &onsets.masked, start)
        }),
        beats: labels.beats.as_ref().and_then(|beats| {
            let values = beats.values.iter().filter(|beat| within(beat.time)).copied().map(|mut beat| {
                beat.time -= start;
                beat
            });
            worthwhile(values.collect(), &beats.masked, start)
        }),
        chords: labels.chords.as_ref().and_then(|chords| {
            let values = chords.values.iter().filter_map(|chord| {
                let [from, to] = overlap([chord.start, chord.end], start)?;
                Some(TimedChord { start: from, end: to, label: chord.label.clone() })
            });
            worthwhile(values.collect(), &chords.masked, start)
        }),
        voice: labels.voice.as_ref().and_then(|voice| {
            let values = voice.values.iter().filter_map(|stretch| overlap(*stretch, start));
            worthwhile(values.collect(), &voice.masked, start)
        }),
        keys: None,
    };
    (cut != Labels::default()).then_some(cut)
}

/// The share of an excerpt that labels cover.
pub fn share<T>(annotation: &Annotation<T>) -> f64 {
    let masked: f64 = annotation.masked.iter().map(|[start, end]| end - start).sum();
    1.0 - masked / EXCERPT_SECONDS
}

fn worthwhile<T>(values: Vec<T>, masked: &[[f64; 2]], start: f64) -> Option<Annotation<T>> {
    let masked = masked.iter().filter_map(|stretch| overlap(*stretch, start)).collect();
    Some(Annotation { values, masked }).filter(|annotation| share(annotation) >= SMALLEST_SHARE)
}

/// The part of a stretch that is in the excerpt from `start` on, on the excerpt's time.
fn overlap([from, to]: [f64; 2], start: f64) -> Option<[f64; 2]> {
    let (from, to) = ((from - start).max(0.0), (to - start).min(EXCERPT_SECONDS));
    (from < to).then_some([from, to])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_move_to_the_excerpts_time_and_are_cut_at_its_ends() {
        let labels = Labels {
            onsets: Some(Annotation { values: vec![29.0, 31.0, 61.0], masked: vec![[25.0, 30.5], [59.0, 70.0]] }),
            voice: Some(Annotation::unmasked(vec![[10.0, 40.0], [50.0, 80.0]])),
            ..Labels::default()
        };
        let cut = cut(&labels, 30.0).unwrap();
        assert_eq!(cut.onsets, Some(Annotation { values: vec![1.0], masked: vec![[0.0, 0.5], [29.0, 30.0]] }));
        assert_eq!(cut.voice, Some(Annotation::unmasked(vec![[0.0, 10.0], [20.0, 30.0]])));
    }

    #[test]
    fn what_is_masked_nearly_everywhere_is_not_labelled() {
        let chords = |masked: f64| {
            let chord = TimedChord { start: 0.0, end: 30.0, label: "N".to_owned() };
            let chords = Some(Annotation { values: vec![chord], masked: vec![[0.0, masked]] });
            cut(&Labels { chords, ..Labels::default() }, 0.0)
        };
        assert!(chords(25.0).is_none());
        assert!(chords(23.0).is_some());
    }
}
