//! The formats of results, one module each.
//!
//! A format makes one or two documents; a document knows its suffix and how to write itself. Nothing in a document
//! depends on the machine, the time or how the recording was cut into blocks, so that results can be compared byte by
//! byte.

mod audacity;
mod csv;
mod html;
mod jams;
mod json;
mod lab;
mod midi;
mod text;

use std::{
    io::{self, Write},
    path::Path,
};

use attacca_engine::models::Task;
use clap::ValueEnum;

use crate::analysis::Analysis;

/// A format of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// X.onsets and X.beats: plain columns
    Text,
    /// X.json: everything, documented by a schema
    Json,
    /// X.csv: a line for each event
    Csv,
    /// X.lab: the beats as labelled intervals
    Lab,
    /// X.jams: JSON Annotated Music Specification
    Jams,
    /// X.mid: tempo map, beats and onsets
    Midi,
    /// X.onsets.txt and X.beats.txt: label tracks
    Audacity,
    /// X.html: a page to look at
    Html,
}

/// Writes a document. The folder it will lie in, where there is one, lets a page refer to the recording.
pub type WriteDocument = fn(&Analysis, Option<&Path>, &mut dyn Write) -> io::Result<()>;

/// One file of a format.
pub struct Document {
    /// What follows the recording's stem and a dot.
    pub suffix: &'static str,
    /// Writes it.
    pub write: WriteDocument,
}

impl Format {
    /// The files of this format for what was listened for.
    pub fn documents(self, analysis: &Analysis) -> Vec<Document> {
        let one = |suffix, write| vec![Document { suffix, write }];
        let each = |onsets, beats| {
            [(Task::Onset, onsets), (Task::Beat, beats)]
                .into_iter()
                .filter(|(task, _)| analysis.listened_for(*task))
                .map(|(_, document)| document)
                .collect()
        };
        match self {
            Self::Text => each(
                Document { suffix: "onsets", write: text::write_onsets },
                Document { suffix: "beats", write: text::write_beats },
            ),
            Self::Json => one("json", json::write),
            Self::Csv => one("csv", csv::write),
            Self::Lab => one("lab", lab::write),
            Self::Jams => one("jams", jams::write),
            Self::Midi => one("mid", midi::write),
            Self::Audacity => each(
                Document { suffix: "onsets.txt", write: audacity::write_onsets },
                Document { suffix: "beats.txt", write: audacity::write_beats },
            ),
            Self::Html => one("html", html::write),
        }
    }

    /// The task without which the format has nothing to say.
    pub const fn needs(self) -> Option<Task> {
        match self {
            Self::Lab => Some(Task::Beat),
            _ => None,
        }
    }
}

/// The events of an analysis in order of time, a beat before an onset at the same sample.
enum AnyEvent<'a> {
    Beat { bar: u32, beat: &'a crate::analysis::Beat },
    Onset(&'a crate::analysis::Onset),
}

fn events_in_order(analysis: &Analysis) -> impl Iterator<Item = AnyEvent<'_>> {
    let mut beats = analysis.numbered_beats().peekable();
    let mut onsets = analysis.onsets.iter().peekable();
    std::iter::from_fn(move || {
        let beat_is_next = match (beats.peek(), onsets.peek()) {
            (Some((_, beat)), Some(onset)) => beat.position <= onset.position,
            (beat, _) => beat.is_some(),
        };
        if beat_is_next {
            beats.next().map(|(bar, beat)| AnyEvent::Beat { bar, beat })
        } else {
            onsets.next().map(AnyEvent::Onset)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::example;

    #[test]
    fn events_come_in_order_and_all_of_them() {
        let analysis = example::analysis();
        let positions: Vec<_> = events_in_order(&analysis)
            .map(|event| match event {
                AnyEvent::Beat { beat, .. } => beat.position,
                AnyEvent::Onset(onset) => onset.position,
            })
            .collect();
        assert!(positions.is_sorted());
        assert_eq!(positions.len(), analysis.beats.len() + analysis.onsets.len());
    }

    #[test]
    fn a_task_that_was_not_wanted_has_no_file() {
        let mut analysis = example::analysis();
        analysis.networks.retain(|network| network.task == Task::Onset);
        let suffixes: Vec<_> = Format::Text.documents(&analysis).iter().map(|document| document.suffix).collect();
        assert_eq!(suffixes, ["onsets"]);
    }
}
