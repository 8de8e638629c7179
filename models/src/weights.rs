//! The weights file: a description and its tensors.
//!
//! The container is [safetensors](https://github.com/huggingface/safetensors) with tensors of `f32`; the description
//! stands as JSON in its metadata under [`METADATA_KEY`], with a content hash beside its fields (a file without one is
//! read all the same). A [`WeightsFile`] has passed every check of this module, so that whatever is built from one fits
//! together. Main thread only.

mod check;
mod codec;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use crate::{description::NetworkDescription, error::WeightsError};

/// The key of the safetensors metadata under which the description stands.
pub const METADATA_KEY: &str = "attacca";

/// The largest file that is read, in bytes.
pub const MAXIMUM_FILE_BYTES: usize = 64 << 20;

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
    /// Checks a description and its tensors against each other; `name` stands for the file in errors.
    ///
    /// # Errors
    /// [`WeightsError`] names the first field that does not fit.
    pub fn new(
        name: &Path,
        description: NetworkDescription,
        tensors: BTreeMap<String, Tensor>,
    ) -> Result<Self, WeightsError> {
        let layout = check::description(name, &description)?;
        check::tensors(name, &layout, &tensors)?;
        Ok(Self { description, tensors })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read or is refused.
    pub fn read(path: &Path) -> Result<Self, WeightsError> {
        let unreadable = |error| WeightsError::new(path, "file", "a readable file", error);
        let file = fs::File::open(path).map_err(unreadable)?;
        let mut bytes = Vec::new();
        // The limit is on what is read, not on what the file system says: a pipe or a growing file has no length.
        file.take(MAXIMUM_FILE_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        Self::from_bytes(path, &bytes)
    }

    /// Reads the bytes of a file; `name` stands for the file in errors.
    ///
    /// # Errors
    /// When it is refused.
    pub fn from_bytes(name: &Path, bytes: &[u8]) -> Result<Self, WeightsError> {
        let codec::Decoded { description, tensors, content_hash } = codec::decode(name, bytes)?;
        let file = Self::new(name, description, tensors)?;
        if let Some(expected) = content_hash {
            let actual = file.content_hash();
            if actual != expected {
                return Err(WeightsError::new(name, "content_hash", expected, actual));
            }
        }
        Ok(file)
    }

    /// Writes a file: to a temporary name in the same folder first, then renamed, so that no reader ever sees half of
    /// it and a failure leaves an older file as it was.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), WeightsError> {
        let bytes = self.to_bytes(path)?;
        let temporary = temporary_name(path)?;
        let written = fs::File::create(&temporary).and_then(|mut file| {
            file.write_all(&bytes)?;
            file.sync_all()?;
            fs::rename(&temporary, path)
        });
        written.map_err(|error| {
            // Nothing more can be done for the reader of the message if the leftover cannot be removed either.
            let _ = fs::remove_file(&temporary);
            WeightsError::new(path, "file", "a writable file", error)
        })
    }

    /// The bytes of a file, the same for the same content; `name` is the file's in errors.
    ///
    /// # Errors
    /// When the description or a tensor cannot be written.
    pub fn to_bytes(&self, name: &Path) -> Result<Vec<u8>, WeightsError> {
        codec::encode(name, &self.description, &self.tensors, &self.content_hash())
    }

    /// The description.
    pub fn description(&self) -> &NetworkDescription {
        &self.description
    }

    /// The tensors by name.
    pub fn tensors(&self) -> &BTreeMap<String, Tensor> {
        &self.tensors
    }

    /// SHA-256 over description and tensors, in hexadecimal. It depends on their values alone, not on how a writer
    /// ordered or spaced the file.
    pub fn content_hash(&self) -> String {
        let mut hasher = Sha256::new();
        let description = codec::description_json(&self.description);
        hash_field(&mut hasher, description.as_bytes());
        for (name, tensor) in &self.tensors {
            hash_field(&mut hasher, name.as_bytes());
            hasher.update((tensor.shape.len() as u64).to_le_bytes());
            tensor.shape.iter().for_each(|&size| hasher.update((size as u64).to_le_bytes()));
            tensor.values.iter().for_each(|value| hasher.update(value.to_le_bytes()));
        }
        hasher.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// Hashes a field after its length, so that no two lists of fields run together into the same bytes.
fn hash_field(hasher: &mut Sha256, bytes: &[u8]) {
    hasher.update((bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

fn temporary_name(path: &Path) -> Result<PathBuf, WeightsError> {
    let name = path.file_name().ok_or_else(|| WeightsError::new(path, "file", "a file name", "none"))?;
    let mut temporary = std::ffi::OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}.part", std::process::id()));
    Ok(path.with_file_name(temporary))
}
