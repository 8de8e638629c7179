//! One recording with its annotations: read, checked, cut, written.

use std::{
    fs,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use attacca_decode::{Mono, mono};
use attacca_models::Task;
use serde::{Deserialize, Serialize};

use crate::{
    data::{
        Labels, Split,
        dataset::{self, Record},
        hash::hash,
    },
    render::SAMPLE_RATE,
};

use super::{ImportError, SOURCE, Settings, cut, layout, pairs::Pair, problem::Problem};

/// Folder of the outcomes below that of the dataset.
pub const OUTCOMES: &str = "outcomes";

/// A recording to be imported.
#[derive(Clone, Debug)]
pub struct Job {
    /// The recording and its annotations.
    pub pair: Pair,
    /// Name that its examples start with.
    pub name: String,
    /// Its path below the imported folder, without extension.
    pub piece: String,
    /// What its examples are for.
    pub split: Split,
}

/// What became of a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Hash of the files' names, sizes and times, and of the settings that matter.
    state: u64,
    /// Names of its examples.
    pub examples: Vec<String>,
    /// What its examples are for.
    pub split: Split,
    /// Length in seconds.
    pub seconds: f64,
    /// Tasks that it is labelled for.
    pub tasks: Vec<Task>,
    /// What was skipped, and why.
    pub skipped: Vec<String>,
    /// What else there is to say.
    pub remarks: Vec<String>,
}

/// Imports a recording, unless that has been done and nothing has changed since.
pub fn import(settings: &Settings, job: &Job) -> Result<Outcome, ImportError> {
    let file = settings.output.join(OUTCOMES).join(format!("{}.json", job.name));
    let state = state(settings, job)?;
    if file.is_file() {
        let known: Outcome = dataset::read_json(&file)?;
        if known.state == state && (known.skipped.is_empty() || !settings.strict) {
            return Ok(known);
        }
    }
    let mut outcome = Outcome {
        state,
        examples: Vec::new(),
        split: job.split,
        seconds: 0.0,
        tasks: Vec::new(),
        skipped: Vec::new(),
        remarks: Vec::new(),
    };
    match mono::read_at(&job.pair.recording, SAMPLE_RATE) {
        Ok(recording) => {
            outcome.seconds = recording.seconds();
            let damage = recording.damage.iter().map(|damage| format!("{}: {damage}", job.pair.recording.display()));
            outcome.remarks.extend(damage);
            let (labels, problems) = labels(settings, job, recording.seconds(), &mut outcome.remarks);
            for problem in problems {
                skip(settings, &mut outcome, problem)?;
            }
            outcome.tasks = tasks(&labels);
            if outcome.tasks.is_empty() {
                skip(settings, &mut outcome, Problem::NoAnnotation { file: job.pair.recording.clone() })?;
            } else {
                outcome.examples = write(settings, job, &recording, &labels)?;
            }
        }
        Err(source) => {
            skip(settings, &mut outcome, Problem::Audio { file: job.pair.recording.clone(), source })?;
        }
    }
    dataset::write_json(&file, &outcome)?;
    Ok(outcome)
}

/// Notes a problem, or gives up for it.
fn skip(settings: &Settings, outcome: &mut Outcome, problem: Problem) -> Result<(), ImportError> {
    if settings.strict {
        return Err(problem.into());
    }
    outcome.skipped.push(problem.to_string());
    Ok(())
}

/// The labels of all annotations together, and what is wrong with some of them.
fn labels(settings: &Settings, job: &Job, seconds: f64, remarks: &mut Vec<String>) -> (Labels, Vec<Problem>) {
    let mut together = Together::default();
    for annotation in &job.pair.annotations {
        match layout::read(annotation, seconds, settings.midi_beats) {
            Ok((labels, remarked)) => {
                remarks.extend(remarked);
                together.add(annotation, labels);
            }
            Err(problem) => together.problems.push(problem),
        }
    }
    (together.labels, together.problems)
}

/// Labels with the files that they are from.
#[derive(Default)]
struct Together {
    labels: Labels,
    from: Vec<(Task, PathBuf)>,
    problems: Vec<Problem>,
}

impl Together {
    /// Takes an annotation's labels; of two annotations that differ neither counts.
    fn add(&mut self, file: &Path, labels: Labels) {
        let Labels { onsets, beats, chords, voice, keys } = labels;
        let all = &mut self.labels;
        let differing = [
            (Task::Onset, merge(&mut all.onsets, onsets, self.from.iter().any(|from| from.0 == Task::Onset))),
            (Task::Beat, merge(&mut all.beats, beats, self.from.iter().any(|from| from.0 == Task::Beat))),
            (Task::Chord, merge(&mut all.chords, chords, self.from.iter().any(|from| from.0 == Task::Chord))),
            (Task::Voice, merge(&mut all.voice, voice, self.from.iter().any(|from| from.0 == Task::Voice))),
            (Task::Key, merge(&mut all.keys, keys, self.from.iter().any(|from| from.0 == Task::Key))),
        ];
        for (task, merged) in differing {
            match merged {
                Merged::Nothing => {}
                Merged::Taken => self.from.push((task, file.to_owned())),
                Merged::Differs => {
                    let first = self.from.iter().find(|from| from.0 == task).map(|from| from.1.clone());
                    let first = first.unwrap_or_default();
                    self.problems.push(Problem::TwoAnnotations { first, second: file.to_owned(), task });
                }
            }
        }
    }
}

/// What became of labels that were added to others.
enum Merged {
    Nothing,
    Taken,
    Differs,
}

fn merge<T: PartialEq>(all: &mut Option<T>, found: Option<T>, was_taken: bool) -> Merged {
    match (all.as_ref(), found) {
        (_, None) => Merged::Nothing,
        (None, Some(found)) if !was_taken => {
            *all = Some(found);
            Merged::Taken
        }
        (Some(known), Some(found)) if *known == found => Merged::Nothing,
        _ => {
            *all = None;
            Merged::Differs
        }
    }
}

fn tasks(labels: &Labels) -> Vec<Task> {
    let labelled = [
        (Task::Onset, labels.onsets.is_some()),
        (Task::Beat, labels.beats.is_some()),
        (Task::Voice, labels.voice.is_some()),
        (Task::Chord, labels.chords.is_some()),
        (Task::Key, labels.keys.is_some()),
    ];
    labelled.into_iter().filter(|(_, labelled)| *labelled).map(|(task, _)| task).collect()
}

/// Writes the excerpts; returns their names.
fn write(settings: &Settings, job: &Job, recording: &Mono, labels: &Labels) -> Result<Vec<String>, ImportError> {
    let bounds = cut::bounds(recording.samples.len(), recording.sample_rate_hz);
    let rate = f64::from(recording.sample_rate_hz);
    let mut names = Vec::with_capacity(bounds.len());
    for (number, pair) in bounds.windows(2).enumerate() {
        let (from, to) = (pair[0], pair[1]);
        let seconds = (to - from) as f64 / rate;
        let record = Record {
            name: format!("{}-{number:03}", job.name),
            split: job.split,
            source: SOURCE.to_owned(),
            piece: job.piece.clone(),
            soundfont: String::new(),
            augmentation: Vec::new(),
            seconds,
            labels: cut::labels(labels, from as f64 / rate, seconds),
        };
        dataset::write_example(&settings.output, &record, &recording.samples[from..to], SAMPLE_RATE)?;
        names.push(record.name);
    }
    Ok(names)
}

/// Changes whenever the recording, its annotations or what is done with them does.
fn state(settings: &Settings, job: &Job) -> Result<u64, Problem> {
    let mut all = format!("{:?} {}", job.split, settings.midi_beats);
    for file in std::iter::once(&job.pair.recording).chain(&job.pair.annotations) {
        let unreadable = |source| Problem::Read { file: file.clone(), source };
        let facts = fs::metadata(file).map_err(unreadable)?;
        let changed = facts.modified().map_err(unreadable)?;
        let changed = changed.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos());
        all.push_str(&format!("\n{} {} {changed}", file.display(), facts.len()));
    }
    Ok(hash(all.as_bytes()))
}
