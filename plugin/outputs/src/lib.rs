//! What leaves Attacca beside its window: MIDI and OSC, as the plugin and the live app send them.
//!
//! Nothing here knows a host, a port or a socket. [`settings`] says what is wanted, and is what windows show.

pub mod settings;

pub use settings::{ChordVoicing, MidiSettings, OscSettings};
