//! Recipe files: TOML that is read whole and refused with the file, the field, what was expected and what was found.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use attacca_models::WeightsError;
use serde::de::DeserializeOwned;

/// Why a recipe was refused.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// It could not be read.
    #[error("{}: {source}", file.display())]
    Read {
        /// The recipe.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is no recipe; the message has line and column.
    #[error("{}: {source}", file.display())]
    Parse {
        /// The recipe.
        file: PathBuf,
        /// What the reader said.
        source: Box<toml::de::Error>,
    },
    /// The layers of a model do not fit each other.
    #[error(transparent)]
    Layers(#[from] WeightsError),
    /// A value is out of range.
    #[error("{}: {field}: expected {expected}, found {actual}", file.display())]
    Value {
        /// The recipe.
        file: PathBuf,
        /// The field at fault.
        field: &'static str,
        /// What was expected.
        expected: String,
        /// What was found.
        actual: String,
    },
}

/// The text of a recipe.
pub(crate) fn read(file: &Path) -> Result<String, RecipeError> {
    fs::read_to_string(file).map_err(|source| RecipeError::Read { file: file.to_owned(), source })
}

/// A recipe's values, not yet checked; `file` is its name in errors.
pub(crate) fn parse<T: DeserializeOwned>(text: &str, file: &Path) -> Result<T, RecipeError> {
    toml::from_str(text).map_err(|source| RecipeError::Parse { file: file.to_owned(), source: Box::new(source) })
}
