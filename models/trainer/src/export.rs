//! From a fitted network to the file that ships.
//!
//! A network that is fitted again, to something that it lacked, forgets some of what it knew. The mean of its parameters
//! before and after often has most of both (Wortsman et al., *Robust fine-tuning of zero-shot models*, CVPR 2022).

use std::{
    collections::BTreeMap,
    ops::RangeInclusive,
    path::{Path, PathBuf},
};

use attacca_models::{
    LayerSpec, NetworkDescription, WeightsError, WeightsFile, bfloat16,
    description::{DecoderSettings, FORMAT_VERSION},
    weights::Tensor,
};

use crate::{
    fit::{Corpus, add_sources, widened},
    recipe::ModelRecipe,
};

/// Dimensions of what is multiplied with a vector: `[output, input]`, and `[output, input, frame]` of a convolution in
/// time.
const MATRIX_DIMENSIONS: RangeInclusive<usize> = 2..=3;

/// Why two networks have no mean.
#[derive(Debug, thiserror::Error)]
pub enum MeanError {
    /// One is no continuation of the other.
    #[error("{}: expected the front end and the layers of the fitted network, found others; name the file that its fit started from", file.display())]
    Other {
        /// The file that the fitted one was to be averaged with.
        file: PathBuf,
    },
    /// The file was refused.
    #[error(transparent)]
    Weights(#[from] WeightsError),
}

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

/// A network between the one that a fit started from, in `file`, and the fitted one, which has a `share` of 0 to 1 in it;
/// it has learnt from the data of both. Of a narrower network, what it lacks counts as the fitted one has it, and its
/// channels and units as deaf to that.
///
/// # Errors
/// [`MeanError`] where the two differ in more than their parameters and their width.
pub fn mean(fitted: &WeightsFile, file: &Path, share: f32) -> Result<WeightsFile, MeanError> {
    let start = WeightsFile::read(file)?;
    let mut description = fitted.description().clone();
    let before = start.description();
    let is_same =
        before.front_end == description.front_end && of_any_width(&before.layers) == of_any_width(&description.layers);
    let Some(mut tensors) = widened(fitted.tensors(), start.tensors()).filter(|_| is_same) else {
        return Err(MeanError::Other { file: file.to_owned() });
    };
    for (name, tensor) in &mut tensors {
        for (other, value) in tensor.values.iter_mut().zip(&fitted.tensors()[name].values) {
            *other = share * value + (1.0 - share) * *other;
        }
    }
    add_sources(&mut description.training_data, &before.training_data);
    Ok(WeightsFile::new(file, description, tensors)?)
}

/// Layers without their numbers of outputs and units.
fn of_any_width(layers: &[LayerSpec]) -> Vec<LayerSpec> {
    let bare = |layer: &LayerSpec| {
        let mut layer = layer.clone();
        match &mut layer {
            LayerSpec::Dense { outputs, .. }
            | LayerSpec::Conv1d { outputs, .. }
            | LayerSpec::Conv2d { outputs, .. }
            | LayerSpec::Recurrent { units: outputs, .. } => *outputs = 0,
            _ => {}
        }
        layer
    };
    layers.iter().map(bare).collect()
}

/// The network with every matrix rounded to numbers of 16 bits, in which it takes half the memory bandwidth; filters of
/// two dimensions, which compute more than they read, biases and normalisations stay as they are. `file` stands for the
/// network in errors.
///
/// # Errors
/// When a weight is so large that its rounding is infinite.
pub fn rounded(network: &WeightsFile, file: &Path) -> Result<WeightsFile, WeightsError> {
    let mut tensors = network.tensors().clone();
    for tensor in tensors.values_mut().filter(|tensor| MATRIX_DIMENSIONS.contains(&tensor.shape.len())) {
        tensor.values.iter_mut().for_each(|value| *value = bfloat16::nearest(*value));
    }
    WeightsFile::new(file, network.description().clone(), tensors)
}

#[cfg(test)]
mod tests {
    use attacca_models::{Task, description::DataSource, shipped};

    use super::*;

    /// The shipped network for onsets with every parameter changed, learnt from one source alone.
    fn changed(change: impl Fn(f32) -> f32, source: &str) -> WeightsFile {
        let shipped = shipped::weights(Task::Onset).unwrap();
        let text = || source.to_owned();
        let mut description = shipped.description().clone();
        description.training_data = vec![DataSource { name: text(), source: text(), licence: text() }];
        let mut tensors = shipped.tensors().clone();
        for tensor in tensors.values_mut() {
            tensor.values.iter_mut().for_each(|value| *value = change(*value));
        }
        WeightsFile::new(Path::new("changed"), description, tensors).unwrap()
    }

    #[test]
    fn a_mean_lies_between_and_has_learnt_from_both() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("start.safetensors");
        changed(|value| value - 0.5, "songs").write(&file).unwrap();
        let mean = mean(&changed(|value| value + 1.5, "noise"), &file, 0.75).unwrap();
        let expected = changed(|value| value + 1.0, "noise");
        for (name, tensor) in mean.tensors() {
            // A few roundings of values below ten.
            let mut pairs = tensor.values.iter().zip(&expected.tensors()[name].values);
            assert!(pairs.all(|(value, expected)| (value - expected).abs() < 1e-5), "{name}");
        }
        let sources: Vec<&str> = mean.description().training_data.iter().map(|data| &*data.name).collect();
        assert_eq!(sources, ["noise", "songs"]);
    }

    #[test]
    fn only_matrices_are_rounded_and_none_by_more_than_a_256th() {
        let before = changed(|value| value * 1.234_567, "songs");
        let after = rounded(&before, Path::new("rounded")).unwrap();
        for (name, tensor) in after.tensors() {
            let pairs = || tensor.values.iter().zip(&before.tensors()[name].values);
            let is_matrix = (2..=3).contains(&tensor.shape.len());
            assert_eq!(pairs().any(|(after, before)| after != before), is_matrix, "{name}");
            assert!(pairs().all(|(after, before)| (after - before).abs() <= before.abs() / 256.0), "{name}");
        }
    }

    #[test]
    fn networks_of_other_layers_have_no_mean() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("other.safetensors");
        shipped::weights(Task::Beat).unwrap().write(&file).unwrap();
        let refused = mean(&changed(|value| value, "songs"), &file, 0.5).unwrap_err().to_string();
        assert!(refused.contains("other.safetensors: expected the front end and the layers"), "{refused}");
    }
}
