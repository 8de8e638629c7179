//! Recordings to samples, for the analyser and the trainer.
//!
//! ```text
//! Source → open → Recording: blocks of interleaved samples, a packet at a time
//!                     └→ mono::read: a whole recording as one channel, at the rate that is wanted
//! ```
//!
//! Runs on whatever thread asks; nothing here is for the audio thread. No engine is needed.

mod edit_list;
mod error;
pub mod mono;
mod open;
pub mod printable;
mod recording;
mod source;

pub use error::{DecodeError, StreamFormat};
pub use mono::Mono;
pub use recording::Recording;
pub use source::{EXTENSIONS, Source, is_audio_name};
