//! Attacca as a VST3 and CLAP plugin: audio passes through untouched, what the music does leaves as MIDI, as parameters
//! and as OSC, and is drawn.
//!
//! ```text
//! host's audio thread   Attacca::process: copies nothing, hands the input to a Listening
//!   Listening           engine Processor and Reader → MidiSender → host; events, portraits → Monitor; events → OSC
//! host's main thread    Attacca::activate builds an engine; Networks keeps its Controller and what is loaded
//! window                Editor: reads the Monitor, shows attacca-gui, carries out its actions
//! background thread     loads weights, so that neither window nor audio waits
//! ```
//!
//! What crosses threads does so by wait-free queues (`rtrb`, `triple_buffer`) and the host's parameters. Locks are shared by
//! window, main and background thread alone.

mod background;
mod editor;
mod entry;
mod listening;
mod monitor;
mod osc;
mod parameters;
mod plugin;
mod project;
mod transport;

pub use plugin::Attacca;
