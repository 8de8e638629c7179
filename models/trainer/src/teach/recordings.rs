//! The recordings to be labelled, and where each comes from.
//!
//! Weights may only be fitted to music whose licence is known, so the folder holds a file `recordings.toml` which says so
//! for everything in it:
//!
//! ```toml
//! [[source]]
//! folder = "wesnoth"                       # "." for all that no other source names
//! name = "Music of Battle for Wesnoth"
//! source = "Debian package wesnoth-1.16-music"
//! licence = "GPL-2.0-or-later"
//! ```

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use attacca_decode::{EXTENSIONS, is_audio_name};
use attacca_models::description::DataSource;
use serde::Deserialize;

use crate::recipe_file::{self, RecipeError};

/// The file that says where the recordings come from.
pub const SOURCES_FILE: &str = "recordings.toml";

/// How deep folders are searched; links that lead in a circle end here.
const DEPTH: usize = 8;

/// Why the recordings could not be found.
#[derive(Debug, thiserror::Error)]
pub enum RecordingsError {
    /// A folder could not be read.
    #[error("{}: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What says where they come from was refused.
    #[error("{0}. It says where the recordings come from: a [[source]] with folder, name, source and licence for each")]
    Sources(#[from] RecipeError),
    /// A recording comes from nowhere.
    #[error("{}: expected a [[source]] of {SOURCES_FILE} to hold it, found none. Add one with its folder, or with folder = \".\"", path.display())]
    Unattributed {
        /// The recording.
        path: PathBuf,
    },
    /// A name cannot be passed on.
    #[error("{path:?}: expected a name in Unicode without tabs and line breaks. Rename it")]
    Name {
        /// The recording.
        path: PathBuf,
    },
    /// There are none.
    #[error("{}: expected recordings ({}), found none", folder.display(), EXTENSIONS.join(", "))]
    Empty {
        /// The folder.
        folder: PathBuf,
    },
}

/// A recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// Where it lies, links resolved.
    pub path: PathBuf,
    /// Its path within the folder, with `/` between folders.
    pub name: String,
    /// Index of its source.
    pub source: usize,
}

/// The recordings of a folder, in order of their names, and their sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recordings {
    /// The recordings.
    pub recordings: Vec<Recording>,
    /// The sources.
    pub sources: Vec<DataSource>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourcesFile {
    source: Vec<SourceOfFolder>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceOfFolder {
    folder: String,
    name: String,
    source: String,
    licence: String,
}

impl Recordings {
    /// Finds the recordings in a folder and below it.
    ///
    /// # Errors
    /// [`RecordingsError`] if there are none, or not all of them have a source.
    pub fn find(folder: &Path) -> Result<Self, RecordingsError> {
        let file = folder.join(SOURCES_FILE);
        let sources: SourcesFile = recipe_file::parse(&recipe_file::read(&file)?, &file)?;
        let mut paths = Vec::new();
        collect(folder, DEPTH, &mut paths)?;
        paths.sort();
        let recordings = paths.iter().map(|path| {
            let relative = path.strip_prefix(folder).unwrap_or(path);
            let parts: Option<Vec<&str>> = relative.iter().map(|part| part.to_str()).collect();
            let name = parts.ok_or_else(|| RecordingsError::Name { path: path.clone() })?.join("/");
            let holds = |source: &SourceOfFolder| {
                source.folder == "." || Path::new(&name).starts_with(source.folder.trim_end_matches('/'))
            };
            let holding = sources.source.iter().enumerate().filter(|(_, source)| holds(source));
            let (source, _) = holding
                .max_by_key(|(_, source)| source.folder.len())
                .ok_or_else(|| RecordingsError::Unattributed { path: path.clone() })?;
            let path =
                fs::canonicalize(path).map_err(|source| RecordingsError::Folder { path: path.clone(), source })?;
            let is_speakable = path.to_str().is_some_and(|path| !path.contains(['\t', '\n', '\r']));
            if is_speakable { Ok(Recording { path, name, source }) } else { Err(RecordingsError::Name { path }) }
        });
        let recordings: Vec<Recording> = recordings.collect::<Result<_, RecordingsError>>()?;
        if recordings.is_empty() {
            return Err(RecordingsError::Empty { folder: folder.to_owned() });
        }
        let sources = sources.source.into_iter();
        let sources = sources.map(|SourceOfFolder { name, source, licence, .. }| DataSource { name, source, licence });
        Ok(Self { recordings, sources: sources.collect() })
    }
}

impl Recording {
    /// A file that belongs to it, in a folder of such files.
    pub fn file_in(&self, folder: &Path, extension: &str) -> PathBuf {
        folder.join(format!("{}.{extension}", self.name))
    }
}

fn collect(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>) -> Result<(), RecordingsError> {
    let unreadable = |source| RecordingsError::Folder { path: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            if depth > 0 {
                collect(&path, depth - 1, paths)?;
            }
        } else if is_audio_name(&path) {
            paths.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(sources: &str, files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(SOURCES_FILE), sources).unwrap();
        for file in files {
            let file = folder.path().join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "").unwrap();
        }
        folder
    }

    fn source(folder: &str) -> String {
        format!("[[source]]\nfolder = \"{folder}\"\nname = \"{folder}\"\nsource = \"s\"\nlicence = \"MIT\"\n")
    }

    #[test]
    fn recordings_belong_to_the_narrowest_source() {
        let folder =
            folder(&(source(".") + &source("a") + &source("a/b")), &["a/b/z.ogg", "a/y.WAV", "x.mp3", "x.txt"]);
        let found = Recordings::find(folder.path()).unwrap();
        let named: Vec<(&str, &str)> = found
            .recordings
            .iter()
            .map(|recording| (&*recording.name, &*found.sources[recording.source].name))
            .collect();
        assert_eq!(named, [("a/b/z.ogg", "a/b"), ("a/y.WAV", "a"), ("x.mp3", ".")]);
    }

    #[test]
    fn what_has_no_source_is_refused() {
        let folder = folder(&source("a"), &["ab/z.ogg"]);
        assert!(matches!(Recordings::find(folder.path()), Err(RecordingsError::Unattributed { .. })));
    }

    #[test]
    fn without_a_list_of_sources_it_says_what_to_write() {
        let folder = tempfile::tempdir().unwrap();
        let message = Recordings::find(folder.path()).unwrap_err().to_string();
        assert!(message.contains("recordings.toml") && message.contains("licence"), "{message}");
    }

    #[test]
    fn a_folder_without_recordings_is_refused() {
        let folder = folder(&source("."), &["notes.txt"]);
        assert!(matches!(Recordings::find(folder.path()), Err(RecordingsError::Empty { .. })));
    }
}
