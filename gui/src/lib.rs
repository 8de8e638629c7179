//! The views of Attacca in egui: drawn from what the engine's reader gives, returning what the user wants.
//!
//! Nothing here knows a plugin, a host or a device. Whoever owns the window hands every event and portrait to a
//! [`Window`], calls [`Window::show`] with a [`Scene`] for each frame, and carries out the [`Action`]s that come back.
//! Everything runs on the window's thread.

pub mod action;
mod beat_clock;
mod controls;
mod history;
pub mod load;
pub mod networks;
mod palette;
pub mod preferences;
pub mod scene;
mod spectrogram;
mod views;
mod widgets;
pub mod window;

pub use action::Action;
pub use load::Load;
pub use networks::Networks;
pub use preferences::{Preferences, ThemeChoice, View};
pub use scene::Scene;
pub use window::Window;

use history::History;
use palette::Palette;
