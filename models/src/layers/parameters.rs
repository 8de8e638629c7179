//! The tensors of one layer, found by its path.

use std::{collections::BTreeMap, path::Path};

use crate::{error::WeightsError, weights::Tensor};

/// The tensors of a file, seen from one layer.
#[derive(Clone, Copy)]
pub(super) struct Parameters<'a> {
    pub(super) file: &'a Path,
    pub(super) tensors: &'a BTreeMap<String, Tensor>,
    pub(super) path: &'a str,
}

impl<'a> Parameters<'a> {
    /// The values of a tensor of this layer.
    pub(super) fn values(&self, name: &str) -> Result<&'a [f32], WeightsError> {
        let name = format!("{}.{name}", self.path);
        match self.tensors.get(&name) {
            Some(tensor) => Ok(&tensor.values),
            None => Err(WeightsError::new(self.file, name, "a tensor", "none")),
        }
    }
}
