//! `attacca`: recordings in, their onsets, beats, downbeats, tempo, voice, chords and keys out.
//!
//! ```text
//! input → decode → engine → analysis → formats → files, or a summary on the terminal
//! ```
//!
//! Decoding and analysing stream: memory does not depend on a recording's length, apart from the events found.

mod analysis;
mod arguments;
mod batch;
mod formats;
mod input;
mod networks;
mod output;
mod overview;
mod progress;
mod summary;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;

use crate::arguments::{Arguments, Command};

/// At least one recording failed.
const SOME_FAILED: u8 = 1;
/// The command line cannot be carried out; clap uses the same.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Analyze(arguments) => match batch::analyze(&arguments) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::from(SOME_FAILED),
            Err(error) => {
                eprintln!("attacca: {error}");
                ExitCode::from(USAGE)
            }
        },
        Command::Models => match writeln!(io::stdout(), "{}", networks::table()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::from(SOME_FAILED),
            _ => ExitCode::SUCCESS,
        },
    }
}
