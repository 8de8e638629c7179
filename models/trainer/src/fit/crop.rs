//! From excerpts to the tensors of a step: random crops, varied, scaled, with their differences.

use attacca_models::{FrontEnd, Shape, front_end::FRAMES_PER_SECOND};
use candle_core::{Device, Result, Tensor};
use rand::{
    Rng, SeedableRng,
    distr::{Distribution, weighted::WeightedIndex},
};

use super::{
    augmentation::Variation,
    corpus::{Corpus, Excerpt, scaling},
};
use crate::{compose::Random, recipe::ModelRecipe};

/// The tensors of one step on one thread.
#[derive(Debug)]
pub(super) struct Batch {
    /// `[frame, sequence, channel, band]`.
    pub(super) frames: Tensor,
    /// `[frame, sequence, label, 1]`.
    pub(super) targets: Tensor,
    /// Of the shape of the targets.
    pub(super) weights: Tensor,
}

/// Draws crops from the training side.
#[derive(Debug)]
pub(super) struct Cropper<'a> {
    corpus: &'a Corpus,
    recipe: &'a ModelRecipe,
    excerpts: WeightedIndex<f64>,
}

impl<'a> Cropper<'a> {
    /// Excerpts are drawn by their length and their source's weight; `None` where those are all zero.
    pub(super) fn new(corpus: &'a Corpus, recipe: &'a ModelRecipe) -> Option<Self> {
        let weights = corpus.training.iter().map(|excerpt| {
            let weight = recipe.source_weights.get(&excerpt.source).copied().unwrap_or(1.0);
            weight * excerpt.frames() as f64
        });
        Some(Self { corpus, recipe, excerpts: WeightedIndex::new(weights).ok()? })
    }

    /// The crops of one thread in one step: the same whenever they are asked for.
    pub(super) fn batch(&self, step: usize, thread: usize) -> Result<Batch> {
        let fit = &self.recipe.fit;
        let mut random = Random::seed_from_u64(fit.seed);
        random.set_stream((step * fit.threads + thread + 1) as u64);
        let length = (fit.crop_seconds * f64::from(FRAMES_PER_SECOND)).round() as usize;
        let mut assembly = Assembly::new(&self.corpus.front_end, self.recipe, length, fit.sequences / fit.threads);
        for sequence in 0..fit.sequences / fit.threads {
            let excerpt = &self.corpus.training[self.excerpts.sample(&mut random)];
            let start = random.random_range(0..=excerpt.frames().saturating_sub(length));
            let gain = scaling(&self.corpus.front_end).log_gain;
            let bands = self.corpus.front_end.shape().bands;
            let variation = self.recipe.augmentation.draw(bands, gain, &mut random);
            assembly.add(sequence, excerpt, start, Some((&variation, &mut random)));
        }
        assembly.finish()
    }
}

/// Whole excerpts, unvaried, side by side; the shorter ones are filled up with frames of no weight.
pub(super) fn whole(excerpts: &[Excerpt], front_end: &FrontEnd, recipe: &ModelRecipe) -> Result<Batch> {
    let length = excerpts.iter().map(Excerpt::frames).max().unwrap_or(0);
    let mut assembly = Assembly::new(front_end, recipe, length, excerpts.len());
    for (sequence, excerpt) in excerpts.iter().enumerate() {
        assembly.add(sequence, excerpt, 0, None);
    }
    assembly.finish()
}

/// A batch that is being put together.
struct Assembly<'a> {
    front_end: &'a FrontEnd,
    recipe: &'a ModelRecipe,
    shape: Shape,
    labels: usize,
    length: usize,
    sequences: usize,
    frames: Vec<f32>,
    targets: Vec<f32>,
    weights: Vec<f32>,
}

impl<'a> Assembly<'a> {
    fn new(front_end: &'a FrontEnd, recipe: &'a ModelRecipe, length: usize, sequences: usize) -> Self {
        let shape = front_end.shape();
        let labels = recipe.task.labels().len();
        Self {
            front_end,
            recipe,
            shape,
            labels,
            length,
            sequences,
            frames: vec![0.0; length * sequences * shape.len()],
            targets: vec![0.0; length * sequences * labels],
            weights: vec![0.0; length * sequences * labels],
        }
    }

    /// Fills one sequence with an excerpt's frames from `start` on.
    fn add(
        &mut self,
        sequence: usize,
        excerpt: &Excerpt,
        start: usize,
        mut variation: Option<(&Variation, &mut Random)>,
    ) {
        let bands = self.shape.bands;
        let scaling = scaling(self.front_end);
        let mut varied = |frame: usize| {
            let mut values = excerpt.features[frame * bands..][..bands].to_vec();
            if let Some((variation, random)) = &mut variation {
                variation.apply(&mut values, random);
            }
            values
        };
        // What the first difference is taken to: the frame before the crop, or the silence before the excerpt.
        let mut before = if start == 0 { vec![0.0; bands] } else { varied(start - 1) };
        for (position, frame) in (start..excerpt.frames()).take(self.length).enumerate() {
            let now = varied(frame);
            let row = position * self.sequences + sequence;
            let (levels, differences) = self.frames[row * self.shape.len()..][..self.shape.len()].split_at_mut(bands);
            for (level, now) in levels.iter_mut().zip(&now) {
                *level = (now - scaling.mean) / scaling.deviation;
            }
            for ((difference, now), before) in differences.iter_mut().zip(&now).zip(&before) {
                *difference = (now - before).max(0.0) / scaling.deviation;
            }
            before = now;
            // What a frame is about must lie in the crop.
            if start > 0 && position < self.recipe.labels.look_ahead_frames {
                continue;
            }
            for label in 0..self.labels {
                let target = excerpt.targets[frame * self.labels + label];
                self.targets[row * self.labels + label] = target;
                let emphasis = 1.0 + (self.recipe.fit.positive_weight - 1.0) * target;
                self.weights[row * self.labels + label] = excerpt.weights[frame] * emphasis;
            }
        }
    }

    fn finish(self) -> Result<Batch> {
        let Self { shape, labels, length, sequences, .. } = self;
        let of_labels = (length, sequences, labels, 1);
        Ok(Batch {
            frames: Tensor::from_vec(self.frames, (length, sequences, shape.channels, shape.bands), &Device::Cpu)?,
            targets: Tensor::from_vec(self.targets, of_labels, &Device::Cpu)?,
            weights: Tensor::from_vec(self.weights, of_labels, &Device::Cpu)?,
        })
    }
}

#[cfg(test)]
mod tests;
