//! Pop songs: POP909 (Wang et al., *POP909: A Pop-song Dataset for Music Arrangement Generation*, ISMIR 2020), melody,
//! counter-melody and piano with beats and chords, to which a bass and a human drummer are added.

use std::path::{Path, PathBuf};

use attacca_models::description::DataSource;
use rand::Rng;

use super::{
    Piece, Source, SourceError, entries,
    groove::{self, Performances},
};
use crate::{
    compose::{Event, Feel, Random, bass, drums, perform},
    data::{dataset::Split, fetch::Material, make::split_of, recipe::Recipe},
    score::{Beat, BeatGrid, Chord, ChordSpan, MidiFile, Part, Role, Score, TimedChord, TimedKey, chord::parse_key},
};

/// Where it lies and comes from.
pub(in crate::data) const MATERIAL: Material =
    Material { places: &["POP909"], origin: "the repository music-x-lab/POP909-Dataset" };

const REMEDY: &str = "Get it from github.com/music-x-lab/POP909-Dataset and put its folder POP909 there.";

/// Share of a piece's bars that must have the same number of beats.
const REGULAR_SHARE: f64 = 0.85;

/// Slower songs may also be heard twice as fast; the drums decide.
const DOUBLE_BELOW_BPM: f64 = 74.0;

/// Songs are not slowed down below this.
const SLOWEST_BPM: f64 = 60.0;

/// Probability that such a song is given drums at double tempo.
const DOUBLE_SHARE: f64 = 0.4;

/// The songs.
#[derive(Clone, Debug)]
pub struct Pop909 {
    folder: PathBuf,
    pieces: Vec<Piece>,
    performances: Performances,
    drums: f64,
    tempo_factor: [f64; 2],
    recipe: Recipe,
}

impl Pop909 {
    /// Opens the songs in `folder/POP909` and the drummers in `folder/groove`.
    ///
    /// # Errors
    /// [`SourceError::Missing`] if either is not there.
    pub fn open(folder: &Path, drums: f64, tempo_factor: [f64; 2], recipe: &Recipe) -> Result<Self, SourceError> {
        let performances = Performances::open(folder)?;
        let folder = folder.join("POP909");
        let mut pieces = Vec::new();
        if folder.is_dir() {
            for song in entries(&folder)? {
                let name = song.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                if song.join("beat_midi.txt").is_file() && song.join(format!("{name}.mid")).is_file() {
                    pieces.push(Piece { group: name.clone(), name });
                }
            }
        }
        if pieces.is_empty() {
            let expected = "NNN/NNN.mid, NNN/beat_midi.txt, NNN/chord_midi.txt";
            return Err(SourceError::Missing { name: "pop909", expected, folder, remedy: REMEDY });
        }
        Ok(Self { folder, pieces, performances, drums, tempo_factor, recipe: recipe.clone() })
    }

    fn drummer(&self, grid: &BeatGrid, split: Split, random: &mut Random) -> Option<Part> {
        let bpm = grid.median_bpm();
        let beats_per_bar = usual_beats_per_bar(grid);
        let same_split = |piece: &Piece| split_of(&self.recipe, "groove", &piece.group) == split;
        let human = self.performances.draw(beats_per_bar, bpm, same_split, random);
        let feel = Feel { steps_per_beat: 2, swing: 0.5, ..Feel::draw(beats_per_bar, random) };
        let pattern = drums::Pattern::draw(drums::Family::Backbeat, &feel, random);
        let first = human.as_ref().map_or(0, |performance| random.random_range(0..performance.bars()));
        let mut rest = 0u8;
        let mut hits: Vec<Event> = Vec::new();
        for (count, downbeat) in grid.downbeats().enumerate() {
            if rest == 0 && random.random_bool(0.02) {
                rest = random.random_range(1..=4);
            }
            if rest > 0 {
                rest -= 1;
                continue;
            }
            let length = f64::from(grid.beats()[downbeat].beats_per_bar);
            let bar: Vec<Event> = match &human {
                Some(performance) => performance.bar(first + count).collect(),
                None => pattern.bar(&feel, 0.0),
            };
            let within = bar.into_iter().filter(|hit| hit.beat < length - 0.2);
            hits.extend(within.map(|hit| Event { beat: hit.beat + downbeat as f64, ..hit }));
        }
        let notes = hits.iter().map(|hit| groove::note(hit, grid)).filter(|note| note.onset >= 0.0).collect();
        Some(Part { role: Role::Drums, program: 0, notes })
    }
}

impl Source for Pop909 {
    fn provenance(&self) -> Vec<DataSource> {
        let songs = DataSource {
            name: "POP909".to_owned(),
            source: "https://github.com/music-x-lab/POP909-Dataset".to_owned(),
            licence: "MIT (Wang et al., ISMIR 2020)".to_owned(),
        };
        vec![songs, Performances::provenance()]
    }

    fn pieces(&self) -> Option<&[Piece]> {
        Some(&self.pieces)
    }

    fn excerpt(&self, piece: &Piece, seconds: f64, split: Split, random: &mut Random) -> Result<Score, SourceError> {
        let unfit = |reason| SourceError::Unfit { piece: piece.name.clone(), reason };
        let song = self.folder.join(&piece.name);
        let grid = read_beats(&song.join("beat_midi.txt"))?.ok_or_else(|| unfit("beats that do not advance evenly"))?;
        let labelled = read_chords(&song.join("chord_midi.txt"))?;
        let chords = on_beats(&labelled, &grid);
        if !downbeats_fit(&grid, &chords) {
            return Err(unfit("chords that change off the downbeats"));
        }
        let midi = MidiFile::read(&song.join(format!("{}.mid", piece.name)))?;
        let mut parts = Vec::new();
        let mut has_accompaniment = false;
        for (name, part) in midi.parts {
            let (role, dropped) = match name.as_str() {
                "MELODY" => (Role::Melody, 0.12),
                "BRIDGE" => (Role::Melody, 0.3),
                _ => (Role::Accompaniment, 0.08),
            };
            if !random.random_bool(dropped) {
                has_accompaniment |= role == Role::Accompaniment;
                parts.push(Part { role, ..part });
            }
        }
        let [slowest, fastest] = self.tempo_factor;
        let slowest = slowest.max((SLOWEST_BPM / grid.median_bpm()).min(1.0));
        let factor = random.random_range(slowest..=fastest.max(slowest));
        let double = grid.median_bpm() * factor < DOUBLE_BELOW_BPM && random.random_bool(DOUBLE_SHARE);
        let (grid, chords) = if double {
            let faster = doubled(&grid).ok_or_else(|| unfit("beats that do not advance evenly"))?;
            let twice = |span: &ChordSpan| ChordSpan { start: 2.0 * span.start, length: 2.0 * span.length, ..*span };
            (faster, chords.iter().map(twice).collect())
        } else {
            (grid, chords)
        };
        if random.random_bool(0.8) {
            let feel = Feel { steps_per_beat: 2, swing: 0.5, ..Feel::draw(usual_beats_per_bar(&grid), random) };
            let first = grid.downbeats().next().unwrap_or(0) as f64;
            let line = bass::play(bass::draw_line(random), &chords, &feel, first, random);
            parts.push(Part { role: Role::Bass, program: 33, notes: perform(&line, &grid, 0.005, 6.0, random) });
        }
        // Drums alone tell which level is the beat after doubling.
        if double || random.random_bool(self.drums) {
            parts.extend(self.drummer(&grid, split, random));
        }
        let chords = if has_accompaniment { labelled } else { Vec::new() };
        let keys = read_keys(&song.join("key_audio.txt"))?;
        let score = Score { parts, beats: grid.beats().to_vec(), chords, keys }.faster(factor);
        let latest = (score.end() - seconds).max(0.0);
        Ok(score.excerpt(latest * random.random_range(0.0..=1.0), seconds))
    }
}

/// Reads the beats of a song: a line for each with its time, a flag for the half bar and one for the downbeat.
/// `None` if the beats do not advance evenly enough to be trusted.
///
/// Bars of six fast beats are compound: their half bars are the beats. Bars of six slow ones are two of three.
fn read_beats(file: &Path) -> Result<Option<BeatGrid>, SourceError> {
    let rows: Vec<[f64; 3]> = read_rows(file, "time, half-bar flag, downbeat flag", |fields| {
        Some([fields.first()?.parse().ok()?, fields.get(1)?.parse().ok()?, fields.get(2)?.parse().ok()?])
    })?;
    let starts: Vec<usize> = (0..rows.len()).filter(|row| rows[*row][2] == 1.0).collect();
    let lengths: Vec<usize> = starts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let usual = (2..=12).max_by_key(|beats| lengths.iter().filter(|length| *length == beats).count()).unwrap_or(4);
    let regular = lengths.iter().filter(|length| **length == usual).count() as f64;
    let intervals: Vec<f64> = rows.windows(2).map(|pair| pair[1][0] - pair[0][0]).collect();
    let mut sorted = intervals.clone();
    sorted.sort_by(f64::total_cmp);
    let Some(median) = sorted.get(sorted.len() / 2).copied() else { return Ok(None) };
    let even = intervals.iter().all(|interval| (0.4..2.5).contains(&(interval / median)));
    if lengths.is_empty() || regular < REGULAR_SHARE * lengths.len() as f64 || !even || !matches!(usual, 3 | 4 | 6) {
        return Ok(None);
    }
    let compound = usual == 6 && median < 60.0 / 130.0;
    let bar_flag = if usual == 6 && !compound { 1 } else { 2 };
    let kept: Vec<[f64; 3]> = rows.into_iter().filter(|row| !compound || row[1] == 1.0 || row[2] == 1.0).collect();
    let downbeats: Vec<usize> = (0..kept.len()).filter(|row| kept[*row][bar_flag] == 1.0).collect();
    let bar = match usual {
        6 if compound => 2,
        6 => 3,
        other => other,
    };
    let beats = kept.iter().enumerate().map(|(index, row)| {
        let next = downbeats.partition_point(|downbeat| *downbeat <= index);
        let position = match next {
            0 => (index + 12 * bar - downbeats.first().copied().unwrap_or(0)) % bar,
            _ => (index - downbeats[next - 1]) % bar,
        };
        Beat { time: row[0], position: position as u8 + 1, beats_per_bar: bar as u8 }
    });
    Ok(BeatGrid::new(beats.collect()))
}

/// Reads the chords of a song.
fn read_chords(file: &Path) -> Result<Vec<TimedChord>, SourceError> {
    read_rows(file, "start, end, chord", |fields| {
        let [start, end, label] = fields else { return None };
        Some(TimedChord { start: start.parse().ok()?, end: end.parse().ok()?, label: (*label).to_owned() })
    })
}

/// The chords with their boundaries moved to the nearest beat; stretches without a chord are left out.
fn on_beats(chords: &[TimedChord], grid: &BeatGrid) -> Vec<ChordSpan> {
    let spans = chords.iter().filter_map(|timed| {
        let (start, end) = (grid.beat(timed.start).round().max(0.0), grid.beat(timed.end).round());
        (end > start).then_some(ChordSpan { start, length: end - start, chord: Chord::parse(&timed.label)? })
    });
    spans.collect()
}

/// Reads the keys of a song.
fn read_keys(file: &Path) -> Result<Vec<TimedKey>, SourceError> {
    read_rows(file, "start, end, key", |fields| {
        let [start, end, label] = fields else { return None };
        Some(TimedKey { start: start.parse().ok()?, end: end.parse().ok()?, key: parse_key(label)? })
    })
}

/// Whether chords change on downbeats more often than in the middle of the bar.
fn downbeats_fit(grid: &BeatGrid, chords: &[ChordSpan]) -> bool {
    let changes_at = |wanted: &dyn Fn(&Beat) -> bool| {
        chords.iter().filter(|span| grid.beats().get(span.start as usize).is_some_and(wanted)).count()
    };
    let downbeats = changes_at(&|beat| beat.position == 1);
    let middle = changes_at(&|beat| beat.position == beat.beats_per_bar / 2 + 1);
    downbeats > 0 && downbeats >= middle
}

/// The same song counted twice as fast: each bar becomes two.
fn doubled(grid: &BeatGrid) -> Option<BeatGrid> {
    let beats = grid.beats();
    let faster = beats.iter().enumerate().flat_map(|(index, beat)| {
        let first = (2 * (beat.position - 1)) % beat.beats_per_bar;
        let half = grid.time(index as f64 + 0.5);
        let second = (first + 1) % beat.beats_per_bar;
        [(beat.time, first), (half, second)].map(|(time, position)| Beat {
            time,
            position: position + 1,
            beats_per_bar: beat.beats_per_bar,
        })
    });
    BeatGrid::new(faster.collect())
}

fn usual_beats_per_bar(grid: &BeatGrid) -> u8 {
    grid.beats().first().map_or(4, |beat| beat.beats_per_bar)
}

/// Reads a text file of white-space separated fields, one row a line; empty lines are left out.
fn read_rows<T>(
    file: &Path,
    expected: &'static str,
    parse: impl Fn(&[&str]) -> Option<T>,
) -> Result<Vec<T>, SourceError> {
    let text = std::fs::read_to_string(file).map_err(|source| SourceError::Read { file: file.to_owned(), source })?;
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(index, line)| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            parse(&fields).ok_or_else(|| SourceError::Line { file: file.to_owned(), line: index + 1, expected })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beats(rows: &str) -> Option<BeatGrid> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("beat_midi.txt");
        std::fs::write(&file, rows).unwrap();
        read_beats(&file).unwrap()
    }

    fn rows(count: usize, interval: f64, half: usize, bar: usize) -> String {
        (0..count)
            .map(|row| {
                let flag = |every| f64::from(u8::from(row % every == 1));
                format!("{} {:.1} {:.1}\n", 0.2 + interval * row as f64, flag(half), flag(bar))
            })
            .collect()
    }

    #[test]
    fn positions_count_from_the_downbeats_and_back_before_the_first() {
        let grid = beats(&rows(17, 0.6, 2, 4)).unwrap();
        let positions: Vec<u8> = grid.beats().iter().take(6).map(|beat| beat.position).collect();
        assert_eq!(positions, vec![4, 1, 2, 3, 4, 1]);
    }

    #[test]
    fn six_fast_beats_are_two_and_six_slow_ones_twice_three() {
        let fast = beats(&rows(25, 0.3, 3, 6)).unwrap();
        assert_eq!((fast.beats()[0].beats_per_bar, fast.beats()[1].position), (2, 2));
        assert!((fast.beats()[1].time - fast.beats()[0].time - 0.9).abs() < 1e-9);
        let slow = beats(&rows(25, 0.7, 3, 6)).unwrap();
        assert_eq!(slow.beats()[1].beats_per_bar, 3);
        assert_eq!(slow.downbeats().take(2).collect::<Vec<_>>(), vec![1, 4]);
    }

    #[test]
    fn doubling_makes_two_bars_of_one() {
        let grid = doubled(&BeatGrid::from_times([0.0, 1.0, 2.0, 3.0, 4.0], 4).unwrap()).unwrap();
        assert_eq!(grid.downbeats().take(3).collect::<Vec<_>>(), vec![0, 4, 8]);
        assert_eq!(grid.beats()[3].time, 1.5);
    }

    #[test]
    fn broken_lines_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("beat_midi.txt");
        std::fs::write(&file, "0.1 1.0 1.0\n\n0.5 x 0.0\n").unwrap();
        let message = read_beats(&file).unwrap_err().to_string();
        assert!(message.ends_with("beat_midi.txt:3: expected time, half-bar flag, downbeat flag"), "{message}");
    }
}
