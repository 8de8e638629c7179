//! From a chord's label to the class that a network is taught.
//!
//! Labels are in Harte's syntax (Harte et al., *Symbolic representation of musical chords*, ISMIR 2005): a root, a
//! shorthand, degrees added or (with `*`) left out in brackets, a bass. The classes are fewer. A chord that is none of
//! them becomes the class that it shares third, fifth and seventh with:
//!
//! | what the chord has | class |
//! | --- | --- |
//! | major third | `7` with a minor seventh, `maj7` with a major one, `maj6` with a sixth, `aug` with an augmented fifth in place of the perfect one, else `maj` |
//! | minor third | `hdim7`, `dim7` or `dim` with a diminished fifth in place of the perfect one, else `min7`, `minmaj7` or `min` |
//! | no third | `sus4` with a fourth, `sus2` with a second, else `5` |
//!
//! So `9` and `13` become `7`, `min9` becomes `min7`, `min6` becomes `min`, `min7(b5)` becomes `hdim7`. Additions of a
//! ninth and above, and the bass, change nothing. `X` and what is no label have no class: nothing is known there.

use attacca_models::vocabulary::{ChordClass, ChordQuality};

use crate::score::chord::{degree, pitch_class};

/// Shorthands of Harte's, and semitones over the root.
const SHORTHANDS: [(&str, &[u8]); 24] = [
    ("maj", &[0, 4, 7]),
    ("min", &[0, 3, 7]),
    ("dim", &[0, 3, 6]),
    ("aug", &[0, 4, 8]),
    ("maj7", &[0, 4, 7, 11]),
    ("min7", &[0, 3, 7, 10]),
    ("7", &[0, 4, 7, 10]),
    ("dim7", &[0, 3, 6, 9]),
    ("hdim7", &[0, 3, 6, 10]),
    ("minmaj7", &[0, 3, 7, 11]),
    ("maj6", &[0, 4, 7, 9]),
    ("6", &[0, 4, 7, 9]),
    ("min6", &[0, 3, 7, 9]),
    ("9", &[0, 4, 7, 10]),
    ("maj9", &[0, 4, 7, 11]),
    ("min9", &[0, 3, 7, 10]),
    ("11", &[0, 4, 7, 10]),
    ("maj11", &[0, 4, 7, 11]),
    ("min11", &[0, 3, 7, 10]),
    ("13", &[0, 4, 7, 10]),
    ("maj13", &[0, 4, 7, 11]),
    ("min13", &[0, 3, 7, 10]),
    ("sus2", &[0, 2, 7]),
    ("sus4", &[0, 5, 7]),
];

/// The class of a label below [`CHORD_CLASSES`](attacca_models::vocabulary::CHORD_CLASSES), 0 for `N`; `None` for `X`
/// and for what is no label.
pub(super) fn chord_class(label: &str) -> Option<usize> {
    if label == "N" {
        return Some(0);
    }
    let body = label.split_once('/').map_or(label, |(body, _)| body);
    let (root, described) = match body.split_once(':') {
        Some((root, described)) => (root, described),
        // A root alone is its major triad; brackets after it are the chord.
        None => body.find('(').map_or((body, "maj"), |bracket| body.split_at(bracket)),
    };
    let root = pitch_class(root)?;
    Some(ChordClass { root, quality: quality(described)? }.class())
}

fn quality(described: &str) -> Option<ChordQuality> {
    let (shorthand, degrees) = match described.split_once('(') {
        Some((shorthand, degrees)) => (shorthand, degrees.strip_suffix(')')?),
        None => (described, ""),
    };
    let mut tones = [false; 12];
    let known = match shorthand {
        // Degrees alone spell the chord out; the root is always there.
        "" | "1" | "5" => &[0][..],
        _ => SHORTHANDS.iter().find(|(name, _)| *name == shorthand)?.1,
    };
    known.iter().for_each(|&tone| tones[usize::from(tone)] = true);
    for name in degrees.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let (name, sounds) = name.strip_prefix('*').map_or((name, true), |omitted| (omitted, false));
        let semitones = usize::from(degree(name)?);
        let number = name.trim_start_matches(['b', '#']);
        if sounds && number == "5" && semitones != 7 {
            // An altered fifth takes the place of the perfect one.
            tones[7] = false;
        }
        if !matches!(number, "9" | "11" | "13") {
            tones[semitones] = sounds;
        }
    }
    Some(reduced(&tones))
}

/// The quality with the third, fifth and seventh of a chord.
fn reduced(tones: &[bool; 12]) -> ChordQuality {
    let [minor_third, major_third] = [tones[3], tones[4]];
    let [diminished, perfect, augmented] = [tones[6], tones[7], tones[8]];
    let [sixth, minor_seventh, major_seventh] = [tones[9], tones[10], tones[11]];
    if major_third {
        match (augmented && !perfect, minor_seventh, major_seventh, sixth) {
            (true, ..) => ChordQuality::Augmented,
            (_, true, ..) => ChordQuality::DominantSeventh,
            (_, _, true, _) => ChordQuality::MajorSeventh,
            (_, _, _, true) => ChordQuality::MajorSixth,
            _ => ChordQuality::Major,
        }
    } else if minor_third && diminished && !perfect {
        match (minor_seventh, sixth) {
            (true, _) => ChordQuality::HalfDiminishedSeventh,
            (_, true) => ChordQuality::DiminishedSeventh,
            _ => ChordQuality::Diminished,
        }
    } else if minor_third {
        match (minor_seventh, major_seventh) {
            (true, _) => ChordQuality::MinorSeventh,
            (_, true) => ChordQuality::MinorMajorSeventh,
            _ => ChordQuality::Minor,
        }
    } else if tones[5] {
        ChordQuality::SuspendedFourth
    } else if tones[2] {
        ChordQuality::SuspendedSecond
    } else {
        ChordQuality::Power
    }
}

#[cfg(test)]
mod tests {
    use attacca_models::vocabulary::CHORD_LABELS;

    use super::*;

    #[test]
    fn every_class_is_that_of_its_own_label() {
        for (class, label) in CHORD_LABELS.iter().enumerate() {
            assert_eq!(chord_class(label), Some(class), "{label}");
        }
    }

    #[test]
    fn other_chords_become_the_nearest_class() {
        for (label, expected) in [
            ("C", "C:maj"),
            ("Db:9", "C#:7"),
            ("G:11", "G:7"),
            ("G:13", "G:7"),
            ("F:maj9", "F:maj7"),
            ("F:maj13", "F:maj7"),
            ("A:min9", "A:min7"),
            ("A:min11", "A:min7"),
            ("A:min6", "A:min"),
            ("B:min7(b5)", "B:hdim7"),
            ("B:min(b5)", "B:dim"),
            ("C:maj(9)/3", "C:maj"),
            ("C:maj(#5)", "C:aug"),
            ("C:7(#9,b13)", "C:7"),
            ("C:maj(*3)", "C:5"),
            ("C:maj(*5)", "C:maj"),
            ("C:sus4(b7)", "C:sus4"),
            ("C:sus4(2)", "C:sus4"),
            ("C:(1,5)", "C:5"),
            ("C:(3,5,b7)", "C:7"),
            ("C(b3,5)", "C:min"),
            ("C:1", "C:5"),
            ("Fb:6", "E:maj6"),
            ("E#:dim7/b3", "F:dim7"),
        ] {
            assert_eq!(chord_class(label).map(|class| CHORD_LABELS[class]), Some(expected), "{label}");
        }
    }

    #[test]
    fn what_is_not_known_has_no_class() {
        for label in ["X", "", "H:maj", "C:wobbly", "C:maj(", "C:maj(17)"] {
            assert_eq!(chord_class(label), None, "{label}");
        }
    }
}
