//! The weights file: a description and its tensors.

use std::{collections::BTreeMap, path::Path};

use crate::{description::NetworkDescription, error::WeightsError};

/// A tensor of `f32` in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Size of each axis.
    pub shape: Vec<usize>,
    /// The values.
    pub values: Vec<f32>,
}

/// A checked weights file: every tensor that the description asks for, and no other.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightsFile {
    description: NetworkDescription,
    tensors: BTreeMap<String, Tensor>,
}

impl WeightsFile {
    /// Checks a description and its tensors against each other.
    ///
    /// # Errors
    /// [`WeightsError`] names the first field that does not fit.
    pub fn new(
        _name: &Path,
        _description: NetworkDescription,
        _tensors: BTreeMap<String, Tensor>,
    ) -> Result<Self, WeightsError> {
        todo!("being written")
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read or is refused.
    pub fn read(_path: &Path) -> Result<Self, WeightsError> {
        todo!("being written")
    }

    /// Reads the bytes of a file; `name` stands for the file in errors.
    ///
    /// # Errors
    /// When it is refused.
    pub fn from_bytes(_name: &Path, _bytes: &[u8]) -> Result<Self, WeightsError> {
        todo!("being written")
    }

    /// Writes a file: to a temporary name first, then renamed.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, _path: &Path) -> Result<(), WeightsError> {
        todo!("being written")
    }

    /// The description.
    pub fn description(&self) -> &NetworkDescription {
        &self.description
    }

    /// The tensors by name.
    pub fn tensors(&self) -> &BTreeMap<String, Tensor> {
        &self.tensors
    }

    /// SHA-256 over description and tensors, in hexadecimal.
    pub fn content_hash(&self) -> String {
        todo!("being written")
    }
}
