//! Results on disk, whole or not at all.
//!
//! Every result is written to a temporary file in its final folder. Once all of a recording's results are written they
//! are renamed, so that neither a full disk nor a bug leaves half a file under a result's name.

use std::{
    ffi::OsString,
    fs, io,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use attacca_decode::printable::Printable;
use tempfile::NamedTempFile;

use crate::{
    analysis::Analysis,
    formats::{Document, Format},
};

/// Why results could not be written.
#[derive(Debug, thiserror::Error)]
#[error("results cannot be written to {}: {reason}", Printable(path))]
pub struct OutputError {
    path: PathBuf,
    reason: io::Error,
}

/// Writes an analysis in all formats; `stem` is the results' path without suffix. Returns the files.
///
/// # Errors
/// When a file cannot be written; no file of this analysis has been touched then, unless a rename failed.
pub fn write(analysis: &Analysis, formats: &[Format], stem: &Path) -> Result<Vec<PathBuf>, OutputError> {
    let folder = match stem.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder).map_err(|reason| OutputError { path: folder.to_path_buf(), reason })?;
    let mut finished = Vec::new();
    for document in formats.iter().flat_map(|format| format.documents(analysis)) {
        let path = with_suffix(stem, document.suffix);
        let file = write_temporary(analysis, &document, folder)
            .map_err(|reason| OutputError { path: path.clone(), reason })?;
        finished.push((file, path));
    }
    finished
        .into_iter()
        .map(|(file, path)| match file.persist(&path) {
            Ok(_) => Ok(path),
            Err(error) => Err(OutputError { path, reason: error.error }),
        })
        .collect()
}

fn write_temporary(analysis: &Analysis, document: &Document, folder: &Path) -> io::Result<NamedTempFile> {
    let mut file = new_temporary(folder)?;
    let mut writer = BufWriter::new(file.as_file_mut());
    (document.write)(analysis, Some(folder), &mut writer)?;
    writer.flush()?;
    drop(writer);
    Ok(file)
}

/// A temporary file that becomes a result: as readable to others as any new file, unlike other temporary files.
fn new_temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".attacca-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// Appends a suffix to a path, whatever dots it has.
fn with_suffix(stem: &Path, suffix: &str) -> PathBuf {
    let mut path = OsString::from(stem);
    path.push(".");
    path.push(suffix);
    path.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::example;
    use clap::ValueEnum;

    #[test]
    fn a_failure_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let stem = folder.path().join("song");
        let broken = Document {
            suffix: "broken",
            write: |_, _, writer| {
                writer.write_all(b"half")?;
                Err(io::Error::other("disk full"))
            },
        };
        let error = write_temporary(&example::analysis(), &broken, folder.path()).unwrap_err();
        assert_eq!(error.to_string(), "disk full");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);

        fs::create_dir(folder.path().join("song.json")).unwrap();
        assert!(write(&example::analysis(), &[Format::Json], &stem).is_err());
        let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["song.json"]);
    }

    #[test]
    fn every_format_arrives_under_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let stem = folder.path().join("new").join("take.2");
        let files = write(&example::analysis(), Format::value_variants(), &stem).unwrap();
        assert!(files.iter().all(|file| file.is_file()));
        assert_eq!(fs::read_dir(folder.path().join("new")).unwrap().count(), files.len());
        assert!(files.contains(&folder.path().join("new/take.2.jams")));
    }

    #[cfg(unix)]
    #[test]
    fn others_may_read_results_as_any_new_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let plain = folder.path().join("plain");
        fs::write(&plain, "").unwrap();
        let files = write(&example::analysis(), &[Format::Json], &folder.path().join("song")).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&files[0]), mode(&plain));
    }
}
