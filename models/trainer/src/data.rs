//! Training data: from a recipe to a folder of labelled audio, and back from the folder to examples and features.
//!
//! ```text
//! recipe → sources → score → orchestration → audio → augmentation ─┐
//!                      └──────── labels ───────────────────────────┴→ folder → Dataset → features, frame targets
//! ```
//!
//! Everything is a function of the recipe and its seed: an excerpt has a random generator of its own, so that neither
//! the order of the threads nor an interruption changes what is rendered.

mod audibility;
pub mod beds;
pub mod dataset;
pub mod features;
pub(crate) mod hash;
pub mod labels;
pub mod make;
pub mod recipe;
pub mod sources;
pub mod voices;

pub use dataset::{Dataset, DatasetError, Example, Split};
pub use features::{Features, FeaturesError};
pub use labels::{LabelFraming, Labels};
pub use make::MakeError;
pub use recipe::Recipe;

/// The number of threads to work on where the user names none: one a core.
pub fn default_threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
