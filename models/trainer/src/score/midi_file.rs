//! Standard MIDI files, read into parts and a tempo map.

use std::path::{Path, PathBuf};

use midly::{MetaMessage, MidiMessage, Smf, Timing, TrackEventKind};

use super::{Note, Part, Role};

/// Channel 10 of General MIDI, counted from 0.
const DRUM_CHANNEL: usize = 9;

/// Tempo of a file that names none: 120 beats per minute, by the standard.
const DEFAULT_MICROSECONDS_PER_QUARTER: u32 = 500_000;

/// Why a MIDI file was refused.
#[derive(Debug, thiserror::Error)]
pub enum MidiError {
    /// It could not be read from disk.
    #[error("{}: {source}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Its bytes are no MIDI file.
    #[error("{}: no MIDI file: {source}", file.display())]
    Parse {
        /// The file.
        file: PathBuf,
        /// What the parser said.
        source: midly::Error,
    },
    /// Its time is in film frames, which say nothing about beats.
    #[error("{}: expected time in ticks a quarter note, found film frames", file.display())]
    FilmTime {
        /// The file.
        file: PathBuf,
    },
}

/// A MIDI file: its notes in seconds, its tempo map, its markers.
#[derive(Clone, Debug, PartialEq)]
pub struct MidiFile {
    /// One part for each track, channel and program, in that order, with the name of its track.
    pub parts: Vec<(String, Part)>,
    /// Positions of marker events in quarter notes, in order.
    pub markers: Vec<f64>,
    /// Time signatures, in order: position in quarter notes, and beats a bar with the note value of a beat.
    pub time_signatures: Vec<(f64, (u8, u8))>,
    /// Number of tempo events.
    pub tempo_events: usize,
    tempo_map: TempoMap,
}

impl MidiFile {
    /// Reads a file.
    ///
    /// # Errors
    /// [`MidiError`] for a file that is missing, broken or in film time.
    pub fn read(file: &Path) -> Result<Self, MidiError> {
        let bytes = std::fs::read(file).map_err(|source| MidiError::Read { file: file.to_owned(), source })?;
        Self::parse(&bytes, file)
    }

    /// Reads the bytes of a file; `file` is its name in errors.
    ///
    /// # Errors
    /// [`MidiError`] for bytes that are broken or in film time.
    pub fn parse(bytes: &[u8], file: &Path) -> Result<Self, MidiError> {
        let midi = Smf::parse(bytes).map_err(|source| MidiError::Parse { file: file.to_owned(), source })?;
        let Timing::Metrical(ticks) = midi.header.timing else {
            return Err(MidiError::FilmTime { file: file.to_owned() });
        };
        let ticks_per_quarter = f64::from(ticks.as_int().max(1));
        let mut tempi = Vec::new();
        let mut markers = Vec::new();
        let mut time_signatures = Vec::new();
        for track in &midi.tracks {
            let mut tick = 0u64;
            for event in track {
                tick += u64::from(event.delta.as_int());
                let quarter = tick as f64 / ticks_per_quarter;
                match event.kind {
                    TrackEventKind::Meta(MetaMessage::Tempo(tempo)) => tempi.push((quarter, tempo.as_int())),
                    TrackEventKind::Meta(MetaMessage::Marker(_)) => markers.push(quarter),
                    TrackEventKind::Meta(MetaMessage::TimeSignature(beats, power, ..)) => {
                        time_signatures.push((quarter, (beats, 1u8.checked_shl(power.into()).unwrap_or(4))));
                    }
                    _ => {}
                }
            }
        }
        markers.sort_by(f64::total_cmp);
        time_signatures.sort_by(|a, b| a.0.total_cmp(&b.0));
        // Tracks repeat what the first one says.
        time_signatures.dedup();
        let tempo_events = tempi.len();
        let tempo_map = TempoMap::new(tempi);
        let parts = midi.tracks.iter().flat_map(|track| parts_of(track, ticks_per_quarter, &tempo_map)).collect();
        Ok(Self { parts, markers, time_signatures, tempo_events, tempo_map })
    }

    /// The time in seconds of a position in quarter notes.
    pub fn seconds(&self, quarter: f64) -> f64 {
        self.tempo_map.seconds(quarter)
    }
}

/// Tempo changes, as `(quarter, seconds there, seconds a quarter from there)`.
#[derive(Clone, Debug, PartialEq)]
struct TempoMap {
    segments: Vec<(f64, f64, f64)>,
}

impl TempoMap {
    fn new(mut tempi: Vec<(f64, u32)>) -> Self {
        tempi.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut segments = vec![(0.0, 0.0, f64::from(DEFAULT_MICROSECONDS_PER_QUARTER) * 1e-6)];
        for (quarter, microseconds) in tempi {
            let (from, seconds, pace) = segments[segments.len() - 1];
            segments.push((quarter, seconds + (quarter - from) * pace, f64::from(microseconds) * 1e-6));
        }
        Self { segments }
    }

    fn seconds(&self, quarter: f64) -> f64 {
        let index = self.segments.partition_point(|segment| segment.0 <= quarter).saturating_sub(1);
        let (from, seconds, pace) = self.segments[index];
        seconds + (quarter - from) * pace
    }
}

fn parts_of(track: &[midly::TrackEvent<'_>], ticks_per_quarter: f64, tempo: &TempoMap) -> Vec<(String, Part)> {
    let mut name = String::new();
    let mut programs = [0u8; 16];
    let mut sounding: Vec<(usize, u8, usize, usize)> = Vec::new();
    let mut parts: Vec<(usize, Part)> = Vec::new();
    let mut tick = 0u64;
    for event in track {
        tick += u64::from(event.delta.as_int());
        let now = tempo.seconds(tick as f64 / ticks_per_quarter);
        match event.kind {
            TrackEventKind::Meta(MetaMessage::TrackName(bytes)) => name = String::from_utf8_lossy(bytes).into_owned(),
            TrackEventKind::Midi { channel, message } => {
                let channel = usize::from(channel.as_int());
                match message {
                    MidiMessage::ProgramChange { program } => programs[channel] = program.as_int(),
                    MidiMessage::NoteOn { key, vel } if vel.as_int() > 0 => {
                        let part = part_for(&mut parts, channel, programs[channel]);
                        let notes = &mut parts[part].1.notes;
                        sounding.push((channel, key.as_int(), part, notes.len()));
                        notes.push(Note { onset: now, offset: now, key: key.as_int(), velocity: vel.as_int() });
                    }
                    MidiMessage::NoteOn { key, .. } | MidiMessage::NoteOff { key, .. } => {
                        let open = sounding.iter().position(|open| (open.0, open.1) == (channel, key.as_int()));
                        if let Some((_, _, part, note)) = open.map(|open| sounding.remove(open)) {
                            parts[part].1.notes[note].offset = now;
                        }
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    let end = tempo.seconds(tick as f64 / ticks_per_quarter);
    for (_, _, part, note) in sounding {
        parts[part].1.notes[note].offset = end;
    }
    parts.into_iter().map(|(_, part)| (name.clone(), part)).collect()
}

fn part_for(parts: &mut Vec<(usize, Part)>, channel: usize, program: u8) -> usize {
    if let Some(index) = parts.iter().position(|(of, part)| *of == channel && part.program == program) {
        return index;
    }
    let role = match (channel, program) {
        (DRUM_CHANNEL, _) => Role::Drums,
        (_, 32..=39) => Role::Bass,
        _ => Role::Accompaniment,
    };
    parts.push((channel, Part { role, program, notes: Vec::new() }));
    parts.len() - 1
}

#[cfg(test)]
mod tests {
    use midly::{
        Format, Header, Track, TrackEvent,
        num::{u4, u7, u15, u24, u28},
    };

    use super::*;

    fn event(delta: u32, kind: TrackEventKind<'static>) -> TrackEvent<'static> {
        TrackEvent { delta: u28::new(delta), kind }
    }

    fn note(delta: u32, channel: u8, key: u8, velocity: u8) -> TrackEvent<'static> {
        let message = MidiMessage::NoteOn { key: u7::new(key), vel: u7::new(velocity) };
        event(delta, TrackEventKind::Midi { channel: u4::new(channel), message })
    }

    fn file(track: Track<'static>) -> Vec<u8> {
        let mut midi = Smf::new(Header::new(Format::SingleTrack, Timing::Metrical(u15::new(100))));
        midi.tracks.push(track);
        let mut bytes = Vec::new();
        midi.write(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn notes_follow_the_tempo_map() {
        let bytes = file(vec![
            event(0, TrackEventKind::Meta(MetaMessage::Tempo(u24::new(1_000_000)))),
            event(0, TrackEventKind::Meta(MetaMessage::TimeSignature(6, 3, 24, 8))),
            note(100, 9, 36, 100),
            note(50, 9, 36, 0),
            event(0, TrackEventKind::Meta(MetaMessage::Tempo(u24::new(500_000)))),
            event(0, TrackEventKind::Meta(MetaMessage::Marker(b"bar"))),
            note(50, 2, 60, 90),
            note(100, 2, 60, 0),
            event(0, TrackEventKind::Meta(MetaMessage::EndOfTrack)),
        ]);
        let midi = MidiFile::parse(&bytes, Path::new("x.mid")).unwrap();
        assert_eq!(midi.time_signatures, vec![(0.0, (6, 8))]);
        assert_eq!(midi.markers, vec![1.5]);
        assert_eq!(midi.parts.len(), 2);
        assert_eq!(midi.parts[0].1.role, Role::Drums);
        assert_eq!(midi.parts[0].1.notes, vec![Note { onset: 1.0, offset: 1.5, key: 36, velocity: 100 }]);
        assert_eq!(midi.parts[1].1.notes, vec![Note { onset: 1.75, offset: 2.25, key: 60, velocity: 90 }]);
    }

    #[test]
    fn broken_bytes_are_an_error_that_names_the_file() {
        let error = MidiFile::parse(b"RIFF....", Path::new("broken.mid")).unwrap_err();
        assert!(error.to_string().starts_with("broken.mid: no MIDI file"), "{error}");
    }

    #[test]
    fn a_note_that_never_ends_lasts_to_the_end_of_its_track() {
        let bytes = file(vec![note(0, 0, 60, 90), event(400, TrackEventKind::Meta(MetaMessage::EndOfTrack))]);
        let midi = MidiFile::parse(&bytes, Path::new("x.mid")).unwrap();
        assert_eq!(midi.parts[0].1.notes[0].offset, 2.0);
    }
}
