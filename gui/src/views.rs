//! The views. Each is a function from a [`Picture`] to what is painted.

pub(crate) mod stage;

use crate::{History, Palette, Preferences, Scene};

/// What a view draws from.
#[derive(Clone, Copy)]
pub(crate) struct Picture<'a> {
    pub scene: &'a Scene,
    pub history: &'a History,
    pub preferences: &'a Preferences,
    pub palette: Palette,
}

impl Picture<'_> {
    /// Sample rate of the input in Hz; one that does no harm before audio runs.
    pub fn sample_rate_hz(&self) -> u32 {
        self.scene.machine.sample_rate_hz.max(1)
    }
}
