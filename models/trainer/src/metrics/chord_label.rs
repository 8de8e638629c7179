//! Chord labels in [Harte's syntax](crate::harte), whole: shorthands with extensions, additions and omissions in
//! brackets, a bass degree, `N` and `X`, as strict as mir_eval's `chord.encode` and with its meaning.

use crate::harte::{Change, Degree, Label, OCTAVE, Shorthand, pitch_class, split_quality};

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
    let label = Label::split(label);
    let root = pitch_class(label.root).ok_or_else(|| format!("root `{}`", label.root))?;
    let quality = label.quality.unwrap_or("maj");
    if quality.is_empty() {
        return Err("an empty quality".to_owned());
    }
    let (shorthand, changes) = split_quality(quality).ok_or("a bracket that is not closed at the end")?;
    let changes = changes.into_iter().map(|name| Change::parse(name).ok_or_else(|| format!("degree `{name}`")));
    let mut changes = changes.collect::<Result<Vec<Change>, String>>()?;
    let mut weights = [0_i32; OCTAVE as usize];
    if !shorthand.is_empty() {
        let known = Shorthand::named(shorthand).filter(|known| known.agreed);
        let known = known.ok_or_else(|| format!("shorthand `{shorthand}`"))?;
        known.within_octave().for_each(|interval| weights[usize::from(interval)] = 1);
        if extensions == Extensions::Folded {
            changes.extend(known.extensions().map(|degree| Change { degree, omitted: false }));
        }
    }
    weights[0] = 1;
    // A degree that is named twice counts once.
    changes.sort_unstable();
    changes.dedup();
    for Change { degree, omitted } in changes {
        if degree.semitones() < i32::from(OCTAVE) || extensions == Extensions::Folded {
            weights[usize::from(degree.folded())] += if omitted { -1 } else { 1 };
        }
    }
    let degree = |name| Degree::parse(name).ok_or_else(|| format!("degree `{name}`"));
    let bass = label.bass.map(degree).transpose()?.map_or(0, Degree::folded);
    let sounding = (0..OCTAVE).filter(|interval| weights[usize::from(*interval)] > 0);
    let intervals = sounding.fold(1 << bass, |set, interval| set | 1 << interval);
    Ok(ChordTones { root, bass, intervals })
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
