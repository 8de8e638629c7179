//! MusicXML scores (W3C MusicXML 4.0, partwise), plain (`.musicxml`, `.xml`) or compressed (`.mxl`), read into lines of
//! notes in quarter notes.
//!
//! Read are pitches, durations, ties, chords and voices, tempo marks, dynamics of playback, metres, key signatures,
//! transposition, chord symbols, whether a part has lyrics, and repeats with their endings, which are played out.
//! Left out are grace and cue notes, unpitched notes, ornaments, and jumps by sign (da capo, dal segno, coda): such a
//! score is read straight through.

pub mod metre;

mod measure;
mod repeats;
mod symbol;

use std::{
    borrow::Cow,
    io::{Cursor, Read},
    path::{Path, PathBuf},
};

use roxmltree::{Document, Node, ParsingOptions};

use self::measure::{Measure, State, WrittenTie};
use super::Chord;

/// How far ends and starts of tied notes may differ, in quarter notes: durations are rounded to the file's divisions.
const TIE_TOLERANCE_QUARTERS: f64 = 0.02;

/// Why a score was refused.
#[derive(Debug, thiserror::Error)]
pub enum MusicXmlError {
    /// It could not be read from disk.
    #[error("{}: {source}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A compressed score is no such archive.
    #[error("{}: expected a compressed score (mxl): {source}", file.display())]
    Archive {
        /// The file.
        file: PathBuf,
        /// What the reader said.
        source: zip::result::ZipError,
    },
    /// It is no XML; the message has line and column.
    #[error("{}: {source}", file.display())]
    Xml {
        /// The file.
        file: PathBuf,
        /// What the parser said.
        source: roxmltree::Error,
    },
    /// An element is not what MusicXML asks for.
    #[error("{}:{line}: expected {expected}", file.display())]
    Element {
        /// The file.
        file: PathBuf,
        /// The line of the element, from 1.
        line: u32,
        /// What was expected.
        expected: &'static str,
    },
}

/// A score, its repeats played out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MusicXml {
    /// The parts, in the order of the score.
    pub parts: Vec<WrittenPart>,
    /// The bars, in the order in which they are played.
    pub bars: Vec<Bar>,
    /// Chord symbols and where they start, in quarter notes; each holds until the next.
    pub symbols: Vec<(f64, Symbol)>,
    /// Tempo marks: where, in quarter notes, and quarter notes a minute.
    pub tempi: Vec<(f64, f64)>,
}

/// A part.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WrittenPart {
    /// Its name in the score, which may be empty.
    pub name: String,
    /// Whether its notes have lyrics: somebody sings.
    pub sung: bool,
    /// The notes, in order of their starts.
    pub notes: Vec<WrittenNote>,
}

/// A note as it is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WrittenNote {
    /// Start in quarter notes from the start of the score.
    pub start: f64,
    /// Length in quarter notes, more than 0.
    pub length: f64,
    /// MIDI key as it sounds.
    pub key: u8,
    /// MIDI velocity by the dynamics in force.
    pub velocity: u8,
}

/// A bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// Start in quarter notes from the start of the score.
    pub start: f64,
    /// Length in quarter notes: shorter than the metre says for pickups and the two halves of a divided bar.
    pub length: f64,
    /// The time signature, such as (6, 8).
    pub metre: (u8, u8),
    /// The key signature: number of sharps, negative for flats.
    pub sharps: i8,
}

/// What a chord symbol says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symbol {
    /// A chord.
    Chord(Chord),
    /// That there is no chord.
    NoChord,
    /// Something that [`Chord`] does not know.
    Unknown,
}

impl MusicXml {
    /// Reads a file.
    ///
    /// # Errors
    /// [`MusicXmlError`] for a file that is missing, no MusicXML, or not partwise.
    pub fn read(file: &Path) -> Result<Self, MusicXmlError> {
        let bytes = std::fs::read(file).map_err(|source| MusicXmlError::Read { file: file.to_owned(), source })?;
        let compressed = file.extension().is_some_and(|kind| kind.eq_ignore_ascii_case("mxl"));
        let bytes = if compressed { unpacked(bytes, file)? } else { bytes };
        Self::parse(&String::from_utf8_lossy(&bytes), file)
    }

    /// Reads the text of an uncompressed score; `file` is its name in errors.
    ///
    /// # Errors
    /// [`MusicXmlError`] for text that is no partwise MusicXML.
    pub fn parse(text: &str, file: &Path) -> Result<Self, MusicXmlError> {
        let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
        let document = Document::parse_with_options(text, options)
            .map_err(|source| MusicXmlError::Xml { file: file.to_owned(), source })?;
        let root = document.root_element();
        let refused = |node: Node<'_, '_>, expected| MusicXmlError::Element {
            file: file.to_owned(),
            line: document.text_pos_at(node.range().start).row,
            expected,
        };
        if !root.has_tag_name("score-partwise") {
            return Err(refused(root, "a partwise score (score-partwise)"));
        }
        let mut parts = Vec::new();
        for part in root.children().filter(|node| node.has_tag_name("part")) {
            let mut state = State::default();
            let measures = part.children().filter(|node| node.has_tag_name("measure"));
            let measures: Result<Vec<Measure>, _> = measures.map(|node| measure::read(node, &mut state)).collect();
            let measures = measures.map_err(|fault| refused(fault.node, fault.expected))?;
            parts.push((name_of(root, part), measures));
        }
        Ok(played_out(&parts))
    }
}

/// The score in a compressed one.
fn unpacked(bytes: Vec<u8>, file: &Path) -> Result<Vec<u8>, MusicXmlError> {
    let broken = |source| MusicXmlError::Archive { file: file.to_owned(), source };
    let unread = |source| MusicXmlError::Read { file: file.to_owned(), source };
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    let mut container = String::new();
    archive.by_name("META-INF/container.xml").map_err(broken)?.read_to_string(&mut container).map_err(unread)?;
    let is_score = |name: &str| !name.starts_with("META-INF/") && name.ends_with(".xml");
    let first_score = || archive.file_names().filter_map(Result::ok).find(|name| is_score(name));
    let named = named_score(&container).or_else(|| first_score().map(Cow::into_owned));
    let missing = MusicXmlError::Element { file: file.to_owned(), line: 1, expected: "a container with a full-path" };
    let mut score = Vec::new();
    archive.by_name(&named.ok_or(missing)?).map_err(broken)?.read_to_end(&mut score).map_err(unread)?;
    Ok(score)
}

/// The file that a container names first; `None` for a broken one, as programs write them where a title has an
/// apostrophe.
fn named_score(container: &str) -> Option<String> {
    let document = Document::parse(container).ok()?;
    document.descendants().find_map(|node| node.attribute("full-path")).map(str::to_owned)
}

fn name_of(root: Node<'_, '_>, part: Node<'_, '_>) -> String {
    let listed = root.descendants().find(|node| {
        node.has_tag_name("score-part")
            && node.attribute("id").is_some()
            && node.attribute("id") == part.attribute("id")
    });
    let name = listed.and_then(|node| node.children().find(|child| child.has_tag_name("part-name")));
    name.and_then(|name| name.text()).unwrap_or_default().trim().to_owned()
}

/// Puts the measures one after another in the order in which they are played.
fn played_out(parts: &[(String, Vec<Measure>)]) -> MusicXml {
    let count = parts.iter().map(|(_, measures)| measures.len()).max().unwrap_or(0);
    let at = |index: usize| parts.iter().filter_map(move |(_, measures)| measures.get(index));
    let marks: Vec<_> =
        (0..count).map(|index| repeats::Marks::united(at(index).map(|measure| &measure.marks))).collect();
    let mut score = MusicXml {
        parts: parts
            .iter()
            .map(|(name, measures)| WrittenPart {
                name: name.clone(),
                sung: measures.iter().any(|measure| measure.sung),
                notes: Vec::new(),
            })
            .collect(),
        ..MusicXml::default()
    };
    let mut start = 0.0;
    let mut ties: Vec<Vec<WrittenTie>> = vec![Vec::new(); parts.len()];
    for index in repeats::play_order(&marks) {
        let length = at(index).map(|measure| measure.length).fold(0.0, f64::max);
        let Some(first) = at(index).next() else { continue };
        score.bars.push(Bar { start, length, metre: first.metre, sharps: first.sharps });
        for measure in at(index) {
            score.symbols.extend(measure.symbols.iter().map(|(quarter, symbol)| (start + quarter, *symbol)));
            score.tempi.extend(measure.tempi.iter().map(|(quarter, tempo)| (start + quarter, *tempo)));
        }
        for (notes, (_, measures)) in ties.iter_mut().zip(parts) {
            let moved = measures.get(index).into_iter().flat_map(|measure| &measure.notes);
            notes.extend(moved.map(|tie| tie.later(start)));
        }
        start += length;
    }
    for (part, notes) in score.parts.iter_mut().zip(ties) {
        part.notes = joined(notes);
    }
    score.symbols.sort_by(|a, b| a.0.total_cmp(&b.0));
    score.tempi.sort_by(|a, b| a.0.total_cmp(&b.0));
    score
}

/// Joins tied notes; a tie whose ends do not meet (at the seam of a repeat) leaves two notes.
fn joined(mut notes: Vec<WrittenTie>) -> Vec<WrittenNote> {
    notes.sort_by(|a, b| a.note.start.total_cmp(&b.note.start));
    let mut whole: Vec<WrittenNote> = Vec::with_capacity(notes.len());
    let mut open: Vec<usize> = Vec::new();
    for tie in notes {
        open.retain(|index| whole[*index].start + whole[*index].length > tie.note.start - TIE_TOLERANCE_QUARTERS);
        let meets = |index: &usize| {
            let held = &whole[*index];
            held.key == tie.note.key && (held.start + held.length - tie.note.start).abs() < TIE_TOLERANCE_QUARTERS
        };
        let held = if tie.continues { open.iter().position(meets) } else { None };
        let index = match held {
            Some(position) => {
                let index = open.swap_remove(position);
                whole[index].length += tie.note.length;
                index
            }
            None => {
                whole.push(tie.note);
                whole.len() - 1
            }
        };
        if tie.goes_on {
            open.push(index);
        }
    }
    whole
}

#[cfg(test)]
mod tests;
