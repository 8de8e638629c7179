//! Accompaniments in hundreds of styles by Musical MIDI Accompaniment, an external program that turns a chord chart
//! into MIDI. Bars are exact: a marker stands at the start of each.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use attacca_models::description::DataSource;
use rand::{Rng, seq::IndexedRandom};

use super::{Piece, Source, SourceError, entries};
use crate::{
    compose::{Feel, Random, harmony, melody, perform},
    data::{dataset::Split, fetch::Material},
    score::{Beat, BeatGrid, Chord, ChordSpan, MidiFile, Part, Role, Score},
};

/// Where it lies and comes from.
pub(in crate::data) const MATERIAL: Material =
    Material { places: &[LIBRARIES[0], LIBRARIES[1]], origin: "Debian package mma" };

const REMEDY: &str = "Install the Debian package mma, or get it from www.mellowood.ca/mma.";

/// Where distributions put the library of grooves.
const LIBRARIES: [&str; 2] = ["/usr/share/mma/lib", "/usr/local/share/mma/lib"];

/// Metronomes are no music, and two files name a metre that is not the one they are written in.
const LEFT_OUT: [&str; 3] = ["metronome", "ballad68", "vienesewaltz"];

/// Pitch classes as a chart spells them.
const NAMES: [&str; 12] = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];

/// The library of grooves: one piece a file, which holds a groove with its variations.
#[derive(Clone, Debug)]
pub struct Mma {
    library: PathBuf,
    pieces: Vec<Piece>,
    melody: f64,
}

impl Mma {
    /// Finds the installed library.
    ///
    /// # Errors
    /// [`SourceError::Missing`] if there is none.
    pub fn open(melody: f64) -> Result<Self, SourceError> {
        let library = LIBRARIES.iter().map(PathBuf::from).find(|library| library.is_dir());
        let missing = || SourceError::Missing {
            name: "mma",
            expected: "*/*.mma",
            folder: PathBuf::from(LIBRARIES[0]),
            remedy: REMEDY,
        };
        let library = library.ok_or_else(missing)?;
        let mut pieces = Vec::new();
        for collection in entries(&library)?.iter().filter(|path| path.is_dir()) {
            for file in entries(collection)?.iter().filter(|file| file.extension().is_some_and(|kind| kind == "mma")) {
                let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
                if !LEFT_OUT.iter().any(|left_out| stem.starts_with(left_out)) {
                    let name = file.strip_prefix(&library).unwrap_or(file).to_string_lossy().into_owned();
                    pieces.push(Piece { name, group: stem.to_lowercase() });
                }
            }
        }
        if pieces.is_empty() {
            return Err(missing());
        }
        Ok(Self { library, pieces, melody })
    }
}

impl Source for Mma {
    fn provenance(&self) -> Vec<DataSource> {
        vec![DataSource {
            name: "Musical MIDI Accompaniment, library of grooves".to_owned(),
            source: "Debian package mma, or https://www.mellowood.ca/mma".to_owned(),
            licence: "GPL-2.0-or-later (the program; its output belongs to the user)".to_owned(),
        }]
    }

    fn pieces(&self) -> Option<&[Piece]> {
        Some(&self.pieces)
    }

    fn keeps_programs(&self) -> f64 {
        0.5
    }

    fn excerpt(&self, piece: &Piece, seconds: f64, _split: Split, random: &mut Random) -> Result<Score, SourceError> {
        let unfit = |reason| SourceError::Unfit { piece: piece.name.clone(), reason };
        let file = self.library.join(&piece.name);
        let text = std::fs::read(&file).map_err(|source| SourceError::Read { file: file.clone(), source })?;
        let grooves = Grooves::of_library(&String::from_utf8_lossy(&text));
        let main = grooves.main.choose(random).ok_or_else(|| unfit("no groove"))?;
        let key = harmony::Key::draw(random);
        let beats_in_bar = grooves.time.unwrap_or(4);
        let compound = grooves.is_compound(&piece.group);
        let bpm = draw_bpm(&piece.group, compound, random);
        // A compound bar of six counts eighths: three times as many as there are beats.
        let count_bpm = if compound && beats_in_bar == 6 { 3.0 * bpm } else { bpm };
        let bars = (seconds * count_bpm / 60.0 / f64::from(beats_in_bar)).ceil() as usize + 6;
        let harmony = harmony::progression(key, bars, 1, random);
        let chords = &harmony.spans;
        let variation = grooves.main.choose(random).unwrap_or(main);
        let choice =
            Choice { main, variation, intro: grooves.intros.choose(random).filter(|_| random.random_bool(0.4)) };
        let chart = chart(&piece.name, &choice, count_bpm, chords, random);
        let midi = run(&chart)?.ok_or_else(|| unfit("a chart that mma refuses"))?;
        let grid = grid(&midi, compound).ok_or_else(|| unfit("a metre that is not understood"))?;
        let mut parts: Vec<Part> = midi.parts.into_iter().map(|(_, part)| part).collect();
        if random.random_bool(self.melody) {
            parts.extend(tune(key, chords, &grid, random));
        }
        let bar = f64::from(grid.beats()[0].beats_per_bar);
        let in_beats = |span: &ChordSpan| ChordSpan { start: bar * span.start, length: bar * span.length, ..*span };
        let chords = chords.iter().map(|span| in_beats(span).timed(&grid, 0.0)).collect();
        let keys = harmony.timed_keys(&grid, 0.0, bar);
        let score = Score { parts, beats: grid.beats().to_vec(), chords, keys };
        let latest = (score.end() - seconds).max(0.0);
        let start = if random.random_bool(0.5) { 0.0 } else { latest * random.random_range(0.0..=1.0) };
        Ok(score.excerpt(start, seconds))
    }
}

/// What a library file defines.
#[derive(Clone, Debug, Default, PartialEq)]
struct Grooves {
    main: Vec<String>,
    intros: Vec<String>,
    /// Beats in a bar, as the file counts them.
    time: Option<u8>,
    /// Whether the file's time signature has eighths.
    eighths: bool,
}

impl Grooves {
    fn of_library(text: &str) -> Self {
        let mut found = Self::default();
        for line in text.lines() {
            let mut words = line.split_whitespace();
            match words.next().map(str::to_lowercase).as_deref() {
                Some("defgroove") => {
                    let Some(name) = words.next() else { continue };
                    let lower = name.to_lowercase();
                    if lower.contains("intro") {
                        found.intros.push(name.to_owned());
                    } else if !lower.contains("end") && !lower.contains("fill") {
                        found.main.push(name.to_owned());
                    }
                }
                Some("time") => {
                    let number = words.next().and_then(|word| word.split('/').next()?.parse().ok());
                    found.time = found.time.or(number);
                }
                Some("timesig") => {
                    let signature: String = words.collect::<Vec<_>>().join("/");
                    found.eighths |= signature.starts_with("6/8") || signature.starts_with("12/8");
                }
                _ => {}
            }
        }
        found
    }

    fn is_compound(&self, name: &str) -> bool {
        self.eighths || (self.time == Some(6) && name.contains("68"))
    }
}

struct Choice<'a> {
    main: &'a str,
    variation: &'a str,
    intro: Option<&'a String>,
}

/// Tempi at which musicians count the styles that a groove's name tells of: slowest and fastest in beats a minute. The first
/// that fits holds.
const TEMPI: [(&[&str], [f64; 2]); 15] = [
    (&["dnb"], [160.0, 180.0]),
    (&["reggae", "trip", "thr"], [66.0, 96.0]),
    (&["fastwaltz", "vienese", "fastjazzwaltz", "frenchwaltz"], [150.0, 200.0]),
    (
        &["slow", "ballad", "serenade", "spiritual", "hymn", "lullaby", "arpeggio", "bolero", "bald", "ambient"],
        [58.0, 88.0],
    ),
    (&["bebop", "fastswing", "fastbigband", "bluegrass", "quickstep", "punk", "dixie", "charleston"], [160.0, 236.0]),
    (&["metal", "ska", "jive", "twist", "boogie", "fasttwist", "fastblues"], [124.0, 184.0]),
    (&["funk", "hip", "r+b", "rb", "rnb", "soul", "16beat", "beat16", "fus", "strut"], [84.0, 116.0]),
    (&["house", "disco", "techno", "trance", "rave", "dance", "boneym"], [112.0, 142.0]),
    (&["bossa", "quando", "beguine", "rhumba", "chacha", "cuban", "son", "latin"], [100.0, 144.0]),
    (&["samba", "salsa", "merengue", "mambo"], [100.0, 132.0]),
    (&["swing", "jazz", "bigband", "foxtrot", "broadway", "gypsy", "combo", "evansish"], [108.0, 200.0]),
    (&["waltz", "34"], [88.0, 168.0]),
    (&["march", "polka", "zydeco", "2beat"], [100.0, 132.0]),
    (&["shuffle", "blues"], [80.0, 140.0]),
    (&["country", "cntry", "folk", "western", "ragtime", "tango"], [84.0, 132.0]),
];

/// The tempi of all other grooves, and of those in six or twelve eighths.
const COMMON_TEMPI: [f64; 2] = [84.0, 140.0];
const COMPOUND_TEMPI: [f64; 2] = [48.0, 118.0];

/// Draws a tempo that suits a groove's name, in beats per minute.
fn draw_bpm(name: &str, compound: bool, random: &mut Random) -> f64 {
    let named = TEMPI.iter().find(|(words, _)| words.iter().any(|word| name.contains(word)));
    let [slowest, fastest] = match named {
        _ if compound => COMPOUND_TEMPI,
        Some((_, tempi)) => *tempi,
        None => COMMON_TEMPI,
    };
    slowest * (fastest / slowest).powf(random.random_range(0.0..1.0))
}

/// Writes a chart with one chord a bar and a marker at the start of each bar.
fn chart(library_file: &str, choice: &Choice<'_>, bpm: f64, chords: &[ChordSpan], random: &mut Random) -> String {
    let library = library_file.trim_end_matches(".mma");
    let mut lines = vec![format!("RndSeed {}", random.random_range(1..1_000_000)), format!("Tempo {bpm:.3}")];
    if let Some(intro) = choice.intro {
        lines.push(format!("Groove {library}:{intro}"));
    }
    let intro_bars = if choice.intro.is_some() { 4 } else { 0 };
    for (bar, span) in chords.iter().enumerate() {
        if bar == intro_bars {
            lines.push(format!("Groove {library}:{}", choice.main));
        } else if bar > intro_bars && (bar - intro_bars) % 8 == 0 {
            let groove = if random.random_bool(0.5) { choice.variation } else { choice.main };
            lines.push(format!("Groove {library}:{groove}"));
        }
        lines.push("MidiMark Bar".to_owned());
        lines.push(format!("{} {}", bar + 1, chord_name(span.chord)));
    }
    lines.push("MidiMark Bar".to_owned());
    lines.push("z".to_owned());
    lines.join("\n") + "\n"
}

/// A chord as a chart spells it, after MMA's table of chords: its plain `dim` is a seventh chord.
fn chord_name(chord: Chord) -> String {
    let quality = match chord.intervals {
        [0, 3, 7] => "m",
        [0, 3, 6] => "mb5",
        [0, 4, 8] => "aug",
        [0, 4, 7, 11] => "M7",
        [0, 3, 7, 10] => "m7",
        [0, 4, 7, 10] => "7",
        [0, 3, 6, 9] => "dim7",
        [0, 3, 6, 10] => "m7b5",
        [0, 3, 7, 11] => "mM7",
        [0, 4, 7, 9] => "6",
        [0, 3, 7, 9] => "m6",
        [0, 4, 7, 10, 14] => "9",
        [0, 4, 7, 11, 14] => "M9",
        [0, 3, 7, 10, 14] => "m9",
        [0, 4, 7, 10, 13] => "7b9",
        [0, 4, 6, 10] => "7b5",
        [0, 4, 8, 10] => "aug7",
        [0, 4, 8, 11] => "M7#5",
        [0, 5, 7, 10] => "7sus",
        [0, 4, 7, 9, 14] => "6(add9)",
        [0, 2, 7] => "sus2",
        [0, 5, 7] => "sus4",
        [0, 7] => "5",
        _ => "",
    };
    let name = |pitch_class: u8| NAMES[usize::from(pitch_class % 12)];
    let bass = if chord.bass == chord.root { String::new() } else { format!("/{}", name(chord.bass)) };
    format!("{}{quality}{bass}", name(chord.root))
}

/// Runs the program on a chart; `None` if it refuses the chart.
fn run(chart: &str) -> Result<Option<MidiFile>, SourceError> {
    let failed = |reason: String| SourceError::Program { program: "mma", reason };
    let folder = tempfile::tempdir().map_err(|error| failed(error.to_string()))?;
    let (input, output) = (folder.path().join("chart.mma"), folder.path().join("chart.mid"));
    std::fs::write(&input, chart).map_err(|error| failed(error.to_string()))?;
    let result = Command::new("mma")
        .args([Path::new("-w"), &input, Path::new("-f"), &output])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| failed(format!("{error}. {REMEDY}")))?;
    // A few of the library's grooves do not take every chord or tempo.
    if !result.status.success() || !output.is_file() {
        return Ok(None);
    }
    Ok(Some(MidiFile::read(&output)?))
}

/// The beats between the markers. A compound bar has two beats, any other as many as it has quarters.
fn grid(midi: &MidiFile, compound: bool) -> Option<BeatGrid> {
    let bar_quarters = midi.markers.get(1)? - midi.markers.first()?;
    let even = midi.markers.windows(2).all(|pair| (pair[1] - pair[0] - bar_quarters).abs() < 1e-6);
    let quarters = bar_quarters.round();
    let beats_per_bar = match (compound, quarters as u8) {
        (true, 2 | 3 | 6) => 2,
        (false, beats @ 2..=7) => beats,
        _ => return None,
    };
    if !even || (bar_quarters - quarters).abs() > 1e-6 {
        return None;
    }
    let step = bar_quarters / f64::from(beats_per_bar);
    let beats = midi
        .markers
        .iter()
        .flat_map(|marker| (0..beats_per_bar).map(move |beat| (marker + f64::from(beat) * step, beat)));
    BeatGrid::new(
        beats.map(|(quarter, beat)| Beat { time: midi.seconds(quarter), position: beat + 1, beats_per_bar }).collect(),
    )
}

/// A melody over the chart's chords.
fn tune(key: harmony::Key, chords: &[ChordSpan], grid: &BeatGrid, random: &mut Random) -> Option<Part> {
    let beats_per_bar = grid.beats().first()?.beats_per_bar;
    let feel = Feel { swing: 0.5, ..Feel::draw(beats_per_bar, random) };
    let feel = Feel { steps_per_beat: if beats_per_bar == 2 { 3 } else { 2 }, ..feel };
    let bar = f64::from(beats_per_bar);
    let spans: Vec<ChordSpan> =
        chords.iter().map(|span| ChordSpan { start: span.start * bar, length: span.length * bar, ..*span }).collect();
    let busy = random.random_range(0.2..0.6);
    let events = melody::play(key, &spans, &feel, 0.0, busy, random);
    Some(Part { role: Role::Melody, program: 0, notes: perform(&events, grid, 0.006, 6.0, random) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn library_files_are_read() {
        let text = "Time 6 // beats\nTimesig 6/8\nDefGroove 68Swing  Basic\n defgroove 68SwingIntro x\nDefGroove 68SwingEnd y\n";
        let grooves = Grooves::of_library(text);
        assert_eq!(grooves.main, vec!["68Swing"]);
        assert_eq!(grooves.intros, vec!["68SwingIntro"]);
        assert_eq!(grooves.time, Some(6));
        assert!(grooves.is_compound("68swing"));
    }

    #[test]
    fn a_chart_marks_every_bar_and_the_end() {
        let chord = Chord::new(9, "min7").unwrap();
        let chords = vec![ChordSpan { start: 0.0, length: 1.0, chord }; 12];
        let choice = Choice { main: "A", variation: "B", intro: None };
        let mut random = <Random as rand::SeedableRng>::seed_from_u64(1);
        let chart = chart("stdlib/x.mma", &choice, 120.0, &chords, &mut random);
        assert_eq!(chart.matches("MidiMark").count(), 13);
        assert_eq!(chart.matches("Am7").count(), 12);
        assert!(chart.contains("Groove stdlib/x:A"));
    }
}
