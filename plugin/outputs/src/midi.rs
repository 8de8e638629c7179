//! From events and snapshots to MIDI messages, each at an exact sample.
//!
//! A [`MidiSender`] runs on the audio thread: it allocates nothing and its memory is bounded. It is told of everything
//! in the order of time: of each hop's snapshot, of the events that were published with it, and of the end of the block.
//! A message belongs to the sample at which the engine knew what it says (the event's position and its latency), or, for
//! an anticipated beat, at which the beat was predicted to fall; it does not depend on how the audio was cut into blocks.
//!
//! Every note that begins also ends: after [`NOTE_SECONDS`], or for a chord with the next one, and at the latest with
//! [`MidiSender::end_all`].

mod bytes;
mod sounding;
mod voicing;

use attacca_engine::{
    Bpm, Event, EventKind, OnsetBand, SamplePosition, Snapshot, models::vocabulary::ChordOverBass, snapshot::BeatState,
};

pub use self::bytes::MidiBytes;
use self::sounding::Sounding;
use crate::settings::MidiSettings;

/// Length of the notes of onsets and beats in seconds.
pub const NOTE_SECONDS: f64 = 0.06;

/// Velocity of a chord's notes.
const CHORD_VELOCITY: u8 = 96;

/// Two predictions closer than this share of a beat are the same beat.
const SAME_BEAT: f64 = 0.5;

/// A message at a sample of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MidiMessage {
    /// When.
    pub position: SamplePosition,
    /// Channel, 0 to 15.
    pub channel: u8,
    /// What.
    pub kind: MidiKind,
}

/// What a message says. Keys, velocities, controllers and values are 0 to 127.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MidiKind {
    /// A note begins.
    NoteOn {
        /// Its key.
        key: u8,
        /// How hard it is struck, 1 to 127.
        velocity: u8,
    },
    /// A note ends.
    NoteOff {
        /// Its key.
        key: u8,
    },
    /// A controller has another value.
    Controller {
        /// Which.
        number: u8,
        /// Its value.
        value: u8,
    },
}

/// Turns what the engine says into MIDI.
#[derive(Clone, Debug)]
pub struct MidiSender {
    settings: MidiSettings,
    note_samples: u64,
    sounding: Sounding,
    chord: Option<ChordOverBass>,
    /// Everything before has been sent.
    now: SamplePosition,
    /// The newest prediction, and the last one that was sent.
    predicted: Option<BeatState>,
    last_predicted: Option<SamplePosition>,
    /// The last values of voice, tempo and confidence.
    controllers: [Option<u8>; 3],
}

impl MidiSender {
    /// A sender that has sent nothing yet, for an input at `sample_rate_hz`.
    pub fn new(settings: MidiSettings, sample_rate_hz: u32) -> Self {
        Self {
            settings: within_midi(settings),
            note_samples: (NOTE_SECONDS * f64::from(sample_rate_hz)).round() as u64,
            sounding: Sounding::default(),
            chord: None,
            now: SamplePosition::default(),
            predicted: None,
            last_predicted: None,
            controllers: [None; 3],
        }
    }

    /// Uses other settings from `now` on. Where they differ, every note that sounds ends first.
    pub fn set(&mut self, settings: MidiSettings, now: SamplePosition, mut send: impl FnMut(MidiMessage)) {
        let settings = within_midi(settings);
        if settings == self.settings {
            return;
        }
        let chord = self.chord;
        self.end_all(now, &mut send);
        self.settings = settings;
        self.begin_chord(chord, now, &mut send);
    }

    /// Hears the snapshot of a hop. Everything that was due before it is sent first; the events published with it follow
    /// by [`MidiSender::event`].
    pub fn hop(&mut self, snapshot: &Snapshot, mut send: impl FnMut(MidiMessage)) {
        self.until(snapshot.position, &mut send);
        self.predicted = snapshot.beat;
    }

    /// Hears an event.
    pub fn event(&mut self, event: &Event, mut send: impl FnMut(MidiMessage)) {
        let now = SamplePosition(event.position.0 + u64::from(event.latency_samples));
        self.until(now, &mut send);
        let settings = self.settings;
        match event.kind {
            EventKind::Onset { strength, bands } if settings.onsets => {
                let key = settings.onset_notes[match bands.strongest() {
                    OnsetBand::Low => 0,
                    OnsetBand::Mid => 1,
                    OnsetBand::High => 2,
                }];
                self.strike(settings.onset_channel, key, velocity(strength), now, &mut send);
            }
            EventKind::Beat { beat_in_bar, tempo, .. } => {
                if settings.beats && !settings.anticipate {
                    self.strike_beat(beat_in_bar == 1, event.confidence, now, &mut send);
                }
                self.control(1, tempo_value(tempo), now, &mut send);
                self.control(2, unit_value(event.confidence), now, &mut send);
            }
            EventKind::Voice { active } => self.control(0, unit_value(f32::from(u8::from(active))), now, &mut send),
            EventKind::Chord { chord, bass } => {
                self.change_chord(chord.map(|chord| ChordOverBass { chord, bass }), now, &mut send);
            }
            EventKind::Onset { .. } | EventKind::Key { .. } => {}
        }
    }

    /// Sends what is due before `end`, the first sample after the block.
    pub fn block_end(&mut self, end: SamplePosition, mut send: impl FnMut(MidiMessage)) {
        self.until(end, &mut send);
    }

    /// Ends every note that sounds, and forgets what was predicted. The voice's controller returns to 0.
    pub fn end_all(&mut self, now: SamplePosition, mut send: impl FnMut(MidiMessage)) {
        self.sounding.end_all(|channel, key| send(note_off(now, channel, key)));
        self.chord = None;
        self.predicted = None;
        self.last_predicted = None;
        if self.controllers[0].is_some_and(|value| value > 0) {
            self.control(0, 0, now, &mut send);
        }
    }

    /// As [`MidiSender::end_all`], where positions begin from 0 again: the engine has been reset.
    pub fn restart(&mut self, now: SamplePosition, send: impl FnMut(MidiMessage)) {
        self.end_all(now, send);
        self.now = SamplePosition::default();
    }

    /// Sends what is due before `end`: ends of notes, and an anticipated beat.
    fn until(&mut self, end: SamplePosition, send: &mut impl FnMut(MidiMessage)) {
        let beat = self.due_beat(end);
        if let Some((position, beat)) = beat {
            self.end_due(position, send);
            self.last_predicted = Some(position);
            self.strike_beat(beat.beat_in_bar == beat.beats_per_bar, beat.confidence, position, send);
        }
        self.end_due(end, send);
        self.now = self.now.max(end);
    }

    /// The predicted beat, where it falls before `end` and has not been sent yet.
    fn due_beat(&self, end: SamplePosition) -> Option<(SamplePosition, BeatState)> {
        let beat = self.predicted.filter(|_| self.settings.beats && self.settings.anticipate)?;
        let period = beat.tempo.period_seconds() * self.note_samples as f64 / NOTE_SECONDS;
        let since = |last: SamplePosition| beat.next_beat.0 as f64 - last.0 as f64;
        let new = self.last_predicted.is_none_or(|last| since(last) > SAME_BEAT * period);
        // One that is predicted when it is over already comes at once.
        (new && beat.next_beat < end).then_some((beat.next_beat.max(self.now), beat))
    }

    fn end_due(&mut self, end: SamplePosition, send: &mut impl FnMut(MidiMessage)) {
        self.sounding.end_due(end, |position, channel, key| send(note_off(position, channel, key)));
    }

    fn strike_beat(
        &mut self,
        downbeat: bool,
        confidence: f32,
        now: SamplePosition,
        send: &mut impl FnMut(MidiMessage),
    ) {
        let key = if downbeat { self.settings.downbeat_note } else { self.settings.beat_note };
        self.strike(self.settings.beat_channel, key, velocity(confidence), now, send);
    }

    /// A short note.
    fn strike(&mut self, channel: u8, key: u8, velocity: u8, now: SamplePosition, send: &mut impl FnMut(MidiMessage)) {
        let end = SamplePosition(now.0 + self.note_samples);
        self.begin(channel, key, velocity, now, Some(end), send);
    }

    /// Begins a note; one that sounds on the same key ends first. A note that cannot be kept track of is not begun.
    fn begin(
        &mut self,
        channel: u8,
        key: u8,
        velocity: u8,
        now: SamplePosition,
        end: Option<SamplePosition>,
        send: &mut impl FnMut(MidiMessage),
    ) {
        if self.sounding.end(channel, key) {
            send(note_off(now, channel, key));
        }
        if self.sounding.begin(channel, key, end) {
            send(MidiMessage { position: now, channel, kind: MidiKind::NoteOn { key, velocity } });
        }
    }

    /// Lets another chord sound. The same one is not struck again for a bass that its voicing does not have.
    fn change_chord(&mut self, next: Option<ChordOverBass>, now: SamplePosition, send: &mut impl FnMut(MidiMessage)) {
        if let (Some(present), Some(next)) = (self.chord, next) {
            let keys = |chord| voicing::keys(chord, self.settings.chord_voicing);
            if present.chord == next.chord && keys(present) == keys(next) {
                self.chord = Some(next);
                return;
            }
        }
        self.end_chord(now, send);
        self.begin_chord(next, now, send);
    }

    fn begin_chord(&mut self, chord: Option<ChordOverBass>, now: SamplePosition, send: &mut impl FnMut(MidiMessage)) {
        self.chord = chord;
        let Some(chord) = chord.filter(|_| self.settings.chords) else { return };
        for &key in voicing::keys(chord, self.settings.chord_voicing).as_slice() {
            self.begin(self.settings.chord_channel, key, CHORD_VELOCITY, now, None, send);
        }
    }

    fn end_chord(&mut self, now: SamplePosition, send: &mut impl FnMut(MidiMessage)) {
        self.sounding.end_held(|channel, key| send(note_off(now, channel, key)));
        self.chord = None;
    }

    /// Sends a controller if its value has changed.
    fn control(&mut self, which: usize, value: u8, now: SamplePosition, send: &mut impl FnMut(MidiMessage)) {
        if !self.settings.controllers || self.controllers[which] == Some(value) {
            return;
        }
        self.controllers[which] = Some(value);
        let settings = &self.settings;
        let number = [settings.voice_controller, settings.tempo_controller, settings.confidence_controller][which];
        let kind = MidiKind::Controller { number, value };
        send(MidiMessage { position: now, channel: settings.controller_channel, kind });
    }
}

fn note_off(position: SamplePosition, channel: u8, key: u8) -> MidiMessage {
    MidiMessage { position, channel, kind: MidiKind::NoteOff { key } }
}

/// 0 to 1 as 1 to 127: a note of velocity 0 would be its end.
fn velocity(strength: f32) -> u8 {
    1 + (strength.clamp(0.0, 1.0) * 126.0).round() as u8
}

/// 0 to 1 as 0 to 127.
fn unit_value(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 127.0).round() as u8
}

/// From the slowest to the fastest tempo as 0 to 127, evenly in octaves.
pub fn tempo_value(tempo: Bpm) -> u8 {
    unit_value((tempo.0 / Bpm::MINIMUM.0).log2() / (Bpm::MAXIMUM.0 / Bpm::MINIMUM.0).log2())
}

/// Channels and numbers that MIDI has.
fn within_midi(mut settings: MidiSettings) -> MidiSettings {
    for channel in [
        &mut settings.onset_channel,
        &mut settings.beat_channel,
        &mut settings.chord_channel,
        &mut settings.controller_channel,
    ] {
        *channel = (*channel).min(15);
    }
    let numbers = [
        &mut settings.downbeat_note,
        &mut settings.beat_note,
        &mut settings.voice_controller,
        &mut settings.tempo_controller,
        &mut settings.confidence_controller,
    ];
    for number in numbers.into_iter().chain(&mut settings.onset_notes) {
        *number = (*number).min(127);
    }
    settings
}

#[cfg(test)]
mod tests;
