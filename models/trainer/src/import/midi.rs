//! MIDI that is aligned to a recording.
//!
//! The starts of its notes become onsets; those within 30 ms become one. Beats come from the tempo map and the time
//! signature, but only where the tempo map follows the recording: a file with one tempo says how fast its sequencer ran,
//! not where the beats are. In 6/8, 9/8 and 12/8 a beat is a dotted quarter.

use std::path::Path;

use crate::{
    data::{
        Labels,
        labels::{Annotation, LabelledBeat, merged},
    },
    score::{MidiFile, Note},
};

use super::{
    problem::{Place, Problem},
    timeline::Timeline,
};

/// Reads a MIDI file for a recording of `seconds`; `takes_beats` has beats read even if it names one tempo or none.
///
/// # Errors
/// [`Problem`] with the file.
pub fn parse(file: &Path, contents: &[u8], seconds: f64, takes_beats: bool) -> Result<(Labels, Vec<String>), Problem> {
    let midi = MidiFile::parse(contents, file)?;
    let notes: Vec<&Note> = midi.parts.iter().flat_map(|(_, part)| &part.notes).collect();
    if notes.is_empty() {
        return Err(Problem::Empty { file: file.to_owned(), expected: "notes" });
    }
    let mut starts: Vec<f64> = notes.iter().map(|note| note.onset).collect();
    starts.sort_by(f64::total_cmp);
    let mut timeline = Timeline::new(seconds, true);
    let mut onsets = Vec::new();
    for start in starts {
        if timeline.event(Place::File(file.to_owned()), start)? {
            onsets.push(start);
        }
    }
    let mut remarks = Vec::new();
    let beats = if !takes_beats && midi.tempo_events < 2 {
        remarks.push(format!(
            "{}: no beats taken: its tempo map has {} tempo events, which follow no recording (--midi-beats takes them)",
            file.display(),
            midi.tempo_events
        ));
        None
    } else if midi.time_signatures.len() > 1 {
        remarks.push(format!("{}: no beats taken: its time signature changes on the way", file.display()));
        None
    } else {
        let end = notes.iter().map(|note| note.offset).fold(0.0, f64::max).min(seconds);
        Some(Annotation::unmasked(beats(&midi, end)))
    };
    Ok((Labels { onsets: Some(Annotation::unmasked(merged(onsets))), beats, ..Labels::default() }, remarks))
}

/// Beats from the beginning to `end` in seconds.
fn beats(midi: &MidiFile, end: f64) -> Vec<LabelledBeat> {
    let (count, unit) = midi.time_signatures.first().map_or((4, 4), |(_, signature)| *signature);
    let is_compound = unit == 8 && count > 3 && count % 3 == 0;
    let (beats_per_bar, units_per_beat) = if is_compound { (count / 3, 3.0) } else { (count.max(1), 1.0) };
    let quarters_per_beat = units_per_beat * 4.0 / f64::from(unit.max(1));
    let beat = |number: u32| LabelledBeat {
        time: midi.seconds(f64::from(number) * quarters_per_beat),
        position: (number % u32::from(beats_per_bar)) as u8 + 1,
        beats_per_bar,
    };
    (0..).map(beat).take_while(|beat| beat.time < end).collect()
}

#[cfg(test)]
mod tests {
    use midly::{
        Format, Header, MetaMessage, MidiMessage, Smf, Timing, TrackEvent, TrackEventKind,
        num::{u4, u7, u15, u24, u28},
    };

    use super::*;

    /// Two notes a quarter apart and 6/8, at the tempi given a quarter apart in microseconds.
    fn file(tempi: &[u32]) -> Vec<u8> {
        let mut midi = Smf::new(Header::new(Format::SingleTrack, Timing::Metrical(u15::new(100))));
        let event = |delta, kind| TrackEvent { delta: u28::new(delta), kind };
        let mut track = vec![event(0, TrackEventKind::Meta(MetaMessage::TimeSignature(6, 3, 24, 8)))];
        for (index, tempo) in tempi.iter().enumerate() {
            let delta = if index == 0 { 0 } else { 100 };
            track.push(event(delta, TrackEventKind::Meta(MetaMessage::Tempo(u24::new(*tempo)))));
            for (delta, velocity) in [(0, 90), (1, 0)] {
                let message = MidiMessage::NoteOn { key: u7::new(60), vel: u7::new(velocity) };
                track.push(event(delta, TrackEventKind::Midi { channel: u4::new(0), message }));
            }
        }
        track.push(event(400, TrackEventKind::Meta(MetaMessage::EndOfTrack)));
        midi.tracks.push(track);
        let mut bytes = Vec::new();
        midi.write(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn one_tempo_gives_no_beats_unless_they_are_asked_for() {
        let bytes = file(&[600_000]);
        let (labels, remarks) = parse(Path::new("x.mid"), &bytes, 9.0, false).unwrap();
        assert_eq!((labels.onsets.unwrap().values, labels.beats), (vec![0.0], None));
        assert!(remarks[0].starts_with("x.mid: no beats taken: its tempo map has 1 tempo events"), "{remarks:?}");
        assert!(parse(Path::new("x.mid"), &bytes, 9.0, true).unwrap().0.beats.is_some());
    }

    #[test]
    fn a_tempo_map_gives_beats_in_dotted_quarters() {
        let bytes = file(&[500_000, 1_000_000, 1_000_000]);
        let (labels, _) = parse(Path::new("x.mid"), &bytes, 9.0, false).unwrap();
        let beats: Vec<_> = labels.beats.unwrap().values.iter().map(|beat| (beat.time, beat.position)).collect();
        // The second tempo starts with 1.01 quarters; a beat is a quarter and a half.
        assert_eq!(beats.len(), 2);
        assert!((beats[1].0 - (1.01 * 0.5 + 0.49)).abs() < 1e-9 && beats[1].1 == 2, "{beats:?}");
    }

    #[test]
    fn notes_behind_the_recording_are_refused() {
        let message = parse(Path::new("x.mid"), &file(&[500_000; 8]), 1.0, false).unwrap_err().to_string();
        assert!(message.starts_with("x.mid: expected a time within the recording's 1.000 s"), "{message}");
    }
}
