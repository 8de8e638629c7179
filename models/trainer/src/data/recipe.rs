//! Recipes: what a body of training data is made of.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{
    augment::Chances,
    compose::style,
    recipe_file::{self, RecipeError},
    render::InstrumentChoice,
};

/// A body of training data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Its name.
    pub name: String,
    /// What all random draws follow from.
    pub seed: u64,
    /// Length of an excerpt in seconds.
    pub excerpt_seconds: f64,
    /// Share of the pieces kept for validation, 0 to 0.5.
    pub validation_share: f64,
    /// SoundFonts, of which each excerpt draws one; none where nothing is played.
    #[serde(rename = "soundfont", default)]
    pub soundfonts: Vec<SoundFontChoice>,
    /// Sampled instruments, which take over parts from the SoundFont.
    #[serde(rename = "instrument", default, skip_serializing_if = "Vec::is_empty")]
    pub instruments: Vec<InstrumentChoice>,
    /// Sources of music.
    #[serde(rename = "source")]
    pub sources: Vec<SourceChoice>,
    /// Probability that a part of another piece plays along, at its own tempo and in its own key: onsets and voice are then
    /// all that is labelled. Never if it is left out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub guests: f64,
    /// Probability that bowed strings alone play, and no drums: soft attacks, one note running into the next. Never if it is
    /// left out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub strings: f64,
    /// Probability that a loud rock band plays: distorted guitars in fifths. Never if it is left out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub electric: f64,
    /// Singers; none if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voice: Option<VoiceChoice>,
    /// Recordings without singing that may take the place of the rendered accompaniment.
    #[serde(default, rename = "bed", skip_serializing_if = "Vec::is_empty")]
    pub beds: Vec<BedChoice>,
    /// Probabilities of the effects.
    pub augmentation: Chances,
}

/// Older recipes say nothing of what they have none of: datasets are continued only with the recipe that they began with.
fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

/// Who sings, how often and how loud.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoiceChoice {
    /// Probability that the melody of an excerpt that has one is sung.
    pub share: f64,
    /// Softest and loudest level of the voice over the rest, in dB.
    pub level_db: [f64; 2],
    /// Probability of more than one voice on the same notes.
    pub doubled: f64,
    /// Probability that a recording takes the place of the accompaniment.
    pub bed_share: f64,
    /// Probability that somebody speaks over an excerpt that is not sung.
    pub speech: f64,
    /// The singers.
    #[serde(rename = "singer")]
    pub singers: Vec<SingerChoice>,
}

/// A singer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SingerChoice {
    /// Folder of the clips, relative to the folder of the sources.
    pub folder: PathBuf,
    /// What must not be torn apart between training and validation: the same person has the same group.
    pub group: String,
    /// Whether the clips are speech; then the singer also speaks.
    #[serde(default)]
    pub spoken: bool,
    /// Where a stranger gets the clips.
    pub source: String,
    /// Their licence and the credit it asks for.
    pub licence: String,
}

/// A folder of recordings. They are held out for validation file by file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BedChoice {
    /// The folder, relative to the folder of the sources.
    pub folder: PathBuf,
    /// A list of the stretches in which nobody sings: file, start and end in seconds, with tabs between. All of the
    /// folder's recordings if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clean: Option<PathBuf>,
    /// Where a stranger gets the recordings.
    pub source: String,
    /// Their licence and the credit it asks for.
    pub licence: String,
}

/// A SoundFont.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoundFontChoice {
    /// File name, looked for in the folders that the command line gives.
    pub file: String,
    /// How often it is drawn, relative to the others.
    pub weight: f64,
    /// Where a stranger gets it.
    pub source: String,
    /// Its licence and the credit it asks for.
    pub licence: String,
}

/// A source and how many excerpts to take from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceChoice {
    /// Number of excerpts.
    pub excerpts: usize,
    /// Which source, with its settings.
    pub music: Music,
}

/// The sources of music.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Music {
    /// Pop songs with their beats and chords, with a human drummer where there is one.
    Pop909 {
        /// Probability of drums.
        drums: f64,
        /// Slowest and fastest factor on the tempo.
        tempo_factor: [f64; 2],
    },
    /// Human drum performances.
    Groove {
        /// Probability of bass and chords beside the drums.
        band: f64,
        /// Slowest and fastest factor on the tempo.
        tempo_factor: [f64; 2],
    },
    /// Accompaniments by Musical MIDI Accompaniment, an external program.
    Mma {
        /// Probability of a melody on top.
        melody: f64,
    },
    /// Tunes with chord symbols, accompanied by the trainer's own rhythm section.
    LeadSheets {
        /// Probability of drums.
        drums: f64,
        /// Probability of a tempo that ramps, steps or breathes.
        free_tempo: f64,
    },
    /// Art songs for voice and piano.
    Songs {
        /// Probability of a tempo that ramps, steps or breathes.
        free_tempo: f64,
    },
    /// MIDI files whose tempo maps say where the beats are.
    Tunes {
        /// Slowest and fastest factor on the tempo.
        tempo_factor: [f64; 2],
        /// Where a stranger gets them.
        source: String,
        /// Their licence and the credit it asks for.
        licence: String,
    },
    /// Tunes in ABC notation, accompanied by the trainer's own rhythm section where they have chord symbols.
    Abc {
        /// Probability of drums.
        drums: f64,
        /// Probability of a tempo that ramps, steps or breathes.
        free_tempo: f64,
        /// Where a stranger gets them.
        source: String,
        /// Their licence and the credit it asks for.
        licence: String,
    },
    /// Noise, hum, applause, speech and silence, in which there is nothing to find.
    NoMusic {
        /// Probability that people speak.
        speech: f64,
        /// Who speaks.
        #[serde(default, rename = "speaker")]
        speakers: Vec<SingerChoice>,
    },
    /// Pieces by the trainer's own composer.
    Generated {
        /// Probability of drums.
        drums: f64,
        /// Probability of a tempo that ramps, steps or breathes.
        free_tempo: f64,
        /// Names of the styles to draw from; all if it is left out.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        styles: Vec<String>,
    },
}

impl Music {
    /// The source's name, as it stands in file names and manifests.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Pop909 { .. } => "pop909",
            Self::Groove { .. } => "groove",
            Self::Mma { .. } => "mma",
            Self::LeadSheets { .. } => "lead_sheets",
            Self::Songs { .. } => "songs",
            Self::Tunes { .. } => "tunes",
            Self::Abc { .. } => "abc",
            Self::NoMusic { .. } => "no_music",
            Self::Generated { .. } => "generated",
        }
    }

    /// Whether instruments play it.
    const fn is_played(&self) -> bool {
        !matches!(self, Self::NoMusic { .. })
    }
}

impl Recipe {
    /// Reads a recipe.
    ///
    /// # Errors
    /// [`RecipeError`] for a file that is missing, no recipe, or has a value out of range.
    pub fn read(file: &Path) -> Result<Self, RecipeError> {
        Self::parse(&recipe_file::read(file)?, file)
    }

    /// Reads the text of a recipe; `file` is its name in errors.
    ///
    /// # Errors
    /// [`RecipeError`] for a text that is no recipe or has a value out of range.
    pub fn parse(text: &str, file: &Path) -> Result<Self, RecipeError> {
        let recipe: Self = recipe_file::parse(text, file)?;
        let refuse = |field, expected: &str, actual: String| {
            Err(RecipeError::Value { file: file.to_owned(), field, expected: expected.to_owned(), actual })
        };
        if !(1.0..=600.0).contains(&recipe.excerpt_seconds) {
            return refuse("excerpt_seconds", "1 to 600", recipe.excerpt_seconds.to_string());
        }
        if !(0.0..=0.5).contains(&recipe.validation_share) {
            return refuse("validation_share", "0 to 0.5", recipe.validation_share.to_string());
        }
        let is_played = recipe.sources.iter().any(|source| source.music.is_played());
        let lacks_soundfont = is_played && recipe.soundfonts.is_empty();
        if lacks_soundfont || recipe.soundfonts.iter().any(|font| font.weight <= 0.0) {
            return refuse(
                "soundfont",
                "at least one where music is played, with weights above 0",
                format!("{:?}", recipe.soundfonts),
            );
        }
        let mut names: Vec<_> = recipe.sources.iter().map(|source| source.music.name()).collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return refuse("source", "each kind once", twice[0].to_owned());
        }
        for probability in recipe.probabilities() {
            if !(0.0..=1.0).contains(&probability) {
                return refuse(
                    "source, instrument and augmentation",
                    "probabilities from 0 to 1",
                    probability.to_string(),
                );
            }
        }
        if let Some(unknown) = recipe.styles().find(|name| !style::names().contains(&name.as_str())) {
            return refuse("styles", &format!("some of {}", style::names().join(", ")), unknown.clone());
        }
        for [slowest, fastest] in recipe.tempo_factors() {
            if !(0.3..=3.0).contains(&slowest) || !(slowest..=3.0).contains(&fastest) {
                return refuse("tempo_factor", "two rising factors from 0.3 to 3", format!("{slowest}, {fastest}"));
            }
        }
        if let Some(voice) = &recipe.voice {
            let [softest, loudest] = voice.level_db;
            if !(-40.0..=40.0).contains(&softest) || !(softest..=40.0).contains(&loudest) {
                let actual = format!("{softest}, {loudest}");
                return refuse("voice.level_db", "two rising levels from -40 to 40", actual);
            }
            if voice.singers.is_empty() {
                return refuse("voice.singer", "at least one", "none".to_owned());
            }
        }
        Ok(recipe)
    }

    fn probabilities(&self) -> Vec<f64> {
        let effects = self.augmentation;
        let mut all = vec![
            self.guests,
            self.strings,
            self.electric,
            effects.equaliser,
            effects.saturation,
            effects.reverb,
            effects.dynamics,
            effects.band_limit,
            effects.crush,
            effects.noise,
            effects.fade,
            effects.codec,
        ];
        if let Some(voice) = &self.voice {
            all.extend([voice.share, voice.doubled, voice.bed_share, voice.speech]);
        }
        all.extend(self.instruments.iter().map(|instrument| instrument.probability));
        for source in &self.sources {
            match source.music {
                Music::Pop909 { drums, .. } => all.push(drums),
                Music::Groove { band, .. } => all.push(band),
                Music::Mma { melody } => all.push(melody),
                Music::Tunes { .. } => {}
                Music::NoMusic { speech, .. } => all.push(speech),
                Music::Songs { free_tempo } => all.push(free_tempo),
                Music::LeadSheets { drums, free_tempo }
                | Music::Abc { drums, free_tempo, .. }
                | Music::Generated { drums, free_tempo, .. } => all.extend([drums, free_tempo]),
            }
        }
        all
    }

    fn styles(&self) -> impl Iterator<Item = &String> {
        self.sources.iter().flat_map(|source| match &source.music {
            Music::Generated { styles, .. } => styles.as_slice(),
            _ => &[],
        })
    }

    fn tempo_factors(&self) -> impl Iterator<Item = [f64; 2]> {
        self.sources.iter().filter_map(|source| match source.music {
            Music::Pop909 { tempo_factor, .. }
            | Music::Groove { tempo_factor, .. }
            | Music::Tunes { tempo_factor, .. } => Some(tempo_factor),
            Music::Mma { .. }
            | Music::LeadSheets { .. }
            | Music::Songs { .. }
            | Music::Abc { .. }
            | Music::NoMusic { .. }
            | Music::Generated { .. } => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../../recipes/onset-data.toml");

    #[test]
    fn the_shipped_recipe_is_read() {
        let recipe = Recipe::parse(SHIPPED, Path::new("onset-data.toml")).unwrap();
        assert_eq!(recipe.sources.len(), 4);
    }

    #[test]
    fn only_what_is_played_needs_a_soundfont() {
        let unplayed = include_str!("../../recipes/no-music-data.toml");
        assert!(Recipe::parse(unplayed, Path::new("x.toml")).unwrap().soundfonts.is_empty());
        let generated = "[[source]]\nexcerpts = 1\nmusic = { kind = \"generated\", drums = 0.5, free_tempo = 0.2 }\n";
        let text = unplayed.replacen("[augmentation]", &format!("{generated}\n[augmentation]"), 1);
        let error = Recipe::parse(&text, Path::new("x.toml")).unwrap_err().to_string();
        assert!(error.starts_with("x.toml: soundfont: expected at least one where music is played"), "{error}");
    }

    #[test]
    fn unknown_keys_are_refused_with_their_line() {
        let text = SHIPPED.replacen("seed =", "sede =", 1);
        let error = Recipe::parse(&text, Path::new("x.toml")).unwrap_err().to_string();
        assert!(error.contains("line") && error.contains("sede"), "{error}");
    }

    #[test]
    fn values_out_of_range_name_their_field() {
        let text = SHIPPED.replacen("validation_share = 0.05", "validation_share = 0.8", 1);
        let error = Recipe::parse(&text, Path::new("x.toml")).unwrap_err().to_string();
        assert_eq!(error, "x.toml: validation_share: expected 0 to 0.5, found 0.8");
    }

    #[test]
    fn voices_are_read_and_their_levels_checked() {
        let shipped = include_str!("../../recipes/voice-data.toml");
        let voice = Recipe::parse(shipped, Path::new("x.toml")).unwrap().voice.unwrap();
        assert!(voice.singers.iter().any(|singer| singer.spoken) && voice.singers.iter().any(|singer| !singer.spoken));
        let text = shipped.replacen("level_db = [-3.0, 10.0]", "level_db = [9.0, -5.0]", 1);
        let error = Recipe::parse(&text, Path::new("x.toml")).unwrap_err().to_string();
        assert_eq!(error, "x.toml: voice.level_db: expected two rising levels from -40 to 40, found 9, -5");
    }
}
