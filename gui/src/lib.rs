//! The views of Attacca in egui: drawn from what the engine's reader gives, returning what the user wants.
//!
//! Nothing here knows a plugin, a host or a device. Whoever owns the window hands every event and portrait to a
//! [`Window`], calls [`Window::show`] with a [`Scene`] for each frame, and carries out the [`Action`]s that come back.

pub mod action;
pub mod scene;

pub use action::Action;
pub use scene::Scene;
