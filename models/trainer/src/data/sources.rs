//! Where music comes from. Each source turns one of its pieces into a [`Score`] of the wanted length.

pub mod abc;
pub mod generated;
pub mod groove;
pub mod lead_sheets;
pub mod mma;
pub mod no_music;
pub mod pop909;
pub mod songs;
pub mod tunes;

mod band;
mod written;

use std::path::{Path, PathBuf};

use attacca_models::description::DataSource;

use super::{
    dataset::Split,
    recipe::{Music, Recipe},
};
use crate::{
    compose::Random,
    score::{Score, abc::AbcError, midi_file::MidiError, music_xml::MusicXmlError},
};

/// Why a source gives no music.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Its material is not there.
    #[error("{name}: expected {expected} in {}. {remedy}", folder.display())]
    Missing {
        /// The source.
        name: &'static str,
        /// What was looked for.
        expected: &'static str,
        /// Where it was looked for.
        folder: PathBuf,
        /// Where a stranger gets it.
        remedy: &'static str,
    },
    /// A file could not be read.
    #[error("{}: {source}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line of a text file could not be read.
    #[error("{}:{line}: expected {expected}", file.display())]
    Line {
        /// The file.
        file: PathBuf,
        /// The line's number, from 1.
        line: usize,
        /// What was expected.
        expected: &'static str,
    },
    /// A MIDI file was refused.
    #[error(transparent)]
    Midi(#[from] MidiError),
    /// A MusicXML score was refused.
    #[error(transparent)]
    MusicXml(#[from] MusicXmlError),
    /// A tune in ABC notation was refused.
    #[error(transparent)]
    Abc(#[from] AbcError),
    /// An external program failed.
    #[error("{program}: {reason}")]
    Program {
        /// The program.
        program: &'static str,
        /// What went wrong.
        reason: String,
    },
    /// A speaker's clips are not there.
    #[error("{}: expected recordings of speech. Get them from: {source_name}", folder.display())]
    Speech {
        /// Where they were looked for.
        folder: PathBuf,
        /// Where a stranger gets them.
        source_name: String,
    },
    /// All speakers are on one side.
    #[error("speaker: expected groups on both sides of the split, found none for {split:?}; change the seed")]
    Side {
        /// The side without a speaker.
        split: Split,
    },
    /// The piece does not pass its source's checks.
    #[error("{piece}: {reason}")]
    Unfit {
        /// The piece.
        piece: String,
        /// Which check.
        reason: &'static str,
    },
}

impl SourceError {
    /// Whether another piece of the source may do: this one is unfit, or its file is broken.
    pub fn is_of_one_piece(&self) -> bool {
        matches!(self, Self::Unfit { .. } | Self::Midi(_) | Self::MusicXml(_) | Self::Abc(_))
    }
}

/// A piece of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its name within the source.
    pub name: String,
    /// What must not be torn apart between training and validation: pieces with the same group go together.
    pub group: String,
}

/// A source of music.
pub trait Source: Send + Sync {
    /// What it is, where a stranger gets it, and its licence.
    fn provenance(&self) -> Vec<DataSource>;

    /// Its pieces, in a fixed order; `None` if it has as many as are asked for.
    fn pieces(&self) -> Option<&[Piece]>;

    /// Draws an excerpt of `seconds` seconds from a piece. `split` says which side the excerpt is for.
    ///
    /// # Errors
    /// [`SourceError`]; where it [is of one piece](SourceError::is_of_one_piece), the caller takes another.
    fn excerpt(&self, piece: &Piece, seconds: f64, split: Split, random: &mut Random) -> Result<Score, SourceError>;

    /// Draws `seconds` seconds of what sounds in place of music, for a side of the split; `None` from a source of music.
    fn sound(&self, _seconds: f64, _split: Split, _random: &mut Random) -> Option<Vec<f32>> {
        None
    }

    /// Probability that a part keeps the program it was written for.
    fn keeps_programs(&self) -> f64 {
        0.0
    }
}

/// Opens the sources of a recipe, whose material lies in sub-folders of `folder`.
///
/// # Errors
/// [`SourceError::Missing`] says where a stranger gets what is not there.
pub fn open(recipe: &Recipe, folder: &Path) -> Result<Vec<Box<dyn Source>>, SourceError> {
    recipe
        .sources
        .iter()
        .map(|choice| -> Result<Box<dyn Source>, SourceError> {
            Ok(match choice.music {
                Music::Pop909 { drums, tempo_factor } => {
                    Box::new(pop909::Pop909::open(folder, drums, tempo_factor, recipe)?)
                }
                Music::Groove { band, tempo_factor } => Box::new(groove::Groove::open(folder, band, tempo_factor)?),
                Music::Mma { melody } => Box::new(mma::Mma::open(melody)?),
                Music::LeadSheets { drums, free_tempo } => {
                    Box::new(lead_sheets::LeadSheets::open(folder, drums, free_tempo)?)
                }
                Music::Songs { free_tempo } => Box::new(songs::Songs::open(folder, free_tempo)?),
                Music::Tunes { tempo_factor, ref source, ref licence } => {
                    let (source, licence) = (source.clone(), licence.clone());
                    let provenance = DataSource { name: "MIDI tunes".to_owned(), source, licence };
                    Box::new(tunes::Tunes::open(folder, tempo_factor, provenance)?)
                }
                Music::Abc { drums, free_tempo, ref source, ref licence } => {
                    let (source, licence) = (source.clone(), licence.clone());
                    let provenance = DataSource { name: "ABC tunes".to_owned(), source, licence };
                    Box::new(abc::Abc::open(folder, drums, free_tempo, provenance)?)
                }
                Music::NoMusic { speech, ref speakers } => {
                    Box::new(no_music::NoMusic::open(folder, speech, speakers, recipe)?)
                }
                Music::Generated { drums, free_tempo, ref styles } => {
                    Box::new(generated::Generated { drums, free_tempo, styles: styles.clone() })
                }
            })
        })
        .collect()
}

/// Files and folders in a folder, in order of their names.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, SourceError> {
    let failed = |source| SourceError::Read { file: folder.to_owned(), source };
    let mut paths = std::fs::read_dir(folder)
        .map_err(failed)?
        .map(|entry| Ok(entry.map_err(failed)?.path()))
        .collect::<Result<Vec<_>, SourceError>>()?;
    paths.sort();
    Ok(paths)
}

/// Files with an extension below a folder, by their names within it and in order of them; none where the folder is not
/// there.
fn files_below(folder: &Path, extension: &str) -> Result<Vec<String>, SourceError> {
    let mut names = Vec::new();
    let mut open = if folder.is_dir() { vec![folder.to_owned()] } else { Vec::new() };
    while let Some(inner) = open.pop() {
        for path in entries(&inner)? {
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|kind| kind.eq_ignore_ascii_case(extension)) {
                names.push(path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned());
            }
        }
    }
    names.sort();
    Ok(names)
}
