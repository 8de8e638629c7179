//! The offline half of Attacca: renders labelled music, fits networks in candle, evaluates and exports weights.

pub mod augment;
pub mod card;
pub mod commands;
pub mod compose;
pub mod data;
pub mod device;
pub mod evaluate;
pub mod export;
pub mod fit;
pub mod graph;
pub mod harte;
pub mod import;
pub mod metrics;
pub mod recipe;
pub mod recipe_file;
pub mod render;
pub mod score;
pub mod teach;
