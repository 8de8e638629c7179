//! `attacca-train`: from scores to weights.

use std::{error::Error, process::ExitCode};

use attacca_trainer::commands::{
    activations::ActivationsCommand,
    compare::CompareCommand,
    data::DataCommand,
    evaluate::{CalibrateCommand, CardCommand, EvaluateCommand},
    export::ExportCommand,
    fit::FitCommand,
    inspect::InspectCommand,
    quickstart::QuickstartCommand,
};
use clap::{Parser, Subcommand};

/// The offline half of Attacca: renders labelled music, fits networks, exports weights.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a tiny network from beginning to end, in about a minute.
    Quickstart(QuickstartCommand),
    /// Make training data.
    Data(DataCommand),
    /// Fit a network to training data.
    Fit(FitCommand),
    /// Finish a fitted network: calibrate its decoder, score it, write weights and card.
    Export(ExportCommand),
    /// Write a network's activations for a recording.
    Activations(ActivationsCommand),
    /// Find the decoder settings of a weights file on validation data.
    Calibrate(CalibrateCommand),
    /// Score a weights file on annotated recordings, through the streaming engine.
    Evaluate(EvaluateCommand),
    /// Score several weights files of one task in one table.
    Compare(CompareCommand),
    /// Show what a weights file holds: layers, costs, latency, training data, scores.
    Inspect(InspectCommand),
    /// Write the card of a weights file beside it.
    Card(CardCommand),
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("attacca-train: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), Box<dyn Error>> {
    match command {
        Command::Quickstart(command) => command.run()?,
        Command::Data(command) => command.run()?,
        Command::Fit(command) => command.run()?,
        Command::Export(command) => command.run()?,
        Command::Activations(command) => command.run()?,
        Command::Calibrate(command) => command.run()?,
        Command::Evaluate(command) => command.run()?,
        Command::Compare(command) => command.run()?,
        Command::Inspect(command) => command.run()?,
        Command::Card(command) => command.run()?,
    }
    Ok(())
}
