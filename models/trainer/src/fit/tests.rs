//! Whole fits of a toy problem: events that are steps in the level of one band.

use attacca_models::{
    ActivationFunction, FrontEnd, LayerSpec, Network, Task, WeightsFile,
    front_end::{MelFrontEnd, MelScale, Scaling},
    layer_spec::Cell,
};
use rand::{Rng, SeedableRng};

use super::{settings::tests::settings, *};
use crate::{compose::Random, data::LabelFraming};

const BANDS: usize = 3;
const FRAMES: usize = 200;
const LOG_GAIN: f32 = 100.0;

/// A recipe for a small recurrent network with a batch norm, and excerpts to fit it to.
pub(super) fn toy(seed: u64) -> (ModelRecipe, Corpus) {
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
        },
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
    let mut side = |count| (0..count).map(|_| excerpt(&mut random)).collect::<Vec<_>>();
    let (training, validation) = (side(8), side(3));
    let corpus = Corpus::new(training, validation, &recipe, Vec::new()).unwrap();
    (recipe, corpus)
}

fn excerpt(random: &mut Random) -> Excerpt {
    let mut magnitudes = vec![0.0; FRAMES * BANDS];
    let mut targets = vec![0.0; FRAMES];
    let mut events = Vec::new();
    let mut level = 0.0_f32;
    let mut next = 5;
    for frame in 0..FRAMES {
        level *= 0.9;
        if frame == next {
            next += random.random_range(10..40);
            level = random.random_range(1.0..3.0);
            events.push((frame as f64 + 0.5) / 100.0);
            if let Some(target) = targets.get_mut(frame + 1) {
                *target = 1.0;
            }
        }
        for band in 0..BANDS {
            let compressed = random.random_range(0.0..0.3_f32) + if band == 1 { level } else { 0.0 };
            magnitudes[frame * BANDS + band] = compressed.exp_m1() / LOG_GAIN;
        }
    }
    let targets = Targets::Independent(targets);
    let labels = FramedLabels { targets, weights: vec![1.0; FRAMES], events: vec![events] };
    Excerpt { source: "toy".to_owned(), magnitudes, labels }
}

/// Runs epochs until the fit is finished or `epochs` are done.
fn run(fit: &mut Fit<'_>, epochs: usize) {
    while !fit.is_finished() && fit.history().len() < epochs {
        fit.run_epoch(|_| {}).unwrap();
    }
}

#[test]
fn a_toy_problem_is_learnt_and_exported() {
    let (mut recipe, corpus) = toy(1);
    recipe.fit.epochs = 20;
    let folder = tempfile::tempdir().unwrap();
    let mut fit = Fit::begin(&recipe, &corpus, folder.path()).unwrap();
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
    let (recipe, corpus) = toy(2);
    let (straight, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut fit = Fit::begin(&recipe, &corpus, straight.path()).unwrap();
    run(&mut fit, 4);
    let expected = fit.history().to_vec();

    let mut fit = Fit::begin(&recipe, &corpus, killed.path()).unwrap();
    run(&mut fit, 2);
    // Killed in the middle of the third epoch, and while a checkpoint was being written.
    for step in 20..25 {
        fit.step(step).unwrap();
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
    let (recipe, corpus) = toy(3);
    let folder = tempfile::tempdir().unwrap();
    let error = Fit::resume(&recipe, &corpus, folder.path()).unwrap_err();
    assert!(matches!(error, FitError::NothingToResume { found: "no checkpoint", .. }), "{error}");
    run(&mut Fit::begin(&recipe, &corpus, folder.path()).unwrap(), 1);
    let error = Fit::begin(&recipe, &corpus, folder.path()).unwrap_err();
    assert!(matches!(error, FitError::Begun { .. }), "{error}");
    let mut other = recipe.clone();
    other.fit.seed += 1;
    let error = Fit::resume(&other, &corpus, folder.path()).unwrap_err();
    assert!(matches!(error, FitError::NothingToResume { found: "another recipe", .. }), "{error}");
}

#[test]
fn a_broken_checkpoint_is_refused() {
    let (recipe, corpus) = toy(4);
    let folder = tempfile::tempdir().unwrap();
    run(&mut Fit::begin(&recipe, &corpus, folder.path()).unwrap(), 1);
    let file = checkpoint_file(folder.path());
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let error = Fit::resume(&recipe, &corpus, folder.path()).unwrap_err();
    assert!(matches!(error, FitError::Checkpoint(CheckpointError::Contents { field: "file", .. })), "{error}");
}
