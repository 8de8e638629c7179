//! The live app: an input, the engine, and everything that leaves.
//!
//! # Threads
//! | thread | does | may wait |
//! | --- | --- | --- |
//! | the system's audio thread | hears blocks ([`ear`]) | never |
//! | [`timing`] | MIDI on time; passes everything else on | for what is due next |
//! | [`report`] | standard output, log, OSC, browsers | for the disk |
//! | [`input`] | opens inputs and ports, and opens them again | for devices |
//! | [`recorder`] | writes samples | for the disk |
//! | [`web`] | one for connections, one for each browser | for the network |
//! | main | the window, or waits for the end | for the user |
//!
//! Between them there are queues with bounds; what finds no room is counted and shown.

pub mod arguments;
pub mod configuration;
pub mod devices;
pub mod ear;
pub mod feed;
mod headless;
pub mod input;
pub mod input_clock;
pub mod midi_port;
mod priority;
pub mod recorder;
pub mod report;
pub mod session;
pub mod timing;
pub mod web;
mod window;

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

pub use arguments::Arguments;

use self::{arguments::Command, configuration::Configuration};

/// Does what the command line says, and ends with a signal, the end of a file or the window.
pub fn run(arguments: &Arguments) -> ExitCode {
    if let Some(Command::Devices) = arguments.command {
        list_devices();
        return ExitCode::SUCCESS;
    }
    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stop);
    if let Err(error) = ctrlc::set_handler(move || told.store(true, Ordering::Relaxed)) {
        eprintln!("attacca-live: signals end it at once, without ending notes: {error}");
    }
    let path = arguments.config.clone().map_or_else(configuration::default_path, Ok);
    let read = path.as_ref().map(|path| Configuration::read(path));
    let mut notices = Vec::new();
    let remembered = match read {
        Ok(Ok(configuration)) => configuration,
        Ok(Err(error)) => defaults(error.to_string(), &mut notices),
        Err(error) => defaults(error.to_string(), &mut notices),
    };
    let configuration = arguments.applied_to(remembered);
    if arguments.headless {
        return headless::run(arguments, &configuration, &stop);
    }
    match window::run(arguments, configuration, notices, path.ok(), stop) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("attacca-live: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The defaults, and why they are used, for whoever looks at the terminal or at the window.
fn defaults(reason: String, notices: &mut Vec<String>) -> Configuration {
    eprintln!("attacca-live: {reason}");
    notices.push(reason);
    Configuration::default()
}

fn list_devices() {
    println!("Inputs\n\n{}", devices::table(&devices::inputs()));
    let ports = midi_port::port_names();
    if ports.is_empty() {
        println!("No MIDI ports of others.");
    } else {
        println!("MIDI ports\n\n{}", ports.join("\n"));
    }
}
