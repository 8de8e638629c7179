//! Fitting a network to a corpus: crops, loss, optimiser, validation, checkpoints.
//!
//! A fit is a function of its recipe and its corpus. Every random draw follows from the seed and the number of the
//! step, so that a fit that was killed and resumed takes the same way as one that was not. The crops of a step are
//! split over threads, each with a graph of its own over shared parameters; gradients are summed in a fixed order.
//!
//! The folder of a fit holds `checkpoint.safetensors` (all state after the last whole epoch), `log.csv` (a line an
//! epoch), `report.html` (the same for people, with examples), an event file with the same for TensorBoard, and
//! `TASK.safetensors` (the network of the best epoch so far, ready to load).

mod augmentation;
mod checkpoint;
mod chord_class;
mod class_weights;
mod corpus;
mod crop;
mod history;
mod loss;
mod optimiser;
mod report;
mod schedule;
mod scores;
mod settings;
mod standardisation;
mod targets;
mod tensorboard;
mod transfer;
mod validation;
mod workers;

use std::{
    path::{Path, PathBuf},
    sync::mpsc,
};

use attacca_models::WeightsError;
use candle_core::Device;

pub use self::{
    augmentation::Augmentation,
    checkpoint::CheckpointError,
    corpus::{Corpus, CorpusError, Excerpt},
    crop::CropError,
    history::EpochRecord,
    schedule::Schedule,
    scores::{ClassScore, FrameScore, PeakScore, Scores},
    settings::FitSettings,
    targets::{FramedLabels, Targets, TaskLabels, TimedClass},
    transfer::{Start, Transfer, TransferError},
    validation::Validation,
};
pub(crate) use self::{augmentation::PitchedBands, corpus::add_sources, transfer::widened};
use self::{
    checkpoint::Checkpoint,
    crop::{Batch, Cropper},
    history::{best_epoch, write_log},
    optimiser::{Gradients, Optimiser},
    tensorboard::write_events,
    workers::Workers,
};
use crate::{
    device::{DeviceError, device},
    export,
    graph::{BatchStatistics, Graph},
    recipe::ModelRecipe,
};

/// The name of the events that TensorBoard draws; it looks for `tfevents`.
const EVENT_FILE: &str = "events.out.tfevents.attacca";

/// Why a fit ended early.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// An operation of the graph failed.
    #[error("the graph: {0}")]
    Graph(#[from] candle_core::Error),
    /// There is no device to fit on.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// Training data could not be read.
    #[error(transparent)]
    Crop(#[from] CropError),
    /// The network cannot start from the one that the recipe names.
    #[error(transparent)]
    Transfer(#[from] TransferError),
    /// The threads could not be started.
    #[error("threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The network could not be laid out or written.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The checkpoint could not be read or written.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A file of the fit could not be written.
    #[error("{}: {source}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// No excerpt has a length and a source with a weight above 0.
    #[error("source_weights: expected excerpts with a weight above 0, found none")]
    NothingToDraw,
    /// The loss is no longer a number.
    #[error("step {step}: expected a finite loss, found {loss}; a lower learning rate may help")]
    Diverged {
        /// The step, from 0.
        step: usize,
        /// The loss.
        loss: f64,
    },
    /// There is a fit in the folder already.
    #[error("{}: expected a folder without a fit; resume that one or give another folder", folder.display())]
    Begun {
        /// The folder.
        folder: PathBuf,
    },
    /// There is no fit in the folder to resume, or it has another recipe.
    #[error("{}: expected a fit with this recipe, found {found}", folder.display())]
    NothingToResume {
        /// The folder.
        folder: PathBuf,
        /// What is there.
        found: &'static str,
    },
}

/// Steps whose batches wait to be used: enough that one that takes long to read delays no step.
const BATCHES_AHEAD: usize = 2;

/// A fit under way.
#[derive(Debug)]
pub struct Fit<'a> {
    recipe: &'a ModelRecipe,
    corpus: &'a Corpus,
    folder: PathBuf,
    cropper: Cropper<'a>,
    device: Device,
    graph: Graph,
    workers: Workers,
    optimiser: Optimiser,
    history: Vec<EpochRecord>,
}

/// What one thread found in one step.
struct Share {
    loss: f64,
    gradients: Gradients,
    statistics: Vec<BatchStatistics>,
}

impl<'a> Fit<'a> {
    /// Begins a fit in a folder, which is made; its network starts from `start` where there is one.
    ///
    /// # Errors
    /// [`FitError::Begun`] where there is one already, and when the folder cannot be made or `start` does not fit.
    pub fn begin(
        recipe: &'a ModelRecipe,
        corpus: &'a Corpus,
        start: Option<&Start>,
        folder: &Path,
    ) -> Result<Self, FitError> {
        if checkpoint_file(folder).exists() {
            return Err(FitError::Begun { folder: folder.to_owned() });
        }
        std::fs::create_dir_all(folder).map_err(|source| FitError::File { file: folder.to_owned(), source })?;
        let fit = Self::fresh(recipe, corpus, folder)?;
        if let Some(start) = start {
            let mut parameters = fit.graph.parameters().to_tensors()?;
            start.replace(&mut parameters)?;
            fit.graph.parameters().set(&parameters)?;
        }
        Ok(fit)
    }

    /// Goes on after the last whole epoch of the fit in a folder.
    ///
    /// # Errors
    /// [`FitError::NothingToResume`] where there is none or it has another recipe, and when it cannot be read.
    pub fn resume(recipe: &'a ModelRecipe, corpus: &'a Corpus, folder: &Path) -> Result<Self, FitError> {
        let refused = |found| FitError::NothingToResume { folder: folder.to_owned(), found };
        let checkpoint = Checkpoint::read(&checkpoint_file(folder))?.ok_or_else(|| refused("no checkpoint"))?;
        if checkpoint.progress.recipe != *recipe {
            return Err(refused("another recipe"));
        }
        let fit = Self::fresh(recipe, corpus, folder)?;
        fit.graph.parameters().set(&checkpoint.parameters)?;
        Ok(Self { optimiser: checkpoint.optimiser, history: checkpoint.progress.history, ..fit })
    }

    fn fresh(recipe: &'a ModelRecipe, corpus: &'a Corpus, folder: &Path) -> Result<Self, FitError> {
        let device = device()?;
        let graph = Graph::new(&recipe.layers, corpus.front_end.shape(), recipe.fit.seed)?;
        let mut graph = graph.on(&device)?;
        graph.freeze(&recipe.transfer.freeze);
        Ok(Self {
            recipe,
            corpus,
            folder: folder.to_owned(),
            cropper: Cropper::new(corpus, recipe).ok_or(FitError::NothingToDraw)?,
            device,
            graph,
            workers: Workers::new(recipe.fit.threads)?,
            optimiser: Optimiser::default(),
            history: Vec::new(),
        })
    }

    /// Every epoch that was finished.
    pub fn history(&self) -> &[EpochRecord] {
        &self.history
    }

    /// The epoch with the lowest validation loss so far, from 0.
    pub fn best_epoch(&self) -> Option<usize> {
        best_epoch(&self.history)
    }

    /// Where the network of the best epoch is.
    pub fn weights_file(&self) -> PathBuf {
        self.folder.join(format!("{}.safetensors", self.recipe.task.name()))
    }

    /// Number of trained values.
    pub fn parameter_count(&self) -> usize {
        self.graph.parameters().count()
    }

    /// Whether all epochs are done, or too many have passed since the best one.
    pub fn is_finished(&self) -> bool {
        let done = self.history.len();
        let since_best = self.best_epoch().map_or(0, |best| done - 1 - best);
        done >= self.recipe.fit.epochs || since_best >= self.recipe.fit.patience_epochs
    }

    /// Runs one epoch, validates, and writes the files. `on_step` hears the loss of every step.
    ///
    /// # Errors
    /// When the loss diverges or a file cannot be read or written; the checkpoint of the epoch before stays.
    pub fn run_epoch(&mut self, on_step: impl FnMut(f64)) -> Result<&EpochRecord, FitError> {
        let (training_loss, gradient_norm) = self.steps(on_step)?;
        let learning_rate = self.learning_rate_at((self.history.len() + 1) * self.recipe.fit.steps - 1);
        let validation = validation::validate(&self.graph, &self.device, self.corpus, self.recipe, &self.workers)?;
        self.history.push(EpochRecord { training_loss, gradient_norm, learning_rate, validation });
        self.write()?;
        Ok(&self.history[self.history.len() - 1])
    }

    /// Runs the steps of an epoch while another thread puts the next batches together. Mean loss and gradient norm.
    fn steps(&mut self, mut on_step: impl FnMut(f64)) -> Result<(f64, f64), FitError> {
        let steps = self.recipe.fit.steps;
        let first = self.history.len() * steps;
        let (mut losses, mut norms) = (0.0, 0.0);
        let cropper = self.cropper.clone();
        std::thread::scope(|scope| {
            let (sender, batches) = mpsc::sync_channel(BATCHES_AHEAD);
            scope.spawn(move || {
                // A fit that has failed no longer listens.
                (first..first + steps).map(|step| cropper.batches(step)).try_for_each(|batches| sender.send(batches))
            });
            for (step, batches) in (first..first + steps).zip(batches) {
                let loss = self.step(step, &batches?, &mut norms)?;
                losses += loss;
                on_step(loss);
            }
            Ok((losses / steps as f64, norms / steps as f64))
        })
    }

    fn learning_rate_at(&self, step: usize) -> f64 {
        self.recipe.fit.learning_rate_at(step, self.history.iter().map(|record| record.validation.loss))
    }

    /// One step of the optimiser; adds the norm of the gradients to `norms` and returns the loss.
    fn step(&mut self, step: usize, batches: &[Batch], norms: &mut f64) -> Result<f64, FitError> {
        let fit = &self.recipe.fit;
        let Share { loss, mut gradients, statistics } = self.shares(batches)?;
        if !loss.is_finite() {
            return Err(FitError::Diverged { step, loss });
        }
        self.graph.parameters().absorb(&statistics)?;
        *norms += optimiser::clip(&mut gradients, fit.gradient_norm);
        let rate = self.learning_rate_at(step);
        self.optimiser.update(self.graph.parameters(), &gradients, step, rate, fit.weight_decay)?;
        Ok(loss)
    }

    /// Loss and gradients of one step, a thread for each batch.
    fn shares(&self, batches: &[Batch]) -> Result<Share, FitError> {
        let shares = self.workers.each(batches, |batch| self.share(batch));
        let threads = batches.len();
        let mut sum = Share { loss: 0.0, gradients: Gradients::new(), statistics: Vec::new() };
        for share in shares {
            let share = share?;
            sum.loss += share.loss / threads as f64;
            sum.statistics.extend(share.statistics);
            for (name, gradient) in share.gradients {
                let total = sum.gradients.entry(name).or_insert_with(|| vec![0.0; gradient.len()]);
                total.iter_mut().zip(gradient).for_each(|(total, value)| *total += value / threads as f32);
            }
        }
        Ok(sum)
    }

    fn share(&self, batch: &Batch) -> Result<Share, FitError> {
        let batch = batch.on(&self.device)?;
        let output = self.graph.train(&batch.frames)?;
        let loss = batch.loss(&output.logits)?;
        let store = loss.backward()?;
        let mut gradients = Gradients::new();
        for (name, variable) in self.graph.parameters().trainable() {
            if let Some(gradient) = store.get(variable) {
                gradients.insert(name.to_owned(), gradient.flatten_all()?.to_vec1()?);
            }
        }
        Ok(Share { loss: f64::from(loss.to_scalar::<f32>()?), gradients, statistics: output.statistics })
    }

    /// Writes the best network before the checkpoint that calls it the best: between the two, a kill repeats the
    /// epoch, which writes the same file again.
    fn write(&self) -> Result<(), FitError> {
        let parameters = self.graph.parameters().to_tensors()?;
        if self.best_epoch() == self.history.len().checked_sub(1) {
            let file = self.weights_file();
            export::weights(&file, self.recipe, self.corpus, parameters.clone())?.write(&file)?;
        }
        Checkpoint::new(self.recipe.clone(), self.history.clone(), parameters, self.optimiser.clone())
            .write(&checkpoint_file(&self.folder))?;
        let log = self.folder.join("log.csv");
        write_log(&log, self.recipe.task, &self.history).map_err(|source| FitError::File { file: log, source })?;
        let events = self.folder.join(EVENT_FILE);
        write_events(&events, self.recipe.task, &self.history)
            .map_err(|source| FitError::File { file: events, source })?;
        report::write(self)
    }
}

fn checkpoint_file(folder: &Path) -> PathBuf {
    folder.join("checkpoint.safetensors")
}

#[cfg(test)]
mod tests;
