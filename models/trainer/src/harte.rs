//! Chord labels in Harte's syntax (Harte et al., *Symbolic representation of musical chords*, ISMIR 2005): a root, a
//! shorthand, degrees added or left out in brackets, a bass.
//!
//! ```text
//! label      = "N" | "X" | root [":" quality] ["/" degree]
//! quality    = shorthand ["(" changes ")"] | "(" changes ")"
//! changes    = change {"," change}
//! change     = ["*"] degree               with a star the degree is left out
//! degree     = {"b"} number | {"#"} number          1 to 13
//! root       = letter {"b"} | letter {"#"}          A to G
//! ```
//! This is what is written. What it means is up to those who ask: [`Chord`](crate::score::Chord) plays it,
//! [`ChordLabel`](crate::metrics::chord_label::ChordLabel) compares it as mir_eval does, and the targets of a network
//! take it for the nearest of their classes.

/// A chord quality by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shorthand {
    /// The name.
    pub name: &'static str,
    /// Semitones above the root, ascending from 0; from [`OCTAVE`] on they are extensions.
    pub semitones: &'static [u8],
    /// Whether its tones are agreed upon: mir_eval 0.8.2 knows it. The others are written by annotators all the same.
    pub agreed: bool,
}

/// Semitones of an octave.
pub const OCTAVE: u8 = 12;

/// Every shorthand.
pub const SHORTHANDS: [Shorthand; 26] = [
    agreed("maj", &[0, 4, 7]),
    agreed("min", &[0, 3, 7]),
    agreed("dim", &[0, 3, 6]),
    agreed("aug", &[0, 4, 8]),
    agreed("maj7", &[0, 4, 7, 11]),
    agreed("min7", &[0, 3, 7, 10]),
    agreed("7", &[0, 4, 7, 10]),
    agreed("dim7", &[0, 3, 6, 9]),
    agreed("hdim7", &[0, 3, 6, 10]),
    agreed("minmaj7", &[0, 3, 7, 11]),
    agreed("maj6", &[0, 4, 7, 9]),
    agreed("min6", &[0, 3, 7, 9]),
    agreed("9", &[0, 4, 7, 10, 14]),
    agreed("maj9", &[0, 4, 7, 11, 14]),
    agreed("min9", &[0, 3, 7, 10, 14]),
    agreed("11", &[0, 4, 7, 10, 14, 17]),
    agreed("min11", &[0, 3, 7, 10, 14, 17]),
    agreed("13", &[0, 4, 7, 10, 14, 17, 21]),
    agreed("maj13", &[0, 4, 7, 11, 14, 17, 21]),
    agreed("min13", &[0, 3, 7, 10, 14, 17, 21]),
    agreed("sus2", &[0, 2, 7]),
    agreed("sus4", &[0, 5, 7]),
    agreed("1", &[0]),
    agreed("5", &[0, 7]),
    Shorthand { agreed: false, ..agreed("6", &[0, 4, 7, 9]) },
    Shorthand { agreed: false, ..agreed("maj11", &[0, 4, 7, 11, 14, 17]) },
];

/// Names of the degrees above a root, a semitone apart, as labels are written.
pub const DEGREES: [&str; OCTAVE as usize] = ["1", "b2", "2", "b3", "3", "4", "b5", "5", "b6", "6", "b7", "7"];

/// Semitones of the degrees of a major scale above its first, through two octaves up to the thirteenth.
const SCALE: [i32; 13] = [0, 2, 4, 5, 7, 9, 11, 12, 14, 16, 17, 19, 21];

const fn agreed(name: &'static str, semitones: &'static [u8]) -> Shorthand {
    Shorthand { name, semitones, agreed: true }
}

impl Shorthand {
    /// The shorthand of a name.
    pub fn named(name: &str) -> Option<&'static Self> {
        SHORTHANDS.iter().find(|shorthand| shorthand.name == name)
    }

    /// The semitones within the octave.
    pub fn within_octave(&self) -> impl Iterator<Item = u8> {
        self.semitones.iter().copied().filter(|semitones| *semitones < OCTAVE)
    }

    /// The degrees beyond the octave: the ninth, the eleventh and the thirteenth, as far as there are.
    pub fn extensions(&self) -> impl Iterator<Item = Degree> {
        let natural = |semitones: &u8| SCALE.iter().position(|natural| *natural == i32::from(*semitones));
        let extended = self.semitones.iter().filter(|semitones| **semitones >= OCTAVE).filter_map(natural);
        extended.map(|index| Degree { number: index as u8 + 1, alteration: 0 })
    }
}

/// A label taken apart, its pieces as they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label<'a> {
    /// What stands before the colon.
    pub root: &'a str,
    /// What stands between the colon and the slash; a root without a colon is its major triad.
    pub quality: Option<&'a str>,
    /// What stands after the slash.
    pub bass: Option<&'a str>,
}

impl<'a> Label<'a> {
    /// Takes a label apart.
    pub fn split(label: &'a str) -> Self {
        let (body, bass) = label.split_once('/').map_or((label, None), |(body, bass)| (body, Some(bass)));
        let (root, quality) = body.split_once(':').map_or((body, None), |(root, quality)| (root, Some(quality)));
        Self { root, quality, bass }
    }
}

/// Splits `7(b9,*5)` into the shorthand, which may be empty, and the changes in brackets; `None` where the brackets are
/// not closed at the end.
pub fn split_quality(quality: &str) -> Option<(&str, Vec<&str>)> {
    match quality.split_once('(') {
        Some((shorthand, changes)) => Some((shorthand, changes.strip_suffix(')')?.split(',').collect())),
        None => Some((quality, Vec::new())),
    }
}

/// A degree above a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Degree {
    /// Which degree of the major scale, 1 to 13.
    pub number: u8,
    /// Semitones that the accidentals raise it.
    pub alteration: i32,
}

impl Degree {
    /// Reads a degree such as `b7` or `#11`.
    pub fn parse(name: &str) -> Option<Self> {
        let number = name.trim_start_matches(['b', '#']);
        let alteration = accidentals(&name[..name.len() - number.len()])?;
        // Neither a sign nor a leading zero.
        let digits = Some(number).filter(|number| number.starts_with(|digit| ('1'..='9').contains(&digit)))?;
        let number = digits.parse().ok().filter(|number| usize::from(*number) <= SCALE.len())?;
        Some(Self { number, alteration })
    }

    /// Semitones above the root: 14 for a ninth.
    pub fn semitones(self) -> i32 {
        SCALE[usize::from(self.number - 1)] + self.alteration
    }

    /// Semitones above the root within an octave, 0 to 11: 2 for a ninth.
    pub fn folded(self) -> u8 {
        self.semitones().rem_euclid(i32::from(OCTAVE)) as u8
    }
}

/// A degree that is added to a shorthand or left out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// The degree.
    pub degree: Degree,
    /// Whether it is left out.
    pub omitted: bool,
}

impl Change {
    /// Reads a change such as `9` or `*5`.
    pub fn parse(name: &str) -> Option<Self> {
        let (degree, omitted) = name.strip_prefix('*').map_or((name, false), |degree| (degree, true));
        Some(Self { degree: Degree::parse(degree)?, omitted })
    }
}

/// Reads the name of a pitch class such as `F#` or `Gb`, 0 for C.
pub fn pitch_class(name: &str) -> Option<u8> {
    let accidentals = accidentals(name.get(1..)?)?;
    let natural = natural(name.chars().next()?)?;
    Some((natural + accidentals).rem_euclid(i32::from(OCTAVE)) as u8)
}

/// Semitones of a natural note, `A` to `G`, above C.
pub fn natural(step: char) -> Option<i32> {
    let index = "CDEFGAB".find(step)?;
    Some(SCALE[index])
}

/// Semitones of any number of sharps, or of flats; `None` for anything else, a mixture included.
fn accidentals(text: &str) -> Option<i32> {
    let count = i32::try_from(text.len()).ok()?;
    if text.chars().all(|letter| letter == '#') {
        Some(count)
    } else {
        text.chars().all(|letter| letter == 'b').then_some(-count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_taken_apart() {
        let label = Label::split("F#:min7(9,*5)/b3");
        assert_eq!(label, Label { root: "F#", quality: Some("min7(9,*5)"), bass: Some("b3") });
        assert_eq!(Label::split("C"), Label { root: "C", quality: None, bass: None });
        assert_eq!(split_quality("min7(9,*5)"), Some(("min7", vec!["9", "*5"])));
        assert_eq!(split_quality("maj"), Some(("maj", Vec::new())));
        assert_eq!(split_quality("maj(9"), None);
    }

    #[test]
    fn roots_and_degrees_take_any_number_of_one_accidental() {
        assert_eq!(["C", "Cb", "Fbb", "E#", "B##"].map(pitch_class), [0, 11, 3, 5, 1].map(Some));
        assert_eq!(["", "H", "c", "C#b", "Cx", "é"].map(pitch_class), [None; 6]);
        let semitones = |name| Degree::parse(name).map(Degree::semitones);
        assert_eq!(["1", "b7", "##5", "8", "#11", "b1"].map(semitones), [0, 10, 9, 12, 18, -1].map(Some));
        assert_eq!(["", "0", "14", "#b3", "3b", " 3", "+3", "03"].map(semitones), [None; 8]);
        assert_eq!(
            (Degree::parse("9").map(Degree::folded), Degree::parse("b1").map(Degree::folded)),
            (Some(2), Some(11))
        );
    }

    #[test]
    fn extensions_are_the_degrees_beyond_the_octave() {
        let thirteenth = Shorthand::named("13").unwrap();
        assert_eq!(thirteenth.within_octave().collect::<Vec<_>>(), [0, 4, 7, 10]);
        let names = ["9", "11", "13"].map(|name| Degree::parse(name).unwrap());
        assert_eq!(thirteenth.extensions().collect::<Vec<_>>(), names);
    }

    #[test]
    fn every_shorthand_ascends_from_the_root_and_has_a_name_of_its_own() {
        for shorthand in SHORTHANDS {
            assert_eq!(shorthand.semitones[0], 0, "{}", shorthand.name);
            assert!(shorthand.semitones.is_sorted_by(|a, b| a < b), "{}", shorthand.name);
            assert_eq!(Shorthand::named(shorthand.name), Some(&shorthand));
        }
    }
}
