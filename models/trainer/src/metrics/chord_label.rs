//! Chord labels in Harte's syntax (Harte et al., *Symbolic representation of musical chords*, ISMIR 2005), whole:
//! shorthands with extensions, additions and omissions in brackets, a bass degree, `N` and `X`.
//!
//! [`crate::score::Chord`] reads what is played; this reads what is compared, as mir_eval's `chord.encode` does it.

/// Pitch classes of an octave.
const OCTAVE: i32 = 12;

/// A chord label as a set of intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChordLabel {
    /// `N`: no chord.
    NoChord,
    /// `X`: a chord that cannot be named. Nothing is compared with it.
    Unknown,
    /// A chord.
    Chord(ChordTones),
}

/// The tones of a chord.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChordTones {
    /// Pitch class of the root, 0 for C to 11 for B.
    pub root: u8,
    /// Semitones of the bass above the root, 0 to 11.
    pub bass: u8,
    /// Which semitones above the root sound, the root in the lowest bit; the bass is among them.
    pub intervals: u16,
}

/// How intervals beyond the octave are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extensions {
    /// They are left out: `C:9` has the tones of `C:7`. For comparing chords.
    LeftOut,
    /// They are folded into the octave: `C:9` has a second. For telling whether a chord changes.
    Folded,
}

/// Why a label is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a chord in Harte's syntax, such as `N`, `F#:min7` or `C:maj(9,*5)/3`, found `{label}`: {part} is not understood"
)]
pub struct ChordLabelError {
    /// The label.
    pub label: String,
    /// What in it is wrong.
    pub part: String,
}

/// Shorthands: their intervals within the octave, and the degrees that lie beyond.
const SHORTHANDS: [(&str, &[u8], &[&str]); 24] = [
    ("maj", &[0, 4, 7], &[]),
    ("min", &[0, 3, 7], &[]),
    ("aug", &[0, 4, 8], &[]),
    ("dim", &[0, 3, 6], &[]),
    ("sus4", &[0, 5, 7], &[]),
    ("sus2", &[0, 2, 7], &[]),
    ("7", &[0, 4, 7, 10], &[]),
    ("maj7", &[0, 4, 7, 11], &[]),
    ("min7", &[0, 3, 7, 10], &[]),
    ("minmaj7", &[0, 3, 7, 11], &[]),
    ("maj6", &[0, 4, 7, 9], &[]),
    ("min6", &[0, 3, 7, 9], &[]),
    ("dim7", &[0, 3, 6, 9], &[]),
    ("hdim7", &[0, 3, 6, 10], &[]),
    ("maj9", &[0, 4, 7, 11], &["9"]),
    ("min9", &[0, 3, 7, 10], &["9"]),
    ("9", &[0, 4, 7, 10], &["9"]),
    ("min11", &[0, 3, 7, 10], &["9", "11"]),
    ("11", &[0, 4, 7, 10], &["9", "11"]),
    ("maj13", &[0, 4, 7, 11], &["9", "11", "13"]),
    ("min13", &[0, 3, 7, 10], &["9", "11", "13"]),
    ("13", &[0, 4, 7, 10], &["9", "11", "13"]),
    ("1", &[0], &[]),
    ("5", &[0, 7], &[]),
];

impl ChordLabel {
    /// Reads a label.
    ///
    /// # Errors
    /// When it is not in Harte's syntax, or has a shorthand without agreed tones (`maj11`, `aug7`).
    pub fn parse(label: &str, extensions: Extensions) -> Result<Self, ChordLabelError> {
        match label {
            "N" => Ok(Self::NoChord),
            "X" => Ok(Self::Unknown),
            _ => tones(label, extensions)
                .map(Self::Chord)
                .map_err(|part| ChordLabelError { label: label.to_owned(), part }),
        }
    }

    /// The tones; `None` for `N` and `X`.
    pub fn tones(self) -> Option<ChordTones> {
        match self {
            Self::Chord(tones) => Some(tones),
            Self::NoChord | Self::Unknown => None,
        }
    }
}

fn tones(label: &str, extensions: Extensions) -> Result<ChordTones, String> {
    let (body, bass) = label.split_once('/').map_or((label, None), |(body, bass)| (body, Some(bass)));
    let (root, description) = body.split_once(':').map_or((body, None), |(root, rest)| (root, Some(rest)));
    let root = pitch_class(root)?;
    let (shorthand, degrees) = match description {
        None => ("maj", Vec::new()),
        Some(description) => split_degrees(description)?,
    };
    let mut weights = [0_i32; OCTAVE as usize];
    let mut beyond: &[&str] = &[];
    if !shorthand.is_empty() {
        let known = SHORTHANDS.iter().find(|(name, _, _)| *name == shorthand);
        let (_, intervals, extended) = known.ok_or(format!("shorthand `{shorthand}`"))?;
        intervals.iter().for_each(|interval| weights[usize::from(*interval)] = 1);
        beyond = extended;
    }
    weights[0] = 1;
    let mut edits: Vec<&str> = degrees;
    if extensions == Extensions::Folded {
        edits.extend(beyond);
    }
    edits.sort_unstable();
    edits.dedup();
    for edit in edits {
        let (degree, weight) = edit.strip_prefix('*').map_or((edit, 1), |omitted| (omitted, -1));
        let semitones = semitones(degree)?;
        if semitones < OCTAVE || extensions == Extensions::Folded {
            weights[semitones.rem_euclid(OCTAVE) as usize] += weight;
        }
    }
    let bass = bass.map_or(Ok(0), semitones)?.rem_euclid(OCTAVE) as u8;
    let sounding = (0..OCTAVE as usize).filter(|interval| weights[*interval] > 0);
    let intervals = sounding.fold(1 << bass, |set, interval| set | 1 << interval);
    Ok(ChordTones { root, bass, intervals })
}

/// Splits `7(b9,*5)` into the shorthand and the degrees in brackets.
fn split_degrees(description: &str) -> Result<(&str, Vec<&str>), String> {
    let Some((shorthand, rest)) = description.split_once('(') else {
        return if description.is_empty() { Err("an empty quality".to_owned()) } else { Ok((description, Vec::new())) };
    };
    let degrees = rest.strip_suffix(')').ok_or("a bracket that is not closed at the end")?;
    Ok((shorthand, degrees.split(',').collect()))
}

fn pitch_class(name: &str) -> Result<u8, String> {
    let refused = || format!("root `{name}`");
    let mut letters = name.chars();
    let natural = match letters.next() {
        Some('C') => 0,
        Some('D') => 2,
        Some('E') => 4,
        Some('F') => 5,
        Some('G') => 7,
        Some('A') => 9,
        Some('B') => 11,
        _ => return Err(refused()),
    };
    let shift = accidentals(letters.as_str()).ok_or_else(refused)?;
    Ok((natural + shift).rem_euclid(OCTAVE) as u8)
}

/// Semitones of a scale degree such as `b7` or `#11` above the root.
fn semitones(degree: &str) -> Result<i32, String> {
    let refused = || format!("degree `{degree}`");
    let number = degree.trim_start_matches(['b', '#']);
    let natural = match number {
        "1" => 0,
        "2" => 2,
        "3" => 4,
        "4" => 5,
        "5" => 7,
        "6" => 9,
        "7" => 11,
        "8" => 12,
        "9" => 14,
        "10" => 16,
        "11" => 17,
        "12" => 19,
        "13" => 21,
        _ => return Err(refused()),
    };
    Ok(natural + accidentals(&degree[..degree.len() - number.len()]).ok_or_else(refused)?)
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

    fn intervals(label: &str, extensions: Extensions) -> Vec<u8> {
        let tones = ChordLabel::parse(label, extensions).unwrap().tones().unwrap();
        (0..12).filter(|interval| tones.intervals >> interval & 1 == 1).collect()
    }

    #[test]
    fn shorthands_additions_and_omissions_make_up_the_tones() {
        let expected: [(&str, &[u8]); 9] = [
            ("C", &[0, 4, 7]),
            ("C:min7", &[0, 3, 7, 10]),
            ("C:maj(*3)", &[0, 7]),
            ("C:(b3,5)", &[0, 3, 7]),
            ("C:maj(9,#11)", &[0, 4, 7]),
            ("C:maj(2)", &[0, 2, 4, 7]),
            ("C:maj/b7", &[0, 4, 7, 10]),
            ("C:maj(b1)", &[0, 4, 7, 11]),
            ("C:min(3,*3)", &[0, 3, 7]),
        ];
        for (label, tones) in expected {
            assert_eq!(intervals(label, Extensions::LeftOut), tones, "{label}");
        }
    }

    #[test]
    fn extensions_are_left_out_or_folded() {
        assert_eq!(intervals("C:13", Extensions::LeftOut), [0, 4, 7, 10]);
        assert_eq!(intervals("C:13", Extensions::Folded), [0, 2, 4, 5, 7, 9, 10]);
        assert_eq!(intervals("C:maj(#9)", Extensions::Folded), [0, 3, 4, 7]);
    }

    #[test]
    fn roots_and_basses_are_spelt_with_any_number_of_accidentals() {
        let tones = ChordLabel::parse("Cbb:maj/##5", Extensions::LeftOut).unwrap().tones().unwrap();
        assert_eq!((tones.root, tones.bass), (10, 9));
    }

    #[test]
    fn what_is_no_chord_is_refused_with_its_part() {
        let labels = [
            "",
            "H",
            "C:",
            "C:foo",
            "C:maj(",
            "C:maj()",
            "C:maj(14)",
            "C(3)",
            "C:maj/",
            "C#b",
            "C:maj11",
            "N:maj",
            "c:maj",
            "C:maj(3)x",
            "C:maj/3/5",
            "C:MAJ",
        ];
        for label in labels {
            let error = ChordLabel::parse(label, Extensions::LeftOut).expect_err(label);
            assert_eq!(error.label, label);
        }
        let error = ChordLabel::parse("C:foo", Extensions::LeftOut).expect_err("no such shorthand").to_string();
        assert!(error.contains("shorthand `foo`"), "{error}");
    }
}
