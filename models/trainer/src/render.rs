//! From a score to audio: which instruments play it ([`orchestration`], [`ensemble`]), the synthesizer of SoundFonts
//! ([`synthesizer`]) and the player of sampled instruments ([`sampler`]), and how fast each instrument speaks
//! ([`attack`]), which decides whether its onsets can be labelled.

pub mod attack;
pub mod electric;
pub mod ensemble;
pub mod noise;
pub mod orchestration;
pub mod sampler;
pub mod singer;
pub mod strings;
pub mod synthesizer;

pub use attack::AttackTable;
pub use ensemble::{Ensemble, InstrumentChoice};
pub use orchestration::{Channel, Mix, orchestrate};
pub use sampler::SamplerError;
pub use singer::{Singer, SingerError};
pub use synthesizer::{RenderError, Renderer};

/// Sample rate of all rendered audio, in Hz.
pub const SAMPLE_RATE: u32 = 44_100;
