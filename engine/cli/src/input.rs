//! Which recordings to analyse, and what each one's results are called.

use std::{
    collections::{HashMap, HashSet},
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use attacca_decode::{EXTENSIONS, Source, is_audio_name, printable::Printable};

/// Stem of the results of what came through the standard input.
const STDIN_STEM: &str = "stdin";

/// A recording to analyse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Where it comes from.
    pub source: Source,
    /// Path of its results, relative to the folder for them and without a suffix.
    pub output_stem: PathBuf,
}

/// Everything that the command line asks for.
#[derive(Debug, Default)]
pub struct Inputs {
    /// The recordings, in the order of the command line; those of a folder sorted by name.
    pub recordings: Vec<Input>,
    /// Folders that hold nothing to analyse or cannot be read.
    pub failures: Vec<FolderError>,
}

/// A folder on the command line that gives nothing to analyse.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// No recording in it.
    #[error("{}: expected recordings in this folder ({}), found none", Printable(.0), EXTENSIONS.join(", "))]
    Empty(PathBuf),
    /// Its contents cannot be listed.
    #[error("{}: this folder cannot be read: {reason}", Printable(folder))]
    Unreadable {
        /// The folder, or one below it.
        folder: PathBuf,
        /// Why.
        reason: io::Error,
    },
}

/// Two recordings whose results would overwrite each other.
#[derive(Debug, thiserror::Error)]
#[error(
    "{first} and {second} would both write {}.*: analyse them in two runs with different --out folders, \
     or name a folder above both",
    Printable(stem)
)]
pub struct NameClash {
    first: String,
    second: String,
    stem: PathBuf,
}

/// Lists the recordings behind the arguments: files as they are, folders with all recordings below them, `-` as the
/// standard input. A file that is named twice is taken once.
pub fn collect(arguments: &[PathBuf]) -> Inputs {
    let mut inputs = Inputs::default();
    let mut seen = HashSet::new();
    for argument in arguments {
        if argument.as_os_str() == "-" {
            if !inputs.recordings.iter().any(|input| input.source == Source::Stdin) {
                inputs.recordings.push(Input { source: Source::Stdin, output_stem: STDIN_STEM.into() });
            }
        } else if argument.is_dir() {
            let mut found = Vec::new();
            match walk(argument, &mut found) {
                Err(error) => inputs.failures.push(error),
                Ok(()) if found.is_empty() => inputs.failures.push(FolderError::Empty(argument.clone())),
                Ok(()) => {}
            }
            for path in found {
                let place = path.strip_prefix(argument).unwrap_or(&path).to_path_buf();
                add_file(&mut inputs.recordings, &mut seen, path, &place);
            }
        } else {
            let place = PathBuf::from(argument.file_name().unwrap_or(argument.as_os_str()));
            add_file(&mut inputs.recordings, &mut seen, argument.clone(), &place);
        }
    }
    inputs
}

fn add_file(recordings: &mut Vec<Input>, seen: &mut HashSet<PathBuf>, path: PathBuf, place: &Path) {
    let identity = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
    if seen.insert(identity) {
        let output_stem = match place.file_stem() {
            Some(stem) => place.with_file_name(stem),
            None => place.to_path_buf(),
        };
        recordings.push(Input { source: Source::File(path), output_stem });
    }
}

/// Recordings below a folder, sorted. Hidden entries are left out, links to folders are not followed.
fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), FolderError> {
    let at = |reason| FolderError::Unreadable { folder: folder.to_path_buf(), reason };
    let mut entries = fs::read_dir(folder).map_err(at)?.collect::<io::Result<Vec<_>>>().map_err(at)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let path = entry.path();
        if entry.file_type().map_err(at)?.is_dir() {
            walk(&path, found)?;
        } else if is_audio_name(&path) && path.is_file() {
            found.push(path);
        }
    }
    Ok(())
}

/// Gives every recording an output stem of its own: those that share one keep their extension. Stems that differ in
/// case alone count as equal, for some file systems think so.
///
/// # Errors
/// [`NameClash`] when two recordings share a stem even with their extensions kept.
pub fn tell_apart(recordings: &mut [Input]) -> Result<(), NameClash> {
    let mut uses: HashMap<OsString, usize> = HashMap::new();
    for input in recordings.iter() {
        *uses.entry(stem_key(input)).or_default() += 1;
    }
    for input in recordings.iter_mut() {
        if uses[&stem_key(input)] > 1
            && let Source::File(path) = &input.source
            && let Some(name) = path.file_name()
        {
            input.output_stem.set_file_name(name);
        }
    }
    let mut owners: HashMap<OsString, &Input> = HashMap::new();
    for input in recordings.iter() {
        if let Some(other) = owners.insert(stem_key(input), input) {
            return Err(NameClash {
                first: other.source.label(),
                second: input.source.label(),
                stem: input.output_stem.clone(),
            });
        }
    }
    Ok(())
}

fn stem_key(input: &Input) -> OsString {
    input.output_stem.as_os_str().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stems(arguments: &[PathBuf]) -> Vec<String> {
        let mut inputs = collect(arguments);
        assert!(inputs.failures.is_empty());
        tell_apart(&mut inputs.recordings).unwrap();
        inputs.recordings.iter().map(|input| input.output_stem.to_str().unwrap().to_string()).collect()
    }

    #[test]
    fn a_stem_keeps_every_dot_but_the_last() {
        let stems = stems(&["music/take.2.final.wav".into(), "-".into(), "noextension".into()]);
        assert_eq!(stems, ["take.2.final", "stdin", "noextension"]);
    }

    #[test]
    fn the_same_stem_keeps_the_extension() {
        let stems = stems(&["a/song.wav".into(), "a/Song.flac".into(), "a/other.wav".into()]);
        assert_eq!(stems, ["song.wav", "Song.flac", "other"]);
    }

    #[test]
    fn the_same_name_in_two_folders_is_refused() {
        let mut inputs = collect(&["a/song.wav".into(), "b/song.wav".into()]);
        let message = tell_apart(&mut inputs.recordings).unwrap_err().to_string();
        assert!(message.contains("a/song.wav and b/song.wav would both write song.wav.*"), "{message}");
    }

    #[test]
    fn a_folder_gives_its_recordings_and_keeps_their_places() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b/1.WAV", "a/1.flac", "a/cover.jpg", "a/._1.flac", "top.mp3"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"").unwrap();
        }
        assert_eq!(stems(&[folder.path().into(), folder.path().join("top.mp3")]), ["a/1", "b/1", "top"]);
    }

    #[test]
    fn a_folder_without_recordings_is_a_failure() {
        let folder = tempfile::tempdir().unwrap();
        let inputs = collect(&[folder.path().into()]);
        assert!(inputs.recordings.is_empty());
        assert!(matches!(inputs.failures[..], [FolderError::Empty(_)]));
    }
}
