//! Causal neural networks as data.
//!
//! A network is a [`description::NetworkDescription`] (plain data, stored as the metadata of a weights file) and its
//! tensors. [`weights::WeightsFile`] reads and writes the two together and refuses anything that does not fit;
//! [`network::Network`] is the streaming form that runs one hop a step on the audio thread. The trainer builds its
//! differentiable graph from the same description, so that a new model is a new file and never new code.
//!
//! # Threads
//! Reading, checking and building allocate and belong to the main thread. [`network::Network::step`] and everything
//! below it never allocate, free, lock, block or panic, and cost the same every hop.

pub mod bfloat16;
pub mod description;
pub mod error;
pub mod front_end;
pub mod instruction_set;
mod kernels;
pub mod layer_spec;
mod layers;
pub mod layout;
pub mod network;
pub mod shape;
pub mod shipped;
pub mod spelling;
pub mod vocabulary;
pub mod weights;

pub use description::{NetworkDescription, Task};
pub use error::WeightsError;
pub use front_end::FrontEnd;
pub use instruction_set::InstructionSet;
pub use layer_spec::{ActivationFunction, LayerSpec};
pub use layout::StackLayout;
pub use network::{Network, UnitCost};
pub use shape::Shape;
pub use spelling::Spelling;
pub use weights::WeightsFile;
