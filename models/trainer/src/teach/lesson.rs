//! Asking a script about many recordings: one process that is started once, since loading its networks takes longer
//! than a recording.
//!
//! The protocol is described in `teachers/teacher.py`. A recording that a script fails on, even by ending, is reported
//! and skipped.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use indicatif::{ProgressBar, ProgressStyle};

use super::environment::Environment;

/// Why a script could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum LessonError {
    /// A file could not be read or written, or Python not be started.
    #[error("{}: {source}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It ended before it had answered anything: most often its package is missing.
    #[error("{name} does not run ({last_words}). Install its package with --install; all it said is in {}", log.display())]
    Silent {
        /// The script's name.
        name: String,
        /// The last line that it printed.
        last_words: String,
        /// All that it printed.
        log: PathBuf,
    },
}

/// A recording to be asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Index of the recording.
    pub recording: usize,
    /// The audio that the script reads.
    pub input: PathBuf,
    /// The file that the script writes; a job whose file is there is done.
    pub output: PathBuf,
}

/// A recording that a script could not answer for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Index of the recording.
    pub recording: usize,
    /// What the script said.
    pub reason: String,
}

/// Has a script do the jobs that are not done yet; `log` receives what its libraries print.
///
/// # Errors
/// [`LessonError`] if the script cannot be run at all.
pub fn ask(
    environment: &Environment,
    name: &str,
    script: &str,
    jobs: &[Job],
    log: &Path,
) -> Result<Vec<Failure>, LessonError> {
    let waiting: Vec<&Job> = jobs.iter().filter(|job| !job.output.is_file()).collect();
    let mut failures = Vec::new();
    if waiting.is_empty() {
        return Ok(failures);
    }
    let bar = progress_bar(name, waiting.len());
    let mut process: Option<Process> = None;
    for job in waiting {
        make_folder_of(&job.output)?;
        let mut asked = match process.take() {
            Some(process) => process,
            None => Process::start(environment, script, log)?,
        };
        match asked.ask(job) {
            Some(Ok(())) => process = Some(asked),
            Some(Err(reason)) => {
                failures.push(Failure { recording: job.recording, reason });
                process = Some(asked);
            }
            None if asked.answers == 0 => {
                let log = log.to_owned();
                return Err(LessonError::Silent { name: name.to_owned(), last_words: last_line(&log), log });
            }
            None => failures.push(Failure { recording: job.recording, reason: format!("{name} broke down") }),
        }
        bar.inc(1);
    }
    bar.finish();
    Ok(failures)
}

/// A bar that counts recordings.
pub(super) fn progress_bar(what: &str, recordings: usize) -> ProgressBar {
    let bar = ProgressBar::new(recordings as u64).with_prefix(what.to_owned());
    match ProgressStyle::with_template("{prefix:16} {bar:40} {pos}/{len} recordings, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Makes the folder that a file is to be in.
pub(super) fn make_folder_of(file: &Path) -> Result<(), LessonError> {
    let Some(folder) = file.parent() else { return Ok(()) };
    fs::create_dir_all(folder).map_err(|source| LessonError::File { file: folder.to_owned(), source })
}

/// A running script. It ends when its input does, that is, when this is dropped.
struct Process {
    child: Child,
    input: Option<ChildStdin>,
    replies: BufReader<ChildStdout>,
    answers: usize,
}

impl Process {
    fn start(environment: &Environment, script: &str, log: &Path) -> Result<Self, LessonError> {
        make_folder_of(log)?;
        let sink = File::options().create(true).append(true).open(log);
        let sink = sink.map_err(|source| LessonError::File { file: log.to_owned(), source })?;
        let python = environment.python();
        let failed = |source| LessonError::File { file: python.clone(), source };
        let mut child = Command::new(&python)
            .arg(environment.script(script))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(sink)
            .spawn()
            .map_err(failed)?;
        let closed = || failed(io::ErrorKind::BrokenPipe.into());
        let input = Some(child.stdin.take().ok_or_else(closed)?);
        let replies = BufReader::new(child.stdout.take().ok_or_else(closed)?);
        Ok(Self { child, input, replies, answers: 0 })
    }

    /// The reply to a job; `None` if the process has ended.
    fn ask(&mut self, job: &Job) -> Option<Result<(), String>> {
        let input = self.input.as_mut()?;
        writeln!(input, "{}\t{}", job.input.display(), job.output.display()).ok()?;
        let mut reply = String::new();
        self.replies.read_line(&mut reply).ok().filter(|length| *length > 0)?;
        self.answers += 1;
        match reply.trim_end().split_once('\t') {
            None => Some(Ok(())),
            Some((_, reason)) => Some(Err(reason.to_owned())),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.input.take());
        // It has been told to end; how it does so changes nothing for what it has written.
        let _ = self.child.wait();
    }
}

fn last_line(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing").trim().to_owned()
}
