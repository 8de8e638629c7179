//! What a network says of the beginnings of a few validation excerpts.

use attacca_models::front_end::FRAMES_PER_SECOND;

use super::super::{Corpus, CropError, FramedLabels, Targets, corpus::Excerpt, crop::beginnings};
use crate::{graph::Graph, recipe::ModelRecipe};

/// How many excerpts there are at most.
const MOST_EXAMPLES: usize = 3;

/// How much of each is shown, in seconds.
const SECONDS: usize = 12;

/// The beginning of an excerpt, with what the network says of it.
#[derive(Clone, Debug)]
pub(super) struct Example {
    /// Which of the validation side's excerpts, from 0.
    pub(super) index: usize,
    /// The source that it is from.
    pub(super) source: String,
    /// Number of bands.
    pub(super) bands: usize,
    /// Levels of the bands as the network hears them, its first channel, `[frame, band]`.
    pub(super) levels: Vec<f32>,
    /// What the network says, `[label][frame]`.
    pub(super) activations: Vec<Vec<f32>>,
    /// What it should say.
    pub(super) labels: FramedLabels,
}

impl Example {
    /// Hears a few excerpts through a network.
    ///
    /// # Errors
    /// When an excerpt cannot be read or an operation of the graph fails.
    pub(super) fn hear(graph: &Graph, corpus: &Corpus, recipe: &ModelRecipe) -> Result<Vec<Self>, CropError> {
        let chosen = chosen(&corpus.validation, recipe);
        chosen.into_iter().map(|index| Self::hear_one(graph, corpus, recipe, index)).collect()
    }

    fn hear_one(graph: &Graph, corpus: &Corpus, recipe: &ModelRecipe, index: usize) -> Result<Self, CropError> {
        let excerpt = &corpus.validation[index];
        let frames = excerpt.frames().min(SECONDS * FRAMES_PER_SECOND as usize);
        let batch = beginnings(std::slice::from_ref(excerpt), frames, corpus, recipe)?;
        let levels = batch.frames.narrow(2, 0, 1)?.flatten_all()?.to_vec1()?;
        let activations = graph.forward(&batch.frames)?.squeeze(3)?.squeeze(1)?.t()?.to_vec2()?;
        Ok(Self {
            index,
            source: excerpt.source.clone(),
            bands: corpus.front_end.shape().bands,
            levels,
            activations,
            labels: excerpt.labels.framed(recipe.labels, frames),
        })
    }

    /// Number of frames.
    pub(super) fn frames(&self) -> usize {
        self.labels.weights.len()
    }

    /// Whether each frame of a label should be said to be so; `None` for frames that do not count.
    pub(super) fn is_so(&self, label: usize) -> Vec<Option<bool>> {
        let Targets::Independent(targets) = &self.labels.targets else { return Vec::new() };
        let targets = targets.iter().skip(label).step_by(self.activations.len().max(1));
        targets.zip(&self.labels.weights).map(|(&target, &weight)| (weight > 0.0).then_some(target >= 1.0)).collect()
    }

    /// The class that each frame should be said to have; `None` for frames that do not count.
    pub(super) fn classes(&self) -> Vec<Option<usize>> {
        let Targets::Exclusive(classes) = &self.labels.targets else { return Vec::new() };
        let counted = classes.iter().zip(&self.labels.weights);
        counted.map(|(&class, &weight)| (weight > 0.0).then_some(usize::from(class))).collect()
    }

    /// The likeliest class of each frame.
    pub(super) fn likeliest(&self) -> Vec<usize> {
        let likeliest = |frame: usize| {
            let all = self.activations.iter().map(|of_label| of_label[frame]).enumerate();
            all.max_by(|(_, a), (_, b)| a.total_cmp(b)).map_or(0, |(class, _)| class)
        };
        (0..self.frames()).map(likeliest).collect()
    }
}

/// Which excerpts are shown: spread over those that have something to find at their beginning, or over all.
fn chosen(excerpts: &[Excerpt], recipe: &ModelRecipe) -> Vec<usize> {
    let frames = |excerpt: &Excerpt| excerpt.frames().min(SECONDS * FRAMES_PER_SECOND as usize);
    let has_something = |excerpt: &Excerpt| {
        let labels = excerpt.labels.framed(recipe.labels, frames(excerpt));
        match labels.targets {
            Targets::Independent(targets) => targets.iter().any(|&target| target > 0.0),
            Targets::Exclusive(_) => labels.weights.iter().any(|&weight| weight > 0.0),
        }
    };
    let mut candidates: Vec<usize> = (0..excerpts.len()).filter(|&index| has_something(&excerpts[index])).collect();
    if candidates.is_empty() {
        candidates = (0..excerpts.len()).filter(|&index| frames(&excerpts[index]) > 0).collect();
    }
    let count = candidates.len().min(MOST_EXAMPLES);
    (0..count).map(|part| candidates[part * candidates.len() / count]).collect()
}
