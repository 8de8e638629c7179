//! Human drum performances: the Groove MIDI Dataset (Gillick et al., *Learning to Groove with Inverse Sequence
//! Transformations*, ICML 2019), played on an electronic kit to a metronome.
//!
//! Drummers play ahead of or behind their metronome by up to 30 ms throughout a performance, part of it latency of the
//! recording. The beat is where the drums are: each performance is moved by its median deviation.

use std::path::{Path, PathBuf};

use attacca_models::description::DataSource;
use rand::{Rng, seq::IndexedRandom};

use super::{Piece, Source, SourceError, entries};
use crate::{
    compose::{
        Event, Feel, Random, bass,
        comping::{Manner, Rhythm},
        harmony, melody, perform,
    },
    data::{dataset::Split, fetch::Material},
    score::{BeatGrid, MidiFile, Note, Part, Role, Score, TimedChord},
};

/// Where it lies and comes from.
pub(in crate::data) const MATERIAL: Material = Material {
    places: &["groove"],
    origin: "Magenta's Groove MIDI Dataset, as in the repository zharry29/drums-with-llm",
};

const REMEDY: &str = "Get groove-v1.0.0-midionly.zip from magenta.tensorflow.org/datasets/groove, and unpack it there.";

/// Shortest performance that is used, in bars.
const SHORTEST_BARS: usize = 4;

/// How far from a beat a hit still tells where the beat is, in beats.
const NEAR_BEATS: f64 = 0.14;

/// Fewest hits near beats that a performance's deviation is taken from.
const FEWEST_NEAR_HITS: usize = 8;

/// Tempi in the names outside this range count something else than beats.
const TEMPO_RANGE_BPM: std::ops::RangeInclusive<f64> = 58.0..=215.0;

/// One performance, in beats from its first downbeat.
#[derive(Clone, Debug, PartialEq)]
pub struct Performance {
    /// Tempo in beats per minute.
    pub bpm: f64,
    /// Beats in a bar.
    pub beats_per_bar: u8,
    hits: Vec<Event>,
    bars: usize,
}

/// The performances, as a library for other sources.
#[derive(Clone, Debug)]
pub struct Performances {
    folder: PathBuf,
    pieces: Vec<Piece>,
}

/// The performances as a source of their own.
#[derive(Clone, Debug)]
pub struct Groove {
    performances: Performances,
    band: f64,
    tempo_factor: [f64; 2],
}

impl Performances {
    /// Lists the performances in `folder/groove` whose names say a beat in quarter notes, one group a session.
    ///
    /// # Errors
    /// [`SourceError::Missing`] if there are none.
    pub fn open(folder: &Path) -> Result<Self, SourceError> {
        let folder = folder.join("groove");
        let mut pieces = Vec::new();
        if folder.is_dir() {
            for session in entries(&folder)?.iter().filter(|path| path.is_dir()).map(|drummer| entries(drummer)) {
                for session in session?.iter().filter(|path| path.is_dir()) {
                    for file in entries(session)? {
                        let relative = file.strip_prefix(&folder).unwrap_or(&file).to_string_lossy().into_owned();
                        if Named::parse(&relative).is_some() {
                            let group = session.strip_prefix(&folder).unwrap_or(session).to_string_lossy();
                            pieces.push(Piece { name: relative, group: group.into_owned() });
                        }
                    }
                }
            }
        }
        if pieces.is_empty() {
            let expected = "drummer*/session*/*.mid";
            return Err(SourceError::Missing { name: "groove", expected, folder, remedy: REMEDY });
        }
        Ok(Self { folder, pieces })
    }

    /// What it is.
    pub fn provenance() -> DataSource {
        DataSource {
            name: "Groove MIDI Dataset".to_owned(),
            source: "https://magenta.tensorflow.org/datasets/groove".to_owned(),
            licence: "CC-BY-4.0 (Google LLC; Gillick et al., ICML 2019)".to_owned(),
        }
    }

    /// Reads a performance.
    ///
    /// # Errors
    /// [`SourceError::Unfit`] for one that is too short or too loose.
    pub fn read(&self, piece: &Piece) -> Result<Performance, SourceError> {
        let unfit = |reason| SourceError::Unfit { piece: piece.name.clone(), reason };
        let named = Named::parse(&piece.name).ok_or_else(|| unfit("no performance of beats by its name"))?;
        let midi = MidiFile::read(&self.folder.join(&piece.name))?;
        let notes: Vec<Note> = midi.parts.iter().flat_map(|(_, part)| part.notes.iter().copied()).collect();
        Performance::new(&notes, midi.seconds(1.0), named.beats_per_bar)
            .ok_or_else(|| unfit("too short, or too far from its metronome"))
    }

    /// Draws a performance of a metre near a tempo, out of those that `belongs` lets through.
    pub fn draw(
        &self,
        beats_per_bar: u8,
        bpm: f64,
        belongs: impl Fn(&Piece) -> bool,
        random: &mut Random,
    ) -> Option<Performance> {
        let near = |piece: &&Piece| {
            Named::parse(&piece.name)
                .is_some_and(|named| named.beats_per_bar == beats_per_bar && (0.7..1.4).contains(&(named.bpm / bpm)))
                && belongs(piece)
        };
        let candidates: Vec<&Piece> = self.pieces.iter().filter(near).collect();
        // A few of the files are unfit: eight draws find one that is not.
        (0..8).find_map(|_| self.read(candidates.choose(random)?).ok())
    }
}

/// What a file's name says: `…/1_funk-groove1_138_beat_4-4.mid`.
struct Named {
    bpm: f64,
    beats_per_bar: u8,
}

impl Named {
    fn parse(name: &str) -> Option<Self> {
        let mut fields = name.strip_suffix(".mid")?.rsplit('_');
        let (metre, kind, bpm) = (fields.next()?, fields.next()?, fields.next()?);
        let beats_per_bar = metre.strip_suffix("-4")?.parse().ok().filter(|beats| (2..=7).contains(beats))?;
        let bpm = bpm.parse().ok().filter(|bpm| TEMPO_RANGE_BPM.contains(bpm))?;
        (kind == "beat").then_some(Self { bpm, beats_per_bar })
    }
}

impl Performance {
    fn new(notes: &[Note], seconds_per_beat: f64, beats_per_bar: u8) -> Option<Self> {
        let deviation = median_deviation(notes.iter().map(|note| note.onset / seconds_per_beat))?;
        let hits: Vec<Event> = notes
            .iter()
            .map(|note| Event {
                beat: note.onset / seconds_per_beat - deviation,
                length: 0.2,
                key: general_midi(note.key),
                velocity: note.velocity.max(8),
            })
            .collect();
        let last = hits.iter().map(|hit| hit.beat).fold(0.0, f64::max);
        let bars = (last / f64::from(beats_per_bar)).round() as usize;
        (bars >= SHORTEST_BARS).then_some(Self { bpm: 60.0 / seconds_per_beat, beats_per_bar, hits, bars })
    }

    /// Number of whole bars.
    pub fn bars(&self) -> usize {
        self.bars
    }

    /// The hits of one bar, counted round and round, in beats from its start.
    pub fn bar(&self, bar: usize) -> impl Iterator<Item = Event> {
        let start = (bar % self.bars) as f64 * f64::from(self.beats_per_bar);
        let end = start + f64::from(self.beats_per_bar);
        // A hit just ahead of the downbeat belongs to the bar that follows.
        let from = start - NEAR_BEATS;
        self.hits
            .iter()
            .filter(move |hit| (from..end - NEAR_BEATS).contains(&hit.beat))
            .map(move |hit| Event { beat: hit.beat - start, ..*hit })
    }
}

/// Median distance of the hits near beats from their beats, in beats.
fn median_deviation(beats: impl Iterator<Item = f64>) -> Option<f64> {
    let mut near: Vec<f64> = beats.map(|beat| beat - beat.round()).filter(|far| far.abs() < NEAR_BEATS).collect();
    near.sort_by(f64::total_cmp);
    (near.len() >= FEWEST_NEAR_HITS).then(|| near[near.len() / 2])
}

/// From the pads of the Roland kit to General MIDI: hi-hat edges, rims and bells.
fn general_midi(key: u8) -> u8 {
    match key {
        22 => 42,
        26 => 46,
        58 => 43,
        other => other,
    }
}

impl Groove {
    /// Opens the performances in `folder/groove`.
    ///
    /// # Errors
    /// [`SourceError::Missing`] if there are none.
    pub fn open(folder: &Path, band: f64, tempo_factor: [f64; 2]) -> Result<Self, SourceError> {
        Ok(Self { performances: Performances::open(folder)?, band, tempo_factor })
    }
}

impl Source for Groove {
    fn provenance(&self) -> Vec<DataSource> {
        vec![Performances::provenance()]
    }

    fn pieces(&self) -> Option<&[Piece]> {
        Some(&self.performances.pieces)
    }

    fn excerpt(&self, piece: &Piece, seconds: f64, _split: Split, random: &mut Random) -> Result<Score, SourceError> {
        let performance = self.performances.read(piece)?;
        let unfit = || SourceError::Unfit { piece: piece.name.clone(), reason: "fewer than two beats" };
        let bpm = performance.bpm * random.random_range(self.tempo_factor[0]..=self.tempo_factor[1]);
        let beats_per_bar = performance.beats_per_bar;
        let bars = (seconds * bpm / 60.0 / f64::from(beats_per_bar)).ceil() as usize + 1;
        let beats = bars * usize::from(beats_per_bar);
        let lead_in = random.random_range(0.0..1.0);
        let grid = BeatGrid::from_times((0..beats).map(|beat| lead_in + beat as f64 * 60.0 / bpm), beats_per_bar)
            .ok_or_else(unfit)?;
        let first = random.random_range(0..performance.bars());
        let mut parts = vec![Part {
            role: Role::Drums,
            program: 0,
            notes: (0..bars)
                .flat_map(|bar| {
                    let start = (bar * usize::from(beats_per_bar)) as f64;
                    performance.bar(first + bar).map(move |hit| Event { beat: hit.beat + start, ..hit })
                })
                .map(|hit| note(&hit, &grid))
                .filter(|note| note.onset >= 0.0)
                .collect(),
        }];
        let mut keys = Vec::new();
        let mut chords = vec![TimedChord { start: 0.0, end: grid.time(beats as f64), label: "N".to_owned() }];
        if random.random_bool(self.band) {
            let played = band(&grid, bars, beats_per_bar, random);
            parts.extend(played.parts);
            (chords, keys) = (played.chords, played.keys);
        }
        Ok(Score { parts, beats: grid.beats().to_vec(), chords, keys }.excerpt(0.0, seconds))
    }
}

/// A hit on a grid, as it was played.
pub(super) fn note(hit: &Event, grid: &BeatGrid) -> Note {
    let onset = grid.time(hit.beat);
    Note { onset, offset: onset + 0.1, key: hit.key, velocity: hit.velocity }
}

/// Bass, chords and perhaps a melody to play along with a drummer.
fn band(grid: &BeatGrid, bars: usize, beats_per_bar: u8, random: &mut Random) -> Score {
    let feel = Feel { steps_per_beat: 2, swing: 0.5, ..Feel::draw(beats_per_bar, random) };
    let key = harmony::Key::draw(random);
    let harmony = harmony::progression(key, bars, beats_per_bar, random);
    let spans = &harmony.spans;
    let mut parts = Vec::new();
    let mut add = |role, events: Vec<Event>, random: &mut Random| {
        parts.push(Part { role, program: 0, notes: perform(&events, grid, 0.006, 6.0, random) });
    };
    if random.random_bool(0.85) {
        add(Role::Bass, bass::play(bass::draw_line(random), spans, &feel, 0.0, random), random);
    }
    if random.random_bool(0.8) {
        add(
            Role::Accompaniment,
            Manner::draw(Rhythm::draw(random), &feel, random).play(spans, &feel, 0.0, random),
            random,
        );
    }
    if random.random_bool(0.4) {
        add(Role::Melody, melody::play(key, spans, &feel, 0.0, 0.4, random), random);
    }
    let chords = spans.iter().map(|span| span.timed(grid, 0.0)).collect();
    Score { parts, chords, keys: harmony.timed_keys(grid, 0.0, 1.0), ..Score::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(ahead_seconds: f64) -> Vec<Note> {
        (0..40)
            .map(|beat| {
                let onset = (0.5 * f64::from(beat) - ahead_seconds).max(0.0);
                Note { onset, offset: onset + 0.1, key: 22, velocity: 90 }
            })
            .collect()
    }

    #[test]
    fn a_drummer_ahead_of_the_metronome_is_moved_back_onto_it() {
        let performance = Performance::new(&hits(0.02), 0.5, 4).unwrap();
        let bar: Vec<Event> = performance.bar(3).collect();
        assert_eq!(bar.len(), 4);
        for (beat, hit) in bar.iter().enumerate() {
            assert!((hit.beat - beat as f64).abs() < 1e-9, "{hit:?}");
            assert_eq!(hit.key, 42);
        }
    }

    #[test]
    fn bars_go_round() {
        let performance = Performance::new(&hits(0.0), 0.5, 4).unwrap();
        assert_eq!(performance.bars(), 10);
        assert_eq!(performance.bar(2).collect::<Vec<_>>(), performance.bar(12).collect::<Vec<_>>());
    }

    #[test]
    fn names_are_read_and_fills_are_left_out() {
        let named = Named::parse("drummer1/session1/1_latin-brazilian-samba_89_beat_3-4.mid").unwrap();
        assert_eq!((named.bpm, named.beats_per_bar), (89.0, 3));
        assert!(Named::parse("drummer1/session1/2_rock_100_fill_4-4.mid").is_none());
        assert!(Named::parse("drummer6/session1/1_rock_70_beat_6-8.mid").is_none());
    }
}
