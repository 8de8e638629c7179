//! What sources of written music share: a folder of MusicXML scores, and the way from written beats to seconds.

use std::path::Path;

use super::{Piece, SourceError, files_below};
use crate::{
    compose::{
        Event, Random,
        pulse::{self, Pulse},
    },
    score::{
        Beat, BeatGrid, WrittenScore,
        written::{
            WrittenNote,
            metre::{self, WrittenBeat},
        },
    },
};

/// Slowest and fastest counted tempo of a written piece, in beats a minute: below and above, the composer's mark
/// counts another note value than the metre.
const TEMPO_RANGE_BPM: std::ops::RangeInclusive<f64> = 36.0..=230.0;

/// Where a performance starts, in seconds: players may be a little early.
const START_SECONDS: f64 = 0.2;

/// Lists the scores (`.mxl`) below a folder, whose groups are the names of the first `depth` folders.
pub(super) fn scores(folder: &Path, depth: usize) -> Result<Vec<Piece>, SourceError> {
    let piece = |name: String| {
        let group: Vec<_> = Path::new(&name).iter().take(depth).map(|folder| folder.to_string_lossy()).collect();
        Piece { group: group.join("/"), name }
    };
    Ok(files_below(folder, "mxl")?.into_iter().map(piece).collect())
}

/// A performance of a written piece: its beats in quarter notes and in seconds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Performance {
    written: Vec<WrittenBeat>,
    /// The beats in seconds.
    pub(super) grid: BeatGrid,
}

/// How a written piece is to be played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Manner {
    /// Counted tempo where the score has no mark, in beats a minute.
    pub(super) bpm: f64,
    /// Factor on the tempo.
    pub(super) factor: f64,
    /// Probability of a tempo that ramps, steps or breathes.
    pub(super) free_tempo: f64,
}

impl Performance {
    /// Draws a performance; an error says why the piece is unfit.
    pub(super) fn draw(score: &WrittenScore, manner: Manner, random: &mut Random) -> Result<Self, &'static str> {
        let written = metre::beats(&score.bars).ok_or("bars that are no whole number of beats")?;
        let first = written.first().ok_or("no beats")?;
        let pulse = Pulse {
            bpm: manner.bpm,
            beats: written.len() + 1,
            beats_per_bar: first.beats_per_bar,
            pickup: (first.beats_per_bar + 1 - first.position) % first.beats_per_bar,
            start: 0.0,
            free: manner.free_tempo,
        };
        let curve = pulse::draw(pulse, random).ok_or("fewer than two beats")?;
        // Notes of the pickup come before the first whole beat.
        let lead_in = first.quarter / first.unit * 60.0 / (marked(score, first).unwrap_or(manner.bpm) * manner.factor);
        let mut time = START_SECONDS + lead_in;
        let mut beats = Vec::with_capacity(written.len());
        for (index, beat) in written.iter().enumerate() {
            beats.push(Beat { time, position: beat.position, beats_per_bar: beat.beats_per_bar });
            let bpm = marked(score, beat).unwrap_or(manner.bpm) * manner.factor;
            if !TEMPO_RANGE_BPM.contains(&bpm) {
                return Err("a tempo that counts another note value than the metre");
            }
            let drawn = curve.time(index as f64 + 1.0) - curve.time(index as f64);
            time += drawn * manner.bpm / bpm * length(&written, index);
        }
        let grid = BeatGrid::new(beats).ok_or("fewer than two beats")?;
        Ok(Self { written, grid })
    }

    /// Beats from the first one, which is where the grid counts from, at a position in quarter notes.
    pub(super) fn beat(&self, quarter: f64) -> f64 {
        let next = self.written.partition_point(|beat| beat.quarter <= quarter);
        let index = next.saturating_sub(1);
        let beat = &self.written[index];
        let to_next = beat.unit * length(&self.written, index);
        index as f64 + (quarter - beat.quarter) / to_next
    }

    /// Notes as events in beats.
    pub(super) fn events(&self, notes: &[WrittenNote]) -> Vec<Event> {
        let event = |note: &WrittenNote| {
            let beat = self.beat(note.start);
            let length = self.beat(note.start + note.length) - beat;
            Event { beat, length, key: note.key, velocity: note.velocity }
        };
        notes.iter().map(event).collect()
    }

    /// Beats in most of the bars.
    pub(super) fn beats_per_bar(&self) -> u8 {
        let of = |beats: &u8| self.written.iter().filter(|beat| beat.beats_per_bar == *beats).count();
        (2..=7).max_by_key(of).unwrap_or(4)
    }

    /// Whether the first beat counts dotted notes.
    pub(super) fn is_compound(&self) -> bool {
        self.written.first().is_some_and(|beat| is_dotted(beat.unit))
    }
}

/// The length of a beat up to the next one in units of its own: 1 unless a bar breaks off within a beat.
fn length(written: &[WrittenBeat], index: usize) -> f64 {
    let next = written.get(index + 1).map(|next| (next.quarter - written[index].quarter) / written[index].unit);
    next.filter(|units| *units > 0.0).unwrap_or(1.0)
}

fn is_dotted(unit: f64) -> bool {
    [0.375, 0.75, 1.5].contains(&unit)
}

/// The tempo mark in force at a beat, in beats a minute.
fn marked(score: &WrittenScore, beat: &WrittenBeat) -> Option<f64> {
    let next = score.tempi.partition_point(|(quarter, _)| *quarter <= beat.quarter + 1e-6);
    // What stands before the first mark is played at it.
    let (_, quarters) = score.tempi.get(next.saturating_sub(1))?;
    Some(quarters / beat.unit)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;
    use crate::score::written::Bar;

    fn score(metre: (u8, u8), lengths: &[f64], tempi: &[(f64, f64)]) -> WrittenScore {
        let mut start = 0.0;
        let bars = lengths.iter().map(|&length| {
            start += length;
            Bar { start: start - length, length, metre, sharps: 0, key: None }
        });
        WrittenScore { bars: bars.collect(), tempi: tempi.to_vec(), ..WrittenScore::default() }
    }

    /// A performance by a machine: about half of those without free tempo are.
    fn played(score: &WrittenScore, factor: f64) -> Performance {
        let manner = Manner { bpm: 100.0, factor, free_tempo: 0.0 };
        let draw = |seed| Performance::draw(score, manner, &mut Random::seed_from_u64(seed)).unwrap();
        let is_steady = |played: &Performance| {
            let [first, second, third] = [0.0, 1.0, 2.0].map(|beat| played.grid.time(beat));
            (third - second - (second - first)).abs() < 1e-9
        };
        (0..20).map(draw).find(is_steady).unwrap()
    }

    #[test]
    fn tempo_marks_count_quarters_and_beats_what_the_metre_counts() {
        let played = played(&score((6, 8), &[3.0; 4], &[(0.0, 90.0), (6.0, 180.0)]), 1.0);
        let times: Vec<f64> = played.grid.beats().iter().map(|beat| beat.time).collect();
        let intervals: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        // 90 quarter notes a minute are 60 dotted quarters.
        for (interval, expected) in intervals.iter().zip([1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5]) {
            assert!((interval - expected).abs() < 1e-9, "{intervals:?}");
        }
        assert_eq!((played.beats_per_bar(), played.is_compound()), (2, true));
    }

    #[test]
    fn notes_keep_their_place_between_the_beats() {
        let played = played(&score((3, 4), &[1.5, 3.0, 3.0], &[]), 2.0);
        let note = WrittenNote { start: 0.0, length: 1.0, key: 60, velocity: 80 };
        // The pickup starts half a beat before the first whole one.
        assert_eq!(played.events(&[note])[0].beat, -0.5);
        assert_eq!(played.beat(2.0), 1.5);
        assert!((played.grid.time(1.0) - played.grid.time(0.0) - 0.3).abs() < 1e-9);
    }

    #[test]
    fn unlikely_tempi_are_refused() {
        let score = score((4, 4), &[4.0, 4.0], &[(0.0, 400.0)]);
        let manner = Manner { bpm: 100.0, factor: 1.0, free_tempo: 0.0 };
        assert!(Performance::draw(&score, manner, &mut Random::seed_from_u64(1)).is_err());
    }
}
