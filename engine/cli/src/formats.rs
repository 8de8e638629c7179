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

use attacca_engine::{
    SamplePosition,
    models::{
        Task,
        vocabulary::{ChordOverBass, KeyClass},
    },
};
use clap::ValueEnum;

use crate::analysis::{Analysis, Beat, Onset, states::Change};

/// A format of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// X.onsets, X.beats, X.voice, X.chords and X.keys: plain columns
    Text,
    /// X.json: everything, documented by a schema
    Json,
    /// X.csv: a line for each event
    Csv,
    /// X.lab: the beats as labelled intervals
    Lab,
    /// X.jams: JSON Annotated Music Specification
    Jams,
    /// X.mid: tempo map; beats, onsets, chords and voice as notes
    Midi,
    /// X.onsets.txt, X.beats.txt, X.voice.txt, X.chords.txt and X.keys.txt: label tracks
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
        // One for each task, in the order of `Task::ALL`.
        let each = |documents: [Document; Task::ALL.len()]| {
            let wanted = Task::ALL.into_iter().zip(documents).filter(|(task, _)| analysis.listened_for(*task));
            wanted.map(|(_, document)| document).collect()
        };
        match self {
            Self::Text => each([
                Document { suffix: "onsets", write: text::write_onsets },
                Document { suffix: "beats", write: text::write_beats },
                Document { suffix: "voice", write: text::write_voice },
                Document { suffix: "chords", write: text::write_chords },
                Document { suffix: "keys", write: text::write_keys },
            ]),
            Self::Json => one("json", json::write),
            Self::Csv => one("csv", csv::write),
            Self::Lab => one("lab", lab::write),
            Self::Jams => one("jams", jams::write),
            Self::Midi => one("mid", midi::write),
            Self::Audacity => each([
                Document { suffix: "onsets.txt", write: audacity::write_onsets },
                Document { suffix: "beats.txt", write: audacity::write_beats },
                Document { suffix: "voice.txt", write: audacity::write_voice },
                Document { suffix: "chords.txt", write: audacity::write_chords },
                Document { suffix: "keys.txt", write: audacity::write_keys },
            ]),
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

/// The events of an analysis.
enum AnyEvent<'a> {
    Beat { bar: u32, beat: &'a Beat },
    Onset(&'a Onset),
    Voice(&'a Change<bool>),
    Chord(&'a Change<Option<ChordOverBass>>),
    Key(&'a Change<KeyClass>),
}

impl AnyEvent<'_> {
    fn position(&self) -> SamplePosition {
        match self {
            Self::Beat { beat, .. } => beat.position,
            Self::Onset(onset) => onset.position,
            Self::Voice(change) => change.position,
            Self::Chord(change) => change.position,
            Self::Key(change) => change.position,
        }
    }
}

/// The events in order of time; at the same sample in the order of [`AnyEvent`].
fn events_in_order(analysis: &Analysis) -> impl Iterator<Item = AnyEvent<'_>> {
    let kinds: [Box<dyn Iterator<Item = AnyEvent<'_>> + '_>; 5] = [
        Box::new(analysis.numbered_beats().map(|(bar, beat)| AnyEvent::Beat { bar, beat })),
        Box::new(analysis.onsets.iter().map(AnyEvent::Onset)),
        Box::new(analysis.voice.iter().map(AnyEvent::Voice)),
        Box::new(analysis.chords.iter().map(AnyEvent::Chord)),
        Box::new(analysis.keys.iter().map(AnyEvent::Key)),
    ];
    let mut kinds = kinds.map(Iterator::peekable);
    std::iter::from_fn(move || {
        let next = kinds.iter_mut().filter_map(|events| Some((events.peek()?.position(), events)));
        next.min_by_key(|(position, _)| *position).and_then(|(_, events)| events.next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::example;

    #[test]
    fn events_come_in_order_and_all_of_them() {
        let analysis = example::analysis();
        let positions: Vec<_> = events_in_order(&analysis).map(|event| event.position()).collect();
        assert!(positions.is_sorted());
        let changes = analysis.voice.len() + analysis.chords.len() + analysis.keys.len();
        assert_eq!(positions.len(), analysis.beats.len() + analysis.onsets.len() + changes);
    }

    #[test]
    fn a_task_that_was_not_wanted_has_no_file() {
        let mut analysis = example::analysis();
        analysis.tasks = vec![Task::Onset];
        let suffixes: Vec<_> = Format::Text.documents(&analysis).iter().map(|document| document.suffix).collect();
        assert_eq!(suffixes, ["onsets"]);
    }
}
