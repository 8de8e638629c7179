//! The entries of the CLAP and of the VST3 library: the framework's plugin behind a guard.
//!
//! The framework trusts a host to call for audio as the formats have it. It panics, which ends the host, or reads what is
//! not there, where a host plays before it has set the plugin up, gives other ports or channels than were agreed on, or none
//! for a side-chain that is switched off, as hosts made with JUCE do. The guards take the place of the one function that
//! plays audio, and leave out what cannot be used: the framework hears silence in its place.

mod clap;
mod vst3;

/// Input ports that a layout has at most: the main one and the side-chain.
const INPUTS: usize = 2;
