//! Who sings, over what: the singers and recordings of a recipe, and how they are mixed with the band.

use std::path::{Path, PathBuf};

use attacca_models::description::DataSource;
use rand::{Rng, SeedableRng};

use super::{
    beds::{BedError, Beds},
    dataset::Split,
    hash::hash,
    labels::{Annotation, Labels},
    make::split_of,
    recipe::{Recipe, VoiceChoice},
};
use crate::{
    augment::{dynamics, equaliser, level, reverb, saturation},
    compose::{Random, pick},
    render::{SAMPLE_RATE, Singer, SingerError, singer::Manner},
    score::{Note, Role, Score},
};

/// An effect of `augment`: changes samples at a rate in Hz and says what it did.
type Effect = fn(&mut [f32], f32, &mut Random) -> String;

/// Probability that an instrument goes on playing what is sung.
const PLAYED_ALONG: f64 = 0.12;

/// Probability that an unsung excerpt over a recording has an instrument in front.
const LEAD_OVER_BED: f64 = 0.35;

/// Instruments that are easily taken for a voice: violin to contrabass, string ensembles, choirs and voices, saxophones
/// and other reeds, flutes and whistle, leads, fiddle.
const MISTAKABLE: [u8; 26] =
    [40, 41, 42, 48, 52, 53, 54, 56, 59, 64, 65, 66, 68, 71, 72, 73, 75, 77, 78, 79, 80, 81, 85, 91, 29, 110];

/// Probability that the lead of an unsung excerpt is played by one of those.
const MISTAKABLE_SHARE: f64 = 0.4;

/// Probability that other singers join the first an interval away.
const HARMONIES: f64 = 0.12;

/// How far around a sung note onsets are masked, in seconds: its consonant starts that long before it.
const UNSURE_SECONDS: f64 = 0.12;

/// Why voices could not be used.
#[derive(Debug, thiserror::Error)]
pub enum VoicesError {
    /// A singer could not be loaded.
    #[error("{error} Get it from: {source_name}")]
    Singer {
        /// What is wrong.
        error: SingerError,
        /// Where a stranger gets the clips.
        source_name: String,
    },
    /// A recording could not be used.
    #[error(transparent)]
    Bed(#[from] BedError),
    /// All singers are on one side.
    #[error("voice.singer: expected groups on both sides of the split, found none for {split:?}; change the seed")]
    Side {
        /// The side without a singer.
        split: Split,
    },
}

/// The voices of a recipe, loaded.
pub(super) struct Voices {
    choice: VoiceChoice,
    singers: Vec<Voice>,
    beds: Beds,
}

struct Voice {
    singer: Singer,
    split: Split,
    spoken: bool,
}

/// What the voices add to an excerpt.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Cast {
    /// A recording in place of the accompaniment, as long as the excerpt.
    pub bed: Option<Vec<f32>>,
    /// Singing or speech, as long as the excerpt.
    pub voice: Option<Vec<f32>>,
    /// Stretches in seconds in which somebody sings.
    pub stretches: Vec<[f64; 2]>,
    /// The notes that are sung.
    pub notes: Vec<Note>,
    /// Level of the voice over the rest, in dB.
    pub level_db: f64,
    /// What was done, for the record.
    pub effects: Vec<String>,
}

impl Voices {
    /// Loads the singers and finds the recordings of a recipe; folders are looked for in `folder`. `None` if the
    /// recipe has no voices.
    pub fn load(recipe: &Recipe, folder: &Path) -> Result<Option<Self>, VoicesError> {
        let Some(choice) = recipe.voice.clone() else { return Ok(None) };
        let mut singers = Vec::new();
        for singer in &choice.singers {
            let seed = hash(format!("{}/singer/{}", recipe.seed, singer.folder.display()).as_bytes());
            let loaded = Singer::load(&folder.join(&singer.folder), singer.spoken, &mut Random::seed_from_u64(seed))
                .map_err(|error| VoicesError::Singer { error, source_name: singer.source.clone() })?;
            let split = split_of(recipe, "singer", &singer.group);
            singers.push(Voice { singer: loaded, split, spoken: singer.spoken });
        }
        for split in [Split::Train, Split::Validation] {
            let is_needed = split == Split::Train || recipe.validation_share > 0.0;
            if is_needed && !singers.iter().any(|voice| voice.split == split) {
                return Err(VoicesError::Side { split });
            }
        }
        Ok(Some(Self { choice, singers, beds: Beds::open(recipe, folder)? }))
    }

    /// Draws what is sung or spoken over an excerpt, and takes the parts out of the score that are not played.
    pub fn cast(&self, score: &mut Score, seconds: f64, split: Split, random: &mut Random) -> Result<Cast, BedError> {
        let mut cast = Cast::default();
        let melody = score.parts.iter().position(|part| part.role == Role::Melody);
        if random.random_bool(self.choice.bed_share) {
            cast.bed = self.beds.draw(seconds, split, random)?;
        }
        let [low, high] = self.choice.level_db;
        cast.level_db = random.random_range(low..=high);
        match melody.filter(|_| random.random_bool(self.choice.share)) {
            Some(melody) => {
                self.sing(&score.parts[melody].notes, seconds, split, &mut cast, random);
                if cast.bed.is_some() {
                    score.parts.clear();
                } else if score.parts.len() > 1 && !random.random_bool(PLAYED_ALONG) {
                    score.parts.remove(melody);
                }
            }
            None => {
                if cast.bed.is_some() {
                    let leads = random.random_bool(LEAD_OVER_BED);
                    score.parts.retain(|part| leads && part.role == Role::Melody);
                }
                if random.random_bool(self.choice.speech) {
                    self.speak(seconds, split, &mut cast, random);
                }
            }
        }
        Ok(cast)
    }

    /// Where the recordings and the singers come from.
    pub fn provenance(recipe: &Recipe) -> impl Iterator<Item = DataSource> {
        let singers = recipe.voice.iter().flat_map(|voice| &voice.singers);
        let singers = singers.map(|singer| ("voice", &singer.folder, &singer.source, &singer.licence));
        let beds = recipe.beds.iter().map(|bed| ("recordings", &bed.folder, &bed.source, &bed.licence));
        singers.chain(beds).map(|(kind, folder, source, licence): (_, &PathBuf, &String, &String)| DataSource {
            name: format!("{kind} {}", folder.display()),
            source: source.clone(),
            licence: licence.clone(),
        })
    }

    fn sing(&self, melody: &[Note], seconds: f64, split: Split, cast: &mut Cast, random: &mut Random) {
        let singers: Vec<&Voice> = self.singers.iter().filter(|voice| voice.split == split).collect();
        let lead = pick(&singers, random);
        let manner = Manner::draw(random);
        let sung = lead.singer.sing(melody, seconds, &manner, random);
        let (mut voice, stretches, notes) = (sung.audio, sung.stretches, sung.notes);
        cast.effects.push("sung".to_owned());
        if random.random_bool(self.choice.doubled) {
            let takes = if random.random_bool(0.2) { random.random_range(4..9) } else { random.random_range(1..3) };
            let same = random.random_bool(0.6);
            for _ in 0..takes {
                let singer = if same { lead } else { pick(&singers, random) };
                let manner =
                    if same { Manner { intonation_cents: 12.0, ..manner.clone() } } else { Manner::draw(random) };
                let level = random.random_range(0.4..1.0);
                add(&mut voice, &singer.singer.sing(&late(melody, random), seconds, &manner, random).audio, level);
            }
            cast.effects.push(format!("{takes} more voices"));
        }
        if random.random_bool(HARMONIES) {
            let interval = pick(&[-5i16, -4, -3, 3, 4, 7, 12, -12], random);
            let shifted: Vec<Note> = late(melody, random)
                .into_iter()
                .map(|note| Note { key: (i16::from(note.key) + interval).clamp(0, 127) as u8, ..note })
                .collect();
            let level = random.random_range(0.3..0.8);
            add(&mut voice, &pick(&singers, random).singer.sing(&shifted, seconds, &manner, random).audio, level);
            cast.effects.push(format!("harmony {interval:+}"));
        }
        self.treat(&mut voice, cast, random);
        (cast.voice, cast.stretches, cast.notes) = (Some(voice), stretches, notes);
    }

    fn speak(&self, seconds: f64, split: Split, cast: &mut Cast, random: &mut Random) {
        let speakers: Vec<&Voice> = self.singers.iter().filter(|voice| voice.spoken && voice.split == split).collect();
        if speakers.is_empty() {
            return;
        }
        let mut voice = pick(&speakers, random).singer.speak(seconds, random);
        cast.effects.push("speech".to_owned());
        self.treat(&mut voice, cast, random);
        cast.voice = Some(voice);
    }

    /// What a mixing engineer does to a voice.
    fn treat(&self, voice: &mut [f32], cast: &mut Cast, random: &mut Random) {
        let rate = SAMPLE_RATE as f32;
        let effects: [(f64, Effect); 4] =
            [(0.6, equaliser::tilt), (0.05, saturation::apply), (0.6, dynamics::apply), (0.7, reverb::apply)];
        for (chance, effect) in effects {
            if random.random_bool(chance) {
                level::normalise(voice, 0.5);
                cast.effects.push(format!("voice {}", effect(voice, rate, random)));
            }
        }
    }
}

impl Cast {
    /// The labels of an excerpt, given those of what the band plays: nothing but the voice is known of a recording, and
    /// nobody could say when exactly a sung note starts.
    pub fn labels(&self, of_band: Labels) -> Labels {
        let voice = Some(Annotation::unmasked(self.stretches.clone()));
        if self.bed.is_some() {
            return Labels { voice, ..Labels::default() };
        }
        let mut labels = Labels { voice, ..of_band };
        if let Some(onsets) = &mut labels.onsets {
            onsets.mask(self.notes.iter().map(|note| [note.onset - UNSURE_SECONDS, note.onset + UNSURE_SECONDS]));
        }
        labels
    }

    /// Mixes recording, band and voice.
    pub fn mix(&self, band: Option<Vec<f32>>, seconds: f64) -> Vec<f32> {
        let mut audio = vec![0.0; (seconds * f64::from(SAMPLE_RATE)) as usize];
        let layers = [(self.bed.as_deref(), 1.0), (band.as_deref(), 1.0)];
        for (layer, gain) in layers {
            let Some(layer) = layer else { continue };
            let level = loudness(layer);
            if level > 0.0 {
                add(&mut audio, layer, gain * 0.1 / level);
            }
        }
        if let Some(voice) = &self.voice {
            let level = loudness(voice);
            if level > 0.0 {
                add(&mut audio, voice, 0.1 * 10f32.powf(self.level_db as f32 / 20.0) / level);
            }
        }
        audio
    }
}

/// Gives the lead of an unsung score to an instrument that may be taken for a voice, sometimes. Returns whether.
pub(super) fn mistake(score: &mut Score, random: &mut Random) -> bool {
    let is_mistaken = random.random_bool(MISTAKABLE_SHARE);
    if is_mistaken {
        for part in score.parts.iter_mut().filter(|part| part.role == Role::Melody) {
            part.program = pick(&MISTAKABLE, random);
        }
    }
    is_mistaken
}

/// Root mean square of the frames of 50 ms that are within 20 dB of the loudest.
fn loudness(audio: &[f32]) -> f32 {
    let levels: Vec<f32> = audio.chunks(SAMPLE_RATE as usize / 20).map(level::root_mean_square).collect();
    let loudest = levels.iter().copied().fold(0.0, f32::max);
    let loud: Vec<f32> = levels.into_iter().filter(|level| *level > 0.1 * loudest).collect();
    level::root_mean_square(&loud)
}

/// The notes of another take, never quite together with the first.
fn late(notes: &[Note], random: &mut Random) -> Vec<Note> {
    let shift = random.random_range(-0.02..0.04);
    let moved = notes.iter().map(|note| {
        let scatter = shift + random.random_range(-0.012..0.012);
        Note { onset: (note.onset + scatter).max(0.0), offset: note.offset + scatter, ..*note }
    });
    moved.filter(|note| note.offset > note.onset).collect()
}

fn add(audio: &mut [f32], other: &[f32], gain: f32) {
    audio.iter_mut().zip(other).for_each(|(sample, other)| *sample += gain * other);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        data::recipe::BedChoice,
        render::singer::tests::write_clips,
        score::{Beat, Part},
    };

    const SECONDS: f64 = 6.0;

    /// The shipped recipe with one singer, who always sings, and one recording.
    fn recipe(folder: &Path, bed_share: f64) -> Recipe {
        write_clips(folder);
        std::fs::create_dir_all(folder.join("music")).unwrap();
        std::fs::copy(folder.join("0.wav"), folder.join("music/bed.wav")).unwrap();
        let shipped = include_str!("../../recipes/voice-data.toml");
        let mut recipe = Recipe::parse(shipped, Path::new("voice-data.toml")).unwrap();
        recipe.validation_share = 0.0;
        let text = || "test".to_owned();
        recipe.beds = vec![BedChoice { folder: "music".into(), clean: None, source: text(), licence: text() }];
        if let Some(voice) = &mut recipe.voice {
            (voice.share, voice.bed_share) = (1.0, bed_share);
            voice.singers.truncate(1);
            voice.singers[0].folder = ".".into();
        }
        recipe
    }

    fn score() -> Score {
        let part = |role, key| {
            let note = |index: u8| {
                let onset = 0.5 + 0.6 * f64::from(index);
                Note { onset, offset: onset + 0.55, key: key + index % 5, velocity: 100 }
            };
            Part { role, program: 0, notes: (0..8).map(note).collect() }
        };
        let beats = vec![Beat { time: 0.5, position: 1, beats_per_bar: 4 }];
        Score { parts: vec![part(Role::Bass, 40), part(Role::Melody, 60)], beats, ..Score::default() }
    }

    fn cast(bed_share: f64, seed: u64) -> (Score, Cast) {
        let folder = tempfile::tempdir().unwrap();
        let voices = Voices::load(&recipe(folder.path(), bed_share), folder.path()).unwrap().unwrap();
        let mut score = score();
        let cast = voices.cast(&mut score, SECONDS, Split::Train, &mut Random::seed_from_u64(seed)).unwrap();
        (score, cast)
    }

    #[test]
    fn what_is_sung_is_labelled_and_its_onsets_are_masked() {
        let (score, cast) = cast(0.0, 1);
        let of_band = Labels { onsets: Some(Annotation::unmasked(vec![0.5, 1.4])), ..Labels::default() };
        let labels = cast.labels(of_band);
        let sung = labels.voice.unwrap().values;
        assert!(sung.iter().any(|[start, end]| *start < 1.0 && *end > 4.0), "{sung:?}");
        let onsets = labels.onsets.unwrap();
        assert!(onsets.is_masked(0.5) && !onsets.is_masked(0.8));
        assert!(score.parts.iter().any(|part| part.role == Role::Bass));
    }

    #[test]
    fn over_a_recording_nothing_is_played_and_only_the_voice_is_labelled() {
        let (score, cast) = cast(1.0, 2);
        assert!(score.parts.is_empty());
        assert_eq!(cast.bed.as_ref().map(Vec::len), Some((SECONDS * f64::from(SAMPLE_RATE)) as usize));
        let labels = cast.labels(Labels { onsets: Some(Annotation::default()), ..Labels::default() });
        assert!(labels.voice.is_some_and(|voice| !voice.values.is_empty()));
        assert_eq!(labels.onsets, None);
    }

    #[test]
    fn the_voice_is_as_much_louder_as_the_mix_says() {
        let length = (SECONDS * f64::from(SAMPLE_RATE)) as usize;
        let (bed, voice) = (vec![0.3; length], vec![0.01; length]);
        let cast = Cast { bed: Some(bed), voice: Some(voice), level_db: 6.0, ..Cast::default() };
        let mixed = cast.mix(None, SECONDS);
        // The bed comes to 0.1, the voice to 6 dB more.
        assert!((mixed[100] - 0.1 - 0.1 * 10f32.powf(0.3)).abs() < 1e-4, "{}", mixed[100]);
    }

    #[test]
    fn the_same_draws_cast_the_same() {
        assert_eq!(cast(0.5, 7).1, cast(0.5, 7).1);
    }

    #[test]
    fn singers_on_one_side_alone_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let recipe = Recipe { validation_share: 0.5, ..recipe(folder.path(), 0.0) };
        let refused = Voices::load(&recipe, folder.path()).err();
        assert!(matches!(refused, Some(VoicesError::Side { .. })));
    }
}
