//! The commands of `attacca-train`, one module each.

pub mod activations;
pub mod compare;
pub mod data;
pub mod evaluate;
pub mod export;
pub mod fit;
pub mod inspect;
pub mod quickstart;
mod table;
pub mod teach;
