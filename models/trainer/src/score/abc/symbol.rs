//! Chord symbols: texts in quotes such as `"Am7"` or `"C/E"`.

use crate::{
    harte::pitch_class,
    score::{Chord, written::Symbol},
};

/// Qualities as people write them, by Harte's names.
const QUALITIES: [(&str, &str); 41] = [
    ("", "maj"),
    ("maj", "maj"),
    ("M", "maj"),
    ("m", "min"),
    ("min", "min"),
    ("-", "min"),
    ("7", "7"),
    ("maj7", "maj7"),
    ("M7", "maj7"),
    ("m7", "min7"),
    ("min7", "min7"),
    ("-7", "min7"),
    ("dim", "dim"),
    ("o", "dim"),
    ("dim7", "dim7"),
    ("o7", "dim7"),
    ("m7b5", "hdim7"),
    ("m7(b5)", "hdim7"),
    ("aug", "aug"),
    ("+", "aug"),
    ("aug7", "aug(b7)"),
    ("+7", "aug(b7)"),
    ("7#5", "aug(b7)"),
    ("6", "maj6"),
    ("m6", "min6"),
    ("69", "maj6(9)"),
    ("9", "9"),
    ("maj9", "maj9"),
    ("m9", "min9"),
    ("min9", "min9"),
    // Elevenths and thirteenths are played as ninths.
    ("11", "9"),
    ("13", "9"),
    ("7b9", "7(b9)"),
    ("7b5", "7(b5)"),
    ("mM7", "minmaj7"),
    ("mmaj7", "minmaj7"),
    ("sus", "sus4"),
    ("sus4", "sus4"),
    ("sus2", "sus2"),
    ("7sus4", "sus4(b7)"),
    ("5", "5"),
];

/// What qualities begin with; a text in quotes that goes on otherwise after a letter from A to G is words, such as `Fine`.
const BEGINNINGS: [&str; 8] = ["m", "M", "dim", "aug", "sus", "add", "+", "("];

/// Reads a text; `None` for words, fingerings and annotations.
pub(super) fn read(text: &str) -> Option<Symbol> {
    let text = text.trim();
    if ["N.C.", "NC", "N.C"].contains(&text) {
        return Some(Symbol::NoChord);
    }
    let root_length = 1 + text.get(1..)?.chars().take_while(|sign| ['#', 'b'].contains(sign)).count();
    let (root, rest) = text.split_at(root_length);
    let root = pitch_class(root)?;
    let (quality, bass) = rest.split_once('/').map_or((rest, None), |(quality, bass)| (quality, Some(bass)));
    let known = QUALITIES.iter().find(|(written, _)| *written == quality).and_then(|(_, name)| Chord::new(root, name));
    match known {
        // A bass that is no note (`F/f+`) leaves the chord as it is.
        Some(chord) => Some(Symbol::Chord(Chord { bass: bass.and_then(bass_note).unwrap_or(root), ..chord })),
        None if quality.starts_with(|sign: char| sign.is_ascii_digit()) => Some(Symbol::Unknown),
        None => BEGINNINGS.iter().any(|beginning| quality.starts_with(beginning)).then_some(Symbol::Unknown),
    }
}

/// A bass note, which some write with a small letter.
fn bass_note(name: &str) -> Option<u8> {
    let (letter, accidentals) = name.split_at_checked(1)?;
    pitch_class(&(letter.to_ascii_uppercase() + accidentals))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_are_read() {
        let label = |text| match read(text) {
            Some(Symbol::Chord(chord)) => chord.label(),
            Some(Symbol::NoChord) => "N".to_owned(),
            Some(Symbol::Unknown) => "?".to_owned(),
            None => "words".to_owned(),
        };
        for (text, expected) in [
            ("C", "C:maj"),
            ("F#m", "F#:min"),
            ("Bb7", "A#:7"),
            ("Am7", "A:min7"),
            ("C/E", "C:maj/3"),
            ("Am/c", "A:min/b3"),
            ("D/f+", "D:maj"),
            ("Bm7b5", "B:hdim7"),
            ("G7sus4", "G:sus4(b7)"),
            ("N.C.", "N"),
            ("C7b9b13", "?"),
            ("Cadd9", "?"),
            ("Fine", "words"),
            ("D.C.", "words"),
            ("Coda", "words"),
            ("^slower", "words"),
            ("4", "words"),
            ("", "words"),
            ("é", "words"),
        ] {
            assert_eq!(label(text), expected, "{text}");
        }
    }

    #[test]
    fn every_quality_is_one_that_is_played() {
        for (written, name) in QUALITIES {
            assert!(Chord::new(0, name).is_some(), "{written}");
        }
    }
}
