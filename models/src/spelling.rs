//! How chords and keys are written for people to read.

use serde::{Deserialize, Serialize};

use crate::vocabulary::{ChordOverBass, ChordQuality, KeyClass, Mode};

/// How the roots of chords are named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spelling {
    /// With sharps or flats as the key has them; without a key, each as it is most often met.
    #[default]
    ByKey,
    /// With sharps.
    Sharps,
    /// With flats.
    Flats,
    /// German: H for B, B for B flat, -is and -es.
    German,
    /// Roman numerals: the degree in the key, in lower case for minor thirds. As [`Spelling::ByKey`] without a key.
    Roman,
    /// Nashville numbers: the degree in the major key with the same notes. As [`Spelling::ByKey`] without a key.
    Nashville,
}

const SHARPS: [&str; 12] = ["C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"];
const FLATS: [&str; 12] = ["C", "D♭", "D", "E♭", "E", "F", "G♭", "G", "A♭", "A", "B♭", "B"];
const USUAL: [&str; 12] = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];
const GERMAN: [&str; 12] = ["C", "Cis", "D", "Es", "E", "F", "Fis", "G", "As", "A", "B", "H"];
const MAJOR_DEGREES: [&str; 12] = ["1", "♭2", "2", "♭3", "3", "4", "♯4", "5", "♭6", "6", "♭7", "7"];
const MINOR_DEGREES: [&str; 12] = ["1", "♭2", "2", "3", "♯3", "4", "♯4", "5", "6", "♯6", "7", "♯7"];
const ROMAN: [&str; 7] = ["I", "II", "III", "IV", "V", "VI", "VII"];

/// A chord's name in two parts, so that what follows the root can be set smaller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChordName {
    /// The root, or `N.C.` for no chord.
    pub root: String,
    /// The quality; empty for a major triad.
    pub quality: &'static str,
    /// The bass with its stroke, as in `/E`; empty over the root.
    pub bass: String,
}

impl ChordName {
    /// What follows the root.
    pub fn suffix(&self) -> String {
        format!("{}{}", self.quality, self.bass)
    }

    /// Everything in one; a number that follows a number is raised, as in `5⁷`.
    pub fn joined(&self) -> String {
        let quality = match self.quality {
            "5" if self.root_is_number() => "⁵",
            "6" if self.root_is_number() => "⁶",
            "7" if self.root_is_number() => "⁷",
            quality => quality,
        };
        format!("{}{quality}{}", self.root, self.bass)
    }

    fn root_is_number(&self) -> bool {
        self.root.ends_with(|last: char| last.is_ascii_digit())
    }
}

impl Spelling {
    /// All spellings.
    pub const ALL: [Self; 6] = [Self::ByKey, Self::Sharps, Self::Flats, Self::German, Self::Roman, Self::Nashville];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ByKey => "as the key",
            Self::Sharps => "sharps",
            Self::Flats => "flats",
            Self::German => "German",
            Self::Roman => "Roman",
            Self::Nashville => "Nashville",
        }
    }

    /// The name of a chord over its bass, `None` being no chord, where the music is in `key`. Numerals give the bass as a
    /// degree of the key.
    pub fn chord(self, chord: Option<ChordOverBass>, key: Option<KeyClass>) -> ChordName {
        let Some(ChordOverBass { chord, bass }) = chord else {
            return ChordName { root: "N.C.".to_owned(), quality: "", bass: String::new() };
        };
        let bass = bass.map_or_else(String::new, |bass| format!("/{}", self.degree_or_note(bass, key)));
        let quality = quality_suffix(chord.quality);
        match (self, key) {
            (Self::Roman, Some(key)) => {
                let root = roman(self.degree_or_note(chord.root, Some(key)), has_minor_third(chord.quality));
                // The lower case says "minor" already.
                let quality = match chord.quality {
                    ChordQuality::Minor => "",
                    ChordQuality::MinorSeventh => "7",
                    ChordQuality::MinorMajorSeventh => "maj7",
                    _ => quality,
                };
                ChordName { root, quality, bass }
            }
            _ => ChordName { root: self.degree_or_note(chord.root, key).to_owned(), quality, bass },
        }
    }

    /// A pitch class as a degree of the key where numerals are wanted, as a note otherwise.
    fn degree_or_note(self, pitch_class: u8, key: Option<KeyClass>) -> &'static str {
        match (self, key) {
            (Self::Roman, Some(key)) => {
                let degrees = if key.mode == Mode::Major { MAJOR_DEGREES } else { MINOR_DEGREES };
                degrees[interval(key.tonic, pitch_class)]
            }
            (Self::Nashville, Some(key)) => MAJOR_DEGREES[interval(relative_major(key), pitch_class)],
            _ => self.note(pitch_class, key),
        }
    }

    /// The name of a pitch class, 0 for C; numerals have none and name it as the key does.
    pub fn note(self, pitch_class: u8, key: Option<KeyClass>) -> &'static str {
        let names = match self {
            Self::Sharps => SHARPS,
            Self::Flats => FLATS,
            Self::German => GERMAN,
            Self::ByKey | Self::Roman | Self::Nashville => match key.map(has_flats) {
                Some(true) => FLATS,
                Some(false) => SHARPS,
                None => USUAL,
            },
        };
        names[usize::from(pitch_class % 12)]
    }

    /// The name of a key.
    pub fn key(self, key: KeyClass) -> String {
        let mode = match (self, key.mode) {
            (Self::German, Mode::Major) => "Dur",
            (Self::German, Mode::Minor) => "Moll",
            (_, Mode::Major) => "major",
            (_, Mode::Minor) => "minor",
        };
        format!("{} {mode}", self.note(key.tonic, Some(key)))
    }
}

/// The key's place on the Camelot wheel, such as `8A` for A minor: neighbours share all notes but one.
pub fn camelot(key: KeyClass) -> String {
    let number = (u32::from(relative_major(key)) * 7 + 7) % 12 + 1;
    format!("{number}{}", if key.mode == Mode::Major { 'B' } else { 'A' })
}

/// What follows the root.
pub const fn quality_suffix(quality: ChordQuality) -> &'static str {
    match quality {
        ChordQuality::Major => "",
        ChordQuality::Minor => "m",
        ChordQuality::DominantSeventh => "7",
        ChordQuality::MajorSeventh => "maj7",
        ChordQuality::MinorSeventh => "m7",
        ChordQuality::MinorMajorSeventh => "m(maj7)",
        ChordQuality::MajorSixth => "6",
        ChordQuality::Diminished => "°",
        ChordQuality::HalfDiminishedSeventh => "ø7",
        ChordQuality::DiminishedSeventh => "°7",
        ChordQuality::Augmented => "+",
        ChordQuality::SuspendedSecond => "sus2",
        ChordQuality::SuspendedFourth => "sus4",
        ChordQuality::Power => "5",
    }
}

fn has_minor_third(quality: ChordQuality) -> bool {
    quality.intervals().contains(&3)
}

fn interval(from: u8, to: u8) -> usize {
    usize::from((12 + to % 12 - from % 12) % 12)
}

fn relative_major(key: KeyClass) -> u8 {
    (key.tonic + if key.mode == Mode::Major { 0 } else { 3 }) % 12
}

/// Whether a key is written with flats: those of F, B♭, E♭, A♭, D♭ and G♭ major are.
fn has_flats(key: KeyClass) -> bool {
    matches!(relative_major(key), 1 | 3 | 5 | 6 | 8 | 10)
}

/// A degree such as `♭3` in Roman numerals.
fn roman(degree: &str, lower_case: bool) -> String {
    let accidental: String = degree.chars().filter(|character| !character.is_ascii_digit()).collect();
    let number = degree.chars().find_map(|character| character.to_digit(10)).unwrap_or(1);
    let numeral = ROMAN[(number as usize - 1) % ROMAN.len()];
    accidental + &if lower_case { numeral.to_lowercase() } else { numeral.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::{ChordClass, ChordQuality as Quality};

    const C_MAJOR: KeyClass = KeyClass { tonic: 0, mode: Mode::Major };
    const A_MINOR: KeyClass = KeyClass { tonic: 9, mode: Mode::Minor };
    const F_MINOR: KeyClass = KeyClass { tonic: 5, mode: Mode::Minor };

    fn written(spelling: Spelling, root: u8, quality: Quality, key: Option<KeyClass>) -> String {
        spelling.chord(Some(ChordOverBass { chord: ChordClass { root, quality }, bass: None }), key).joined()
    }

    #[test]
    fn inversions_name_their_bass_as_they_name_their_root() {
        let over = |spelling: Spelling, root, bass, key| {
            let chord = ChordClass { root, quality: Quality::Major };
            spelling.chord(Some(ChordOverBass { chord, bass: Some(bass) }), key).joined()
        };
        assert_eq!(over(Spelling::ByKey, 0, 4, None), "C/E");
        assert_eq!(over(Spelling::ByKey, 1, 8, Some(F_MINOR)), "D♭/A♭");
        assert_eq!(over(Spelling::German, 7, 11, None), "G/H");
        assert_eq!(over(Spelling::Roman, 5, 9, Some(C_MAJOR)), "IV/6");
        assert_eq!(over(Spelling::Nashville, 5, 9, Some(C_MAJOR)), "4/6");
    }

    #[test]
    fn notes_follow_the_key_or_what_was_chosen() {
        assert_eq!(written(Spelling::ByKey, 10, Quality::MinorSeventh, Some(F_MINOR)), "B♭m7");
        assert_eq!(written(Spelling::ByKey, 10, Quality::Minor, None), "B♭m");
        assert_eq!(written(Spelling::Flats, 10, Quality::Major, None), "B♭");
        assert_eq!(written(Spelling::German, 11, Quality::Minor, None), "Hm");
        assert_eq!(Spelling::German.key(F_MINOR), "F Moll");
        assert_eq!(Spelling::ByKey.chord(None, None).joined(), "N.C.");
    }

    #[test]
    fn numerals_are_relative_to_the_key() {
        assert_eq!(written(Spelling::Roman, 2, Quality::MinorSeventh, Some(C_MAJOR)), "ii7");
        assert_eq!(written(Spelling::Roman, 11, Quality::HalfDiminishedSeventh, Some(C_MAJOR)), "viiø7");
        assert_eq!(written(Spelling::Roman, 10, Quality::Major, Some(C_MAJOR)), "♭VII");
        assert_eq!(written(Spelling::Roman, 7, Quality::DominantSeventh, Some(C_MAJOR)), "V7");
        assert_eq!(written(Spelling::Roman, 2, Quality::DominantSeventh, Some(C_MAJOR)), "II7");
        assert_eq!(written(Spelling::Roman, 5, Quality::Major, Some(A_MINOR)), "VI");
        assert_eq!(written(Spelling::Roman, 4, Quality::DominantSeventh, Some(A_MINOR)), "V7");
        assert_eq!(written(Spelling::Roman, 7, Quality::Major, Some(A_MINOR)), "VII");
        assert_eq!(written(Spelling::Roman, 10, Quality::Major, Some(A_MINOR)), "♭II");
        assert_eq!(written(Spelling::Roman, 8, Quality::DiminishedSeventh, Some(A_MINOR)), "♯vii°7");
        assert_eq!(written(Spelling::Nashville, 7, Quality::DominantSeventh, Some(C_MAJOR)), "5⁷");
        assert_eq!(written(Spelling::Nashville, 10, Quality::Major, Some(C_MAJOR)), "♭7");
        assert_eq!(written(Spelling::Nashville, 9, Quality::Minor, Some(A_MINOR)), "6m");
        assert_eq!(written(Spelling::Nashville, 7, Quality::Major, Some(C_MAJOR)), "5");
        assert_eq!(written(Spelling::Roman, 7, Quality::Major, None), "G");
    }

    #[test]
    fn camelot_codes_match_the_wheel() {
        // The published wheel: 8B C major, 9B G, 3B D flat, 8A A minor, 4A F minor, 1A G sharp minor.
        let major = |tonic| camelot(KeyClass { tonic, mode: Mode::Major });
        let minor = |tonic| camelot(KeyClass { tonic, mode: Mode::Minor });
        assert_eq!([major(0), major(7), major(1)], ["8B", "9B", "3B"]);
        assert_eq!([minor(9), minor(5), minor(8)], ["8A", "4A", "1A"]);
    }
}
