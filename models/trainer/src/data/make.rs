//! Making a dataset: every excerpt is planned, then rendered on as many threads as there are, unless it is there.

use std::{
    path::PathBuf,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use attacca_engine::features::FeatureStreamError;
use attacca_models::description::DataSource;
use indicatif::{ProgressBar, ProgressStyle};
use rand::{
    Rng, SeedableRng,
    seq::{IndexedRandom, SliceRandom},
};

use super::{
    audibility,
    dataset::{self, DATASET_VERSION, DatasetError, Manifest, Record, Split},
    hash::hash,
    labels::Labels,
    recipe::Recipe,
    sources::{self, Piece, Source, SourceError},
    voices::{self, Cast, Voices, VoicesError},
};
use crate::{
    augment,
    compose::{Random, weighted},
    render::{Ensemble, RenderError, Renderer, SAMPLE_RATE, SamplerError, electric, orchestrate, strings},
    score::{Part, Role, Score},
};

/// Pieces that are tried for an excerpt before its source is given up.
const TRIES: usize = 20;

/// Fewest notes of an excerpt that is worth its place.
const FEWEST_NOTES: usize = 12;

/// Why a dataset could not be made.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// A source gave no music.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A SoundFont could not be used.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The singers or the recordings could not be used.
    #[error(transparent)]
    Voices(#[from] VoicesError),
    /// A sampled instrument could not be used.
    #[error(transparent)]
    Sampler(#[from] SamplerError),
    /// The engine refused the rendered audio.
    #[error(transparent)]
    Engine(#[from] FeatureStreamError),
    /// The folder could not be read or written.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// A SoundFont is in none of the folders.
    #[error("{file}: not found in {folders:?}. Get it from: {source_name}")]
    SoundFont {
        /// Its file name.
        file: String,
        /// Where it was looked for.
        folders: Vec<PathBuf>,
        /// Where a stranger gets it.
        source_name: String,
    },
}

/// Where a dataset is made from and to.
#[derive(Clone, Debug)]
pub struct Places {
    /// Folder that holds the sources' folders.
    pub sources: PathBuf,
    /// Folders that hold the SoundFonts.
    pub soundfonts: Vec<PathBuf>,
    /// Folder of the dataset.
    pub output: PathBuf,
    /// Number of rendering threads, at least 1.
    pub threads: usize,
}

/// Turns a score into audio and labels: the part of the work that needs a SoundFont.
trait Player: Sync {
    fn play(
        &self,
        score: Score,
        source: &dyn Source,
        recipe: &Recipe,
        split: Split,
        random: &mut Random,
    ) -> Result<Played, MakeError>;
}

struct Played {
    audio: Vec<f32>,
    labels: Labels,
    soundfont: String,
    augmentation: Vec<String>,
}

impl Played {
    /// What is no music, after the recipe's effects.
    fn without_music(mut audio: Vec<f32>, recipe: &Recipe, random: &mut Random) -> Self {
        let augmentation = augment::apply(&mut audio, SAMPLE_RATE as f32, &recipe.augmentation, random);
        let labels = Labels::without_music(audio.len() as f64 / f64::from(SAMPLE_RATE));
        Self { audio, labels, soundfont: String::new(), augmentation }
    }
}

/// One excerpt to be made.
#[derive(Clone, Debug, PartialEq)]
struct Plan {
    source: usize,
    name: String,
    /// Pieces to try, the first of which is fit for use becomes the excerpt.
    pieces: Vec<Piece>,
    split: Split,
}

/// Makes a dataset, or goes on making it. Returns the number of examples.
///
/// # Errors
/// [`MakeError`]; what has been rendered so far stays, and the next call goes on from there.
pub fn make(recipe: &Recipe, places: &Places) -> Result<usize, MakeError> {
    let sources = sources::open(recipe, &places.sources)?;
    let band = Band::load(recipe, places)?;
    make_with(recipe, places, &sources, &band)
}

/// The side that a group of pieces is on: the same for every excerpt, and for every source that uses it.
pub fn split_of(recipe: &Recipe, source: &str, group: &str) -> Split {
    drawn_split(recipe.seed, recipe.validation_share, source, group)
}

/// The side that a seed gives a group of pieces, with a share from 0 to 1 for validation.
pub(crate) fn drawn_split(seed: u64, validation_share: f64, source: &str, group: &str) -> Split {
    let draw = hash(format!("{seed}/split/{source}/{group}").as_bytes()) as f64 / u64::MAX as f64;
    if draw < validation_share { Split::Validation } else { Split::Train }
}

fn make_with(
    recipe: &Recipe,
    places: &Places,
    sources: &[Box<dyn Source>],
    player: &dyn Player,
) -> Result<usize, MakeError> {
    dataset::begin(&places.output, recipe)?;
    let plans = plan(recipe, sources);
    let bar = ProgressBar::new(plans.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} excerpts, {elapsed} passed, {eta} left") {
        bar.set_style(style);
    }
    let next = AtomicUsize::new(0);
    let failure: Mutex<Option<MakeError>> = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..places.threads.max(1) {
            scope.spawn(|| {
                while let Some(plan) = plans.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(error) = excerpt(recipe, places, sources[plan.source].as_ref(), player, plan) {
                        next.store(plans.len(), Ordering::Relaxed);
                        if let Ok(mut failure) = failure.lock() {
                            failure.get_or_insert(error);
                        }
                    }
                    bar.inc(1);
                }
            });
        }
    });
    if let Ok(Some(error)) = failure.into_inner() {
        bar.abandon();
        return Err(error);
    }
    bar.finish();
    let mut provenance: Vec<DataSource> = sources.iter().flat_map(|source| source.provenance()).collect();
    provenance.extend(recipe.soundfonts.iter().map(|font| DataSource {
        name: format!("SoundFont {}", font.file),
        source: font.source.clone(),
        licence: font.licence.clone(),
    }));
    provenance.extend(Voices::provenance(recipe));
    provenance.extend(recipe.instruments.iter().map(|instrument| DataSource {
        name: format!("instrument {}", instrument.file),
        source: instrument.source.clone(),
        licence: instrument.licence.clone(),
    }));
    provenance.sort_by(|a, b| a.name.cmp(&b.name));
    provenance.dedup();
    let manifest = Manifest {
        version: DATASET_VERSION,
        name: recipe.name.clone(),
        seed: recipe.seed,
        sample_rate: SAMPLE_RATE,
        provenance,
        examples: plans.iter().map(|plan| plan.name.clone()).collect(),
    };
    dataset::finish(&places.output, &manifest)?;
    Ok(plans.len())
}

/// Deals a source's pieces out to its excerpts, each with a few further ones of the same split to fall back on.
fn plan(recipe: &Recipe, sources: &[Box<dyn Source>]) -> Vec<Plan> {
    let mut plans = Vec::new();
    for (index, (choice, source)) in recipe.sources.iter().zip(sources).enumerate() {
        let kind = choice.music.name();
        let pieces: Vec<Piece> = match source.pieces() {
            Some(pieces) => {
                let mut pieces = pieces.to_vec();
                pieces.shuffle(&mut Random::seed_from_u64(hash(format!("{}/order/{kind}", recipe.seed).as_bytes())));
                pieces
            }
            None => (0..choice.excerpts)
                .map(|number| Piece { name: number.to_string(), group: number.to_string() })
                .collect(),
        };
        for number in 0..choice.excerpts {
            let split = split_of(recipe, kind, &pieces[number % pieces.len()].group);
            let from_here = (0..pieces.len()).map(|step| &pieces[(number + step) % pieces.len()]);
            let same_side = from_here.filter(|piece| split_of(recipe, kind, &piece.group) == split);
            let pieces = same_side.cycle().take(TRIES).cloned().collect();
            plans.push(Plan { source: index, name: format!("{kind}-{number:04}"), pieces, split });
        }
    }
    plans
}

fn excerpt(
    recipe: &Recipe,
    places: &Places,
    source: &dyn Source,
    player: &dyn Player,
    plan: &Plan,
) -> Result<(), MakeError> {
    if dataset::read_record(&places.output, &plan.name)?.is_some() {
        return Ok(());
    }
    let mut random = Random::seed_from_u64(hash(format!("{}/excerpt/{}", recipe.seed, plan.name).as_bytes()));
    if let (Some(audio), Some(piece)) =
        (source.sound(recipe.excerpt_seconds, plan.split, &mut random), plan.pieces.first())
    {
        let played = Played::without_music(audio, recipe, &mut random);
        return write(recipe, places, plan, piece.name.clone(), played);
    }
    let mut refused = None;
    for piece in &plan.pieces {
        let score = match source.excerpt(piece, recipe.excerpt_seconds, plan.split, &mut random) {
            Ok(score) => score,
            Err(error) if error.is_of_one_piece() => {
                refused = Some(error);
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        if score.parts.iter().map(|part| part.notes.len()).sum::<usize>() < FEWEST_NOTES {
            refused = Some(SourceError::Unfit { piece: piece.name.clone(), reason: "too few notes" });
            continue;
        }
        let mut score = score;
        let guest = guest(recipe, source, plan, piece, &mut random)?;
        let name = match &guest {
            Some((name, _)) => format!("{} with a part of {name}", piece.name),
            None => piece.name.clone(),
        };
        let has_guest = guest.is_some();
        score.parts.extend(guest.map(|(_, part)| part));
        let mut played = player.play(score, source, recipe, plan.split, &mut random)?;
        if has_guest {
            // Two tempi and two keys at once: neither is the music's.
            (played.labels.beats, played.labels.chords, played.labels.keys) = (None, None, None);
        }
        return write(recipe, places, plan, name, played);
    }
    let none = SourceError::Unfit { piece: plan.name.clone(), reason: "no piece to choose from" };
    Err(refused.unwrap_or(none).into())
}

fn write(recipe: &Recipe, places: &Places, plan: &Plan, piece: String, played: Played) -> Result<(), MakeError> {
    let record = Record {
        name: plan.name.clone(),
        split: plan.split,
        source: recipe.sources[plan.source].music.name().to_owned(),
        piece,
        soundfont: played.soundfont,
        augmentation: played.augmentation,
        seconds: played.audio.len() as f64 / f64::from(SAMPLE_RATE),
        labels: played.labels,
    };
    Ok(dataset::write_example(&places.output, &record, &played.audio, SAMPLE_RATE)?)
}

/// A part of another piece of the same side, with that piece's name, if one is drawn and the piece has one. A melody is no
/// guest: only one is sung.
fn guest(
    recipe: &Recipe,
    source: &dyn Source,
    plan: &Plan,
    host: &Piece,
    random: &mut Random,
) -> Result<Option<(String, Part)>, MakeError> {
    // Without guests nothing is drawn for them: older recipes give what they gave.
    if recipe.guests == 0.0 || !random.random_bool(recipe.guests) {
        return Ok(None);
    }
    let others: Vec<&Piece> = plan.pieces.iter().filter(|piece| piece.name != host.name).collect();
    let Some(piece) = others.choose(random) else { return Ok(None) };
    let score = match source.excerpt(piece, recipe.excerpt_seconds, plan.split, random) {
        Ok(score) => score,
        Err(error) if error.is_of_one_piece() => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let parts: Vec<Part> = score.parts.into_iter().filter(|part| part.role != Role::Melody).collect();
    Ok(parts.choose(random).cloned().map(|part| (piece.name.clone(), part)))
}

/// The SoundFonts, sampled instruments and voices of a recipe, loaded.
struct Band {
    renderers: Vec<Renderer>,
    ensemble: Ensemble,
    voices: Option<Voices>,
}

impl Band {
    fn load(recipe: &Recipe, places: &Places) -> Result<Self, MakeError> {
        let folders = &places.soundfonts;
        let renderers = recipe.soundfonts.iter().map(|font| {
            let file = folders.iter().map(|folder| folder.join(&font.file)).find(|file| file.is_file());
            let file = file.ok_or_else(|| MakeError::SoundFont {
                file: font.file.clone(),
                folders: folders.clone(),
                source_name: font.source.clone(),
            })?;
            Ok(Renderer::load(&file)?)
        });
        let renderers = renderers.collect::<Result<_, MakeError>>()?;
        let ensemble = Ensemble::load(&recipe.instruments, &places.sources)?;
        Ok(Self { renderers, ensemble, voices: Voices::load(recipe, &places.sources)? })
    }
}

impl Player for Band {
    fn play(
        &self,
        score: Score,
        source: &dyn Source,
        recipe: &Recipe,
        split: Split,
        random: &mut Random,
    ) -> Result<Played, MakeError> {
        let weights: Vec<f64> = recipe.soundfonts.iter().map(|font| font.weight).collect();
        let font = weighted(&weights, random);
        let renderer = &self.renderers[font];
        let seconds = recipe.excerpt_seconds;
        let mut score = score;
        let cast = match &self.voices {
            Some(voices) => voices.cast(&mut score, seconds, split, random).map_err(VoicesError::from)?,
            None => Cast::default(),
        };
        // Without strings or guitars nothing is drawn for them: older recipes give what they gave.
        let is_bowed = recipe.strings > 0.0 && random.random_bool(recipe.strings);
        if is_bowed {
            strings::cast(&mut score, random);
        }
        let is_electric = !is_bowed && recipe.electric > 0.0 && random.random_bool(recipe.electric);
        if is_electric {
            electric::cast(&mut score, random);
        }
        let is_mistaken = self.voices.is_some() && cast.voice.is_none() && voices::mistake(&mut score, random);
        let keep = if is_mistaken || is_bowed || is_electric { 1.0 } else { source.keeps_programs() };
        let (mut score, mut mix) = orchestrate(score, keep, random);
        if is_electric {
            electric::balance(&score, &mut mix, random);
        }
        let sampled = self.ensemble.take_parts(&mut score, &mut mix, random);
        let mut labels = cast.labels(Labels::of_score(&score, &self.ensemble.attacks(renderer.attacks())));
        let mut band = renderer.render(&score, &mix, seconds)?;
        self.ensemble.render(&score, &mix, &mut band, random);
        let mut audio = if self.voices.is_some() { cast.mix(Some(band), seconds) } else { band };
        let mut augmentation = cast.effects;
        augmentation.extend(augment::apply(&mut audio, SAMPLE_RATE as f32, &recipe.augmentation, random));
        if let Some(onsets) = &labels.onsets {
            let heard = audibility::heard(&audio, SAMPLE_RATE, &onsets.values)?;
            labels.mask_unheard(&heard);
        }
        let soundfont = std::iter::once(recipe.soundfonts[font].file.clone()).chain(sampled).collect::<Vec<_>>();
        Ok(Played { audio, labels, soundfont: soundfont.join(" + "), augmentation })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{
        data::{
            Dataset,
            labels::Annotation,
            recipe::{Music, SourceChoice},
        },
        render::AttackTable,
    };

    /// Clicks in place of instruments.
    struct Clicks {
        played: AtomicUsize,
        fails_after: usize,
    }

    impl Clicks {
        fn new(fails_after: usize) -> Self {
            Self { played: AtomicUsize::new(0), fails_after }
        }
    }

    impl Player for Clicks {
        fn play(
            &self,
            score: Score,
            _: &dyn Source,
            recipe: &Recipe,
            _: Split,
            random: &mut Random,
        ) -> Result<Played, MakeError> {
            if self.played.fetch_add(1, Ordering::SeqCst) >= self.fails_after {
                return Err(SourceError::Program { program: "player", reason: "stopped".to_owned() }.into());
            }
            let labels = Labels::of_score(&score, &AttackTable::immediate());
            let mut audio = vec![0.0f32; (recipe.excerpt_seconds * f64::from(SAMPLE_RATE)) as usize];
            for onset in &labels.onsets.as_ref().unwrap().values {
                audio[(onset * f64::from(SAMPLE_RATE)) as usize] = 0.5;
            }
            let augmentation = augment::apply(&mut audio, SAMPLE_RATE as f32, &recipe.augmentation, random);
            Ok(Played { audio, labels, soundfont: String::new(), augmentation })
        }
    }

    fn recipe() -> Recipe {
        let shipped = include_str!("../../recipes/onset-data.toml");
        let mut recipe = Recipe::parse(shipped, Path::new("onset-data.toml")).unwrap();
        recipe.excerpt_seconds = 4.0;
        recipe.validation_share = 0.3;
        recipe.sources.retain(|source| source.music.name() == "generated");
        recipe.sources[0].excerpts = 8;
        recipe
    }

    fn make_in(folder: &Path, threads: usize, player: &Clicks) -> Result<usize, MakeError> {
        let recipe = recipe();
        let places = Places { sources: folder.to_owned(), soundfonts: Vec::new(), output: folder.to_owned(), threads };
        make_with(&recipe, &places, &sources::open(&recipe, folder).unwrap(), player)
    }

    fn bytes_of(folder: &Path) -> Vec<Vec<u8>> {
        let dataset = Dataset::open(folder).unwrap();
        let names = dataset.manifest().examples.iter();
        names
            .flat_map(|name| [format!("examples/{name}.wav"), format!("examples/{name}.json")])
            .map(|name| std::fs::read(folder.join(name)).unwrap())
            .collect()
    }

    #[test]
    fn an_interrupted_dataset_is_finished_as_if_it_had_not_been_and_by_any_number_of_threads() {
        let (whole, resumed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        assert_eq!(make_in(whole.path(), 1, &Clicks::new(usize::MAX)).unwrap(), 8);
        assert!(make_in(resumed.path(), 1, &Clicks::new(3)).is_err());
        assert!(Dataset::open(resumed.path()).is_err());
        let second = Clicks::new(usize::MAX);
        make_in(resumed.path(), 3, &second).unwrap();
        assert_eq!(second.played.load(Ordering::SeqCst), 5);
        assert_eq!(bytes_of(whole.path()), bytes_of(resumed.path()));
    }

    #[test]
    fn a_guest_adds_its_onsets_and_takes_beats_chords_and_keys_from_the_labels() {
        let (alone, together) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let onsets = |folder: &Path, guests: f64| -> Vec<Labels> {
            let recipe = Recipe { guests, ..recipe() };
            let output = folder.to_owned();
            let places = Places { sources: output.clone(), soundfonts: Vec::new(), output, threads: 1 };
            make_with(&recipe, &places, &sources::open(&recipe, folder).unwrap(), &Clicks::new(usize::MAX)).unwrap();
            let dataset = Dataset::open(folder).unwrap();
            let names = dataset.manifest().examples.clone();
            names.iter().map(|name| dataset::read_record(folder, name).unwrap().unwrap().labels).collect()
        };
        let count = |labels: &[Labels]| -> usize {
            labels.iter().map(|labels| labels.onsets.as_ref().map_or(0, |onsets| onsets.values.len())).sum()
        };
        let (without, with) = (onsets(alone.path(), 0.0), onsets(together.path(), 1.0));
        assert!(without.iter().all(|labels| labels.beats.is_some()));
        let guests = with.iter().filter(|labels| labels.beats.is_none() && labels.chords.is_none()).count();
        assert!(guests >= 6, "{guests} of 8 had a guest");
        assert!(count(&with) > count(&without), "{} and {}", count(&with), count(&without));
    }

    #[test]
    fn what_is_no_music_has_labels_that_say_so() {
        let folder = tempfile::tempdir().unwrap();
        let unplayed = include_str!("../../recipes/no-music-data.toml");
        let mut recipe = Recipe::parse(unplayed, Path::new("no-music-data.toml")).unwrap();
        recipe.excerpt_seconds = 2.0;
        recipe.sources[0] = SourceChoice { excerpts: 3, music: Music::NoMusic { speech: 0.0, speakers: Vec::new() } };
        let output = folder.path().to_owned();
        let places = Places { sources: output.clone(), soundfonts: Vec::new(), output, threads: 1 };
        assert_eq!(make(&recipe, &places).unwrap(), 3);
        for example in Dataset::open(folder.path()).unwrap().examples() {
            let labels = example.labels();
            assert!(labels.onsets.as_ref().is_some_and(|onsets| onsets == &Annotation::default()));
            assert!(labels.beats.as_ref().is_some_and(|beats| beats.values.is_empty()));
            assert!(labels.voice.as_ref().is_some_and(|voice| voice.values.is_empty()));
            let chords = &labels.chords.as_ref().unwrap().values;
            assert_eq!(
                chords.iter().map(|chord| (chord.start, chord.end, &*chord.label)).collect::<Vec<_>>(),
                [(0.0, 2.0, "N")]
            );
            assert_eq!(example.audio().unwrap().len(), 88_200);
        }
    }

    #[test]
    fn a_folder_is_not_continued_with_another_recipe() {
        let folder = tempfile::tempdir().unwrap();
        dataset::begin(folder.path(), &recipe()).unwrap();
        let other = Recipe { seed: 1, ..recipe() };
        assert!(matches!(dataset::begin(folder.path(), &other), Err(DatasetError::Contents { field: "recipe", .. })));
    }

    #[test]
    fn groups_stay_on_one_side_and_both_sides_are_used() {
        let recipe = recipe();
        let sides: Vec<Split> = (0..400).map(|group| split_of(&recipe, "mma", &group.to_string())).collect();
        let validation = sides.iter().filter(|side| **side == Split::Validation).count();
        // 400 draws of 0.3 have a deviation of 9; the bounds are four of them.
        assert!((84..156).contains(&validation), "{validation}");
    }

    #[test]
    fn a_missing_soundfont_says_where_to_get_it() {
        let nowhere = PathBuf::from("nowhere");
        let soundfonts = vec![nowhere.clone()];
        let places = Places { sources: nowhere.clone(), soundfonts, output: nowhere, threads: 1 };
        let Err(error) = Band::load(&recipe(), &places) else { panic!("no SoundFont is there") };
        assert!(error.to_string().contains("Debian package"), "{error}");
    }
}
