//! A standard MIDI file whose tempo map follows the music.
//!
//! Tracks, as far as the tasks were wanted: the tempo map with time and key signatures; the beats (high wood block on
//! downbeats, low wood block on the others) and the onsets (side stick, as loud as they are strong), both on the drum
//! channel; the voice as one held note, and the chords as held notes with their names as texts, each on a channel of
//! its own. Laid over the recording in a sequencer, the grid follows the band.

mod held;
mod tempo_map;

use std::{
    io::{self, Write},
    path::Path,
};

use attacca_engine::models::Task;
use midly::{
    Format, Header, MetaMessage, MidiMessage, Timing, Track, TrackEvent, TrackEventKind,
    num::{u4, u7, u15, u24, u28},
};

use crate::analysis::Analysis;
use tempo_map::TempoMap;

/// The drum channel of General MIDI, counted from 0.
const DRUM_CHANNEL: u4 = u4::new(9);
/// Keys of the General MIDI percussion map.
const HIGH_WOOD_BLOCK: u7 = u7::new(76);
const LOW_WOOD_BLOCK: u7 = u7::new(77);
const SIDE_STICK: u7 = u7::new(37);
/// Velocity of the beats.
const DOWNBEAT_VELOCITY: u8 = 112;
const BEAT_VELOCITY: u8 = 88;
/// Length of a note, unless the next comes earlier.
const NOTE_SECONDS: f64 = 0.05;
/// A time signature's clicks and notated 32nds are for metronomes of old; these are the customary values.
const CLOCKS_PER_CLICK: u8 = 24;
const THIRTY_SECONDS_PER_QUARTER: u8 = 8;
/// The denominator of a time signature as a power of two: quarters.
const QUARTER_POWER: u8 = 2;

/// Writes `X.mid`.
pub fn write(analysis: &Analysis, _folder: Option<&Path>, out: &mut dyn Write) -> io::Result<()> {
    let map = TempoMap::of(analysis);
    let chord_names: Vec<_> = analysis.chord_stretches().map(|chord| analysis.written_chord(&chord)).collect();
    let mut tracks = vec![conductor(analysis, &map)];
    if analysis.listened_for(Task::Beat) {
        let beats = analysis.beats.iter().map(|beat| Note {
            seconds: analysis.seconds(beat.position),
            key: if beat.is_downbeat() { HIGH_WOOD_BLOCK } else { LOW_WOOD_BLOCK },
            velocity: u7::new(if beat.is_downbeat() { DOWNBEAT_VELOCITY } else { BEAT_VELOCITY }),
        });
        tracks.push(notes("Beats", beats, &map));
    }
    if analysis.listened_for(Task::Onset) {
        let onsets = analysis.onsets.iter().map(|onset| Note {
            seconds: analysis.seconds(onset.position),
            key: SIDE_STICK,
            velocity: u7::new(1 + (onset.strength.clamp(0.0, 1.0) * 126.0).round() as u8),
        });
        tracks.push(notes("Onsets", onsets, &map));
    }
    if analysis.listened_for(Task::Voice) {
        tracks.push(held::voice(analysis, &map));
    }
    if analysis.listened_for(Task::Chord) {
        tracks.push(held::chords(analysis, &chord_names, &map));
    }
    let header = Header::new(Format::Parallel, Timing::Metrical(u15::new(map.ticks_per_quarter())));
    midly::write_std(&header, tracks.iter().map(|track| track.iter()), out)
}

/// The track of tempi, time signatures and key signatures.
fn conductor<'a>(analysis: &'a Analysis, map: &TempoMap) -> Track<'a> {
    let signatures = map.signatures().iter().map(|signature| {
        let message =
            MetaMessage::TimeSignature(signature.beats, QUARTER_POWER, CLOCKS_PER_CLICK, THIRTY_SECONDS_PER_QUARTER);
        (signature.tick, message)
    });
    let keys = analysis.key_stretches().map(|key| {
        let (accidentals, minor) = held::key_signature(key.value);
        (map.tick_at(key.start), MetaMessage::KeySignature(accidentals, minor))
    });
    let tempi = map.tempi().map(|(tick, microseconds)| (tick, MetaMessage::Tempo(u24::new(microseconds))));
    let mut messages: Vec<_> = signatures.chain(keys).chain(tempi).collect();
    // The sort is stable: at one tick, signatures come before tempi.
    messages.sort_by_key(|(tick, _)| *tick);
    let mut track = TrackWriter::named(&analysis.recording.name);
    for (tick, message) in messages {
        track.push(tick, TrackEventKind::Meta(message));
    }
    track.finish(map.tick_at(analysis.duration_seconds()))
}

struct Note {
    seconds: f64,
    key: u7,
    velocity: u7,
}

/// A track of notes in order of time.
fn notes<'a>(name: &'a str, notes: impl Iterator<Item = Note>, map: &TempoMap) -> Track<'a> {
    let mut track = TrackWriter::named(name);
    let mut sounding: Option<(u64, u7)> = None;
    for note in notes {
        let start = map.tick_at(note.seconds);
        if let Some((end, key)) = sounding {
            track.push(end.min(start), note_off(key));
        }
        track.push(start, on_drums(MidiMessage::NoteOn { key: note.key, vel: note.velocity }));
        sounding = Some((map.tick_at(note.seconds + NOTE_SECONDS).max(start + 1), note.key));
    }
    let mut end = 0;
    if let Some((tick, key)) = sounding {
        track.push(tick, note_off(key));
        end = tick;
    }
    track.finish(end)
}

fn on_drums(message: MidiMessage) -> TrackEventKind<'static> {
    TrackEventKind::Midi { channel: DRUM_CHANNEL, message }
}

fn note_off(key: u7) -> TrackEventKind<'static> {
    on_drums(MidiMessage::NoteOff { key, vel: u7::new(0) })
}

/// Builds a track from events at absolute ticks, which do not go back.
struct TrackWriter<'a> {
    events: Track<'a>,
    tick: u64,
}

impl<'a> TrackWriter<'a> {
    fn named(name: &'a str) -> Self {
        let mut writer = Self { events: Vec::new(), tick: 0 };
        writer.push(0, TrackEventKind::Meta(MetaMessage::TrackName(name.as_bytes())));
        writer
    }

    fn push(&mut self, tick: u64, kind: TrackEventKind<'a>) {
        let delta = tick.saturating_sub(self.tick).min(u64::from(u28::max_value().as_int()));
        self.tick += delta;
        self.events.push(TrackEvent { delta: u28::new(delta as u32), kind });
    }

    fn finish(mut self, tick: u64) -> Track<'a> {
        self.push(tick.max(self.tick), TrackEventKind::Meta(MetaMessage::EndOfTrack));
        self.events
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::example;
    use midly::Smf;

    /// Note-on times in seconds of a track, by the file's own tempo map.
    fn note_times(smf: &Smf<'_>, track: usize) -> Vec<f64> {
        let Timing::Metrical(per_quarter) = smf.header.timing else { panic!("metrical timing expected") };
        let mut tempi = Vec::new();
        let mut tick = 0_u64;
        for event in &smf.tracks[0] {
            tick += u64::from(event.delta.as_int());
            if let TrackEventKind::Meta(MetaMessage::Tempo(tempo)) = event.kind {
                tempi.push((tick, f64::from(tempo.as_int())));
            }
        }
        let seconds = |tick: u64| {
            let ends = tempi.iter().skip(1).map(|(start, _)| *start).chain([u64::MAX]);
            let quarters_per_tick = 1e-6 / f64::from(per_quarter.as_int());
            tempi
                .iter()
                .zip(ends)
                .map(|((start, tempo), end)| tick.clamp(*start, end).saturating_sub(*start) as f64 * tempo)
                .sum::<f64>()
                * quarters_per_tick
        };
        let mut tick = 0_u64;
        let mut times = Vec::new();
        for event in &smf.tracks[track] {
            tick += u64::from(event.delta.as_int());
            if let TrackEventKind::Midi { message: MidiMessage::NoteOn { .. }, .. } = event.kind {
                times.push(seconds(tick));
            }
        }
        times
    }

    #[test]
    fn notes_lie_within_a_millisecond_of_the_events() {
        let analysis = example::analysis();
        let mut bytes = Vec::new();
        write(&analysis, None, &mut bytes).unwrap();
        let smf = Smf::parse(&bytes).unwrap();
        assert_eq!(smf.tracks.len(), 5);
        let beats: Vec<_> = analysis.beats.iter().map(|beat| analysis.seconds(beat.position)).collect();
        let onsets: Vec<_> = analysis.onsets.iter().map(|onset| analysis.seconds(onset.position)).collect();
        for (track, expected) in [(1, beats), (2, onsets)] {
            let found = note_times(&smf, track);
            assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(&expected) {
                assert!((found - expected).abs() < 0.001, "{found} instead of {expected} in track {track}");
            }
        }
    }

    #[test]
    fn every_note_ends_before_the_next_begins() {
        let mut analysis = example::analysis();
        let first = analysis.onsets[0];
        analysis.onsets.insert(1, first);
        let mut bytes = Vec::new();
        write(&analysis, None, &mut bytes).unwrap();
        let smf = Smf::parse(&bytes).unwrap();
        let mut sounding = 0;
        for event in &smf.tracks[2] {
            if let TrackEventKind::Midi { message, .. } = event.kind {
                sounding += if matches!(message, MidiMessage::NoteOn { .. }) { 1 } else { -1 };
                assert!((0..=1).contains(&sounding));
            }
        }
        assert_eq!(sounding, 0);
    }

    #[test]
    fn silence_makes_a_file_too() {
        let mut analysis = example::analysis();
        analysis.beats.clear();
        analysis.onsets.clear();
        analysis.voice.clear();
        analysis.chords.clear();
        analysis.keys.clear();
        let mut bytes = Vec::new();
        write(&analysis, None, &mut bytes).unwrap();
        assert_eq!(Smf::parse(&bytes).unwrap().tracks.len(), 5);
    }
}
