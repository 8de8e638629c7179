//! From a chord's label to the class that a network is taught.
//!
//! Labels are in [Harte's syntax](crate::harte). The classes are fewer. A chord that is none of them becomes the class
//! that it shares third, fifth and seventh with:
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

use crate::harte::{Change, Label, OCTAVE, Shorthand, pitch_class, split_quality};

/// First degree that repeats one of the octave below: it colours a chord and does not name it.
const FIRST_BEYOND: u8 = 8;

/// Semitones of a perfect fifth.
const FIFTH: usize = 7;

/// The class of a label below [`CHORD_CLASSES`](attacca_models::vocabulary::CHORD_CLASSES), 0 for `N`; `None` for `X`
/// and for what is no label.
pub(super) fn chord_class(label: &str) -> Option<usize> {
    if label == "N" {
        return Some(0);
    }
    let label = Label::split(label);
    let (root, quality) = match (label.quality, label.root.find('(')) {
        (Some(quality), _) => (label.root, quality),
        // Some annotators leave out the colon before brackets.
        (None, Some(bracket)) => label.root.split_at(bracket),
        (None, None) => (label.root, "maj"),
    };
    Some(ChordClass { root: pitch_class(root)?, quality: nearest(quality)? }.class())
}

/// The quality that a description such as `7(b9,*5)` comes closest to.
fn nearest(quality: &str) -> Option<ChordQuality> {
    let (shorthand, changes) = split_quality(quality)?;
    let mut tones = [false; OCTAVE as usize];
    // Degrees alone spell the chord out; the root is always there.
    tones[0] = true;
    if !shorthand.is_empty() {
        Shorthand::named(shorthand)?.within_octave().for_each(|tone| tones[usize::from(tone)] = true);
    }
    for name in changes.into_iter().map(str::trim).filter(|name| !name.is_empty()) {
        let Change { degree, omitted } = Change::parse(name)?;
        let tone = usize::from(degree.folded());
        if !omitted && degree.number == 5 && tone != FIFTH {
            // An altered fifth takes the place of the perfect one.
            tones[FIFTH] = false;
        }
        if degree.number < FIRST_BEYOND {
            tones[tone] = !omitted;
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
