//! What holds for a while: a voice, a chord, a key.

use attacca_engine::{
    SamplePosition,
    models::vocabulary::{ChordOverBass, KeyClass},
};

use super::Analysis;

/// From here on something else holds, until the next change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change<T> {
    /// When.
    pub position: SamplePosition,
    /// How much later the engine reported it, in samples.
    pub latency_samples: u32,
    /// Probability that it is right, 0 to 1.
    pub confidence: f32,
    /// What holds.
    pub value: T,
}

/// A stretch of the recording in which something holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch<T> {
    /// Where it begins, in seconds.
    pub start: f64,
    /// Where it ends, in seconds; after `start`.
    pub end: f64,
    /// Probability that it is right, 0 to 1; `None` before the first change, of which the engine said nothing.
    pub confidence: Option<f32>,
    /// What holds.
    pub value: T,
}

impl<T> Stretch<T> {
    /// Its length in seconds.
    pub fn seconds(&self) -> f64 {
        self.end - self.start
    }
}

/// Adds a change of chord. One that only brings the bass of the chord before it belongs to that one: a file can say so
/// from the chord's beginning, as the engine could not.
pub fn push_chord(chords: &mut Vec<Change<Option<ChordOverBass>>>, next: Change<Option<ChordOverBass>>) {
    let same =
        |value: Option<ChordOverBass>| next.value.is_some_and(|next| value.is_some_and(|v| v.chord == next.chord));
    match chords.last_mut().filter(|last| same(last.value)) {
        Some(last) => last.value = next.value,
        None => chords.push(next),
    }
}

impl Analysis {
    /// The stretches with a voice, in order.
    pub fn voiced(&self) -> impl Iterator<Item = Stretch<bool>> {
        self.stretches(&self.voice, None).filter(|stretch| stretch.value)
    }

    /// The chords in order, `None` for no chord; they cover the whole recording.
    pub fn chord_stretches(&self) -> impl Iterator<Item = Stretch<Option<ChordOverBass>>> {
        self.stretches(&self.chords, Some(None))
    }

    /// The keys in order, from where the first became clear.
    pub fn key_stretches(&self) -> impl Iterator<Item = Stretch<KeyClass>> {
        self.stretches(&self.keys, None)
    }

    /// The stretches between changes, and the one before the first where it is known what holds there.
    fn stretches<T: Copy>(&self, changes: &[Change<T>], initial: Option<T>) -> impl Iterator<Item = Stretch<T>> {
        let end =
            move |index: usize| changes.get(index).map_or(self.duration_seconds(), |next| self.seconds(next.position));
        let first = initial.map(|value| Stretch { start: 0.0, end: end(0), confidence: None, value });
        let rest = changes.iter().enumerate().map(move |(index, change)| Stretch {
            start: self.seconds(change.position),
            end: end(index + 1),
            confidence: Some(change.confidence),
            value: change.value,
        });
        first.into_iter().chain(rest).filter(|stretch| stretch.end > stretch.start)
    }
}

/// A chord as it is written: Harte's syntax, `N` for none.
pub fn chord_label(chord: Option<ChordOverBass>) -> &'static str {
    chord.map_or("N", ChordOverBass::label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::example;

    #[test]
    fn chords_cover_the_recording_without_gap() {
        let mut analysis = example::analysis();
        let chords: Vec<_> = analysis.chord_stretches().collect();
        assert_eq!((chords[0].start, chords[0].value, chords[0].confidence), (0.0, None, None));
        assert_eq!(chords[chords.len() - 1].end, analysis.duration_seconds());
        assert!(chords.windows(2).all(|pair| pair[0].end == pair[1].start));
        analysis.chords[0].position = SamplePosition(0);
        assert_eq!(analysis.chord_stretches().count(), chords.len() - 1, "what has no length is left out");
        analysis.chords.clear();
        assert_eq!(analysis.chord_stretches().count(), 1);
    }

    #[test]
    fn a_bass_that_is_known_later_holds_from_the_beginning_of_its_chord() {
        let mut analysis = example::analysis();
        let (count, latest) = (analysis.chords.len(), analysis.chords[1]);
        let over = latest.value.map(|value| ChordOverBass { bass: Some(11), ..value });
        analysis.chords.truncate(2);
        push_chord(
            &mut analysis.chords,
            Change { position: SamplePosition(latest.position.0 + 20_000), value: over, ..latest },
        );
        assert_eq!(analysis.chords.len(), 2);
        assert_eq!((analysis.chords[1].position, chord_label(analysis.chords[1].value)), (latest.position, "G:7/3"));
        push_chord(&mut analysis.chords, Change { value: None, ..latest });
        assert_eq!(analysis.chords.len(), 3, "of {count}");
    }

    #[test]
    fn a_voice_lasts_to_its_end_or_that_of_the_recording() {
        let mut analysis = example::analysis();
        let whole: Vec<_> = analysis.voiced().collect();
        assert_eq!(whole.len(), analysis.voice.len().div_ceil(2));
        analysis.voice.truncate(1);
        assert_eq!(analysis.voiced().last().map(|stretch| stretch.end), Some(analysis.duration_seconds()));
    }
}
