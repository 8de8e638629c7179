//! Checkpoints: everything that the rest of a fit depends on, in one file that is there whole or not at all.

use std::{
    collections::{BTreeMap, HashMap},
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
};

use attacca_models::weights;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};

use super::{
    history::EpochRecord,
    optimiser::{Optimiser, from_tensors, to_tensors},
};
use crate::recipe::ModelRecipe;

/// The version of the layout that this module reads and writes.
const VERSION: u32 = 2;

/// The key of the file's metadata under which [`Progress`] stands.
const METADATA_KEY: &str = "attacca-checkpoint";

const PARAMETERS: &str = "parameters/";
const FIRST: &str = "first/";
const SECOND: &str = "second/";

/// Why a checkpoint could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file could not be read or written.
    #[error("{}: {source}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no checkpoint.
    #[error("{}: {field}: expected {expected}, found {actual}", file.display())]
    Contents {
        /// The file.
        file: PathBuf,
        /// The field at fault.
        field: &'static str,
        /// What was expected.
        expected: &'static str,
        /// What was found.
        actual: String,
    },
}

/// How far a fit has come. Random draws follow from the recipe's seed and the step, and need no state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Progress {
    pub(super) version: u32,
    /// The recipe that the fit was begun with.
    pub(super) recipe: ModelRecipe,
    /// Every epoch that was finished.
    pub(super) history: Vec<EpochRecord>,
}

/// A fit between two epochs.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Checkpoint {
    pub(super) progress: Progress,
    pub(super) parameters: BTreeMap<String, weights::Tensor>,
    pub(super) optimiser: Optimiser,
}

impl Checkpoint {
    pub(super) fn new(
        recipe: ModelRecipe,
        history: Vec<EpochRecord>,
        parameters: BTreeMap<String, weights::Tensor>,
        optimiser: Optimiser,
    ) -> Self {
        Self { progress: Progress { version: VERSION, recipe, history }, parameters, optimiser }
    }

    /// Writes the file under another name first, so that whenever the process ends there is a whole one.
    pub(super) fn write(&self, file: &Path) -> Result<(), CheckpointError> {
        let failed = |source| CheckpointError::File { file: file.to_owned(), source };
        let metadata = serde_json::to_string(&self.progress).map_err(|error| failed(error.into()))?;
        let groups = [
            (PARAMETERS, self.parameters.clone()),
            (FIRST, to_tensors(&self.optimiser.first)),
            (SECOND, to_tensors(&self.optimiser.second)),
        ];
        let tensors = groups.into_iter().flat_map(|(prefix, tensors)| {
            tensors.into_iter().map(move |(name, tensor)| {
                let bytes = tensor.values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>();
                (format!("{prefix}{name}"), tensor.shape, bytes)
            })
        });
        let tensors = tensors.collect::<Vec<_>>();
        let views = tensors.iter().map(|(name, shape, bytes)| {
            TensorView::new(Dtype::F32, shape.clone(), bytes).map(|view| (name.as_str(), view))
        });
        let invalid = |error| failed(std::io::Error::other(error));
        let views = views.collect::<Result<Vec<_>, _>>().map_err(invalid)?;
        let metadata = HashMap::from([(METADATA_KEY.to_owned(), metadata)]);
        let bytes = safetensors::serialize(views, Some(metadata)).map_err(invalid)?;
        let temporary = file.with_extension("part");
        let mut written = File::create(&temporary).map_err(failed)?;
        written.write_all(&bytes).and_then(|()| written.sync_all()).map_err(failed)?;
        fs::rename(&temporary, file).map_err(failed)
    }

    /// Reads a file; `None` if there is none.
    pub(super) fn read(file: &Path) -> Result<Option<Self>, CheckpointError> {
        let bytes = match fs::read(file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(CheckpointError::File { file: file.to_owned(), source }),
        };
        let refused = |field, expected, actual: String| CheckpointError::Contents {
            file: file.to_owned(),
            field,
            expected,
            actual,
        };
        let container = |error: safetensors::SafeTensorError| refused("file", "safetensors", error.to_string());
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(container)?;
        let metadata = header.metadata().as_ref().and_then(|metadata| metadata.get(METADATA_KEY));
        let metadata = metadata.ok_or_else(|| refused(METADATA_KEY, "the state of a fit", "none".to_owned()))?;
        let progress: Progress = serde_json::from_str(metadata)
            .map_err(|error| refused(METADATA_KEY, "the state of a fit", error.to_string()))?;
        if progress.version != VERSION {
            return Err(refused("version", "2", progress.version.to_string()));
        }
        let file = SafeTensors::deserialize(&bytes).map_err(container)?;
        let group = |prefix: &str| {
            let named = file.iter().filter_map(|(name, view)| {
                let values = view.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
                let tensor = weights::Tensor { shape: view.shape().to_vec(), values };
                Some((name.strip_prefix(prefix)?.to_owned(), tensor))
            });
            named.collect::<BTreeMap<_, _>>()
        };
        let optimiser = Optimiser { first: from_tensors(group(FIRST)), second: from_tensors(group(SECOND)) };
        Ok(Some(Self { progress, parameters: group(PARAMETERS), optimiser }))
    }
}
