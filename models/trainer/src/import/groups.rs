//! Which recordings stay together when they are divided into those to fit on and those to validate on.
//!
//! ```text
//! line = recording separator group      separator: a tab or a comma; # starts a comment line
//! ```
//! A recording is named by its path below the imported folder or by its file name, with or without its extension.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::problem::{Place, Problem};

/// Groups by recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups {
    of: BTreeMap<String, String>,
}

impl Groups {
    /// Reads a file of groups.
    ///
    /// # Errors
    /// [`Problem`] with the line that has no group or names a recording twice.
    pub fn read(file: &Path) -> Result<Self, Problem> {
        let contents = fs::read_to_string(file).map_err(|source| Problem::Read { file: file.to_owned(), source })?;
        let mut groups = Self::default();
        for (index, line) in contents.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let refused =
                |expected| Problem::Contents { place: Place::line(file, index + 1), expected, actual: line.to_owned() };
            let (recording, group) = line
                .split_once('\t')
                .or_else(|| line.rsplit_once(','))
                .ok_or_else(|| refused("a recording, a tab or a comma, and its group"))?;
            let known = groups.of.insert(recording.trim().to_owned(), group.trim().to_owned());
            if known.is_some_and(|known| known != group.trim()) {
                return Err(refused("one group for each recording"));
            }
        }
        Ok(groups)
    }

    /// The group of a recording, by its path below the imported folder; its own name where it has none.
    pub fn of(&self, recording: &Path) -> String {
        let stem: PathBuf = recording.with_extension("");
        let names = [Some(recording.as_os_str()), Some(stem.as_os_str()), recording.file_name(), stem.file_name()];
        let group = names.into_iter().flatten().find_map(|name| self.of.get(&*name.to_string_lossy()));
        group.cloned().unwrap_or_else(|| stem.to_string_lossy().into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_are_found_under_any_of_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("groups.txt");
        fs::write(&file, "# artists\na/x.wav\tone\ny, two\n").unwrap();
        let groups = Groups::read(&file).unwrap();
        assert_eq!(groups.of(Path::new("a/x.wav")), "one");
        assert_eq!(groups.of(Path::new("b/y.flac")), "two");
        assert_eq!(groups.of(Path::new("b/z.flac")), "b/z");
    }

    #[test]
    fn lines_without_a_group_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("groups.txt");
        fs::write(&file, "x\tone\ny\n").unwrap();
        let message = Groups::read(&file).unwrap_err().to_string();
        assert!(message.ends_with("groups.txt:2: expected a recording, a tab or a comma, and its group, found `y`"));
    }
}
