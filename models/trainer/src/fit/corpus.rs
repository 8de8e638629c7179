//! Training data as a fit sees them: what is heard of each excerpt stays on disk, what is labelled is in memory.

use std::collections::BTreeMap;

use attacca_models::{FrontEnd, description::DataSource, front_end::Scaling};
use indicatif::ProgressBar;

use super::{
    class_weights::class_weights,
    standardisation::standardised,
    targets::{FramedLabels, TaskLabels},
    transfer::Start,
};
use crate::{
    data::{
        Dataset, Example, LabelFraming, Split,
        features::{Features, FeaturesError, cached},
    },
    recipe::ModelRecipe,
};

/// Why training data could not be heard.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// The dataset could not be heard.
    #[error(transparent)]
    Features(#[from] FeaturesError),
    /// One side of the split has no example.
    #[error("{folder}: expected examples with {task} labels for {side}, found none")]
    Empty {
        /// The datasets.
        folder: String,
        /// The task's name.
        task: &'static str,
        /// The side.
        side: &'static str,
    },
}

/// One excerpt.
#[derive(Clone, Debug, PartialEq)]
pub struct Excerpt {
    /// The source that it is from.
    pub source: String,
    /// Magnitudes of the front end's bands, `[frame, band]`, of which the engine's shaper makes frames.
    pub magnitudes: Features,
    /// Its labels.
    pub labels: TaskLabels,
}

impl Excerpt {
    /// Number of frames.
    pub fn frames(&self) -> usize {
        self.magnitudes.frames()
    }

    /// What a network should say of it, frame by frame.
    pub fn framed(&self, framing: LabelFraming) -> FramedLabels {
        self.labels.framed(framing, self.frames())
    }
}

/// All excerpts of datasets that are labelled for a task, as one front end hears them.
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
    /// Hears datasets through the recipe's front end, on as many threads as there are cores, or takes what was heard
    /// before from the files in the folder `features` of each.
    ///
    /// # Errors
    /// When an example cannot be read, or a side of the split is empty.
    pub fn load(datasets: &[Dataset], recipe: &ModelRecipe, progress: &ProgressBar) -> Result<Self, CorpusError> {
        let front_end = bare(&recipe.front_end);
        let labels = |example| TaskLabels::of(Example::labels(example), recipe.task);
        let (mut training, mut validation) = (Vec::new(), Vec::new());
        let (mut provenance, mut unlabelled) = (Vec::new(), 0);
        for dataset in datasets {
            let (examples, labels): (Vec<_>, Vec<_>) =
                dataset.examples().iter().filter_map(|example| Some((example, labels(example)?))).unzip();
            unlabelled += dataset.examples().len() - examples.len();
            progress.inc_length(examples.len() as u64);
            let cache = dataset.folder().join("features");
            let magnitudes = cached(&examples, &front_end, &cache, crate::data::default_threads(), progress)?;
            for ((example, labels), magnitudes) in examples.iter().zip(labels).zip(magnitudes) {
                let side = match example.record().split {
                    Split::Train => &mut training,
                    Split::Validation => &mut validation,
                };
                side.push(Excerpt { source: example.record().source.clone(), magnitudes, labels });
            }
            add_sources(&mut provenance, &dataset.manifest().provenance);
        }
        for (side, excerpts) in [("training", &training), ("validation", &validation)] {
            if excerpts.is_empty() {
                let folders: Vec<_> = datasets.iter().map(|dataset| dataset.folder().display().to_string()).collect();
                return Err(CorpusError::Empty { folder: folders.join(", "), task: recipe.task.name(), side });
            }
        }
        Ok(Self { unlabelled, ..Self::new(training, validation, recipe, provenance)? })
    }

    /// A corpus of excerpts; scaling of the front end and weights of the classes are measured on the training side.
    ///
    /// # Errors
    /// When the front end cannot be computed or an excerpt cannot be read.
    pub fn new(
        training: Vec<Excerpt>,
        validation: Vec<Excerpt>,
        recipe: &ModelRecipe,
        provenance: Vec<DataSource>,
    ) -> Result<Self, CorpusError> {
        let front_end = standardised(&recipe.front_end, &training)?;
        let class_weights = class_weights(&training, recipe);
        Ok(Self { training, validation, front_end, provenance, unlabelled: 0, class_weights })
    }

    /// Has a fit start from another network: what that one hears stays as it is, and what it learnt from is part of what
    /// the new one has learnt from.
    pub fn follow(&mut self, start: &Start) {
        self.front_end = start.front_end().clone();
        add_sources(&mut self.provenance, start.training_data());
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

/// Adds what else something has learnt from, each source once, in order of their names.
pub(crate) fn add_sources(sources: &mut Vec<DataSource>, more: &[DataSource]) {
    sources.extend_from_slice(more);
    sources.sort_by(|a, b| (&a.name, &a.source, &a.licence).cmp(&(&b.name, &b.source, &b.licence)));
    sources.dedup();
}
