//! The live app among real servers: JACK, PulseAudio, a browser. Nothing here needs a sound card or a display.
//!
//! JACK and PulseAudio are found by variables of the environment, which a process is born with: each test runs in a process of
//! its own with servers of its own, one after the other, so that none keeps another from being on time.

mod app;
mod browser;
mod environment;
mod expected;
mod files;
mod impulses;
mod jack_server;
mod music;
mod player;
mod pulse;
mod servers;
