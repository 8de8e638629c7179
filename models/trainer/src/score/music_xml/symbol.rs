//! Chord symbols: the `harmony` element.

use roxmltree::Node;

use super::measure::{child, child_value};
use crate::{
    harte::natural,
    score::{Chord, written::Symbol},
};

/// The kinds of MusicXML's type `kind-value`, and two spellings that programs write, as semitones above the root.
/// Elevenths and thirteenths are taken as ninths, as they are played. Chords named by their function alone (Neapolitan,
/// Italian, French, German, Tristan), pedals and `other` are not known.
const KINDS: [(&str, &[u8]); 26] = [
    ("major", &[0, 4, 7]),
    ("minor", &[0, 3, 7]),
    ("augmented", &[0, 4, 8]),
    ("diminished", &[0, 3, 6]),
    ("dominant", &[0, 4, 7, 10]),
    ("major-seventh", &[0, 4, 7, 11]),
    ("minor-seventh", &[0, 3, 7, 10]),
    ("diminished-seventh", &[0, 3, 6, 9]),
    ("augmented-seventh", &[0, 4, 8, 10]),
    ("half-diminished", &[0, 3, 6, 10]),
    ("major-minor", &[0, 3, 7, 11]),
    ("minor-major", &[0, 3, 7, 11]),
    ("major-sixth", &[0, 4, 7, 9]),
    ("minor-sixth", &[0, 3, 7, 9]),
    ("dominant-ninth", &[0, 4, 7, 10, 14]),
    ("major-ninth", &[0, 4, 7, 11, 14]),
    ("minor-ninth", &[0, 3, 7, 10, 14]),
    ("dominant-11th", &[0, 4, 7, 10, 14]),
    ("major-11th", &[0, 4, 7, 11, 14]),
    ("minor-11th", &[0, 3, 7, 10, 14]),
    ("dominant-13th", &[0, 4, 7, 10, 14]),
    ("major-13th", &[0, 4, 7, 11, 14]),
    ("minor-13th", &[0, 3, 7, 10, 14]),
    ("suspended-second", &[0, 2, 7]),
    ("suspended-fourth", &[0, 5, 7]),
    ("power", &[0, 7]),
];

/// First semitone of the second octave above the root: what is there colours a chord and does not name it.
const OCTAVE: u8 = 12;

/// Reads a `harmony` element. The first chord counts where there are several.
pub(super) fn read(node: Node<'_, '_>) -> Symbol {
    let kind = child(node, "kind").and_then(|kind| kind.text()).unwrap_or_default().trim();
    if kind == "none" {
        return Symbol::NoChord;
    }
    let chord = || {
        let root = pitch(child(node, "root")?, "root")?;
        let (_, intervals) = KINDS.iter().find(|(name, _)| *name == kind)?;
        let altered = degrees(node, intervals)?;
        let plain: Vec<u8> = altered.iter().copied().filter(|semitones| *semitones < OCTAVE).collect();
        let chord = Chord::of_intervals(root, &altered).or_else(|| Chord::of_intervals(root, &plain))?;
        let bass = child(node, "bass").and_then(|bass| pitch(bass, "bass")).unwrap_or(root);
        Some(Chord { bass, ..chord })
    };
    chord().map_or(Symbol::Unknown, Symbol::Chord)
}

/// The intervals after the symbol's `degree` elements; `None` for one that makes no sense.
fn degrees(node: Node<'_, '_>, intervals: &[u8]) -> Option<Vec<u8>> {
    let mut altered = intervals.to_vec();
    for degree in node.children().filter(|child| child.has_tag_name("degree")) {
        let number = child_value::<u8>(degree, "degree-value").filter(|number| (1..=13).contains(number))?;
        let alter = child_value::<f64>(degree, "degree-alter").unwrap_or(0.0) as i32;
        let step = [0, 2, 4, 5, 7, 9, 11][usize::from(number - 1) % 7] + 12 * i32::from((number - 1) / 7);
        // Above a dominant, a seventh is minor unless it is altered (MusicXML, type degree-value).
        let natural = if number == 7 { 10 } else { step };
        let belongs = |semitones: u8| (i32::from(semitones) - natural).abs() <= 1;
        match child(degree, "degree-type").and_then(|kind| kind.text()) {
            Some("add") => altered.push((natural + alter).max(0) as u8),
            Some("alter") => {
                altered.retain(|semitones| !belongs(*semitones));
                altered.push((natural + alter).max(0) as u8);
            }
            Some("subtract") => altered.retain(|semitones| !belongs(*semitones)),
            _ => return None,
        }
    }
    altered.sort_unstable();
    altered.dedup();
    Some(altered)
}

/// The pitch class of a `root` or `bass` element, whose children are named after it.
fn pitch(node: Node<'_, '_>, name: &str) -> Option<u8> {
    let natural = step(child(node, &format!("{name}-step"))?)?;
    let alter = child_value::<f64>(node, &format!("{name}-alter")).unwrap_or(0.0) as i32;
    Some((natural + alter).rem_euclid(12) as u8)
}

/// Semitones above C of an element that names a natural note.
pub(super) fn step(node: Node<'_, '_>) -> Option<i32> {
    let mut letters = node.text()?.trim().chars();
    natural(letters.next()?).filter(|_| letters.next().is_none())
}
