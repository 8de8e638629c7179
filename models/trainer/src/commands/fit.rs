//! `attacca-train fit`: from a recipe and a dataset to a network.

use std::{path::PathBuf, time::Instant};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    data::{Dataset, DatasetError},
    fit::{Corpus, CorpusError, Fit, FitError, TransferError},
    recipe::ModelRecipe,
    recipe_file::RecipeError,
};

/// Fits a network.
#[derive(Debug, Args)]
pub struct FitCommand {
    /// The model's recipe, a TOML file.
    pub(super) recipe: PathBuf,
    /// A dataset; may be given several times.
    #[arg(long, value_name = "DIR", required = true)]
    pub(super) data: Vec<PathBuf>,
    /// Folder of the fit: checkpoint, log, and the weights of the best epoch.
    #[arg(long, value_name = "DIR")]
    pub(super) out: PathBuf,
    /// Go on with the fit in that folder.
    #[arg(long)]
    pub(super) resume: bool,
}

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub enum FitCommandError {
    /// The recipe was refused.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The dataset could not be read.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The dataset could not be heard.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// The network cannot start from the one that the recipe names.
    #[error(transparent)]
    Transfer(#[from] TransferError),
    /// The fit ended early.
    #[error(transparent)]
    Fit(#[from] FitError),
}

impl FitCommand {
    /// Runs the command.
    ///
    /// # Errors
    /// [`FitCommandError`] with a message for the user.
    pub fn run(self) -> Result<(), FitCommandError> {
        let recipe = ModelRecipe::read(&self.recipe)?;
        let datasets = self.data.iter().map(|folder| Dataset::open(folder)).collect::<Result<Vec<_>, _>>()?;
        let hearing = bar("{bar:40} {pos}/{len} excerpts heard, {eta} left");
        let start = recipe.transfer.start(&recipe.front_end)?;
        let mut corpus = Corpus::load(&datasets, &recipe, &hearing)?;
        hearing.finish_and_clear();
        if corpus.unlabelled > 0 {
            let (unlabelled, task) = (corpus.unlabelled, recipe.task.name());
            eprintln!("attacca-train: {unlabelled} examples have no {task} labels and are left out");
        }
        if let Some(start) = &start {
            corpus.follow(start);
        }
        let mut fit = if self.resume {
            Fit::resume(&recipe, &corpus, &self.out)?
        } else {
            Fit::begin(&recipe, &corpus, start.as_ref(), &self.out)?
        };
        println!(
            "{}: {} trained values, {:.1} hours of training data {:?}, {} excerpts for validation",
            recipe.name,
            fit.parameter_count(),
            corpus.training_hours(),
            corpus.sources(),
            corpus.validation.len(),
        );
        run(&mut fit, &recipe)?;
        if let Some(best) = fit.best_epoch() {
            println!("epoch {} was the best: {}", best + 1, fit.weights_file().display());
        }
        Ok(())
    }
}

fn run(fit: &mut Fit<'_>, recipe: &ModelRecipe) -> Result<(), FitError> {
    let steps = bar("{msg} {bar:40} {pos}/{len} steps, {elapsed} passed, {eta} left");
    steps.set_length(recipe.fit.total_steps() as u64);
    steps.set_position((fit.history().len() * recipe.fit.steps) as u64);
    steps.reset_eta();
    while !fit.is_finished() {
        let begun = Instant::now();
        let epoch = fit.history().len() + 1;
        let record = fit.run_epoch(|loss| {
            steps.set_message(format!("epoch {epoch}, loss {loss:.4}"));
            steps.inc(1);
        })?;
        let scores = record.validation.scores.summary(recipe.task);
        let (training, validation) = (record.training_loss, record.validation.loss);
        let seconds = begun.elapsed().as_secs_f64();
        let line = format!("epoch {epoch}: loss {training:.4}, validation {validation:.4}; {scores}; {seconds:.0} s");
        if steps.is_hidden() { println!("{line}") } else { steps.println(line) }
    }
    steps.finish_and_clear();
    Ok(())
}

fn bar(template: &str) -> ProgressBar {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}
