//! What is sent, where to and by which numbers. Plain values.

use serde::{Deserialize, Serialize};

/// MIDI notes and controllers. Channels are 0 to 15 here, and shown as 1 to 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MidiSettings {
    /// A note for each onset, by the band that rose most.
    pub onsets: bool,
    /// Channel of the onsets' notes.
    pub onset_channel: u8,
    /// Notes for onsets in the low, middle and high band.
    pub onset_notes: [u8; 3],
    /// A note for each beat.
    pub beats: bool,
    /// Channel of the beats' notes.
    pub beat_channel: u8,
    /// Note of a downbeat.
    pub downbeat_note: u8,
    /// Note of any other beat.
    pub beat_note: u8,
    /// Whether a beat's note comes when the beat is predicted to fall, and not when it has been confirmed.
    pub anticipate: bool,
    /// The chord's notes, held until the next.
    pub chords: bool,
    /// Channel of the chords' notes.
    pub chord_channel: u8,
    /// How a chord is laid out.
    pub chord_voicing: ChordVoicing,
    /// Voice, tempo and confidence as controllers.
    pub controllers: bool,
    /// Channel of the controllers.
    pub controller_channel: u8,
    /// Controller of the voice: 127 while somebody sings, else 0.
    pub voice_controller: u8,
    /// Controller of the tempo: 0 for 30 BPM or less, 127 for 300 BPM, evenly in octaves.
    pub tempo_controller: u8,
    /// Controller of the beat's confidence: 0 to 127.
    pub confidence_controller: u8,
}

/// How a chord's notes are laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChordVoicing {
    /// All notes in the octave above middle C, so that common notes stay where they are.
    #[default]
    Close,
    /// From the root upwards.
    RootPosition,
    /// Root position, with the root two octaves below.
    WithBass,
    /// The root alone.
    Root,
}

impl ChordVoicing {
    /// All voicings.
    pub const ALL: [Self; 4] = [Self::Close, Self::RootPosition, Self::WithBass, Self::Root];
}

impl Default for MidiSettings {
    /// Onsets on channel 10 with the General MIDI notes of bass drum, snare drum and closed hi-hat; beats on channel 16
    /// with those of the metronome; chords on channel 1; controllers 20, 21 and 22, which are undefined in MIDI.
    fn default() -> Self {
        Self {
            onsets: true,
            onset_channel: 9,
            onset_notes: [36, 38, 42],
            beats: true,
            beat_channel: 15,
            downbeat_note: 34,
            beat_note: 33,
            anticipate: true,
            chords: true,
            chord_channel: 0,
            chord_voicing: ChordVoicing::default(),
            controllers: true,
            controller_channel: 0,
            voice_controller: 20,
            tempo_controller: 21,
            confidence_controller: 22,
        }
    }
}

/// Open Sound Control over UDP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OscSettings {
    /// Whether anything is sent.
    pub enabled: bool,
    /// Host and port, as `127.0.0.1:9000`.
    pub target: String,
}

impl Default for OscSettings {
    fn default() -> Self {
        Self { enabled: false, target: "127.0.0.1:9000".to_owned() }
    }
}
