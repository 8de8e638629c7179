//! A user's own recordings with annotations, as a dataset like any other.
//!
//! ```text
//! folder ─► pairs ─► layout: beats · onsets · chords · voice · JAMS · MIDI ─► labels ─► cut ─► examples
//!             recordings with their annotations                                60 s at most
//! ```
//! What has a problem is skipped and reported, unless the import is strict. A recording whose examples are written leaves
//! an outcome behind, with which another run goes on; one that has changed since, or whose annotations have, is
//! imported again.

pub mod beats;
pub mod chords;
pub mod cut;
pub mod groups;
pub mod jams;
pub mod layout;
pub mod midi;
pub mod onsets;
pub mod pairs;
pub mod problem;
mod recording;
pub mod report;
pub mod text;
pub mod timeline;
pub mod voice;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use attacca_models::description::DataSource;
use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    data::{
        DatasetError,
        dataset::{self, DATASET_VERSION, Manifest},
        hash::hash,
        make::drawn_split,
    },
    render::SAMPLE_RATE,
};

use self::{
    groups::Groups,
    pairs::Pair,
    problem::Problem,
    recording::{Job, Outcome},
};

pub use self::report::Report;

/// The kind of source that imported examples are of.
pub const SOURCE: &str = "import";

/// What to import, and how.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Folder with recordings and annotations.
    pub folder: PathBuf,
    /// Folder of the dataset.
    pub output: PathBuf,
    /// What the material is called.
    pub source_name: String,
    /// Its licence and the credit it asks for.
    pub licence: String,
    /// What the division into fitting and validation follows from.
    pub seed: u64,
    /// Share of the groups kept for validation, 0 to 1.
    pub validation_share: f64,
    /// File of groups that stay together; each recording is a group of its own without.
    pub groups: Option<PathBuf>,
    /// Whether beats are taken from MIDI files with less than two tempo events.
    pub midi_beats: bool,
    /// Whether the first problem ends the import.
    pub strict: bool,
    /// Number of threads, at least 1.
    pub threads: usize,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Something is wrong with the material, and the import is strict or cannot begin.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// The dataset cannot be written.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The folder holds a dataset of another kind.
    #[error("{}: expected a new folder or one of an earlier import, found a dataset that a recipe makes: give another --out", .0.display())]
    OtherDataset(PathBuf),
    /// The recordings are imported into themselves.
    #[error("{}: expected a folder outside of the recordings, found one below them: give another --out", .0.display())]
    Inside(PathBuf),
    /// Nothing is left.
    #[error("{}: expected recordings with annotations, found none that could be used:\n{report}", folder.display())]
    Nothing {
        /// The folder.
        folder: PathBuf,
        /// What was wrong.
        report: Box<Report>,
    },
}

/// Imports a folder, or goes on importing it.
///
/// # Errors
/// [`ImportError`]; what has been imported so far stays, and the next call goes on from there.
pub fn import(settings: &Settings) -> Result<Report, ImportError> {
    let output = &settings.output;
    if output.join("recipe.json").exists() {
        return Err(ImportError::OtherDataset(output.clone()));
    }
    if is_below(output, &settings.folder) {
        return Err(ImportError::Inside(output.clone()));
    }
    for folder in [output.join("examples"), output.join(recording::OUTCOMES)] {
        fs::create_dir_all(&folder).map_err(|source| Problem::Read { file: folder, source })?;
    }
    let groups = settings.groups.as_deref().map(Groups::read).transpose()?.unwrap_or_default();
    let mut found = pairs::find(&settings.folder)?;
    if settings.strict && !found.problems.is_empty() {
        return Err(found.problems.swap_remove(0).into());
    }
    let mut report = Report::default();
    report.skipped.extend(found.problems.iter().map(Problem::to_string));
    report.remarks.extend(found.others.iter().map(|file| format!("{}: belongs to no recording", file.display())));
    let jobs = jobs(settings, &groups, found.pairs);
    let outcomes = carry_out(settings, &jobs)?;
    finish(settings, outcomes, report)
}

/// One job a recording, each with a name of its own.
fn jobs(settings: &Settings, groups: &Groups, pairs: Vec<Pair>) -> Vec<Job> {
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    let mut jobs = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let place = pair.recording.strip_prefix(&settings.folder).unwrap_or(&pair.recording).to_path_buf();
        let piece = place.with_extension("").to_string_lossy().into_owned();
        let plain = |character: char| if character.is_alphanumeric() { character } else { '_' };
        let mut name: String = piece.chars().map(plain).collect();
        let uses = names.entry(name.to_lowercase()).or_insert(0);
        *uses += 1;
        if *uses > 1 {
            name = format!("{name}-{:016x}", hash(place.to_string_lossy().as_bytes()));
        }
        let split = drawn_split(settings.seed, settings.validation_share, SOURCE, &groups.of(&place));
        jobs.push(Job { pair, name, piece, split });
    }
    jobs
}

/// Imports the recordings on several threads; their outcomes are in the order of the jobs.
fn carry_out(settings: &Settings, jobs: &[Job]) -> Result<Vec<Outcome>, ImportError> {
    let bar = ProgressBar::new(jobs.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} recordings, {elapsed} passed, {eta} left") {
        bar.set_style(style);
    }
    let next = AtomicUsize::new(0);
    let outcomes: Mutex<BTreeMap<usize, Outcome>> = Mutex::default();
    let failure: Mutex<Option<ImportError>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..settings.threads.max(1) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.get(index) else { break };
                    match recording::import(settings, job) {
                        Ok(outcome) => {
                            outcomes.lock().unwrap_or_else(PoisonError::into_inner).insert(index, outcome);
                        }
                        Err(error) => {
                            next.store(jobs.len(), Ordering::Relaxed);
                            failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                        }
                    }
                    bar.inc(1);
                }
            });
        }
    });
    if let Some(error) = failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        bar.abandon();
        return Err(error);
    }
    bar.finish();
    Ok(outcomes.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect())
}

/// Writes the report and the manifest.
fn finish(settings: &Settings, outcomes: Vec<Outcome>, mut report: Report) -> Result<Report, ImportError> {
    let mut examples = Vec::new();
    for outcome in outcomes {
        report.add(&outcome);
        examples.extend(outcome.examples);
    }
    let file = settings.output.join("import-report.txt");
    fs::write(&file, report.to_string()).map_err(|source| DatasetError::File { file, source })?;
    if examples.is_empty() {
        return Err(ImportError::Nothing { folder: settings.folder.clone(), report: Box::new(report) });
    }
    let provenance = DataSource {
        name: settings.source_name.clone(),
        source: "recordings with annotations, imported".to_owned(),
        licence: settings.licence.clone(),
    };
    let manifest = Manifest {
        version: DATASET_VERSION,
        name: settings.source_name.clone(),
        seed: settings.seed,
        sample_rate: SAMPLE_RATE,
        provenance: vec![provenance],
        examples,
    };
    dataset::finish(&settings.output, &manifest)?;
    Ok(report)
}

/// Whether a path, which need not be there yet, lies below a folder.
fn is_below(path: &Path, folder: &Path) -> bool {
    match (std::path::absolute(path), std::path::absolute(folder)) {
        (Ok(path), Ok(folder)) => path.starts_with(folder),
        _ => false,
    }
}
