//! The classes that chord and key networks tell apart, and their names.
//!
//! Chords are written in Harte's syntax (Harte et al., *Symbolic representation of musical chords*, ISMIR 2005): `N` for
//! no chord, else a root, a colon and a quality. Class 0 is `N`; after it come the twelve roots from C upwards, each with
//! the qualities in the order of [`ChordQuality::ALL`]. Keys are written `C:maj` to `B:maj`, then `C:min` to `B:min`.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// Names of the twelve pitch classes, C first, in the spelling of the class labels.
pub const PITCH_CLASSES: [&str; 12] = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];

/// The quality of a chord: the intervals over its root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChordQuality {
    /// Major triad.
    Major,
    /// Minor triad.
    Minor,
    /// Major triad with minor seventh.
    DominantSeventh,
    /// Major triad with major seventh.
    MajorSeventh,
    /// Minor triad with minor seventh.
    MinorSeventh,
    /// Minor triad with major seventh.
    MinorMajorSeventh,
    /// Major triad with major sixth.
    MajorSixth,
    /// Diminished triad.
    Diminished,
    /// Diminished triad with minor seventh.
    HalfDiminishedSeventh,
    /// Diminished triad with diminished seventh.
    DiminishedSeventh,
    /// Augmented triad.
    Augmented,
    /// Second in place of the third.
    SuspendedSecond,
    /// Fourth in place of the third.
    SuspendedFourth,
    /// Root and fifth alone.
    Power,
}

/// Number of chord qualities.
pub const QUALITIES: usize = ChordQuality::ALL.len();

/// Number of chord classes: no chord, and every quality on every root.
pub const CHORD_CLASSES: usize = 1 + 12 * QUALITIES;

/// Number of key classes.
pub const KEY_CLASSES: usize = 24;

impl ChordQuality {
    /// Every quality, in the order of the classes.
    pub const ALL: [Self; 14] = [
        Self::Major,
        Self::Minor,
        Self::DominantSeventh,
        Self::MajorSeventh,
        Self::MinorSeventh,
        Self::MinorMajorSeventh,
        Self::MajorSixth,
        Self::Diminished,
        Self::HalfDiminishedSeventh,
        Self::DiminishedSeventh,
        Self::Augmented,
        Self::SuspendedSecond,
        Self::SuspendedFourth,
        Self::Power,
    ];

    /// Harte's shorthand.
    pub const fn shorthand(self) -> &'static str {
        match self {
            Self::Major => "maj",
            Self::Minor => "min",
            Self::DominantSeventh => "7",
            Self::MajorSeventh => "maj7",
            Self::MinorSeventh => "min7",
            Self::MinorMajorSeventh => "minmaj7",
            Self::MajorSixth => "maj6",
            Self::Diminished => "dim",
            Self::HalfDiminishedSeventh => "hdim7",
            Self::DiminishedSeventh => "dim7",
            Self::Augmented => "aug",
            Self::SuspendedSecond => "sus2",
            Self::SuspendedFourth => "sus4",
            Self::Power => "5",
        }
    }

    /// Semitones over the root, ascending from 0.
    pub const fn intervals(self) -> &'static [u8] {
        match self {
            Self::Major => &[0, 4, 7],
            Self::Minor => &[0, 3, 7],
            Self::DominantSeventh => &[0, 4, 7, 10],
            Self::MajorSeventh => &[0, 4, 7, 11],
            Self::MinorSeventh => &[0, 3, 7, 10],
            Self::MinorMajorSeventh => &[0, 3, 7, 11],
            Self::MajorSixth => &[0, 4, 7, 9],
            Self::Diminished => &[0, 3, 6],
            Self::HalfDiminishedSeventh => &[0, 3, 6, 10],
            Self::DiminishedSeventh => &[0, 3, 6, 9],
            Self::Augmented => &[0, 4, 8],
            Self::SuspendedSecond => &[0, 2, 7],
            Self::SuspendedFourth => &[0, 5, 7],
            Self::Power => &[0, 7],
        }
    }
}

/// What a chord network says: a root and a quality. No chord at all is the absence of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ChordClass {
    /// Pitch class of the root, 0 for C to 11 for B.
    pub root: u8,
    /// Intervals over the root.
    pub quality: ChordQuality,
}

impl ChordClass {
    /// The chord of a class below [`CHORD_CLASSES`]; `None` for class 0, no chord, and for what is no class.
    pub fn from_class(class: usize) -> Option<Self> {
        let index = class.checked_sub(1).filter(|index| *index < 12 * QUALITIES)?;
        Some(Self { root: (index / QUALITIES) as u8, quality: ChordQuality::ALL[index % QUALITIES] })
    }

    /// The chord's class, from 1.
    pub fn class(self) -> usize {
        1 + usize::from(self.root % 12) * QUALITIES + self.quality as usize
    }

    /// The chord in Harte's syntax.
    pub fn label(self) -> &'static str {
        CHORD_LABELS[self.class()]
    }

    /// The chord over a pitch class in Harte's syntax, such as `C:maj/3`; as [`ChordClass::label`] over its root, over
    /// nothing, and over what is no note of it. Its first call allocates.
    pub fn label_over(self, bass: Option<u8>) -> &'static str {
        static LABELS: LazyLock<Vec<[String; 12]>> = LazyLock::new(|| {
            let over = |chord: ChordClass, bass: u8| match chord.degree(bass) {
                None | Some("1") => chord.label().to_owned(),
                Some(degree) => format!("{}/{degree}", chord.label()),
            };
            let chords = (1..CHORD_CLASSES).filter_map(ChordClass::from_class);
            chords.map(|chord| std::array::from_fn(|bass| over(chord, bass as u8))).collect()
        });
        bass.map_or(self.label(), |bass| &LABELS[self.class() - 1][usize::from(bass % 12)])
    }

    /// The degree that a pitch class has in the chord in Harte's syntax, such as `b3`; `None` for what is no note of it.
    pub fn degree(self, pitch_class: u8) -> Option<&'static str> {
        const DEGREES: [&str; 12] = ["1", "b2", "2", "b3", "3", "4", "b5", "5", "#5", "6", "b7", "7"];
        let interval = (12 + pitch_class % 12 - self.root % 12) % 12;
        self.quality.intervals().contains(&interval).then_some(match (self.quality, interval) {
            (ChordQuality::DiminishedSeventh, 9) => "bb7",
            _ => DEGREES[usize::from(interval)],
        })
    }
}

/// A chord and the note that it stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ChordOverBass {
    /// The chord.
    pub chord: ChordClass,
    /// Pitch class of its lowest note, where that is known and not the root.
    pub bass: Option<u8>,
}

impl ChordOverBass {
    /// The chord in Harte's syntax; see [`ChordClass::label_over`].
    pub fn label(self) -> &'static str {
        self.chord.label_over(self.bass)
    }
}

/// Whether a key is major or minor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Major.
    Major,
    /// Minor.
    Minor,
}

/// What a key network says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeyClass {
    /// Pitch class of the tonic, 0 for C to 11 for B.
    pub tonic: u8,
    /// Major or minor.
    pub mode: Mode,
}

impl KeyClass {
    /// The key of a class; `None` for what is not below [`KEY_CLASSES`].
    pub fn from_class(class: usize) -> Option<Self> {
        let mode = if class < 12 { Mode::Major } else { Mode::Minor };
        (class < KEY_CLASSES).then_some(Self { tonic: (class % 12) as u8, mode })
    }

    /// The key's class.
    pub fn class(self) -> usize {
        usize::from(self.tonic % 12) + if self.mode == Mode::Major { 0 } else { 12 }
    }

    /// The key's class label, such as `F#:min`.
    pub fn label(self) -> &'static str {
        KEY_LABELS[self.class()]
    }
}

macro_rules! chord_labels {
    ($($root:literal)*) => {
        [
            "N",
            $(
                concat!($root, ":maj"), concat!($root, ":min"), concat!($root, ":7"), concat!($root, ":maj7"),
                concat!($root, ":min7"), concat!($root, ":minmaj7"), concat!($root, ":maj6"), concat!($root, ":dim"),
                concat!($root, ":hdim7"), concat!($root, ":dim7"), concat!($root, ":aug"), concat!($root, ":sus2"),
                concat!($root, ":sus4"), concat!($root, ":5"),
            )*
        ]
    };
}

/// Labels of the chord classes.
pub static CHORD_LABELS: [&str; CHORD_CLASSES] = chord_labels!("C" "C#" "D" "D#" "E" "F" "F#" "G" "G#" "A" "A#" "B");

/// Labels of the key classes.
pub static KEY_LABELS: [&str; KEY_CLASSES] = [
    "C:maj", "C#:maj", "D:maj", "D#:maj", "E:maj", "F:maj", "F#:maj", "G:maj", "G#:maj", "A:maj", "A#:maj", "B:maj",
    "C:min", "C#:min", "D:min", "D#:min", "E:min", "F:min", "F#:min", "G:min", "G#:min", "A:min", "A#:min", "B:min",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chord_classes_and_their_labels_agree() {
        assert_eq!(ChordClass::from_class(0), None);
        assert_eq!(ChordClass::from_class(CHORD_CLASSES), None);
        for (class, label) in CHORD_LABELS.iter().enumerate().skip(1) {
            let chord = ChordClass::from_class(class).unwrap();
            let expected = format!("{}:{}", PITCH_CLASSES[usize::from(chord.root)], chord.quality.shorthand());
            assert_eq!((chord.class(), *label), (class, expected.as_str()));
        }
    }

    #[test]
    fn inversions_are_written_by_the_degree_of_their_bass() {
        let chord = |root, quality| ChordClass { root, quality };
        assert_eq!(chord(0, ChordQuality::Major).label_over(Some(4)), "C:maj/3");
        assert_eq!(chord(9, ChordQuality::MinorSeventh).label_over(Some(0)), "A:min7/b3");
        assert_eq!(chord(11, ChordQuality::DiminishedSeventh).label_over(Some(8)), "B:dim7/bb7");
        assert_eq!(chord(7, ChordQuality::DominantSeventh).label_over(Some(7)), "G:7", "over its root");
        assert_eq!(chord(7, ChordQuality::DominantSeventh).label_over(Some(0)), "G:7", "over what it does not have");
        assert_eq!(chord(7, ChordQuality::DominantSeventh).label_over(None), "G:7");
    }

    #[test]
    fn key_classes_and_their_labels_agree() {
        assert_eq!(KeyClass::from_class(KEY_CLASSES), None);
        for (class, label) in KEY_LABELS.iter().enumerate() {
            let key = KeyClass::from_class(class).unwrap();
            let mode = if key.mode == Mode::Major { "maj" } else { "min" };
            let expected = format!("{}:{mode}", PITCH_CLASSES[usize::from(key.tonic)]);
            assert_eq!((key.class(), *label), (class, expected.as_str()));
        }
    }
}
