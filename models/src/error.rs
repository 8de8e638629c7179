//! Why a weights file was refused.

use std::path::PathBuf;

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
