//! Training data in memory: band magnitudes and targets of every excerpt.

use std::{collections::BTreeMap, sync::Mutex};

use attacca_engine::features::{FeatureStream, FeatureStreamError};
use attacca_models::{FrontEnd, description::DataSource, front_end::Scaling};
use indicatif::ProgressBar;

use super::{class_weights::class_weights, standardisation::standardised, targets::FramedLabels};
use crate::{
    data::{Dataset, DatasetError, Example, Split},
    recipe::ModelRecipe,
};

/// Why training data could not be heard.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// The dataset could not be read.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The front end does not fit.
    #[error(transparent)]
    Feature(#[from] FeatureStreamError),
    /// One side of the split has no example.
    #[error("{folder}: expected examples with {task} labels for {side}, found none")]
    Empty {
        /// The dataset.
        folder: String,
        /// The task's name.
        task: &'static str,
        /// The side.
        side: &'static str,
    },
}

/// One excerpt as a network hears it.
#[derive(Clone, Debug, PartialEq)]
pub struct Excerpt {
    /// The source that it is from.
    pub source: String,
    /// Magnitudes of the front end's bands, `[frame, band]`, of which the engine's shaper makes frames.
    pub magnitudes: Vec<f32>,
    /// What a network should say of it.
    pub labels: FramedLabels,
}

impl Excerpt {
    /// Number of frames.
    pub fn frames(&self) -> usize {
        self.labels.weights.len()
    }
}

/// All excerpts of a dataset, as one front end hears them.
#[derive(Clone, Debug)]
pub struct Corpus {
    /// What networks are fitted to.
    pub training: Vec<Excerpt>,
    /// What they are judged by.
    pub validation: Vec<Excerpt>,
    /// The front end with the mean and deviation of the training data.
    pub front_end: FrontEnd,
    /// Where the data come from, with licences and credits.
    pub provenance: Vec<DataSource>,
    /// Examples that were left out since they are not labelled for the task.
    pub unlabelled: usize,
    /// Weight of each class in the loss; empty where all weigh the same.
    pub(super) class_weights: Vec<f32>,
}

impl Corpus {
    /// Hears a dataset through the recipe's front end, on as many threads as the recipe has.
    ///
    /// # Errors
    /// When an example cannot be read, or a side of the split is empty.
    pub fn load(dataset: &Dataset, recipe: &ModelRecipe, progress: &ProgressBar) -> Result<Self, CorpusError> {
        let is_labelled = |example: &&Example| FramedLabels::exist(example.labels(), recipe.task);
        let labelled = dataset.examples().iter().filter(is_labelled).count();
        progress.set_length(labelled as u64);
        let side = |split, side| {
            let examples = dataset.split(split).filter(is_labelled).collect::<Vec<_>>();
            let excerpts = hear_all(&examples, recipe, progress)?;
            if excerpts.is_empty() {
                let (folder, task) = (dataset.folder().display().to_string(), recipe.task.name());
                return Err(CorpusError::Empty { folder, task, side });
            }
            Ok(excerpts)
        };
        let training = side(Split::Train, "training")?;
        let validation = side(Split::Validation, "validation")?;
        let provenance = dataset.manifest().provenance.clone();
        let unlabelled = dataset.examples().len() - labelled;
        Ok(Self { unlabelled, ..Self::new(training, validation, recipe, provenance)? })
    }

    /// A corpus of excerpts; scaling of the front end and weights of the classes are measured on the training side.
    ///
    /// # Errors
    /// When the front end cannot be computed.
    pub fn new(
        training: Vec<Excerpt>,
        validation: Vec<Excerpt>,
        recipe: &ModelRecipe,
        provenance: Vec<DataSource>,
    ) -> Result<Self, CorpusError> {
        let front_end = standardised(&recipe.front_end, &training).map_err(FeatureStreamError::from)?;
        let transpositions = recipe.augmentation.transpose_semitones;
        let class_weights = class_weights(&training, recipe.task, recipe.fit.class_balance, transpositions);
        Ok(Self { training, validation, front_end, provenance, unlabelled: 0, class_weights })
    }

    /// Hours of training data.
    pub fn training_hours(&self) -> f64 {
        let frames = self.training.iter().map(Excerpt::frames).sum::<usize>();
        frames as f64 / f64::from(attacca_models::front_end::FRAMES_PER_SECOND) / 3600.0
    }

    /// Excerpts of each source on the training side.
    pub fn sources(&self) -> BTreeMap<&str, usize> {
        let mut sources = BTreeMap::new();
        for excerpt in &self.training {
            *sources.entry(excerpt.source.as_str()).or_insert(0) += 1;
        }
        sources
    }
}

/// The front end that gives magnitudes alone.
pub(super) fn bare(front_end: &FrontEnd) -> FrontEnd {
    let mut bare = front_end.clone();
    *bare.scaling_mut() = Scaling::LINEAR;
    if let FrontEnd::Mel(mel) = &mut bare {
        mel.difference = false;
        mel.whitening = None;
        mel.harmonic_percussive = None;
    }
    bare
}

fn hear_all(examples: &[&Example], recipe: &ModelRecipe, progress: &ProgressBar) -> Result<Vec<Excerpt>, CorpusError> {
    let next = Mutex::new(0..examples.len());
    let heard = Mutex::new(BTreeMap::new());
    let failure = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..recipe.fit.threads {
            scope.spawn(|| {
                while let Some(index) = next.lock().ok().and_then(|mut next| next.next()) {
                    match hear(examples[index], recipe) {
                        Ok(excerpt) => {
                            heard.lock().map(|mut heard| heard.insert(index, excerpt)).ok();
                            progress.inc(1);
                        }
                        Err(error) => {
                            next.lock().map(|mut next| *next = 0..0).ok();
                            failure.lock().map(|mut failure| *failure = Some(error)).ok();
                        }
                    }
                }
            });
        }
    });
    match failure.into_inner() {
        Ok(Some(error)) => Err(error),
        _ => Ok(heard.into_inner().unwrap_or_default().into_values().flatten().collect()),
    }
}

fn hear(example: &Example, recipe: &ModelRecipe) -> Result<Option<Excerpt>, CorpusError> {
    let audio = example.audio()?;
    let mut stream = FeatureStream::new(&bare(&recipe.front_end), example.sample_rate(), 1)?;
    let mut magnitudes = Vec::new();
    let mut frames = 0;
    stream.push_interleaved(&audio, |_, frame| {
        magnitudes.extend_from_slice(frame);
        frames += 1;
    });
    let labels = FramedLabels::new(example.labels(), recipe.task, recipe.labels, frames);
    Ok(labels.map(|labels| Excerpt { source: example.record().source.clone(), magnitudes, labels }))
}
