//! What the user wants.

use std::path::PathBuf;

use attacca_engine::{Command, Settings, models::Task};
use attacca_outputs::{MidiSettings, OscSettings};

use crate::scene::WeightsSlot;

/// What the user wants. The window shows it as done only when the next [`Scene`](crate::Scene) says so.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Ask the engine. Never [`Command::Settings`], for which there is [`Action::Settings`].
    Command(Command),
    /// Use these settings; one or more values differ from those in the scene.
    Settings(Settings),
    /// Use these MIDI settings.
    Midi(MidiSettings),
    /// Use these OSC settings.
    Osc(OscSettings),
    /// Let the host's transport lead, or not.
    FollowTransport(bool),
    /// Take the host's tempo as likely, or not.
    UseHostTempo(bool),
    /// Listen to the side-chain, or to the main input.
    UseSideChain(bool),
    /// End every note that sounds.
    Panic,
    /// Ask for a weights file for a slot; the window has no file dialog of its own.
    ChooseWeights(WeightsSlot),
    /// Load this weights file into a slot (dropped onto the window).
    LoadWeights(WeightsSlot, PathBuf),
    /// Listen with the networks of this slot.
    UseWeights(WeightsSlot),
    /// Back to the shipped network of a task, in a slot.
    ForgetWeights(WeightsSlot, Task),
    /// Keep the bytes of loaded weights in the project, or only their path and hash.
    EmbedWeights(bool),
}
