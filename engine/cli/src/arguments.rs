//! The command line, as clap parses it.

use std::{num::NonZeroUsize, path::PathBuf};

use attacca_engine::{
    CHORD_LAG_SECONDS, Settings,
    models::{Spelling, Task},
};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::formats::Format;

/// Largest block that the engine takes in one call, in frames.
const MAXIMUM_BLOCK_FRAMES: usize = 8192;

const EXIT_CODES: &str = "\
Exit codes:
  0  every file was analysed
  1  at least one file failed (a line on stderr says why); the others were analysed
  2  the command line cannot be carried out as written; nothing was analysed";

const EXAMPLES: &str = "\
Examples:
  attacca analyze song.flac
      prints tempo, metre, bars, onsets, key, chords and voice, as far as networks are there
  attacca analyze --out results --format html,midi album/
      writes a page and a MIDI file for each recording below album/
  attacca analyze --format json song.mp3 | jq .summary.tempo
      writes JSON to the standard output
  ffmpeg -v error -i video.mkv -f wav - | attacca analyze -
      reads WAV from the standard input
  attacca analyze --tasks onset --out results --format csv *.wav
      looks for onsets only
  attacca analyze --tasks chord,key --spelling roman --out results --format audacity song.ogg
      writes the chords, as degrees of the key, and the key

Written below --out, for a recording X:
  text      X.onsets (a time in seconds a line), X.beats (time, tab, position in the bar),
            X.voice (start, end), X.chords and X.keys (start, end, label)
  json      X.json (documented by a JSON schema, with a version)
  csv       X.csv (a line for each event)
  lab       X.lab (start, end, bar.beat for each beat)
  jams      X.jams (JAMS: onset, beat, beat_position, tempo, segment_open for the voice, chord,
            key_mode)
  midi      X.mid (tempo map, time and key signatures; beats, onsets, chords and voice as notes)
  audacity  X.onsets.txt, X.beats.txt, X.voice.txt, X.chords.txt, X.keys.txt (label tracks)
  html      X.html (one self-contained page)
Recordings found in a folder keep their place in it. Two recordings whose results would share a
name keep their extension (X.wav.json, X.mp3.json). Results of an earlier run are replaced.";

/// Says what the music in recordings is doing: onsets, beats, downbeats, tempo, voice, chords and key.
#[derive(Debug, Parser)]
#[command(name = "attacca", version, propagate_version = true, after_help = EXIT_CODES)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Analyse recordings: WAV, AIFF, FLAC, Ogg Vorbis, MP3, AAC and M4A
    #[command(after_long_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"), after_help = EXIT_CODES)]
    Analyze(AnalyzeArguments),
    /// List the networks that come with attacca
    Models,
}

/// Arguments of `attacca analyze`.
#[derive(Debug, Args)]
pub struct AnalyzeArguments {
    /// Recordings, folders of recordings, or `-` for WAV from the standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,

    /// Folder for the results; made if it does not exist
    #[arg(short, long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// What to write, repeated or separated by commas; `text` where nothing is said.
    /// Without --out, one format of one recording goes to the standard output
    #[arg(short, long, value_enum, value_delimiter = ',', value_name = "FORMAT")]
    pub format: Vec<Format>,

    /// What to listen for, repeated or separated by commas; where nothing is said, everything for which a network
    /// comes with attacca or is given by --model
    #[arg(short, long, value_enum, value_delimiter = ',', value_name = "TASK")]
    pub tasks: Vec<TaskName>,

    /// A weights file to use in place of the network that comes with attacca for the same task; may be repeated
    #[arg(short, long, value_name = "FILE")]
    pub model: Vec<PathBuf>,

    /// Recordings analysed at the same time; as many as there are processors where nothing is said
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,

    /// Frames handed to the engine at once, 1 to 8192; the results do not depend on it
    #[arg(long, default_value_t = 1024, value_parser = block_frames, value_name = "FRAMES")]
    pub block: usize,

    /// How far back a change of chord may be dated, 0 to 0.5: a longer lag is more exact, and later where one listens live
    #[arg(long, default_value_t = Settings::default().chord_lag_seconds, value_parser = chord_lag_seconds, value_name = "SECONDS")]
    pub chord_lag: f32,

    /// How chords and keys are written where people read them (the summary, `midi`, `audacity` and `html`); in Harte's
    /// syntax, such as F#:min7, where nothing is said
    #[arg(long, value_enum, value_name = "SPELLING")]
    pub spelling: Option<SpellingName>,

    /// Add a table of the bars to the summary
    #[arg(long)]
    pub bars: bool,

    /// Print no summary and no progress
    #[arg(short, long)]
    pub quiet: bool,
}

/// A task, as the command line spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TaskName {
    /// Note and drum onsets
    Onset,
    /// Beats, downbeats and tempo
    Beat,
    /// Singing voice
    Voice,
    /// Chords
    Chord,
    /// Keys
    Key,
}

impl From<TaskName> for Task {
    fn from(name: TaskName) -> Self {
        match name {
            TaskName::Onset => Self::Onset,
            TaskName::Beat => Self::Beat,
            TaskName::Voice => Self::Voice,
            TaskName::Chord => Self::Chord,
            TaskName::Key => Self::Key,
        }
    }
}

/// A spelling, as the command line spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SpellingName {
    /// F♯m7 or G♭m7, as the key has it
    Key,
    /// F♯m7
    Sharps,
    /// G♭m7
    Flats,
    /// Fism7; H for B and B for B flat
    German,
    /// Degrees of the key: ii7
    Roman,
    /// Degrees of the major key with the same notes: 2m7
    Nashville,
}

impl SpellingName {
    /// Whether it writes the same chord otherwise in another key.
    pub const fn follows_key(self) -> bool {
        matches!(self, Self::Key | Self::Roman | Self::Nashville)
    }
}

impl From<SpellingName> for Spelling {
    fn from(name: SpellingName) -> Self {
        match name {
            SpellingName::Key => Self::ByKey,
            SpellingName::Sharps => Self::Sharps,
            SpellingName::Flats => Self::Flats,
            SpellingName::German => Self::German,
            SpellingName::Roman => Self::Roman,
            SpellingName::Nashville => Self::Nashville,
        }
    }
}

fn block_frames(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(frames @ 1..=MAXIMUM_BLOCK_FRAMES) => Ok(frames),
        _ => Err(format!("expected a number of frames from 1 to {MAXIMUM_BLOCK_FRAMES}")),
    }
}

fn chord_lag_seconds(text: &str) -> Result<f32, String> {
    let (shortest, longest) = (CHORD_LAG_SECONDS.start(), CHORD_LAG_SECONDS.end());
    let seconds = text.parse().ok().filter(|seconds| CHORD_LAG_SECONDS.contains(seconds));
    seconds.ok_or_else(|| format!("expected seconds from {shortest} to {longest}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn formats_and_tasks_may_be_listed_or_repeated() {
        let arguments =
            Arguments::try_parse_from(["attacca", "analyze", "x.wav", "-f", "json,csv", "-f", "midi", "-t", "beat"]);
        let Command::Analyze(arguments) = arguments.unwrap().command else { panic!("expected analyze") };
        assert_eq!(arguments.format, [Format::Json, Format::Csv, Format::Midi]);
        assert_eq!(arguments.tasks, [TaskName::Beat]);
    }

    #[test]
    fn absurd_blocks_are_refused() {
        for frames in ["0", "8193", "-1", "many"] {
            let argument = format!("--block={frames}");
            assert!(Arguments::try_parse_from(["attacca", "analyze", "x.wav", &argument]).is_err(), "{frames}");
        }
    }

    #[test]
    fn chord_lags_out_of_range_are_refused() {
        for (seconds, is_taken) in [("0", true), ("0.5", true), ("0.51", false), ("-0.1", false), ("NaN", false)] {
            let argument = format!("--chord-lag={seconds}");
            let parsed = Arguments::try_parse_from(["attacca", "analyze", "x.wav", &argument]);
            assert_eq!(parsed.is_ok(), is_taken, "{seconds}");
        }
    }
}
