//! Why a weights file was refused.

use std::{
    fmt::Display,
    path::{Path, PathBuf},
};

/// Why a weights file was refused. Every message names the file, the field, what was expected and what was found.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}: {field}: expected {expected}, found {actual}", file.display())]
pub struct WeightsError {
    /// The file, or a name for bytes that come from elsewhere.
    pub file: PathBuf,
    /// The field or tensor at fault.
    pub field: String,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub actual: String,
}

impl WeightsError {
    /// An error about one field of a file.
    pub fn new(file: &Path, field: impl Into<String>, expected: impl Display, actual: impl Display) -> Self {
        Self {
            file: file.to_path_buf(),
            field: field.into(),
            expected: expected.to_string(),
            actual: actual.to_string(),
        }
    }
}
