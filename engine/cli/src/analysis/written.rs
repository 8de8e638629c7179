//! Chords and keys as the reader wants them written.

use std::borrow::Cow;

use attacca_engine::models::vocabulary::{ChordOverBass, KeyClass};

use super::{
    Analysis,
    states::{Stretch, chord_label},
};

impl Analysis {
    /// A chord in the chosen spelling, `N` for none; numerals are degrees of the key that holds where it begins.
    pub fn written_chord(&self, chord: &Stretch<Option<ChordOverBass>>) -> Cow<'static, str> {
        match self.spelling {
            Some(spelling) if chord.value.is_some() => {
                spelling.chord(chord.value, self.key_at(chord.start)).joined().into()
            }
            _ => chord_label(chord.value).into(),
        }
    }

    /// A key in the chosen spelling.
    pub fn written_key(&self, key: KeyClass) -> Cow<'static, str> {
        self.spelling.map_or_else(|| key.label().into(), |spelling| spelling.key(key).into())
    }

    /// The key at a time. Before the first became clear it is that one: the music was in it before it was known.
    fn key_at(&self, seconds: f64) -> Option<KeyClass> {
        let later = self.keys.partition_point(|change| self.seconds(change.position) <= seconds);
        self.keys.get(later.saturating_sub(1)).map(|change| change.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{example, states::Change};
    use attacca_engine::{SamplePosition, models::Spelling};

    fn written(analysis: &Analysis) -> Vec<Cow<'static, str>> {
        analysis.chord_stretches().map(|chord| analysis.written_chord(&chord)).collect()
    }

    #[test]
    fn chords_are_written_as_wanted() {
        let mut analysis = example::analysis();
        assert_eq!(written(&analysis), ["N", "D:min7", "G:7", "C:maj7/3", "D:min7", "G:7", "N"]);
        analysis.spelling = Some(Spelling::ByKey);
        assert_eq!(written(&analysis), ["N", "Dm7", "G7", "Cmaj7/E", "Dm7", "G7", "N"]);
        analysis.spelling = Some(Spelling::Roman);
        assert_eq!(written(&analysis), ["N", "ii7", "V7", "Imaj7/3", "ii7", "V7", "N"]);
        assert_eq!(analysis.written_key(analysis.keys[0].value), "C major");
    }

    #[test]
    fn numerals_follow_the_key_from_where_it_changes() {
        let mut analysis = example::analysis();
        analysis.spelling = Some(Spelling::Roman);
        let g_major = KeyClass::from_class(7).unwrap();
        let position = SamplePosition((6.0 * f64::from(analysis.recording.sample_rate_hz)) as u64);
        analysis.keys.push(Change { position, value: g_major, ..analysis.keys[0] });
        assert_eq!(written(&analysis), ["N", "ii7", "V7", "Imaj7/3", "v7", "I7", "N"]);
        analysis.keys.clear();
        assert_eq!(written(&analysis), ["N", "Dm7", "G7", "Cmaj7/E", "Dm7", "G7", "N"], "without a key, notes");
    }
}
