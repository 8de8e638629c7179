//! Pieces as MIDI files whose tempo map and time signatures say where the beats are, such as the music of games.

use std::path::{Path, PathBuf};

use attacca_models::description::DataSource;
use rand::Rng;

use super::{Piece, Source, SourceError, files_below};
use crate::{
    compose::Random,
    data::{dataset::Split, fetch::Material},
    score::{
        Beat, BeatGrid, MidiFile, Score,
        written::{Bar, metre},
    },
};

/// Where it lies and comes from.
pub(in crate::data) const MATERIAL: Material = Material { places: &["tunes"], origin: "a folder of MIDI files" };

const REMEDY: &str = "Put a folder with MIDI files there, or a link to one: the Debian package openttd-openmsx installs \
    such a folder below /usr/share/games/openttd.";

/// Share of the notes that must start near a beat: half as much again as notes that know nothing of the tempo map
/// would, since a file that was played in freely has one too.
const FEWEST_ON_BEATS: f64 = 0.24;

/// How near, in beats.
const NEAR_BEATS: f64 = 0.08;

/// The files.
#[derive(Clone, Debug)]
pub struct Tunes {
    folder: PathBuf,
    pieces: Vec<Piece>,
    tempo_factor: [f64; 2],
    provenance: DataSource,
}

impl Tunes {
    /// Lists the MIDI files below `folder/tunes`, each a group of its own. `provenance` is the recipe's word for where
    /// they are from.
    ///
    /// # Errors
    /// [`SourceError::Missing`] if there are none.
    pub fn open(folder: &Path, tempo_factor: [f64; 2], provenance: DataSource) -> Result<Self, SourceError> {
        let folder = folder.join("tunes");
        let files = files_below(&folder, "mid")?.into_iter();
        let pieces: Vec<Piece> = files.map(|name| Piece { group: name.clone(), name }).collect();
        if pieces.is_empty() {
            return Err(SourceError::Missing { name: "tunes", expected: "**/*.mid", folder, remedy: REMEDY });
        }
        Ok(Self { folder, pieces, tempo_factor, provenance })
    }
}

impl Source for Tunes {
    fn provenance(&self) -> Vec<DataSource> {
        vec![self.provenance.clone()]
    }

    fn pieces(&self) -> Option<&[Piece]> {
        Some(&self.pieces)
    }

    fn keeps_programs(&self) -> f64 {
        0.7
    }

    fn excerpt(&self, piece: &Piece, seconds: f64, _split: Split, random: &mut Random) -> Result<Score, SourceError> {
        let unfit = |reason| SourceError::Unfit { piece: piece.name.clone(), reason };
        let midi = MidiFile::read(&self.folder.join(&piece.name))?;
        let mut score = score(&midi).map_err(unfit)?;
        let [slowest, fastest] = self.tempo_factor;
        score = score.faster(random.random_range(slowest..=fastest));
        let latest = (score.end() - seconds).max(0.0);
        Ok(score.excerpt(latest * random.random_range(0.0..=1.0), seconds))
    }
}

/// The file as a score; an error says why it is unfit.
fn score(midi: &MidiFile) -> Result<Score, &'static str> {
    let parts: Vec<_> = midi.parts.iter().map(|(_, part)| part.clone()).collect();
    let end = parts.iter().flat_map(|part| &part.notes).map(|note| note.offset).fold(0.0, f64::max);
    let bars = bars(midi, end);
    let beats = metre::beats(&bars).ok_or("no time signature, or bars that are no whole number of beats")?;
    let beats = beats.iter().map(|beat| Beat {
        time: midi.seconds(beat.quarter),
        position: beat.position,
        beats_per_bar: beat.beats_per_bar,
    });
    let grid = BeatGrid::new(beats.collect()).ok_or("fewer than two beats")?;
    let onsets = || parts.iter().flat_map(|part| &part.notes).map(|note| grid.beat(note.onset));
    let near = onsets().filter(|beat| (beat - beat.round()).abs() < NEAR_BEATS).count();
    if (near as f64) < FEWEST_ON_BEATS * onsets().count() as f64 {
        return Err("notes that do not keep to the tempo map");
    }
    Ok(Score { parts, beats: grid.beats().to_vec(), ..Score::default() })
}

/// The bars up to a time in seconds; none before the first time signature, nor in a file without one.
fn bars(midi: &MidiFile, end: f64) -> Vec<Bar> {
    let mut bars = Vec::new();
    for (index, &(from, metre)) in midi.time_signatures.iter().enumerate() {
        let (unit, beats) = metre::counted(metre);
        let whole = unit * f64::from(beats);
        let next = midi.time_signatures.get(index + 1).map(|(quarter, _)| *quarter);
        let mut start = from;
        while whole > 0.0 && next.is_none_or(|next| start < next) && midi.seconds(start) < end {
            let length = next.map_or(whole, |next| whole.min(next - start));
            bars.push(Bar { start, length, metre, sharps: 0, key: None });
            start += whole;
        }
    }
    bars
}

#[cfg(test)]
mod tests {
    use midly::{
        Format, Header, MetaMessage, MidiMessage, Smf, Timing, TrackEvent, TrackEventKind,
        num::{u4, u7, u15, u24, u28},
    };

    use super::*;

    fn event(delta: u32, kind: TrackEventKind<'static>) -> TrackEvent<'static> {
        TrackEvent { delta: u28::new(delta), kind }
    }

    /// A file with a note every `step` ticks of a hundred to the quarter, at a quarter a second.
    fn midi(signatures: &[(u8, u8)], step: u32) -> MidiFile {
        let mut track = vec![event(0, TrackEventKind::Meta(MetaMessage::Tempo(u24::new(1_000_000))))];
        for &(beats, power) in signatures {
            track.push(event(0, TrackEventKind::Meta(MetaMessage::TimeSignature(beats, power, 24, 8))));
            for _ in 0..6 {
                for velocity in [90, 0] {
                    let message = MidiMessage::NoteOn { key: u7::new(60), vel: u7::new(velocity) };
                    let delta = if velocity == 90 { 0 } else { step };
                    track.push(event(delta, TrackEventKind::Midi { channel: u4::new(0), message }));
                }
            }
        }
        let mut file = Smf::new(Header::new(Format::SingleTrack, Timing::Metrical(u15::new(100))));
        file.tracks.push(track);
        let mut bytes = Vec::new();
        file.write(&mut bytes).unwrap();
        MidiFile::parse(&bytes, Path::new("x.mid")).unwrap()
    }

    #[test]
    fn beats_follow_the_time_signatures() {
        let score = score(&midi(&[(3, 2), (6, 3)], 100)).unwrap();
        let beats: Vec<(f64, u8, u8)> =
            score.beats.iter().map(|beat| (beat.time, beat.position, beat.beats_per_bar)).collect();
        assert_eq!(beats[..6], [(0.0, 1, 3), (1.0, 2, 3), (2.0, 3, 3), (3.0, 1, 3), (4.0, 2, 3), (5.0, 3, 3)]);
        assert_eq!(beats[6..], [(6.0, 1, 2), (7.5, 2, 2), (9.0, 1, 2), (10.5, 2, 2)]);
    }

    #[test]
    fn files_without_beats_are_unfit() {
        assert!(score(&midi(&[], 100)).is_err());
        let free = midi(&[(4, 2)], 133);
        assert!(score(&free).is_ok());
        // Notes a third and two thirds of a beat away from every beat.
        let mut off_beat = free.clone();
        off_beat.parts.iter_mut().for_each(|(_, part)| part.notes.iter_mut().for_each(|note| note.onset += 0.5));
        off_beat
            .parts
            .iter_mut()
            .for_each(|(_, part)| part.notes.retain(|note| (note.onset - note.onset.round()).abs() > 0.1));
        assert_eq!(score(&off_beat), Err("notes that do not keep to the tempo map"));
    }
}
