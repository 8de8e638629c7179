//! Between bytes and a description with its tensors, neither of them checked against the other yet.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    path::Path,
};

use safetensors::{Dtype, SafeTensors, View};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{MAXIMUM_FILE_BYTES, METADATA_KEY, Tensor};
use crate::{
    description::{FORMAT_VERSION, NetworkDescription},
    error::WeightsError,
};

/// The field of the JSON that holds the content hash, next to those of the description.
const CONTENT_HASH: &str = "content_hash";

/// A file taken apart.
pub(super) struct Decoded {
    pub(super) description: NetworkDescription,
    pub(super) tensors: BTreeMap<String, Tensor>,
    /// The hash that the file says it has; other programs may leave it out.
    pub(super) content_hash: Option<String>,
}

/// The JSON that stands in the metadata.
#[derive(Serialize)]
struct Stored<'a> {
    #[serde(flatten)]
    description: &'a NetworkDescription,
    content_hash: &'a str,
}

/// Takes a file apart. What it allocates is at most a small multiple of `bytes`.
pub(super) fn decode(name: &Path, bytes: &[u8]) -> Result<Decoded, WeightsError> {
    if bytes.len() > MAXIMUM_FILE_BYTES {
        let expected = format_args!("at most {MAXIMUM_FILE_BYTES} bytes");
        return Err(WeightsError::new(name, "file", expected, format_args!("{} bytes or more", bytes.len())));
    }
    let not_safetensors =
        |error| WeightsError::new(name, "file", "a complete safetensors file", format_args!("{error}"));
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(not_safetensors)?;
    let field = format!("metadata.{METADATA_KEY}");
    let json = metadata
        .metadata()
        .as_ref()
        .and_then(|entries| entries.get(METADATA_KEY))
        .ok_or_else(|| WeightsError::new(name, &field, "the description of a network, as JSON", "no such entry"))?;
    let (description, content_hash) = parse_description(name, &field, json)?;
    let file = SafeTensors::deserialize(bytes).map_err(not_safetensors)?;
    let mut tensors = BTreeMap::new();
    for (tensor_name, view) in file.iter() {
        if view.dtype() != Dtype::F32 {
            return Err(WeightsError::new(name, tensor_name, "values of type F32", format_args!("{:?}", view.dtype())));
        }
        let (values, _) = view.data().as_chunks::<4>();
        let values = values.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
        tensors.insert(tensor_name.to_owned(), Tensor { shape: view.shape().to_vec(), values });
    }
    Ok(Decoded { description, tensors, content_hash })
}

/// The version is looked at before anything else, so that a file of a later version is refused as such and not for
/// the first field that this version does not know.
fn parse_description(
    name: &Path,
    field: &str,
    json: &str,
) -> Result<(NetworkDescription, Option<String>), WeightsError> {
    let malformed = |error| {
        let expected = format_args!("the description of a network in format version {FORMAT_VERSION}");
        WeightsError::new(name, field, expected, format_args!("{error}"))
    };
    let mut fields: Map<String, Value> = serde_json::from_str(json).map_err(malformed)?;
    let version = fields.get("format_version").cloned().unwrap_or_default();
    if version != FORMAT_VERSION {
        return Err(WeightsError::new(name, format!("{field}.format_version"), FORMAT_VERSION, version));
    }
    let content_hash = match fields.remove(CONTENT_HASH) {
        Some(hash) => Some(String::deserialize(hash).map_err(malformed)?),
        None => None,
    };
    let description = NetworkDescription::deserialize(Value::Object(fields)).map_err(malformed)?;
    Ok((description, content_hash))
}

/// Puts a file together.
pub(super) fn encode(
    name: &Path,
    description: &NetworkDescription,
    tensors: &BTreeMap<String, Tensor>,
    content_hash: &str,
) -> Result<Vec<u8>, WeightsError> {
    let json = serde_json::to_string(&Stored { description, content_hash })
        .map_err(|error| WeightsError::new(name, "description", "what JSON can hold", error))?;
    // One entry alone: safetensors would write several in an order that changes from run to run.
    let metadata = HashMap::from([(METADATA_KEY.to_owned(), json)]);
    safetensors::serialize(tensors, Some(metadata))
        .map_err(|error| WeightsError::new(name, "file", "tensors that safetensors can hold", error))
}

/// The canonical form of a description: compact JSON in the order of the fields.
pub(super) fn description_json(description: &NetworkDescription) -> String {
    // A checked description has finite numbers and string keys only, which JSON can always express.
    serde_json::to_string(description).unwrap_or_default()
}

impl View for &Tensor {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        self.values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>().into()
    }

    fn data_len(&self) -> usize {
        self.values.len() * size_of::<f32>()
    }
}
