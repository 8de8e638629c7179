//! The engine's settings as parameters.

use std::sync::Arc;

use attacca_engine::{Bpm, CHORD_LAG_SECONDS, ChordVocabulary, Settings, TaskSettings, TempoRange, models::Task};
use attacca_gui::scene::WeightsSlot;
use nice_plug::prelude::*;

use super::set_if_changed;

/// How the music is listened to.
#[derive(Params)]
pub struct SettingParameters {
    #[nested(id_prefix = "onset", group = "Onsets")]
    pub onset: TaskParameters,
    #[nested(id_prefix = "beat", group = "Beats")]
    pub beat: TaskParameters,
    #[nested(id_prefix = "voice", group = "Voice")]
    pub voice: TaskParameters,
    #[nested(id_prefix = "chord", group = "Chords")]
    pub chord: TaskParameters,
    #[nested(id_prefix = "key", group = "Key")]
    pub key: TaskParameters,
    #[id = "slowest"]
    pub slowest_bpm: FloatParam,
    #[id = "fastest"]
    pub fastest_bpm: FloatParam,
    #[id = "lock"]
    pub tempo_locked: BoolParam,
    /// 1 for automatic, since a bar has two beats at least.
    #[id = "metre"]
    pub metre: IntParam,
    #[id = "nudge"]
    pub nudge_ms: FloatParam,
    #[id = "lag"]
    pub chord_lag_ms: FloatParam,
    #[id = "vocabulary"]
    pub chord_vocabulary: EnumParam<Vocabulary>,
    #[id = "follow"]
    pub follow_transport: BoolParam,
    #[id = "host_tempo"]
    pub use_host_tempo: BoolParam,
    #[id = "sidechain"]
    pub use_sidechain: BoolParam,
    #[id = "slot"]
    pub slot: EnumParam<Slot>,
}

/// How one task is listened for.
#[derive(Params)]
pub struct TaskParameters {
    #[id = "on"]
    pub enabled: BoolParam,
    #[id = "sensitivity"]
    pub sensitivity: FloatParam,
}

/// [`ChordVocabulary`], as the host shows it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vocabulary {
    #[id = "major_minor"]
    #[name = "Major and minor"]
    MajorMinor,
    #[id = "triads"]
    #[name = "Triads"]
    Triads,
    #[id = "sevenths"]
    #[name = "Sevenths and sixths"]
    Sevenths,
}

/// [`WeightsSlot`], as the host shows it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    #[id = "a"]
    A,
    #[id = "b"]
    B,
}

/// The value of the metre parameter that leaves it to the engine.
const AUTOMATIC_METRE: i32 = 1;

impl TaskParameters {
    fn new(name: &str) -> Self {
        let sensitivity =
            FloatParam::new(format!("{name} sensitivity"), 0.0, FloatRange::Linear { min: -1.0, max: 1.0 });
        Self {
            enabled: BoolParam::new(format!("Listen for {name}"), true),
            sensitivity: sensitivity.with_step_size(0.01),
        }
    }

    fn value(&self) -> TaskSettings {
        TaskSettings { enabled: self.enabled.value(), sensitivity: self.sensitivity.value() }
    }

    fn set(&self, setter: &ParamSetter<'_>, value: TaskSettings) {
        set_if_changed(setter, &self.enabled, value.enabled);
        set_if_changed(setter, &self.sensitivity, value.sensitivity);
    }
}

impl Default for SettingParameters {
    fn default() -> Self {
        let settings = Settings::default();
        let tempo = |name: &str, default: Bpm| {
            // Evenly in octaves, as tempi are heard.
            let range =
                FloatRange::Skewed { min: Bpm::MINIMUM.0, max: Bpm::MAXIMUM.0, factor: FloatRange::skew_factor(-1.0) };
            FloatParam::new(name, default.0, range).with_step_size(0.1).with_unit(" BPM")
        };
        let milliseconds = |name: &str, default_seconds: f32, min: f32, max: f32| {
            let range = FloatRange::Linear { min, max };
            FloatParam::new(name, 1000.0 * default_seconds, range).with_step_size(1.0).with_unit(" ms")
        };
        let metre = IntParam::new("Beats in a bar", AUTOMATIC_METRE, IntRange::Linear { min: AUTOMATIC_METRE, max: 7 });
        Self {
            onset: TaskParameters::new("Onsets"),
            beat: TaskParameters::new("Beats"),
            voice: TaskParameters::new("Voice"),
            chord: TaskParameters::new("Chords"),
            key: TaskParameters::new("Key"),
            slowest_bpm: tempo("Slowest tempo", settings.tempo_range.slowest),
            fastest_bpm: tempo("Fastest tempo", settings.tempo_range.fastest),
            tempo_locked: BoolParam::new("Lock tempo", settings.tempo_locked),
            metre: metre
                .with_value_to_string(Arc::new(|beats| match beats {
                    AUTOMATIC_METRE => "Automatic".to_owned(),
                    beats => beats.to_string(),
                }))
                .with_string_to_value(Arc::new(|text| match text.trim() {
                    "Automatic" => Some(AUTOMATIC_METRE),
                    beats => beats.parse().ok(),
                })),
            nudge_ms: milliseconds("Nudge beats", settings.beat_offset_seconds, -250.0, 250.0),
            chord_lag_ms: milliseconds(
                "Chord lag",
                settings.chord_lag_seconds,
                CHORD_LAG_SECONDS.start() * 1000.0,
                CHORD_LAG_SECONDS.end() * 1000.0,
            ),
            chord_vocabulary: EnumParam::new("Chord vocabulary", Vocabulary::Sevenths),
            follow_transport: BoolParam::new("Follow the transport", true),
            // Off: most projects have 120 BPM only because nobody has set anything else.
            use_host_tempo: BoolParam::new("Expect the host's tempo", false),
            use_sidechain: BoolParam::new("Listen to the side-chain", false),
            slot: EnumParam::new("Weights", Slot::A),
        }
    }
}

impl SettingParameters {
    fn tasks(&self) -> [&TaskParameters; Task::ALL.len()] {
        [&self.onset, &self.beat, &self.voice, &self.chord, &self.key]
    }

    /// What is set, as the engine takes it.
    pub fn value(&self) -> Settings {
        let settings = Settings {
            tasks: self.tasks().map(TaskParameters::value),
            tempo_range: TempoRange { slowest: Bpm(self.slowest_bpm.value()), fastest: Bpm(self.fastest_bpm.value()) },
            tempo_locked: self.tempo_locked.value(),
            metre: u8::try_from(self.metre.value()).ok().filter(|&beats| i32::from(beats) != AUTOMATIC_METRE),
            beat_offset_seconds: self.nudge_ms.value() / 1000.0,
            chord_lag_seconds: self.chord_lag_ms.value() / 1000.0,
            chord_vocabulary: match self.chord_vocabulary.value() {
                Vocabulary::MajorMinor => ChordVocabulary::MajorMinor,
                Vocabulary::Triads => ChordVocabulary::Triads,
                Vocabulary::Sevenths => ChordVocabulary::Sevenths,
            },
        };
        settings.clamped()
    }

    /// Asks the host for these settings. Main thread.
    pub fn set(&self, setter: &ParamSetter<'_>, settings: &Settings) {
        for (parameters, task) in self.tasks().into_iter().zip(settings.tasks) {
            parameters.set(setter, task);
        }
        set_if_changed(setter, &self.slowest_bpm, settings.tempo_range.slowest.0);
        set_if_changed(setter, &self.fastest_bpm, settings.tempo_range.fastest.0);
        set_if_changed(setter, &self.tempo_locked, settings.tempo_locked);
        set_if_changed(setter, &self.metre, settings.metre.map_or(AUTOMATIC_METRE, i32::from));
        set_if_changed(setter, &self.nudge_ms, settings.beat_offset_seconds * 1000.0);
        set_if_changed(setter, &self.chord_lag_ms, settings.chord_lag_seconds * 1000.0);
        let vocabulary = match settings.chord_vocabulary {
            ChordVocabulary::MajorMinor => Vocabulary::MajorMinor,
            ChordVocabulary::Triads => Vocabulary::Triads,
            ChordVocabulary::Sevenths => Vocabulary::Sevenths,
        };
        set_if_changed(setter, &self.chord_vocabulary, vocabulary);
    }
}

impl From<Slot> for WeightsSlot {
    fn from(slot: Slot) -> Self {
        match slot {
            Slot::A => Self::A,
            Slot::B => Self::B,
        }
    }
}

impl From<WeightsSlot> for Slot {
    fn from(slot: WeightsSlot) -> Self {
        match slot {
            WeightsSlot::A => Self::A,
            WeightsSlot::B => Self::B,
        }
    }
}
