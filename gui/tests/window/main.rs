//! The window as its owner sees it: what controls do, what a frame costs, and whether everything fits.

mod controls;
mod frames;
mod scenes;
mod sizes;
mod words;
