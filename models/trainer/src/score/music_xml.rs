//! MusicXML scores (W3C MusicXML 4.0, partwise), plain (`.musicxml`, `.xml`) or compressed (`.mxl`), read into lines of
//! notes in quarter notes.
//!
//! Read are pitches, durations, ties, chords and voices, tempo marks, dynamics of playback, metres, key signatures,
//! transposition, chord symbols, whether a part has lyrics, and repeats with their endings, which are played out.
//! Left out are grace and cue notes, unpitched notes, ornaments, and jumps by sign (da capo, dal segno, coda): such a
//! score is read straight through.

mod measure;
mod symbol;

use std::{
    borrow::Cow,
    io::{Cursor, Read},
    path::{Path, PathBuf},
};

use roxmltree::{Document, Node, ParsingOptions};

use self::measure::State;
use super::written::{Measure, WrittenScore, played_out};

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

/// Reads a file.
///
/// # Errors
/// [`MusicXmlError`] for a file that is missing, no MusicXML, or not partwise.
pub fn read(file: &Path) -> Result<WrittenScore, MusicXmlError> {
    let bytes = std::fs::read(file).map_err(|source| MusicXmlError::Read { file: file.to_owned(), source })?;
    let compressed = file.extension().is_some_and(|kind| kind.eq_ignore_ascii_case("mxl"));
    let bytes = if compressed { unpacked(bytes, file)? } else { bytes };
    parse(&String::from_utf8_lossy(&bytes), file)
}

/// Reads the text of an uncompressed score; `file` is its name in errors.
///
/// # Errors
/// [`MusicXmlError`] for text that is no partwise MusicXML.
pub fn parse(text: &str, file: &Path) -> Result<WrittenScore, MusicXmlError> {
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

#[cfg(test)]
mod tests;
