//! `attacca-live`: from an input to lights, synths and screens.

use std::process::ExitCode;

use attacca_app::Arguments;
use clap::Parser;

fn main() -> ExitCode {
    attacca_app::run(&Arguments::parse())
}
