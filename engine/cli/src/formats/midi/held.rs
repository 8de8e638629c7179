//! What holds for a while: the chords and the voice as held notes, the key as a signature.

use std::borrow::Cow;

use attacca_engine::models::vocabulary::{ChordOverBass, KeyClass, Mode};
use midly::{
    MetaMessage, MidiMessage, Track, TrackEventKind,
    num::{u4, u7},
};

use super::{TempoMap, TrackWriter};
use crate::analysis::Analysis;

/// Channels, counted from 0.
const CHORD_CHANNEL: u4 = u4::new(0);
const VOICE_CHANNEL: u4 = u4::new(1);
/// Roots lie in the octave from C3 (key 48) upwards, so that chords sound in the middle of a piano; a bass that is not the
/// root, in the octave below.
const LOWEST_ROOT: u8 = 48;
/// The voice's note: C5, above every chord.
const VOICE_KEY: u8 = 72;
/// Quieter than the beats.
const VELOCITY: u8 = 64;

/// The track of chords: the notes of each, held, and its name as a text where it begins; `names` has one for each.
pub fn chords<'a>(analysis: &Analysis, names: &'a [Cow<'static, str>], map: &TempoMap) -> Track<'a> {
    let mut track = TrackWriter::named("Chords");
    for (chord, name) in analysis.chord_stretches().zip(names) {
        let (start, end) = (map.tick_at(chord.start), map.tick_at(chord.end));
        track.push(start, TrackEventKind::Meta(MetaMessage::Text(name.as_bytes())));
        if let Some(ChordOverBass { chord, bass }) = chord.value {
            let bass = bass.map(|bass| LOWEST_ROOT - 12 + bass % 12);
            let keys = chord.quality.intervals().iter().map(|interval| LOWEST_ROOT + chord.root % 12 + interval);
            let keys = bass.into_iter().chain(keys);
            hold(&mut track, keys, CHORD_CHANNEL, start, end);
        }
    }
    track.finish(0)
}

/// The track of the voice: a note for each stretch.
pub fn voice<'a>(analysis: &'a Analysis, map: &TempoMap) -> Track<'a> {
    let mut track = TrackWriter::named("Voice");
    for voice in analysis.voiced() {
        let (start, end) = (map.tick_at(voice.start), map.tick_at(voice.end));
        hold(&mut track, std::iter::once(VOICE_KEY), VOICE_CHANNEL, start, end);
    }
    track.finish(0)
}

fn hold(track: &mut TrackWriter<'_>, keys: impl Iterator<Item = u8> + Clone, channel: u4, start: u64, end: u64) {
    for key in keys.clone() {
        let message = MidiMessage::NoteOn { key: u7::new(key), vel: u7::new(VELOCITY) };
        track.push(start, TrackEventKind::Midi { channel, message });
    }
    for key in keys {
        let message = MidiMessage::NoteOff { key: u7::new(key), vel: u7::new(0) };
        track.push(end, TrackEventKind::Midi { channel, message });
    }
}

/// Sharps (positive) or flats (negative) of a key, at most six, and whether it is minor.
pub fn key_signature(key: KeyClass) -> (i8, bool) {
    let minor = key.mode == Mode::Minor;
    // A minor key has the signature of the major key three semitones above; a fifth up is a sharp more.
    let major_tonic = (u32::from(key.tonic) + if minor { 3 } else { 0 }) % 12;
    let fifths = (major_tonic * 7 % 12) as i8;
    (if fifths > 6 { fifths - 12 } else { fifths }, minor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{analysis::example, formats::midi};
    use midly::Smf;

    #[test]
    fn signatures_are_those_of_the_circle_of_fifths() {
        let signature = |class| key_signature(KeyClass::from_class(class).unwrap());
        assert_eq!([0, 7, 5, 6, 10].map(signature), [(0, false), (1, false), (-1, false), (6, false), (-2, false)]);
        assert_eq!([12 + 9, 12 + 4, 12].map(signature), [(0, true), (1, true), (-3, true)]);
    }

    #[test]
    fn every_chord_is_named_and_held_and_let_go() {
        let analysis = example::analysis();
        let mut bytes = Vec::new();
        midi::write(&analysis, None, &mut bytes).unwrap();
        let smf = Smf::parse(&bytes).unwrap();
        let mut names = Vec::new();
        let mut sounding = Vec::new();
        for event in &smf.tracks[4] {
            match event.kind {
                TrackEventKind::Meta(MetaMessage::Text(name)) => {
                    assert!(sounding.is_empty(), "a chord begins while another sounds");
                    names.push(String::from_utf8(name.to_vec()).unwrap());
                }
                TrackEventKind::Midi { message: MidiMessage::NoteOn { key, .. }, .. } => sounding.push(key),
                TrackEventKind::Midi { message: MidiMessage::NoteOff { key, .. }, .. } => {
                    sounding.retain(|other| *other != key);
                }
                _ => {}
            }
        }
        assert!(sounding.is_empty());
        assert_eq!(names, ["N", "D:min7", "G:7", "C:maj7/3", "D:min7", "G:7", "N"]);
    }
}
