//! From a fitted network to the file that ships.

use std::{collections::BTreeMap, path::Path};

use attacca_models::{
    NetworkDescription, WeightsError, WeightsFile,
    description::{DecoderSettings, FORMAT_VERSION},
    weights::Tensor,
};

use crate::{fit::Corpus, recipe::ModelRecipe};

/// The weights file of a network with these parameters; `file` stands for it in errors. Its decoder settings are the
/// defaults and its scores empty: `attacca-train calibrate` and `evaluate` find those through the engine.
///
/// # Errors
/// When the parameters are not those of the recipe's layers, or not finite.
pub fn weights(
    file: &Path,
    recipe: &ModelRecipe,
    corpus: &Corpus,
    parameters: BTreeMap<String, Tensor>,
) -> Result<WeightsFile, WeightsError> {
    let description = NetworkDescription {
        format_version: FORMAT_VERSION,
        name: recipe.name.clone(),
        task: recipe.task,
        front_end: corpus.front_end.clone(),
        layers: recipe.layers.clone(),
        labels: recipe.task.labels().iter().map(|&label| label.to_owned()).collect(),
        look_ahead_frames: recipe.labels.look_ahead_frames,
        decoder: DecoderSettings::default(),
        training_data: corpus.provenance.clone(),
        scores: Vec::new(),
    };
    WeightsFile::new(file, description, parameters)
}
