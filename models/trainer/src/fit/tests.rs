//! Whole fits of a toy problem: events that are steps in the level of one band.

use attacca_models::{
    ActivationFunction, FrontEnd, LayerSpec, Network, Task, WeightsFile,
    description::DataSource,
    front_end::{MelFrontEnd, MelScale, Scaling},
    layer_spec::Cell,
};
use rand::{Rng, SeedableRng};

use super::{settings::tests::settings, *};
use crate::{
    compose::Random,
    data::{
        LabelFraming,
        features::{AudioStamp, Features},
        labels::Annotation,
    },
};

const BANDS: usize = 3;
const FRAMES: usize = 200;
const LOG_GAIN: f32 = 100.0;

/// A recipe for a small recurrent network with a batch norm, and excerpts to fit it to.
pub(super) struct Toy {
    pub(super) recipe: ModelRecipe,
    pub(super) corpus: Corpus,
    /// Where the features lie.
    pub(super) folder: tempfile::TempDir,
}

pub(super) fn toy(seed: u64) -> Toy {
    let front_end = FrontEnd::Mel(MelFrontEnd {
        window_seconds: 0.02,
        bands: BANDS,
        minimum_hz: 30.0,
        maximum_hz: 8000.0,
        scale: MelScale::Htk,
        difference: true,
        whitening: None,
        harmonic_percussive: None,
        scaling: Scaling::logarithmic(LOG_GAIN),
    });
    let recipe = ModelRecipe {
        name: "toy".to_owned(),
        task: Task::Onset,
        labels: LabelFraming { look_ahead_frames: 1, neighbour: 0.0 },
        front_end,
        fit: FitSettings { learning_rate: 0.02, weight_decay: 0.01, epochs: 6, ..settings() },
        augmentation: Augmentation {
            gain_db: [-3.0, 3.0],
            equaliser_db: 2.0,
            noise: 0.5,
            noise_db: [-80.0, -60.0],
            transpose_semitones: [0, 0],
            detune_cents: [0.0, 0.0],
            ..Augmentation::default()
        },
        transfer: Transfer::default(),
        source_weights: Default::default(),
        layers: vec![
            LayerSpec::Dense { outputs: 6, context_frames: 1 },
            LayerSpec::BatchNorm { epsilon: 1e-3 },
            LayerSpec::Activation { function: ActivationFunction::Relu },
            LayerSpec::Recurrent { cell: Cell::Gru, units: 6, stack: 1 },
            LayerSpec::Dense { outputs: 1, context_frames: 1 },
            LayerSpec::Activation { function: ActivationFunction::Logistic },
        ],
    };
    let mut random = Random::seed_from_u64(seed);
    let folder = tempfile::tempdir().unwrap();
    let mut excerpts =
        (0..11).map(|index| excerpt(&folder.path().join(format!("{index}.features")), &mut random)).collect::<Vec<_>>();
    let validation = excerpts.split_off(8);
    let corpus = Corpus::new(excerpts, validation, &recipe, Vec::new()).unwrap();
    Toy { recipe, corpus, folder }
}

fn excerpt(file: &Path, random: &mut Random) -> Excerpt {
    let mut magnitudes = vec![0.0; FRAMES * BANDS];
    let mut events = Vec::new();
    let mut level = 0.0_f32;
    let mut next = 5;
    for frame in 0..FRAMES {
        level *= 0.9;
        if frame == next {
            next += random.random_range(10..40);
            level = random.random_range(1.0..3.0);
            events.push((frame as f64 + 0.5) / 100.0);
        }
        for band in 0..BANDS {
            let compressed = random.random_range(0.0..0.3_f32) + if band == 1 { level } else { 0.0 };
            magnitudes[frame * BANDS + band] = compressed.exp_m1() / LOG_GAIN;
        }
    }
    let magnitudes = Features::write(file, AudioStamp::default(), BANDS, &magnitudes).unwrap();
    Excerpt { source: "toy".to_owned(), magnitudes, labels: TaskLabels::Onsets(Annotation::unmasked(events)) }
}

/// Runs epochs until the fit is finished or `epochs` are done.
fn run(fit: &mut Fit<'_>, epochs: usize) {
    while !fit.is_finished() && fit.history().len() < epochs {
        fit.run_epoch(|_| {}).unwrap();
    }
}

#[test]
fn a_toy_problem_is_learnt_and_exported() {
    let Toy { mut recipe, corpus, folder: _features } = toy(1);
    recipe.fit.epochs = 20;
    let folder = tempfile::tempdir().unwrap();
    let mut fit = Fit::begin(&recipe, &corpus, None, folder.path()).unwrap();
    run(&mut fit, usize::MAX);
    let best = &fit.history()[fit.best_epoch().unwrap()];
    // Every event is a step in the clear, but some are lower than the noise of the level before.
    let Scores::Peaks(scores) = &best.validation.scores else { panic!("onsets are peaks") };
    assert!(scores[0].f_measure > 0.9, "{best:?}");
    assert!(scores[0].lag_seconds.abs() < 0.006, "{best:?}");
    let weights = WeightsFile::read(&fit.weights_file()).unwrap();
    assert_eq!(weights.description().look_ahead_frames, 1);
    assert_eq!(weights.description().front_end, corpus.front_end);
    Network::new(&weights).unwrap();
    let log = std::fs::read_to_string(folder.path().join("log.csv")).unwrap();
    assert_eq!(log.lines().count(), fit.history().len() + 1);
}

#[test]
fn a_killed_fit_goes_on_exactly() {
    let Toy { recipe, corpus, folder: _features } = toy(2);
    let (straight, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut fit = Fit::begin(&recipe, &corpus, None, straight.path()).unwrap();
    run(&mut fit, 4);
    let expected = fit.history().to_vec();

    let mut fit = Fit::begin(&recipe, &corpus, None, killed.path()).unwrap();
    run(&mut fit, 2);
    // Killed in the middle of the third epoch, and while a checkpoint was being written.
    for step in 20..25 {
        let batches = fit.cropper.batches(step).unwrap();
        fit.step(step, &batches, &mut 0.0).unwrap();
    }
    drop(fit);
    std::fs::write(killed.path().join("checkpoint.part"), b"half of a checkpoi").unwrap();
    let mut fit = Fit::resume(&recipe, &corpus, killed.path()).unwrap();
    assert_eq!(fit.history(), &expected[..2]);
    run(&mut fit, 4);
    assert_eq!(fit.history(), expected);
    for file in ["checkpoint.safetensors", "onset.safetensors", "log.csv"] {
        let read = |folder: &tempfile::TempDir| std::fs::read(folder.path().join(file)).unwrap();
        assert!(read(&straight) == read(&killed), "{file} differs");
    }
}

#[test]
fn another_fits_folder_is_refused() {
    let Toy { recipe, corpus, folder: _features } = toy(3);
    let folder = tempfile::tempdir().unwrap();
    let error = Fit::resume(&recipe, &corpus, folder.path()).unwrap_err();
    assert!(matches!(error, FitError::NothingToResume { found: "no checkpoint", .. }), "{error}");
    run(&mut Fit::begin(&recipe, &corpus, None, folder.path()).unwrap(), 1);
    let error = Fit::begin(&recipe, &corpus, None, folder.path()).unwrap_err();
    assert!(matches!(error, FitError::Begun { .. }), "{error}");
    let mut other = recipe.clone();
    other.fit.seed += 1;
    let error = Fit::resume(&other, &corpus, folder.path()).unwrap_err();
    assert!(matches!(error, FitError::NothingToResume { found: "another recipe", .. }), "{error}");
}

#[test]
fn a_broken_checkpoint_is_refused() {
    let Toy { recipe, corpus, folder: _features } = toy(4);
    let folder = tempfile::tempdir().unwrap();
    run(&mut Fit::begin(&recipe, &corpus, None, folder.path()).unwrap(), 1);
    let file = checkpoint_file(folder.path());
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let error = Fit::resume(&recipe, &corpus, folder.path()).unwrap_err();
    assert!(matches!(error, FitError::Checkpoint(CheckpointError::Contents { field: "file", .. })), "{error}");
}

#[test]
fn frozen_layers_stay_and_a_fit_starts_from_another() {
    let Toy { mut recipe, mut corpus, folder: _features } = toy(5);
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let source =
        |name: &str| DataSource { name: name.to_owned(), source: "test".to_owned(), licence: "CC0".to_owned() };
    corpus.provenance = vec![source("both"), source("first")];
    let mut fit = Fit::begin(&recipe, &corpus, None, first.path()).unwrap();
    run(&mut fit, 1);
    let before = WeightsFile::read(&fit.weights_file()).unwrap();

    recipe.transfer = Transfer {
        weights: Some(fit.weights_file()),
        freeze: vec!["0".to_owned(), "1".to_owned()],
        ..Transfer::default()
    };
    corpus.provenance = vec![source("both"), source("second")];
    let start = recipe.transfer.start(&recipe.front_end).unwrap().unwrap();
    corpus.follow(&start);
    let mut fit = Fit::begin(&recipe, &corpus, Some(&start), second.path()).unwrap();
    run(&mut fit, 1);
    let after = WeightsFile::read(&fit.weights_file()).unwrap();
    let learnt_from: Vec<&str> = after.description().training_data.iter().map(|source| &*source.name).collect();
    assert_eq!(learnt_from, ["both", "first", "second"]);
    for (name, tensor) in after.tensors() {
        let is_frozen = name.starts_with("0.") || name.starts_with("1.");
        // The batch norm of layer 1 included: its running statistics are those that it came with.
        assert_eq!(*tensor == before.tensors()[name], is_frozen, "{name}");
    }
    assert!(fit.history()[0].training_loss < 0.9 * first_loss(first.path()), "it starts ahead");

    let FrontEnd::Mel(mel) = &mut recipe.front_end else { panic!("a toy hears mel bands") };
    mel.bands += 1;
    let error = recipe.transfer.start(&recipe.front_end).unwrap_err();
    assert!(matches!(error, TransferError::FrontEnd { .. }), "{error}");
}

/// The training loss of the first epoch in a folder.
fn first_loss(folder: &Path) -> f64 {
    let log = std::fs::read_to_string(folder.join("log.csv")).unwrap();
    log.lines().nth(1).unwrap().split(',').nth(1).unwrap().parse().unwrap()
}
