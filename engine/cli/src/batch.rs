//! `attacca analyze`: many recordings, some at the same time.
//!
//! Each job is a thread that takes the next recording, analyses it, writes its results and hands over its summary.
//! Summaries are printed in the order of the command line whatever finishes first. A recording that fails is one line
//! on stderr, and the others go on.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use attacca_decode::printable::Printable;
use attacca_engine::models::{Spelling, Task};

use crate::{
    analysis::{
        Analysis,
        run::{AnalysisError, Settings, run},
    },
    arguments::AnalyzeArguments,
    formats::{Document, Format},
    input::{self, Input, NameClash},
    networks::{self, Choice, NetworksError},
    output::{self, OutputError},
    progress::Display,
    summary,
};

/// Why nothing was analysed.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// Results would overwrite each other.
    #[error(transparent)]
    NameClash(#[from] NameClash),
    /// A network cannot be used.
    #[error(transparent)]
    Networks(#[from] NetworksError),
    /// A format needs a task that is not wanted.
    #[error("--format {format} needs --tasks {task}")]
    FormatNeedsTask {
        /// The format.
        format: String,
        /// The task.
        task: &'static str,
    },
    /// A spelling that follows the key, without keys.
    #[error("--spelling {0} follows the key: name key in --tasks too, or leave --tasks out")]
    SpellingNeedsKey(String),
    /// Results have nowhere to go.
    #[error(
        "say where the results go with --out DIR (without it, one format with a single file, of one recording, goes to \
         the standard output)"
    )]
    NoOut,
    /// The folder for results is none.
    #[error("--out {}: expected a folder, found a file", Printable(.0))]
    OutIsFile(PathBuf),
}

/// What becomes of a recording's results.
enum Destination {
    /// Nothing but the summary.
    Summary,
    /// One document to the standard output.
    Stdout(Format),
    /// Files below a folder, and the summary.
    Folder(PathBuf, Vec<Format>),
}

/// Why one recording failed.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Analysis(#[from] AnalysisError),
    #[error(transparent)]
    Output(#[from] OutputError),
    #[error("cannot be written to the standard output: {0}")]
    Stdout(io::Error),
    #[error("brought the analyser down: {0}; this is a fault in attacca")]
    Panic(String),
}

/// Analyses what the command line asks for; `true` where nothing failed.
///
/// # Errors
/// When the command line cannot be carried out; nothing was analysed then.
pub fn analyze(arguments: &AnalyzeArguments) -> Result<bool, UsageError> {
    let tasks: Vec<_> = arguments.tasks.iter().map(|task| (*task).into()).collect();
    for format in &arguments.format {
        if let Some(task) = format.needs().filter(|task| !tasks.is_empty() && !tasks.contains(task)) {
            return Err(UsageError::FormatNeedsTask {
                format: format!("{format:?}").to_lowercase(),
                task: task.name(),
            });
        }
    }
    if let Some(spelling) = arguments.spelling.filter(|spelling| spelling.follows_key())
        && !tasks.is_empty()
        && !tasks.contains(&Task::Key)
    {
        return Err(UsageError::SpellingNeedsKey(format!("{spelling:?}").to_lowercase()));
    }
    let Choice { networks, tasks } = networks::choose(&tasks, &arguments.model)?;
    let settings = Settings {
        networks,
        tasks,
        block_frames: arguments.block,
        chord_lag_seconds: arguments.chord_lag,
        spelling: arguments.spelling.map(Spelling::from),
    };
    let mut inputs = input::collect(&arguments.files);
    if arguments.out.is_some() {
        input::tell_apart(&mut inputs.recordings)?;
    }
    let destination = destination(arguments, &inputs.recordings)?;
    let batch = Batch {
        settings,
        destination,
        with_bars: arguments.bars,
        quiet: arguments.quiet,
        display: Display::new(!arguments.quiet),
        printer: Mutex::default(),
        all_well: AtomicBool::new(true),
    };
    for failure in &inputs.failures {
        batch.complain(&failure.to_string());
    }
    let available = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let jobs = arguments.jobs.map_or_else(available, NonZeroUsize::get).min(inputs.recordings.len());
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while let Some((index, input)) = take_next(&inputs.recordings, &next) {
                    batch.print_in_order(index, batch.process(input));
                }
            });
        }
    });
    Ok(batch.all_well.into_inner())
}

fn destination(arguments: &AnalyzeArguments, recordings: &[Input]) -> Result<Destination, UsageError> {
    let mut formats = Vec::new();
    for format in &arguments.format {
        if !formats.contains(format) {
            formats.push(*format);
        }
    }
    match (&arguments.out, formats.as_slice()) {
        (Some(folder), _) if folder.exists() && !folder.is_dir() => Err(UsageError::OutIsFile(folder.clone())),
        (Some(folder), []) => Ok(Destination::Folder(folder.clone(), vec![Format::Text])),
        (Some(folder), _) => Ok(Destination::Folder(folder.clone(), formats)),
        (None, [] | [Format::Text]) => Ok(Destination::Summary),
        (None, [Format::Audacity]) => Err(UsageError::NoOut),
        (None, [format]) if recordings.len() == 1 => Ok(Destination::Stdout(*format)),
        (None, _) => Err(UsageError::NoOut),
    }
}

fn take_next<'a>(recordings: &'a [Input], next: &AtomicUsize) -> Option<(usize, &'a Input)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    recordings.get(index).map(|input| (index, input))
}

/// What the jobs share.
struct Batch {
    settings: Settings,
    destination: Destination,
    with_bars: bool,
    quiet: bool,
    display: Display,
    printer: Mutex<Printer>,
    all_well: AtomicBool,
}

/// Texts that wait for those before them.
#[derive(Default)]
struct Printer {
    next: usize,
    waiting: BTreeMap<usize, String>,
    printed_something: bool,
}

impl Batch {
    /// Analyses a recording and writes its results; returns what is to be printed of it.
    fn process(&self, input: &Input) -> String {
        // A decoder's bug must not take the other recordings with it. Nothing outlives the call that a panic could
        // leave half-done: the engine, the decoder and temporary files are all dropped.
        let outcome = catch_unwind(AssertUnwindSafe(|| self.try_process(input)))
            .unwrap_or_else(|panic| Err(Failure::Panic(panic_message(panic.as_ref()))));
        outcome.unwrap_or_else(|failure| {
            self.complain(&format!("{}: {failure}", input.source.label()));
            String::new()
        })
    }

    fn try_process(&self, input: &Input) -> Result<String, Failure> {
        let mut bar = self.display.start(&input.source.label());
        let analysis = run(&input.source, &self.settings, |progress| bar.show(progress))?;
        drop(bar);
        match &self.destination {
            Destination::Summary => Ok(self.summary(&analysis, &[])),
            Destination::Folder(folder, formats) => {
                let files = output::write(&analysis, formats, &folder.join(&input.output_stem))?;
                Ok(self.summary(&analysis, &files))
            }
            Destination::Stdout(format) => {
                for document in format.documents(&analysis) {
                    self.display.above(|| write_to_stdout(&analysis, &document)).map_err(Failure::Stdout)?;
                }
                for warning in &analysis.warnings {
                    self.display.above(|| eprintln!("attacca: {}: note: {warning}", input.source.label()));
                }
                Ok(String::new())
            }
        }
    }

    fn summary(&self, analysis: &Analysis, files: &[PathBuf]) -> String {
        let mut text = summary::text(analysis, self.with_bars);
        if !files.is_empty() {
            text.push_str(&format!("\n  Written         {}", file_list(files)));
        }
        text
    }

    /// Prints a recording's text once all before it are printed.
    fn print_in_order(&self, index: usize, text: String) {
        let mut printer = self.printer.lock().unwrap_or_else(PoisonError::into_inner);
        printer.waiting.insert(index, text);
        loop {
            let turn = printer.next;
            let Some(text) = printer.waiting.remove(&turn) else { return };
            printer.next += 1;
            if self.quiet || text.is_empty() {
                continue;
            }
            let gap = if printer.printed_something { "\n" } else { "" };
            printer.printed_something = true;
            // A reader that went away, as `head` does, wants no more summaries; the files are still written.
            let _ = self.display.above(|| writeln!(io::stdout(), "{gap}{text}"));
        }
    }

    /// One line on stderr about something that failed.
    fn complain(&self, message: &str) {
        self.all_well.store(false, Ordering::Relaxed);
        self.display.above(|| eprintln!("attacca: {message}"));
    }
}

/// Results that differ in their suffix alone, as a shell would expand them: `out/song.{json,html}`.
fn file_list(files: &[PathBuf]) -> String {
    let names: Vec<String> = files.iter().map(|file| Printable(file).to_string()).collect();
    let [first, rest @ ..] = names.as_slice() else { return String::new() };
    if rest.is_empty() {
        return first.clone();
    }
    let shared = rest.iter().fold(first.len(), |shared, name| {
        let same = first.char_indices().zip(name.chars()).take_while(|((_, left), right)| left == right);
        same.last().map_or(0, |((index, character), _)| index + character.len_utf8()).min(shared)
    });
    let suffixes: Vec<&str> = names.iter().map(|name| &name[shared..]).collect();
    format!("{}{{{}}}", &first[..shared], suffixes.join(","))
}

fn write_to_stdout(analysis: &Analysis, document: &Document) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let folder: Option<&Path> = None;
    match (document.write)(analysis, folder, &mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome,
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_listed_briefly() {
        let list = |names: &[&str]| file_list(&names.iter().map(PathBuf::from).collect::<Vec<_>>());
        assert_eq!(list(&["out/é.json"]), "out/é.json");
        assert_eq!(list(&["out/é.json", "out/é.mid", "out/é.html"]), "out/é.{json,mid,html}");
        assert_eq!(list(&["out/a.onsets", "out/a.onsets.txt"]), "out/a.onsets{,.txt}");
    }
}
