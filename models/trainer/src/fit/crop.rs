//! From excerpts to the tensors of a step: random crops, varied and shaped into frames as the engine shapes them.

use attacca_engine::features::{FeatureStreamError, FrameShaper};
use attacca_models::{Shape, front_end::FRAMES_PER_SECOND};
use candle_core::{Device, Tensor};
use rand::{
    Rng, SeedableRng,
    distr::{Distribution, weighted::WeightedIndex},
};

use super::{
    augmentation::Variation,
    corpus::{Corpus, Excerpt},
    loss::{binary_cross_entropy, softmax_cross_entropy},
    targets::{FramedLabels, Targets, transposed},
};
use crate::{
    compose::Random,
    data::{LabelFraming, features::FeaturesError},
    recipe::ModelRecipe,
};

/// The tensors of one step on one thread; they are put together on the CPU.
#[derive(Debug)]
pub(super) struct Batch {
    /// `[frame, sequence, channel, band]`.
    pub(super) frames: Tensor,
    /// Probabilities `[frame, sequence, label, 1]`, or classes `[frame, sequence]`.
    targets: Tensor,
    /// Of the shape of the targets.
    weights: Tensor,
    is_exclusive: bool,
}

impl Batch {
    /// The batch on a device; nothing is copied if it is there.
    pub(super) fn on(&self, device: &Device) -> candle_core::Result<Self> {
        Ok(Self {
            frames: self.frames.to_device(device)?,
            targets: self.targets.to_device(device)?,
            weights: self.weights.to_device(device)?,
            ..*self
        })
    }

    /// The loss of `logits` `[frame, sequence, label, 1]`.
    pub(super) fn loss(&self, logits: &Tensor) -> candle_core::Result<Tensor> {
        if self.is_exclusive {
            softmax_cross_entropy(logits, &self.targets, &self.weights)
        } else {
            binary_cross_entropy(logits, &self.targets, &self.weights)
        }
    }
}

/// Why a batch could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum CropError {
    /// The features could not be read.
    #[error(transparent)]
    Features(#[from] FeaturesError),
    /// A tensor could not be made.
    #[error("the graph: {0}")]
    Graph(#[from] candle_core::Error),
}

/// Draws crops from the training side.
#[derive(Clone, Debug)]
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

    /// The crops of one step, a batch for each thread.
    pub(super) fn batches(&self, step: usize) -> Result<Vec<Batch>, CropError> {
        (0..self.recipe.fit.threads).map(|thread| self.batch(step, thread)).collect()
    }

    /// The crops of one thread in one step: the same whenever they are asked for.
    fn batch(&self, step: usize, thread: usize) -> Result<Batch, CropError> {
        let fit = &self.recipe.fit;
        let mut random = Random::seed_from_u64(fit.seed);
        random.set_stream((step * fit.threads + thread + 1) as u64);
        let length = (fit.crop_seconds * f64::from(FRAMES_PER_SECOND)).round() as usize;
        let mut assembly = Assembly::new(self.corpus, self.recipe, length, fit.sequences / fit.threads)?;
        for sequence in 0..fit.sequences / fit.threads {
            let excerpt = &self.corpus.training[self.excerpts.sample(&mut random)];
            let start = random.random_range(0..=excerpt.frames().saturating_sub(length));
            let variation = self.recipe.augmentation.draw(&self.corpus.front_end, &mut random);
            let overlay = self.recipe.augmentation.draw_overlay(&mut random).map(|gain| {
                let excerpt = &self.corpus.training[self.excerpts.sample(&mut random)];
                Overlay { excerpt, start: random.random_range(0..=excerpt.frames().saturating_sub(length)), gain }
            });
            assembly.add(sequence, excerpt, start, Some((&variation, overlay.as_ref(), &mut random)))?;
        }
        Ok(assembly.finish()?)
    }
}

/// Whole excerpts, unvaried, side by side; the shorter ones are filled up with frames of no weight.
pub(super) fn whole(excerpts: &[Excerpt], corpus: &Corpus, recipe: &ModelRecipe) -> Result<Batch, CropError> {
    let length = excerpts.iter().map(Excerpt::frames).max().unwrap_or(0);
    beginnings(excerpts, length, corpus, recipe)
}

/// The first `length` frames of excerpts, as [`whole`] has them.
pub(super) fn beginnings(
    excerpts: &[Excerpt],
    length: usize,
    corpus: &Corpus,
    recipe: &ModelRecipe,
) -> Result<Batch, CropError> {
    let mut assembly = Assembly::new(corpus, recipe, length, excerpts.len())?;
    for (sequence, excerpt) in excerpts.iter().enumerate() {
        assembly.add(sequence, excerpt, 0, None)?;
    }
    Ok(assembly.finish()?)
}

/// An excerpt that sounds along with another.
struct Overlay<'a> {
    excerpt: &'a Excerpt,
    /// Its frame that sounds together with the first one of the crop.
    start: usize,
    gain: f32,
}

impl Overlay<'_> {
    /// Adds its magnitudes to a crop's, of which `before` frames lie before the crop.
    fn add_to(&self, magnitudes: &mut [f32], bands: usize, before: usize) -> Result<(), FeaturesError> {
        // Without as many frames before its start it comes in later.
        let late = before.saturating_sub(self.start);
        let from = self.start + late - before;
        let room = magnitudes.len() / bands - late;
        let along = self.excerpt.magnitudes.read(from, room.min(self.excerpt.frames() - from))?;
        for (magnitude, along) in magnitudes[late * bands..].iter_mut().zip(along) {
            *magnitude += self.gain * along;
        }
        Ok(())
    }

    /// What is to be said of both together: what either says, where both are known.
    fn join(&self, labels: &mut FramedLabels, start: usize, framing: LabelFraming) {
        let along = self.excerpt.framed(framing);
        let (Targets::Independent(targets), Targets::Independent(other)) = (&mut labels.targets, along.targets) else {
            return;
        };
        for (target, other) in targets.iter_mut().skip(start).zip(other.into_iter().skip(self.start)) {
            *target = target.max(other);
        }
        for (weight, other) in labels.weights.iter_mut().skip(start).zip(along.weights.into_iter().skip(self.start)) {
            *weight *= other;
        }
    }
}

/// A batch that is being put together.
struct Assembly<'a> {
    corpus: &'a Corpus,
    recipe: &'a ModelRecipe,
    shaper: FrameShaper,
    shape: Shape,
    length: usize,
    sequences: usize,
    frames: Vec<f32>,
    targets: Targets,
    weights: Vec<f32>,
}

impl<'a> Assembly<'a> {
    fn new(
        corpus: &'a Corpus,
        recipe: &'a ModelRecipe,
        length: usize,
        sequences: usize,
    ) -> Result<Self, FeaturesError> {
        let shaper = FrameShaper::new(&corpus.front_end).map_err(FeatureStreamError::from)?;
        let shape = corpus.front_end.shape();
        let rows = length * sequences;
        let labels = recipe.task.labels().len();
        let (targets, weights) = if recipe.task.is_exclusive() {
            (Targets::Exclusive(vec![0; rows]), rows)
        } else {
            (Targets::Independent(vec![0.0; rows * labels]), rows * labels)
        };
        let frames = vec![0.0; rows * shape.len()];
        Ok(Self { corpus, recipe, shaper, shape, length, sequences, frames, targets, weights: vec![0.0; weights] })
    }

    /// Fills one sequence with an excerpt's frames from `start` on.
    fn add(
        &mut self,
        sequence: usize,
        excerpt: &Excerpt,
        start: usize,
        mut variation: Option<(&Variation, Option<&Overlay<'_>>, &mut Random)>,
    ) -> Result<(), FeaturesError> {
        let bands = self.shape.bands;
        let semitones = variation.as_ref().map_or(0, |(variation, _, _)| variation.semitones);
        let mut labels = excerpt.framed(self.recipe.labels);
        // What the first frames of the crop depend on: those before it, as far as there are any.
        let before = self.shaper.memory_frames().min(start);
        let mut magnitudes = excerpt.magnitudes.read(start - before, before + self.length)?;
        if let Some((variation, overlay, random)) = &mut variation {
            if let Some(overlay) = overlay {
                overlay.add_to(&mut magnitudes, bands, before)?;
                overlay.join(&mut labels, start, self.recipe.labels);
            }
            magnitudes.chunks_exact_mut(bands).for_each(|frame| variation.apply(frame, random));
        }
        let (before, crop) = magnitudes.split_at(before * bands);
        self.shaper.reset();
        for frame in before.chunks_exact(bands) {
            self.shaper.shape(frame);
        }
        for (position, frame) in crop.chunks_exact(bands).enumerate() {
            let row = position * self.sequences + sequence;
            let shaped = self.shaper.shape(frame);
            self.frames[row * shaped.len()..][..shaped.len()].copy_from_slice(shaped);
            // What a frame is about must lie in the crop, and the network must have heard enough of it.
            let first_counted =
                self.warm_up_frames() + if start > 0 { self.recipe.labels.look_ahead_frames } else { 0 };
            if position >= first_counted {
                self.add_target(row, &labels, start + position, semitones);
            }
        }
        Ok(())
    }

    fn warm_up_frames(&self) -> usize {
        (self.recipe.fit.warm_up_seconds * f64::from(FRAMES_PER_SECOND)).round() as usize
    }

    /// Fills one row of targets and weights with those of an excerpt's frame, transposed.
    fn add_target(&mut self, row: usize, labels: &FramedLabels, frame: usize, semitones: i32) {
        let weight = labels.weights[frame];
        match (&mut self.targets, &labels.targets) {
            (Targets::Independent(targets), Targets::Independent(all)) => {
                let count = self.recipe.task.labels().len();
                for (label, &target) in all[frame * count..][..count].iter().enumerate() {
                    targets[row * count + label] = target;
                    let emphasis = 1.0 + (self.recipe.fit.positive_weight - 1.0) * target;
                    self.weights[row * count + label] = weight * emphasis;
                }
            }
            (Targets::Exclusive(targets), Targets::Exclusive(all)) => {
                targets[row] = transposed(self.recipe.task, all[frame], semitones);
                let class_weights = &self.corpus.class_weights;
                self.weights[row] = weight * class_weights.get(usize::from(targets[row])).unwrap_or(&1.0);
            }
            // An excerpt of another kind of task says nothing.
            _ => {}
        }
    }

    fn finish(self) -> candle_core::Result<Batch> {
        let Self { shape, length, sequences, .. } = self;
        let tensor = |values, shape: &[usize]| Tensor::from_vec(values, shape, &Device::Cpu);
        let (targets, weights) = match self.targets {
            Targets::Independent(values) => {
                let of_labels = [length, sequences, self.recipe.task.labels().len(), 1];
                (tensor(values, &of_labels)?, tensor(self.weights, &of_labels)?)
            }
            Targets::Exclusive(classes) => {
                let classes = classes.into_iter().map(u32::from).collect::<Vec<_>>();
                let of_frames = [length, sequences];
                (Tensor::from_vec(classes, &of_frames, &Device::Cpu)?, tensor(self.weights, &of_frames)?)
            }
        };
        Ok(Batch {
            frames: tensor(self.frames, &[length, sequences, shape.channels, shape.bands])?,
            targets,
            weights,
            is_exclusive: self.recipe.task.is_exclusive(),
        })
    }
}

#[cfg(test)]
mod tests;
