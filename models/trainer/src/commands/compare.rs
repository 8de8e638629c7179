//! `attacca-train compare`: several weights files of one task in one table.

use std::path::PathBuf;

use attacca_models::{Network, Task, WeightsFile};
use clap::Args;

use super::{
    evaluate::{EvaluateCommandError, read_annotated},
    table::{Table, interval},
};
use crate::evaluate::{
    declared_latency_ms, listen_to_all,
    piece::Piece,
    scoring::{Mean, all_scores, means},
};

/// Scores several weights files of one task on the same recordings, through the streaming engine.
#[derive(Debug, Args)]
pub struct CompareCommand {
    /// The weights files.
    #[arg(required = true)]
    weights: Vec<PathBuf>,
    /// A folder of annotated recordings, or a dataset of `data make` (its validation split).
    #[arg(long, value_name = "DATA")]
    data: PathBuf,
    /// Print the table in Markdown.
    #[arg(long)]
    markdown: bool,
}

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub enum CompareCommandError {
    /// A weights file or the recordings were refused.
    #[error(transparent)]
    Evaluate(#[from] EvaluateCommandError),
    /// The files listen for different things.
    #[error("{}: expected a network for the task `{expected}`, as in the first file, found one for `{actual}`", file.display())]
    OtherTask {
        /// The file.
        file: PathBuf,
        /// Name of the first file's task.
        expected: &'static str,
        /// Name of this file's task.
        actual: &'static str,
    },
}

/// The metrics of a task that tell networks apart, and their headings.
const fn main_metrics(task: Task) -> &'static [(&'static str, &'static str)] {
    match task {
        Task::Onset => &[
            ("onset F-measure, 50 ms", "F, 50 ms"),
            ("onset F-measure, 25 ms", "F, 25 ms"),
            ("onset precision, 50 ms", "precision"),
            ("onset recall, 50 ms", "recall"),
        ],
        Task::Beat => &[
            ("beat F-measure", "beat F"),
            ("beat CMLt", "CMLt"),
            ("beat AMLt", "AMLt"),
            ("downbeat F-measure", "downbeat F"),
            ("tempo accuracy 1", "tempo 1"),
        ],
        Task::Voice => &[
            ("voice accuracy", "accuracy"),
            ("voice F-measure", "F"),
            ("voice recall", "recall"),
            ("voice false alarm rate", "false alarms"),
        ],
        Task::Chord => &[
            ("chord majmin WCSR", "majmin"),
            ("chord root WCSR", "root"),
            ("chord sevenths WCSR", "sevenths"),
            ("chord segmentation", "segmentation"),
        ],
        Task::Key => &[("key weighted score", "weighted score"), ("key accuracy", "accuracy")],
    }
}

impl CompareCommand {
    /// Runs the command.
    ///
    /// # Errors
    /// [`CompareCommandError`] with a message for the user.
    pub fn run(self) -> Result<(), CompareCommandError> {
        let files = self.weights.iter().map(|path| WeightsFile::read(path).map_err(EvaluateCommandError::from));
        let files: Vec<WeightsFile> = files.collect::<Result<_, _>>()?;
        // The argument is required: there is a first one.
        let Some(task) = files.first().map(|file| file.description().task) else { return Ok(()) };
        if let Some(index) = files.iter().position(|file| file.description().task != task) {
            return Err(CompareCommandError::OtherTask {
                file: self.weights[index].clone(),
                expected: task.name(),
                actual: files[index].description().task.name(),
            });
        }
        let pieces = read_annotated(&self.data, task)?;
        let metrics = main_metrics(task);
        let costs = ["parameters", "flops a hop", "bytes a hop", "latency, ms"];
        let scores = metrics.iter().map(|(_, heading)| *heading);
        let headings = ["network"].into_iter().chain(scores).chain(["95 % interval of the first"]).chain(costs);
        let mut table = Table::new(headings.map(str::to_owned));
        for file in &files {
            table.row(row(file, &pieces, metrics)?);
        }
        println!("{} pieces, means over them", pieces.len());
        print!("{}", if self.markdown { format!("\n{}", table.markdown()) } else { table.plain() });
        Ok(())
    }
}

fn row(file: &WeightsFile, pieces: &[Piece], metrics: &[(&str, &str)]) -> Result<Vec<String>, EvaluateCommandError> {
    let description = file.description();
    let heard = listen_to_all(file, &[], pieces)?;
    let means = means(&all_scores(description.task, pieces, &heard)?);
    let mean = |name: &str| means.iter().find(|mean: &&Mean| mean.name == name);
    let network = Network::new(file)?;
    let cost = network.hop_cost();
    let mut row = vec![description.name.clone()];
    row.extend(metrics.iter().map(|(name, _)| mean(name).map_or("–".to_owned(), |mean| format!("{:.3}", mean.value))));
    row.push(metrics.first().and_then(|(name, _)| mean(name)).map_or(String::new(), interval));
    row.extend([network.parameter_count().to_string(), cost.flops.to_string(), cost.weight_bytes.to_string()]);
    row.push(format!("{:.1}", declared_latency_ms(file)?));
    Ok(row)
}
