//! What is no music: noise, hum, applause, rain, people who talk, silence.
//!
//! A network that has only ever heard music hears music in everything. Here there are neither onsets nor beats, no chord
//! and nobody who sings.

use std::path::{Path, PathBuf};

use attacca_decode::mono;
use attacca_models::description::DataSource;
use rand::{Rng, seq::IndexedRandom};

use super::{Piece, Source, SourceError};
use crate::{
    augment::level::{normalise, root_mean_square},
    compose::{Random, gaussian, weighted},
    data::{
        dataset::Split,
        make::split_of,
        recipe::{Recipe, SingerChoice},
    },
    render::{SAMPLE_RATE, noise, singer},
    score::Score,
};

/// Kinds of sound, with the probability of each where nobody speaks.
const KINDS: [(f64, Kind); 4] = [(0.33, Kind::Noise), (0.2, Kind::Hum), (0.42, Kind::Bursts), (0.05, Kind::Silence)];

/// Probability of another sound under the first.
const TWO_SOUNDS: f64 = 0.35;

/// Softest level of the second sound under the first, in dB.
const UNDER_DB: f64 = -30.0;

/// Probability that several people speak at once, where somebody does.
const BABBLE: f64 = 0.2;

/// Clips of a speaker that are drawn before it is given up that one can be decoded.
const TRIES: usize = 20;

/// Noise, hum, applause, speech and silence as a source.
#[derive(Clone, Debug, PartialEq)]
pub struct NoMusic {
    speech: f64,
    speakers: Vec<Speaker>,
    provenance: Vec<DataSource>,
}

#[derive(Clone, Debug, PartialEq)]
struct Speaker {
    clips: Vec<PathBuf>,
    split: Split,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Noise,
    Hum,
    Bursts,
    Silence,
    Speech,
}

impl NoMusic {
    /// Finds the clips of the speakers, whose folders are looked for in `folder`.
    ///
    /// # Errors
    /// [`SourceError`] for a folder that is not there or holds no clips, and where somebody is to speak but all speakers
    /// are on one side of the split.
    pub fn open(folder: &Path, speech: f64, speakers: &[SingerChoice], recipe: &Recipe) -> Result<Self, SourceError> {
        let found = speakers.iter().map(|choice| {
            let missing =
                || SourceError::Speech { folder: folder.join(&choice.folder), source_name: choice.source.clone() };
            let clips = singer::clips_in(&folder.join(&choice.folder)).map_err(|_| missing())?;
            let clips: Vec<PathBuf> = clips.into_iter().map(|(file, _)| file).collect();
            if clips.is_empty() {
                return Err(missing());
            }
            Ok(Speaker { clips, split: split_of(recipe, "singer", &choice.group) })
        });
        let found = found.collect::<Result<Vec<_>, SourceError>>()?;
        for split in [Split::Train, Split::Validation] {
            let is_needed = speech > 0.0 && (split == Split::Train || recipe.validation_share > 0.0);
            if is_needed && !found.iter().any(|speaker| speaker.split == split) {
                return Err(SourceError::Side { split });
            }
        }
        let mut provenance = vec![DataSource {
            name: "synthesised noise, hum and applause".to_owned(),
            source: "attacca-train itself".to_owned(),
            licence: "MIT OR Apache-2.0".to_owned(),
        }];
        provenance.extend(speakers.iter().map(|choice| DataSource {
            name: format!("voice {}", choice.folder.display()),
            source: choice.source.clone(),
            licence: choice.licence.clone(),
        }));
        Ok(Self { speech, speakers: found, provenance })
    }

    fn draw_kind(&self, random: &mut Random) -> Kind {
        if random.random_bool(self.speech) {
            return Kind::Speech;
        }
        let (weights, kinds): (Vec<f64>, Vec<Kind>) = KINDS.into_iter().unzip();
        kinds[weighted(&weights, random)]
    }

    /// One sound with its envelope, its peak within ±0.5.
    fn layer(&self, kind: Kind, samples: usize, split: Split, random: &mut Random) -> Vec<f32> {
        let mut audio = match kind {
            Kind::Noise => noise::coloured(samples, random),
            Kind::Hum => noise::hum(samples, random),
            Kind::Bursts => noise::bursts(samples, random),
            Kind::Silence => vec![0.0; samples],
            Kind::Speech => return self.talk(samples, split, random),
        };
        noise::shape(&mut audio, random);
        audio
    }

    /// Somebody, or many at once.
    fn talk(&self, samples: usize, split: Split, random: &mut Random) -> Vec<f32> {
        let speakers: Vec<&Speaker> = self.speakers.iter().filter(|speaker| speaker.split == split).collect();
        let voices = if random.random_bool(BABBLE) { random.random_range(3..9) } else { 1 };
        let mut audio = vec![0.0; samples];
        for _ in 0..voices {
            if let Some(speaker) = speakers.choose(random) {
                speaker.speak(&mut audio, random);
            }
        }
        normalise(&mut audio, 0.5);
        audio
    }
}

impl Speaker {
    /// Adds clip after clip, with pauses, each about as loud as the others.
    fn speak(&self, audio: &mut [f32], random: &mut Random) {
        let longest_pause = random.random_range(0.1..1.2);
        let mut at = (random.random_range(0.0..longest_pause) * f64::from(SAMPLE_RATE)) as usize;
        while at < audio.len() {
            let Some(clip) = self.clip(random) else { return };
            let level = root_mean_square(&clip);
            let gain = if level > 0.0 { 0.1 * 10f32.powf(gaussian(random) as f32 / 10.0) / level } else { 0.0 };
            audio[at..].iter_mut().zip(&clip).for_each(|(out, sample)| *out += gain * sample);
            at += clip.len() + (random.random_range(0.02..longest_pause) * f64::from(SAMPLE_RATE)) as usize;
        }
    }

    /// A clip; what cannot be decoded or is empty is left out.
    fn clip(&self, random: &mut Random) -> Option<Vec<f32>> {
        (0..TRIES).find_map(|_| {
            let clip = mono::read_at(self.clips.choose(random)?, SAMPLE_RATE).ok()?.samples;
            (!clip.is_empty()).then_some(clip)
        })
    }
}

impl Source for NoMusic {
    fn provenance(&self) -> Vec<DataSource> {
        self.provenance.clone()
    }

    fn pieces(&self) -> Option<&[Piece]> {
        None
    }

    fn excerpt(&self, _: &Piece, _: f64, _: Split, _: &mut Random) -> Result<Score, SourceError> {
        Ok(Score::default())
    }

    fn sound(&self, seconds: f64, split: Split, random: &mut Random) -> Option<Vec<f32>> {
        let samples = (seconds * f64::from(SAMPLE_RATE)) as usize;
        let kind = self.draw_kind(random);
        let mut audio = self.layer(kind, samples, split, random);
        if kind != Kind::Silence && random.random_bool(TWO_SOUNDS) {
            let gain = 10f64.powf(random.random_range(UNDER_DB..0.0) / 20.0) as f32;
            let kind = self.draw_kind(random);
            let under = self.layer(kind, samples, split, random);
            audio.iter_mut().zip(under).for_each(|(out, sample)| *out += gain * sample);
        }
        Some(audio)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;
    use crate::render::singer::tests::write_clips;

    fn recipe() -> Recipe {
        Recipe::parse(include_str!("../../../recipes/no-music-data.toml"), Path::new("no-music-data.toml")).unwrap()
    }

    fn speaker(group: &str) -> SingerChoice {
        let text = || "test".to_owned();
        SingerChoice { folder: ".".into(), group: group.to_owned(), spoken: true, source: text(), licence: text() }
    }

    #[test]
    fn sounds_are_as_long_as_asked_for_and_only_silence_is_silent() {
        let folder = tempfile::tempdir().unwrap();
        let source = NoMusic::open(folder.path(), 0.0, &[], &recipe()).unwrap();
        let mut silent = 0;
        for seed in 0..40 {
            let audio = source.sound(1.5, Split::Train, &mut Random::seed_from_u64(seed)).unwrap();
            assert_eq!(audio.len(), 66_150);
            silent += usize::from(root_mean_square(&audio) == 0.0);
        }
        // Two of forty are to be expected.
        assert!(silent < 8, "{silent} of 40");
    }

    #[test]
    fn speakers_are_heard_on_their_side_alone() {
        let folder = tempfile::tempdir().unwrap();
        write_clips(folder.path());
        let recipe = Recipe { validation_share: 0.5, ..recipe() };
        let groups: Vec<String> = (0..12).map(|number| number.to_string()).collect();
        let of = |split| groups.iter().find(|group| split_of(&recipe, "singer", group) == split).unwrap();
        let (train, validation) = (speaker(of(Split::Train)), speaker(of(Split::Validation)));
        let refused = NoMusic::open(folder.path(), 1.0, std::slice::from_ref(&train), &recipe).unwrap_err();
        assert!(matches!(refused, SourceError::Side { split: Split::Validation }), "{refused}");
        let source = NoMusic::open(folder.path(), 1.0, &[train, validation], &recipe).unwrap();
        let audio = source.sound(3.0, Split::Validation, &mut Random::seed_from_u64(1)).unwrap();
        assert!(root_mean_square(&audio) > 0.01);
    }

    #[test]
    fn a_missing_speaker_says_where_to_get_one() {
        let folder = tempfile::tempdir().unwrap();
        let choice = SingerChoice { folder: "nobody".into(), ..speaker("a") };
        let refused = NoMusic::open(folder.path(), 0.5, &[choice], &recipe()).unwrap_err().to_string();
        assert!(refused.contains("nobody") && refused.ends_with("Get them from: test"), "{refused}");
    }
}
