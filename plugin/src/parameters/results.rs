//! Results as parameters, for hosts that modulate anything by them.

use std::sync::Arc;

use attacca_engine::{
    Event, EventKind, OnsetBand, Snapshot,
    models::vocabulary::{CHORD_CLASSES, CHORD_LABELS, ChordClass, KEY_CLASSES, KEY_LABELS, KeyClass},
};
use nice_plug::prelude::*;
use nice_plug_core::params::InternalParamMut;

/// Time in which the level of an onset falls to a tenth.
const ONSET_DECAY_SECONDS: f32 = 0.2;

/// What was heard last.
#[derive(Params)]
pub struct ResultParameters {
    #[id = "out_tempo"]
    pub tempo: FloatParam,
    #[id = "out_beat"]
    pub beat_in_bar: IntParam,
    #[id = "out_beats"]
    pub beats_per_bar: IntParam,
    #[id = "out_phase"]
    pub phase: FloatParam,
    #[id = "out_beat_confidence"]
    pub beat_confidence: FloatParam,
    #[id = "out_onset_low"]
    pub onset_low: FloatParam,
    #[id = "out_onset_mid"]
    pub onset_mid: FloatParam,
    #[id = "out_onset_high"]
    pub onset_high: FloatParam,
    #[id = "out_voice"]
    pub voice: FloatParam,
    #[id = "out_chord"]
    pub chord: IntParam,
    #[id = "out_chord_confidence"]
    pub chord_confidence: FloatParam,
    #[id = "out_key"]
    pub key: IntParam,
}

impl Default for ResultParameters {
    fn default() -> Self {
        let float =
            |name: &str, max: f32| FloatParam::new(name, 0.0, FloatRange::Linear { min: 0.0, max }).non_automatable();
        let integer = |name: &str, max: usize| {
            IntParam::new(name, 0, IntRange::Linear { min: 0, max: max as i32 }).non_automatable()
        };
        let chord = integer("Chord", CHORD_CLASSES - 1)
            .with_value_to_string(Arc::new(|class| named(&CHORD_LABELS, class)))
            .with_string_to_value(Arc::new(|text| class_of(&CHORD_LABELS, text)));
        let key = integer("Key", KEY_CLASSES)
            .with_value_to_string(Arc::new(
                |key| if key == 0 { "none".to_owned() } else { named(&KEY_LABELS, key - 1) },
            ))
            .with_string_to_value(Arc::new(|text| {
                if text.trim() == "none" { Some(0) } else { class_of(&KEY_LABELS, text).map(|class| class + 1) }
            }));
        Self {
            tempo: float("Tempo", 300.0).with_unit(" BPM"),
            beat_in_bar: integer("Beat", 7),
            beats_per_bar: integer("Beats in the bar", 7),
            phase: float("Phase of the beat", 1.0),
            beat_confidence: float("Confidence of the beat", 1.0),
            onset_low: float("Low onset", 1.0),
            onset_mid: float("Middle onset", 1.0),
            onset_high: float("High onset", 1.0),
            voice: float("Voice", 1.0),
            chord,
            chord_confidence: float("Confidence of the chord", 1.0),
            key,
        }
    }
}

impl ResultParameters {
    /// Hears an event: an onset's level jumps to its strength. Audio thread.
    pub fn event(&self, event: &Event) {
        if let EventKind::Onset { strength, bands } = event.kind {
            let level = match bands.strongest() {
                OnsetBand::Low => &self.onset_low,
                OnsetBand::Mid => &self.onset_mid,
                OnsetBand::High => &self.onset_high,
            };
            set(level, level.value().max(strength));
        }
    }

    /// Shows a snapshot at the end of a block of `block_seconds`. Audio thread.
    pub fn show(&self, snapshot: &Snapshot, sample_rate_hz: u32, block_seconds: f32) {
        let decay = 0.1_f32.powf(block_seconds / ONSET_DECAY_SECONDS);
        for level in [&self.onset_low, &self.onset_mid, &self.onset_high] {
            set(level, level.value() * decay);
        }
        if let Some(beat) = snapshot.beat {
            let period = beat.tempo.period_seconds() * f64::from(sample_rate_hz);
            let left = (beat.next_beat.0 as f64 - snapshot.position.0 as f64) / period;
            set(&self.phase, (1.0 - left).rem_euclid(1.0) as f32);
            set(&self.tempo, beat.tempo.0);
            set(&self.beat_in_bar, i32::from(beat.beat_in_bar));
            set(&self.beats_per_bar, i32::from(beat.beats_per_bar));
        }
        set(&self.beat_confidence, snapshot.beat.map_or(0.0, |beat| beat.confidence));
        set(&self.voice, snapshot.voice_activation);
        let chord = snapshot.chord.and_then(|state| state.chord);
        set(&self.chord, chord.map_or(0, ChordClass::class) as i32);
        set(&self.chord_confidence, snapshot.chord.map_or(0.0, |state| state.confidence));
        set(&self.key, snapshot.key.map_or(0, |state| 1 + KeyClass::class(state.key)) as i32);
    }
}

/// Writes a result. The host sees it when it next asks.
fn set<P: InternalParamMut>(parameter: &P, value: P::Plain) {
    // SAFETY: the function is unsafe since a wrapper that is not told of the change cannot tell its host, and because a
    // smoother would not follow. Results are read by hosts that ask, and none has a smoother; the write itself is atomic.
    unsafe { parameter._internal_set_plain_value(value) };
}

fn named(labels: &[&str], class: i32) -> String {
    usize::try_from(class).ok().and_then(|class| labels.get(class)).map_or_else(String::new, |&label| label.to_owned())
}

fn class_of(labels: &[&str], text: &str) -> Option<i32> {
    labels.iter().position(|&label| label == text.trim()).map(|class| class as i32)
}
