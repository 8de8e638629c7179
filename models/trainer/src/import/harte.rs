//! Chord labels in Harte's syntax, as mir_eval reads them.
//!
//! ```text
//! label     = "N" | "X" | root [ ":" quality ] [ "/" degree ]
//! root      = letter from A to G with any number of "#" or "b"
//! quality   = shorthand [ "(" degrees ")" ] | "(" degrees ")"
//! degrees   = [ "*" ] degree { "," [ "*" ] degree }     * for one that is left out
//! degree    = any number of "#" or "b", then 1 to 13
//! shorthand = maj min aug dim sus2 sus4 5 1 7 maj7 min7 minmaj7 maj6 min6 6 dim7 hdim7 9 maj9 min9 …
//! ```
//! Harte et al., *Symbolic representation of musical chords*, ISMIR 2005; the shorthands are those of `mir_eval.chord`.

use attacca_models::vocabulary::ChordQuality;

/// mir_eval's shorthands with their semitones over the root, those above the octave folded into it.
const SHORTHANDS: [(&str, &[u8]); 29] = [
    ("maj", &[0, 4, 7]),
    ("min", &[0, 3, 7]),
    ("aug", &[0, 4, 8]),
    ("dim", &[0, 3, 6]),
    ("sus4", &[0, 5, 7]),
    ("sus2", &[0, 2, 7]),
    ("7", &[0, 4, 7, 10]),
    ("maj7", &[0, 4, 7, 11]),
    ("min7", &[0, 3, 7, 10]),
    ("minmaj7", &[0, 3, 7, 11]),
    ("maj6", &[0, 4, 7, 9]),
    ("6", &[0, 4, 7, 9]),
    ("min6", &[0, 3, 7, 9]),
    ("dim7", &[0, 3, 6, 9]),
    ("hdim7", &[0, 3, 6, 10]),
    ("hdim", &[0, 3, 6, 10]),
    ("maj9", &[0, 4, 7, 11, 2]),
    ("min9", &[0, 3, 7, 10, 2]),
    ("9", &[0, 4, 7, 10, 2]),
    ("b9", &[0, 4, 7, 10, 1]),
    ("#9", &[0, 4, 7, 10, 3]),
    ("min11", &[0, 3, 7, 10, 2, 5]),
    ("11", &[0, 4, 7, 10, 2, 5]),
    ("#11", &[0, 4, 7, 10, 2, 6]),
    ("maj13", &[0, 4, 7, 11, 2, 5, 9]),
    ("min13", &[0, 3, 7, 10, 2, 5, 9]),
    ("13", &[0, 4, 7, 10, 2, 5, 9]),
    ("1", &[0]),
    ("5", &[0, 7]),
];

/// What a label says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Harte {
    /// A chord, or `N`, with degrees in brackets resolved to a shorthand.
    Chord(String),
    /// A chord of no name: `X`, or tones that make up none of the qualities that chord networks tell apart.
    Unnamed,
}

/// Reads a label; `None` for what is none.
pub fn parse(label: &str) -> Option<Harte> {
    match label {
        "N" => return Some(Harte::Chord("N".to_owned())),
        "X" => return Some(Harte::Unnamed),
        _ => {}
    }
    let (body, bass) = label.split_once('/').map_or((label, None), |(body, bass)| (body, Some(bass)));
    let (root, quality) = body.split_once(':').unwrap_or((body, "maj"));
    let accidentals = root.strip_prefix(|letter| ('A'..='G').contains(&letter))?;
    let bass_is_degree = bass.is_none_or(|bass| semitones(bass).is_some());
    if quality.is_empty() || !bass_is_degree || !accidentals.bytes().all(|accidental| matches!(accidental, b'#' | b'b'))
    {
        return None;
    }
    let Some(quality) = shorthand(quality)? else { return Some(Harte::Unnamed) };
    let bass = bass.filter(|bass| *bass != "1").map(|bass| format!("/{bass}")).unwrap_or_default();
    Some(Harte::Chord(format!("{root}:{quality}{bass}")))
}

/// The shorthand of a quality: the one whose tones are exactly those named, or the one before the bracket. `None` for
/// what is no quality, `Some(None)` for one without a name.
fn shorthand(quality: &str) -> Option<Option<&str>> {
    let known = |name: &str| SHORTHANDS.iter().find(|(shorthand, _)| *shorthand == name);
    let Some((name, degrees)) = quality.split_once('(') else {
        // Chord networks know the sixth as maj6; the tools that write 6 mean the same.
        return known(quality).map(|(name, _)| Some(if *name == "6" { "maj6" } else { *name }));
    };
    let mut tones = if name.is_empty() { 1 } else { known(name)?.1.iter().fold(0u16, |tones, tone| tones | 1 << tone) };
    for degree in degrees.strip_suffix(')')?.split(',') {
        match degree.trim().strip_prefix('*') {
            Some(omitted) => tones &= !(1 << semitones(omitted)?),
            None => tones |= 1 << semitones(degree.trim())?,
        }
    }
    let is_exact =
        |quality: &&ChordQuality| quality.intervals().iter().fold(0, |all, tone| all | 1u16 << tone) == tones;
    let exact = ChordQuality::ALL.iter().find(is_exact).map(|quality| quality.shorthand());
    Some(exact.or((!name.is_empty()).then_some(name)))
}

/// Semitones of a degree over the root, folded into an octave.
fn semitones(degree: &str) -> Option<u8> {
    let number = degree.trim_start_matches(['b', '#']);
    let natural: i32 = match number.parse::<u8>().ok()? {
        1 | 8 => 0,
        2 | 9 => 2,
        3 | 10 => 4,
        4 | 11 => 5,
        5 | 12 => 7,
        6 | 13 => 9,
        7 => 11,
        _ => return None,
    };
    let accidentals = degree[..degree.len() - number.len()].chars();
    let shift: i32 = accidentals.map(|accidental| if accidental == '#' { 1 } else { -1 }).sum();
    Some((natural + shift).rem_euclid(12) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(label: &str) -> Option<String> {
        match parse(label)? {
            Harte::Chord(label) => Some(label),
            Harte::Unnamed => Some(String::new()),
        }
    }

    #[test]
    fn labels_keep_their_shorthand_and_brackets_become_one() {
        for (label, expected) in [
            ("N", "N"),
            ("C", "C:maj"),
            ("Db/5", "Db:maj/5"),
            ("F#:min7/b3", "F#:min7/b3"),
            ("A:(1,5)", "A:5"),
            ("E:(1,b3,5,b7)", "E:min7"),
            ("G:sus4(b7)", "G:sus4"),
            ("D:maj(7)", "D:maj7"),
            ("D#:sus2(7)/1", "D#:sus2"),
            ("G#:maj6(*5)/1", "G#:maj6"),
            ("Bb:min(*5,9)", "Bb:min"),
        ] {
            assert_eq!(read(label).as_deref(), Some(expected), "{label}");
        }
    }

    #[test]
    fn chords_without_a_name_are_told_from_what_is_no_label() {
        for label in ["X", "C:(1,2,b2)"] {
            assert_eq!(parse(label), Some(Harte::Unnamed), "{label}");
        }
        for label in ["", "H:maj", "C:", "C:major", "C:maj(", "C:maj(15)", "C/x", "c:maj", "Cm"] {
            assert_eq!(parse(label), None, "{label}");
        }
    }
}
