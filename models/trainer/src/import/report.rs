//! What an import took, what it skipped, and why.

use std::{collections::BTreeMap, fmt};

use attacca_models::Task;

use crate::data::Split;

use super::recording::Outcome;

/// What became of a folder.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Number of recordings imported.
    pub recordings: usize,
    /// Number of examples.
    pub examples: usize,
    /// Number of examples for validation.
    pub validation: usize,
    /// Length of the examples in seconds.
    pub seconds: f64,
    /// Number of recordings by what they are labelled for.
    pub tasks: BTreeMap<&'static str, usize>,
    /// What was skipped, each with its reason.
    pub skipped: Vec<String>,
    /// What else there is to say.
    pub remarks: Vec<String>,
}

impl Report {
    /// Adds what became of a recording.
    pub(super) fn add(&mut self, outcome: &Outcome) {
        self.skipped.extend(outcome.skipped.iter().cloned());
        self.remarks.extend(outcome.remarks.iter().cloned());
        if outcome.examples.is_empty() {
            return;
        }
        self.recordings += 1;
        self.examples += outcome.examples.len();
        self.seconds += outcome.seconds;
        if outcome.split == Split::Validation {
            self.validation += outcome.examples.len();
        }
        for task in &outcome.tasks {
            *self.tasks.entry(Task::name(*task)).or_default() += 1;
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { recordings, examples, validation, seconds, .. } = self;
        writeln!(
            formatter,
            "{recordings} recordings imported: {examples} examples ({validation} for validation), {:.1} minutes",
            seconds / 60.0
        )?;
        for (task, recordings) in &self.tasks {
            writeln!(formatter, "  labelled for {task}: {recordings}")?;
        }
        for (title, lines) in [("Skipped", &self.skipped), ("Remarks", &self.remarks)] {
            if !lines.is_empty() {
                writeln!(formatter, "\n{title}:")?;
                lines.iter().try_for_each(|line| writeln!(formatter, "  {line}"))?;
            }
        }
        Ok(())
    }
}
