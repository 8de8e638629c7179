//! What leaves as MIDI, as parameters.

use attacca_outputs::{ChordVoicing, MidiSettings};
use nice_plug::prelude::*;

use super::set_if_changed;

/// Notes and controllers. Channels are 1 to 16 here, as hosts show them.
#[derive(Params)]
pub struct MidiParameters {
    #[id = "midi_onsets"]
    pub onsets: BoolParam,
    #[id = "midi_onset_channel"]
    pub onset_channel: IntParam,
    #[id = "midi_onset_low"]
    pub onset_low: IntParam,
    #[id = "midi_onset_mid"]
    pub onset_mid: IntParam,
    #[id = "midi_onset_high"]
    pub onset_high: IntParam,
    #[id = "midi_beats"]
    pub beats: BoolParam,
    #[id = "midi_beat_channel"]
    pub beat_channel: IntParam,
    #[id = "midi_downbeat"]
    pub downbeat: IntParam,
    #[id = "midi_beat"]
    pub beat: IntParam,
    #[id = "midi_anticipate"]
    pub anticipate: BoolParam,
    #[id = "midi_chords"]
    pub chords: BoolParam,
    #[id = "midi_chord_channel"]
    pub chord_channel: IntParam,
    #[id = "midi_voicing"]
    pub voicing: EnumParam<Voicing>,
    #[id = "midi_controllers"]
    pub controllers: BoolParam,
    #[id = "midi_controller_channel"]
    pub controller_channel: IntParam,
    #[id = "midi_voice"]
    pub voice: IntParam,
    #[id = "midi_tempo"]
    pub tempo: IntParam,
    #[id = "midi_confidence"]
    pub confidence: IntParam,
}

/// [`ChordVoicing`], as the host shows it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voicing {
    #[id = "close"]
    #[name = "Close"]
    Close,
    #[id = "root_position"]
    #[name = "Root position"]
    RootPosition,
    #[id = "with_bass"]
    #[name = "With bass"]
    WithBass,
    #[id = "root"]
    #[name = "Root alone"]
    Root,
}

impl Default for MidiParameters {
    fn default() -> Self {
        let MidiSettings { onset_notes: [low, mid, high], .. } = MidiSettings::default();
        let midi = MidiSettings::default();
        Self {
            onsets: BoolParam::new("Send onsets", midi.onsets),
            onset_channel: channel("Onset channel", midi.onset_channel),
            onset_low: note("Note of low onsets", low),
            onset_mid: note("Note of middle onsets", mid),
            onset_high: note("Note of high onsets", high),
            beats: BoolParam::new("Send beats", midi.beats),
            beat_channel: channel("Beat channel", midi.beat_channel),
            downbeat: note("Note of downbeats", midi.downbeat_note),
            beat: note("Note of other beats", midi.beat_note),
            anticipate: BoolParam::new("Anticipate beats", midi.anticipate),
            chords: BoolParam::new("Send chords", midi.chords),
            chord_channel: channel("Chord channel", midi.chord_channel),
            voicing: EnumParam::new("Voicing", Voicing::Close),
            controllers: BoolParam::new("Send controllers", midi.controllers),
            controller_channel: channel("Controller channel", midi.controller_channel),
            voice: number("Controller of the voice", midi.voice_controller),
            tempo: number("Controller of the tempo", midi.tempo_controller),
            confidence: number("Controller of the confidence", midi.confidence_controller),
        }
    }
}

impl MidiParameters {
    /// What is set.
    pub fn value(&self) -> MidiSettings {
        let channel = |parameter: &IntParam| byte(parameter.value() - 1);
        let number = |parameter: &IntParam| byte(parameter.value());
        MidiSettings {
            onsets: self.onsets.value(),
            onset_channel: channel(&self.onset_channel),
            onset_notes: [&self.onset_low, &self.onset_mid, &self.onset_high].map(number),
            beats: self.beats.value(),
            beat_channel: channel(&self.beat_channel),
            downbeat_note: number(&self.downbeat),
            beat_note: number(&self.beat),
            anticipate: self.anticipate.value(),
            chords: self.chords.value(),
            chord_channel: channel(&self.chord_channel),
            chord_voicing: match self.voicing.value() {
                Voicing::Close => ChordVoicing::Close,
                Voicing::RootPosition => ChordVoicing::RootPosition,
                Voicing::WithBass => ChordVoicing::WithBass,
                Voicing::Root => ChordVoicing::Root,
            },
            controllers: self.controllers.value(),
            controller_channel: channel(&self.controller_channel),
            voice_controller: number(&self.voice),
            tempo_controller: number(&self.tempo),
            confidence_controller: number(&self.confidence),
        }
    }

    /// Asks the host for these settings. Main thread.
    pub fn set(&self, setter: &ParamSetter<'_>, midi: &MidiSettings) {
        let number = |parameter: &IntParam, value: u8| set_if_changed(setter, parameter, i32::from(value));
        let channel = |parameter: &IntParam, value: u8| set_if_changed(setter, parameter, i32::from(value) + 1);
        set_if_changed(setter, &self.onsets, midi.onsets);
        channel(&self.onset_channel, midi.onset_channel);
        let [low, mid, high] = midi.onset_notes;
        number(&self.onset_low, low);
        number(&self.onset_mid, mid);
        number(&self.onset_high, high);
        set_if_changed(setter, &self.beats, midi.beats);
        channel(&self.beat_channel, midi.beat_channel);
        number(&self.downbeat, midi.downbeat_note);
        number(&self.beat, midi.beat_note);
        set_if_changed(setter, &self.anticipate, midi.anticipate);
        set_if_changed(setter, &self.chords, midi.chords);
        channel(&self.chord_channel, midi.chord_channel);
        let voicing = match midi.chord_voicing {
            ChordVoicing::Close => Voicing::Close,
            ChordVoicing::RootPosition => Voicing::RootPosition,
            ChordVoicing::WithBass => Voicing::WithBass,
            ChordVoicing::Root => Voicing::Root,
        };
        set_if_changed(setter, &self.voicing, voicing);
        set_if_changed(setter, &self.controllers, midi.controllers);
        channel(&self.controller_channel, midi.controller_channel);
        number(&self.voice, midi.voice_controller);
        number(&self.tempo, midi.tempo_controller);
        number(&self.confidence, midi.confidence_controller);
    }
}

/// A parameter's value as a MIDI number; parameters have no value beyond.
fn byte(value: i32) -> u8 {
    value.clamp(0, 127) as u8
}

fn channel(name: &str, default: u8) -> IntParam {
    IntParam::new(name, i32::from(default) + 1, IntRange::Linear { min: 1, max: 16 })
}

fn number(name: &str, default: u8) -> IntParam {
    IntParam::new(name, i32::from(default), IntRange::Linear { min: 0, max: 127 })
}

fn note(name: &str, default: u8) -> IntParam {
    number(name, default)
        .with_value_to_string(formatters::v2s_i32_key_formatter())
        .with_string_to_value(formatters::s2v_i32_key_formatter())
}
