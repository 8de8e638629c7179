//! The values of fields: keys, metres, unit lengths, tempo marks.

use attacca_models::vocabulary::{KeyClass, Mode};

use super::Fault;
use crate::harte;

/// Letters in the order in which key signatures sharpen them; they flatten them the other way round.
const FIFTHS: [char; 7] = ['F', 'C', 'G', 'D', 'A', 'E', 'B'];

/// Modes by the first letters of their names, and how many fifths their signatures lie above that of the major key on the
/// same tonic.
const MODES: [(&str, i8, Option<Mode>); 9] = [
    ("maj", 0, Some(Mode::Major)),
    ("ion", 0, Some(Mode::Major)),
    ("min", -3, Some(Mode::Minor)),
    ("aeo", -3, Some(Mode::Minor)),
    ("mix", -1, None),
    ("dor", -2, None),
    ("phr", -4, None),
    ("lyd", 1, None),
    ("loc", -5, None),
];

/// A key signature, with the key where it is major or minor.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Signature {
    /// Number of sharps, negative for flats.
    pub(super) sharps: i8,
    /// The key.
    pub(super) key: Option<KeyClass>,
    /// Semitones by which a note is raised, by its letter from A on.
    pub(super) raised: [i8; 7],
}

impl Signature {
    /// Semitones by which the signature raises a letter from `A` to `G`.
    pub(super) fn of_letter(&self, letter: char) -> i32 {
        index_of(letter).map_or(0, |index| i32::from(self.raised[index]))
    }

    /// Reads the value of a field `K:`.
    pub(super) fn parse(value: &str) -> Result<Self, Fault> {
        let refused = || Fault::new("a key such as G, F#m, Bb lydian or HP", value);
        let mut words = value.split_whitespace();
        let first = words.next().unwrap_or("none");
        if first.eq_ignore_ascii_case("none") || first.contains('=') {
            return Ok(Self::default());
        }
        // The Highland pipes write F and C sharp, and some sign them.
        if first.eq_ignore_ascii_case("hp") {
            return Ok(Self::of_sharps(2));
        }
        let tonic_length = 1 + usize::from(first[1.min(first.len())..].starts_with(['#', 'b']));
        let (tonic, glued) = first.split_at_checked(tonic_length).ok_or_else(refused)?;
        let natural = tonic.chars().next().and_then(|letter| FIFTHS.iter().position(|known| *known == letter));
        let natural = natural.ok_or_else(refused)? as i8 - 1;
        let fifths = natural + if tonic.ends_with('#') { 7 } else { 0 } - if tonic.ends_with('b') { 7 } else { 0 };
        let mut rest = words.peekable();
        let named = if glued.is_empty() {
            rest.next_if(|word| mode(word).is_some()).and_then(mode)
        } else {
            Some(mode(glued).ok_or_else(refused)?)
        };
        let (above, mode) = named.unwrap_or((0, Some(Mode::Major)));
        let mut signature = Self::of_sharps(fifths + above);
        if !(-7..=7).contains(&signature.sharps) {
            return Err(refused());
        }
        let tonic = harte::pitch_class(tonic).ok_or_else(refused)?;
        signature.key = mode.map(|mode| KeyClass { tonic, mode });
        for altered in rest {
            signature.alter(altered);
        }
        Ok(signature)
    }

    fn of_sharps(sharps: i8) -> Self {
        let mut raised = [0; 7];
        for (order, letter) in FIFTHS.iter().enumerate() {
            if let Some(index) = index_of(*letter) {
                let order = order as i8;
                raised[index] = i8::from(order < sharps) - i8::from(6 - order < -sharps);
            }
        }
        Self { sharps, key: None, raised }
    }

    /// Adds an accidental such as `^f`; a key that has one is not the one that it is named after. Other words say nothing
    /// about pitches (clefs, transposition of the staff).
    fn alter(&mut self, word: &str) {
        let letter = word.trim_start_matches(['^', '_', '=']);
        let accidental = accidental(&word[..word.len() - letter.len()]);
        let mut letters = letter.chars();
        if let (Some(accidental), Some(letter), None) = (accidental, letters.next(), letters.next())
            && let Some(index) = index_of(letter.to_ascii_uppercase())
        {
            self.raised[index] = accidental;
            self.key = None;
        }
    }
}

/// The mode that a word names: how many fifths above major, and whether it is major or minor.
fn mode(word: &str) -> Option<(i8, Option<Mode>)> {
    let word = word.to_ascii_lowercase();
    if word == "m" {
        return Some((-3, Some(Mode::Minor)));
    }
    MODES.iter().find(|(name, ..)| word.starts_with(name)).map(|(_, above, mode)| (*above, *mode))
}

fn index_of(letter: char) -> Option<usize> {
    ('A'..='G').position(|known| known == letter)
}

/// Semitones of signs such as `^` or `__`; `None` for no sign, and for what is none.
pub(super) fn accidental(signs: &str) -> Option<i8> {
    match signs {
        "^" => Some(1),
        "^^" => Some(2),
        "_" => Some(-1),
        "__" => Some(-2),
        "=" => Some(0),
        _ => None,
    }
}

/// Reads the value of a field `M:`; `None` for free time.
pub(super) fn metre(value: &str) -> Result<Option<(u8, u8)>, Fault> {
    match value {
        "C" => return Ok(Some((4, 4))),
        "C|" => return Ok(Some((2, 2))),
        "" | "none" => return Ok(None),
        _ => {}
    }
    let read = || {
        let (beats, unit) = value.split_once('/')?;
        let beats = beats.trim().trim_start_matches('(').trim_end_matches(')');
        let sum = beats.split('+').map(|group| group.trim().parse::<u8>().ok()).sum::<Option<u8>>()?;
        let unit = unit.trim().parse::<u8>().ok()?;
        (sum > 0 && unit.is_power_of_two()).then_some((sum, unit))
    };
    Ok(Some(read().ok_or_else(|| Fault::new("a metre such as 6/8 or C|", value))?))
}

/// Reads a fraction such as `1/8` or `1`.
fn fraction(text: &str) -> Option<f64> {
    let (over, under) = text.split_once('/').unwrap_or((text, "1"));
    let (over, under) = (over.trim().parse::<f64>().ok()?, under.trim().parse::<f64>().ok()?);
    Some(over / under).filter(|value| value.is_finite() && *value > 0.0)
}

/// Reads the value of a field `L:`, in quarter notes.
pub(super) fn unit_length(value: &str) -> Result<f64, Fault> {
    let whole_notes = fraction(value).ok_or_else(|| Fault::new("a unit length such as 1/8", value))?;
    Ok(4.0 * whole_notes)
}

/// The unit length of a metre without a field `L:`, in quarter notes: a sixteenth below three quarters, else an eighth.
pub(super) fn default_unit(metre: (u8, u8)) -> f64 {
    if f64::from(metre.0) / f64::from(metre.1) < 0.75 { 0.25 } else { 0.5 }
}

/// Reads the value of a field `Q:`: quarter notes a minute; `None` where it is words alone. `unit` is the unit length.
pub(super) fn tempo(value: &str, unit: f64) -> Option<f64> {
    let words_left_out: String = value.split('"').step_by(2).collect();
    let (counted, bpm) = words_left_out.split_once('=').unwrap_or(("", &words_left_out));
    let bpm = bpm.trim().parse::<f64>().ok().filter(|bpm| *bpm > 0.0)?;
    let quarters = match counted.trim() {
        // Older files count unit lengths.
        "" | "C" => unit,
        notes => 4.0 * notes.split_whitespace().map(fraction).sum::<Option<f64>>()?,
    };
    Some(bpm * quarters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_follow_tonic_and_mode() {
        let sharps = |value| Signature::parse(value).unwrap().sharps;
        let values =
            ["C", "G", "F#m", "Bb", "Ador", "D mix", "E minor", "Gb", "C#", "F lydian", "HP", "", "Bbm clef=bass"];
        assert_eq!(values.map(sharps), [0, 1, 3, -2, 1, 1, 1, -6, 7, 0, 2, 0, -5]);
        let key = |value| Signature::parse(value).unwrap().key.map(KeyClass::label);
        let keys = ["G", "F#m", "Ador", "Em ^c", "none"].map(key);
        assert_eq!(keys, [Some("G:maj"), Some("F#:min"), None, None, None]);
        assert!(
            Signature::parse("H").is_err() && Signature::parse("Gwobbly").is_err() && Signature::parse("G#").is_err()
        );
    }

    #[test]
    fn signatures_raise_letters() {
        let raised = |value| {
            "ABCDEFG".chars().map(|letter| Signature::parse(value).unwrap().of_letter(letter)).collect::<Vec<_>>()
        };
        assert_eq!(raised("D"), [0, 0, 1, 0, 0, 1, 0]);
        assert_eq!(raised("Eb"), [-1, -1, 0, 0, -1, 0, 0]);
        assert_eq!(raised("D =c ^g"), [0, 0, 0, 0, 0, 1, 1]);
    }

    #[test]
    fn metres_and_lengths_are_read() {
        assert_eq!(metre("6/8"), Ok(Some((6, 8))));
        assert_eq!(metre("C|"), Ok(Some((2, 2))));
        assert_eq!(metre("(2+2+3)/8"), Ok(Some((7, 8))));
        assert_eq!(metre("none"), Ok(None));
        assert!(metre("6/7").is_err() && metre("waltz").is_err());
        assert_eq!(unit_length("1/16"), Ok(0.25));
        assert_eq!((default_unit((2, 4)), default_unit((3, 4))), (0.25, 0.5));
    }

    #[test]
    fn tempo_marks_become_quarters_a_minute() {
        let marks = ["1/4=120", "1/2 = 60", "3/8=80", "\"Allegro\" 1/4=100", "120", "\"Slow\""];
        let expected = [Some(120.0), Some(120.0), Some(120.0), Some(100.0), Some(60.0), None];
        assert_eq!(marks.map(|mark| tempo(mark, 0.5)), expected);
    }
}
