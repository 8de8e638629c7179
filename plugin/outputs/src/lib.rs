//! What leaves Attacca beside its window: MIDI and OSC, as the plugin and the live app send them.
//!
//! Nothing here knows a host or a port. [`settings`] says what is wanted, and is what windows show; [`midi`] and
//! [`clock`] may run on the audio thread, [`osc`] on one of its own.

pub mod clock;
pub mod midi;
pub mod osc;
pub mod presets;
pub mod settings;

pub use clock::{ClockGenerator, ClockMessage};
pub use midi::{MidiMessage, MidiSender};
pub use osc::OscSender;
pub use presets::{Preset, presets};
pub use settings::{ChordVoicing, MidiSettings, OscSettings};
