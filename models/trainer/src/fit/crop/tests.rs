//! Crops against the frames that the engine's own front end gives.

use std::{collections::BTreeSet, path::Path};

use attacca_engine::features::FeatureStream;
use attacca_models::{
    FrontEnd, Task,
    front_end::{ConstantQFrontEnd, HarmonicPercussive, Scaling, Whitening},
    vocabulary::{ChordClass, ChordQuality},
};

use super::*;
use crate::{
    data::{
        LabelFraming, Labels,
        features::{AudioStamp, Features},
        labels::Annotation,
    },
    fit::{
        Augmentation,
        corpus::bare,
        targets::TaskLabels,
        tests::{Toy, toy},
    },
    score::TimedChord,
};

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

/// Largest difference to what the engine hears: half precision keeps a magnitude to 2⁻¹¹ of itself, its compressed value
/// to at most as much, and no band's deviation is below a twentieth.
const HALF_PRECISION: f32 = 20.0 / 2048.0;

/// A recipe with everything that a mel front end has, and a corpus of [`audio`] alone that is scaled for it.
fn shaped() -> Toy {
    let Toy { mut recipe, folder, .. } = toy(1);
    let FrontEnd::Mel(mel) = &mut recipe.front_end else { panic!("the toy's front end is mel") };
    mel.whitening = Some(Whitening { memory_seconds: 0.1, floor: 1e-3 });
    mel.harmonic_percussive = Some(HarmonicPercussive { frames: 5, bands: 3 });
    mel.scaling.bands = Some(Vec::new());
    let magnitudes = frames(&bare(&recipe.front_end));
    let (file, bands) = (folder.path().join("shaped.features"), recipe.front_end.shape().bands);
    let magnitudes = Features::write(&file, AudioStamp::default(), bands, &magnitudes).unwrap();
    let labels = TaskLabels::Onsets(Annotation::default());
    let excerpt = Excerpt { source: "test".to_owned(), magnitudes, labels };
    let corpus = Corpus::new(vec![excerpt.clone()], vec![excerpt], &recipe, Vec::new()).unwrap();
    Toy { recipe, corpus, folder }
}

#[test]
fn whole_excerpts_are_what_the_engine_hears() {
    let Toy { recipe, corpus, folder: _features } = shaped();
    let batch = whole(&corpus.training, &corpus, &recipe).unwrap();
    let assembled = batch.frames.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let heard = frames(&corpus.front_end);
    assert_eq!(assembled.len(), heard.len());
    for (assembled, heard) in assembled.into_iter().zip(heard) {
        assert!((assembled - heard).abs() < HALF_PRECISION, "{assembled}, not {heard}");
    }
}

#[test]
fn crops_are_what_the_engine_hears_there() {
    let Toy { recipe, corpus, folder: _features } = shaped();
    let (start, width) = (25, corpus.front_end.shape().len());
    let mut assembly = Assembly::new(&corpus, &recipe, 20, 1).unwrap();
    assembly.add(0, &corpus.training[0], start, None).unwrap();
    let heard = frames(&corpus.front_end);
    for (index, (assembled, heard)) in assembly.frames.iter().zip(&heard[start * width..]).enumerate() {
        // The peaks of the fifteen frames before those that were read are forgotten to a tenth of them: none is so much
        // louder than what came later.
        assert!((assembled - heard).abs() < HALF_PRECISION, "frame {}: {assembled}, not {heard}", index / width);
    }
}

#[test]
fn crops_repeat_for_the_same_step_and_differ_between_steps_and_threads() {
    let Toy { recipe, corpus, folder: _features } = toy(1);
    let cropper = Cropper::new(&corpus, &recipe).unwrap();
    let frames =
        |step, thread| cropper.batch(step, thread).unwrap().frames.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    assert_eq!(frames(3, 0), frames(3, 0));
    assert_ne!(frames(3, 0), frames(3, 1));
    assert_ne!(frames(3, 0), frames(4, 0));
}

#[test]
fn frames_before_the_crop_and_beyond_the_excerpt_do_not_count() {
    let Toy { recipe, corpus, folder: _features } = toy(1);
    let recipe = &ModelRecipe { labels: crate::data::LabelFraming { look_ahead_frames: 2, neighbour: 0.0 }, ..recipe };
    let excerpt = &corpus.training[0];
    let length = excerpt.frames();
    let mut assembly = Assembly::new(&corpus, recipe, length, 1).unwrap();
    assembly.add(0, excerpt, 10, None).unwrap();
    let counted = assembly.weights.iter().map(|&weight| weight > 0.0).collect::<Vec<_>>();
    let expected = (0..length).map(|position| (2..length - 10).contains(&position)).collect::<Vec<_>>();
    assert_eq!(counted, expected);
}

/// A chord recipe over three octaves of constant-Q, and one excerpt of frames that name their chord: for `C:maj` the C
/// of the middle octave sounds alone, for `G:min7` its G.
fn chords() -> Toy {
    let Toy { recipe, folder, .. } = toy(1);
    let recipe = ModelRecipe {
        task: Task::Chord,
        labels: LabelFraming { look_ahead_frames: 0, neighbour: 0.0 },
        front_end: FrontEnd::ConstantQ(ConstantQFrontEnd {
            minimum_hz: 32.703,
            bins_per_octave: 12,
            octaves: 3,
            scaling: Scaling::LINEAR,
        }),
        augmentation: Augmentation { transpose_semitones: [-5, 6], ..Augmentation::default() },
        ..recipe
    };
    let sounding = [0_usize, 7].map(|bin| [vec![bin; 60]].concat()).concat();
    let mut magnitudes = vec![0.0; sounding.len() * 36];
    sounding.iter().enumerate().for_each(|(frame, bin)| magnitudes[frame * 36 + 12 + bin] = 1.0);
    let timed = |start, end, label: &str| TimedChord { start, end, label: label.to_owned() };
    let values = vec![timed(0.0, 0.6, "C:maj"), timed(0.6, 1.2, "G:min7")];
    let labels = Labels { chords: Some(Annotation::unmasked(values)), ..Labels::default() };
    let labels = TaskLabels::of(&labels, Task::Chord).unwrap();
    let file = folder.path().join("chords.features");
    let magnitudes = Features::write(&file, AudioStamp::default(), 36, &magnitudes).unwrap();
    let excerpt = Excerpt { source: "test".to_owned(), magnitudes, labels };
    let corpus = Corpus::new(vec![excerpt.clone()], vec![excerpt], &recipe, Vec::new()).unwrap();
    Toy { recipe, corpus, folder }
}

#[test]
fn a_transposed_crop_has_the_transposed_chord() {
    let Toy { recipe, corpus, folder: _features } = chords();
    let cropper = Cropper::new(&corpus, &recipe).unwrap();
    let mut roots = BTreeSet::new();
    for step in 0..20 {
        let batch = cropper.batch(step, 0).unwrap();
        let frames = batch.frames.squeeze(2).unwrap().to_vec3::<f32>().unwrap();
        let targets = batch.targets.to_vec2::<u32>().unwrap();
        for (frame, target) in frames.iter().flatten().zip(targets.iter().flatten()) {
            let loudest = (0..36).max_by(|&a, &b| frame[a].total_cmp(&frame[b])).unwrap();
            let chord = ChordClass::from_class(*target as usize).unwrap();
            assert_eq!(loudest % 12, usize::from(chord.root));
            let expected = [ChordQuality::Major, ChordQuality::MinorSeventh];
            assert!(expected.contains(&chord.quality), "{chord:?}");
            roots.insert((chord.root, chord.quality as u8));
        }
    }
    assert_eq!(roots.len(), 24, "every root of both chords is drawn");
}

#[test]
fn the_first_seconds_of_a_crop_do_not_count() {
    let Toy { mut recipe, corpus, folder: _features } = chords();
    recipe.fit.warm_up_seconds = 0.25;
    let mut assembly = Assembly::new(&corpus, &recipe, 100, 1).unwrap();
    assembly.add(0, &corpus.training[0], 10, None).unwrap();
    assert!(assembly.weights[..25].iter().all(|&weight| weight == 0.0));
    assert!(assembly.weights[25..].iter().all(|&weight| weight == 1.0));
}

/// An excerpt of three bands whose magnitudes are the numbers of its frames, sung from one time to another.
fn sung(file: &Path, frames: usize, voice: [f64; 2]) -> Excerpt {
    let magnitudes: Vec<f32> = (0..frames).flat_map(|frame| [frame as f32; 3]).collect();
    let magnitudes = Features::write(file, AudioStamp::default(), 3, &magnitudes).unwrap();
    let labels = Labels { voice: Some(Annotation::unmasked(vec![voice])), ..Labels::default() };
    Excerpt { source: "test".to_owned(), magnitudes, labels: TaskLabels::of(&labels, Task::Voice).unwrap() }
}

#[test]
fn what_sounds_along_is_added_and_sings_where_either_does() {
    const FRAMING: LabelFraming = LabelFraming { look_ahead_frames: 0, neighbour: 0.0 };
    let folder = tempfile::tempdir().unwrap();
    let excerpt = sung(&folder.path().join("crop.features"), 100, [0.30, 0.40]);
    let along = sung(&folder.path().join("along.features"), 50, [0.05, 0.25]);
    // Frame 20 of the one and frame 10 of the other come together, and so on to the end of the shorter one; before
    // those there are fifteen frames of the one, of which the other has its ten.
    let overlay = Overlay { excerpt: &along, start: 10, gain: 2.0 };
    let mut magnitudes = excerpt.magnitudes.read(5, 75).unwrap();
    overlay.add_to(&mut magnitudes, 3, 15).unwrap();
    for (frame, magnitude) in (5..).zip(magnitudes.iter().step_by(3)) {
        let other = if (10..60).contains(&frame) { frame - 10 } else { 0 };
        assert_eq!(*magnitude, (frame + 2 * other) as f32, "frame {frame}");
    }
    let mut labels = excerpt.framed(FRAMING);
    overlay.join(&mut labels, 20, FRAMING);
    let Targets::Independent(targets) = labels.targets else { panic!("a voice is no class") };
    let sings = |frame: &usize| (30..40).contains(frame) || (20..35).contains(frame);
    let expected: Vec<f32> = (0..100).map(|frame| f32::from(u8::from(sings(&frame)))).collect();
    assert_eq!(targets, expected);
}
