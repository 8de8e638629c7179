//! The plugin in hosts: the real CLAP and VST3 libraries, opened as a host opens them.
//!
//! `cargo xtask test` builds the library first, in debug and guarded: an allocation on the audio thread aborts the tests.

mod audio;
mod display;
mod editor;
mod expected;
mod library;
mod listing;
mod midi;
mod notes;
mod parameters;
mod pictures;
mod player;
mod rude;
mod state;
mod vst3;
mod vst3_host;
mod vst3_objects;
