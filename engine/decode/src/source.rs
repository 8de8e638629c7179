//! Where a recording comes from.

use std::path::{Path, PathBuf};

use crate::printable::Printable;

/// Extensions of the files that are taken for recordings in a folder. A file that is named itself may have any.
pub const EXTENSIONS: [&str; 12] =
    ["wav", "wave", "aif", "aiff", "aifc", "flac", "ogg", "oga", "mp3", "m4a", "m4b", "aac"];

/// Where a recording comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// The standard input.
    Stdin,
}

impl Source {
    /// The name for messages.
    pub fn label(&self) -> String {
        match self {
            Self::File(path) => Printable(path).to_string(),
            Self::Stdin => "standard input".into(),
        }
    }
}

/// Whether a file's name is that of a recording: its extension is one of [`EXTENSIONS`], in whatever case.
pub fn is_audio_name(path: &Path) -> bool {
    path.extension().is_some_and(|extension| EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}
