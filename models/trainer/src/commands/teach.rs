//! `attacca-train data teach`: labels for unlabelled recordings.

use std::path::PathBuf;

use attacca_models::description::Task;
use clap::{Args, ValueEnum};

use crate::teach::{
    Request, TeachError,
    environment::{Environment, EnvironmentError},
    excerpts::EXCERPT_SECONDS,
    teach,
};

/// Labels unlabelled recordings by free-licence teachers: what two of them agree on is kept, the rest masked.
#[derive(Debug, Args)]
pub struct TeachCommand {
    /// Folder of the recordings, with a file recordings.toml that says where they come from.
    recordings: PathBuf,
    /// Folder of the dataset.
    #[arg(long, value_name = "DATASET")]
    out: PathBuf,
    /// What to label them for.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "voice,chord,beat,onset")]
    tasks: Vec<TaughtTask>,
    /// The teachers' Python environment.
    #[arg(long, value_name = "DIR", default_value = "teachers-venv")]
    venv: PathBuf,
    /// Make the teachers' environment first, and install their packages in it (about 7 GB).
    #[arg(long)]
    install: bool,
}

/// A task that there are teachers for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TaughtTask {
    Voice,
    Chord,
    Beat,
    Onset,
}

impl From<TaughtTask> for Task {
    fn from(task: TaughtTask) -> Self {
        match task {
            TaughtTask::Voice => Self::Voice,
            TaughtTask::Chord => Self::Chord,
            TaughtTask::Beat => Self::Beat,
            TaughtTask::Onset => Self::Onset,
        }
    }
}

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub enum TeachCommandError {
    /// The teachers' environment cannot be used.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// The recordings could not be labelled.
    #[error(transparent)]
    Teach(#[from] TeachError),
}

impl TeachCommand {
    /// Runs the command.
    ///
    /// # Errors
    /// [`TeachCommandError`] with a message for the user.
    pub fn run(self) -> Result<(), TeachCommandError> {
        let environment = if self.install { Environment::install(&self.venv) } else { Environment::open(&self.venv) }?;
        let tasks = self.tasks.into_iter().map(Task::from).collect();
        let request = Request { recordings: self.recordings, output: self.out, tasks };
        let report = teach(&request, &environment)?;
        for (recording, reason) in &report.skipped {
            println!("skipped {recording}: {reason}");
        }
        println!("{} excerpts of {EXCERPT_SECONDS} s in {}", report.excerpts, request.output.display());
        for (task, seconds) in &report.labelled_seconds {
            println!("{:6} {:7.1} min on which the teachers agree", task.name(), seconds / 60.0);
        }
        println!("beds   {:7.1} min without any voice", report.bed_seconds / 60.0);
        Ok(())
    }
}
