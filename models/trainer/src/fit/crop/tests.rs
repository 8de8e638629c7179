//! Crops against the frames that the engine's own front end gives.

use attacca_engine::features::FeatureStream;
use attacca_models::front_end::Scaling;

use super::*;
use crate::fit::{corpus::unscaled, tests::toy};

/// Half a second of something that changes, at 44.1 kHz.
fn audio() -> Vec<f32> {
    let sample =
        |index: usize| (index as f32 * 0.05 * (1.0 + index as f32 / 9000.0)).sin() * (index % 7000) as f32 / 7e3;
    (0..22_050).map(sample).collect()
}

fn frames(front_end: &FrontEnd) -> Vec<f32> {
    let mut frames = Vec::new();
    let mut stream = FeatureStream::new(front_end, 44_100, 1).unwrap();
    stream.push_interleaved(&audio(), |_, frame| frames.extend_from_slice(frame));
    frames
}

#[test]
fn whole_excerpts_are_what_the_engine_hears() {
    let (recipe, corpus) = toy(1);
    let mut recipe = recipe;
    let scaling = Scaling { log_gain: 500.0, mean: 0.7, deviation: 1.3 };
    if let FrontEnd::Mel(mel) = &mut recipe.front_end {
        mel.scaling = scaling;
    }
    let front_end = recipe.front_end.clone();
    let features = frames(&unscaled(&front_end));
    let count = features.len() / front_end.shape().bands;
    let excerpt =
        Excerpt { features, targets: vec![0.0; count], weights: vec![1.0; count], ..corpus.training[0].clone() };
    let batch = whole(&[excerpt], &front_end, &recipe).unwrap();
    let assembled = batch.frames.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let heard = frames(&front_end);
    assert_eq!(assembled.len(), heard.len());
    for (assembled, heard) in assembled.into_iter().zip(heard) {
        // A division here, a multiplication by the reciprocal there.
        assert!((assembled - heard).abs() < 1e-5, "{assembled}, not {heard}");
    }
}

#[test]
fn crops_repeat_for_the_same_step_and_differ_between_steps_and_threads() {
    let (recipe, corpus) = toy(1);
    let cropper = Cropper::new(&corpus, &recipe).unwrap();
    let frames =
        |step, thread| cropper.batch(step, thread).unwrap().frames.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    assert_eq!(frames(3, 0), frames(3, 0));
    assert_ne!(frames(3, 0), frames(3, 1));
    assert_ne!(frames(3, 0), frames(4, 0));
}

#[test]
fn frames_before_the_crop_and_beyond_the_excerpt_do_not_count() {
    let (recipe, corpus) = toy(1);
    let recipe = &ModelRecipe { labels: crate::data::LabelFraming { look_ahead_frames: 2, neighbour: 0.0 }, ..recipe };
    let excerpt = &corpus.training[0];
    let length = excerpt.frames();
    let mut assembly = Assembly::new(&corpus.front_end, recipe, length, 1);
    assembly.add(0, excerpt, 10, None);
    let counted = assembly.weights.iter().map(|&weight| weight > 0.0).collect::<Vec<_>>();
    let expected = (0..length).map(|position| (2..length - 10).contains(&position)).collect::<Vec<_>>();
    assert_eq!(counted, expected);
}
