//! Samples in, musical events out.
//!
//! ```text
//! input     any rate 8–384 kHz, any block, 1–8 channels: guard, down-mix, decimate; a hop is due every 10 ms
//! features  STFT → mel (+ positive difference), constant-Q → chroma; each once a hop, shared by all networks
//! networks  one causal network a task, one step a hop
//! decoders  onset peak-picker, beat and bar filters, voice switch, chord and key filters
//! events    wait-free queue + newest snapshot
//! ```
//!
//! # Threads
//! [`build`] returns three halves, one for each thread role. The [`Controller`] stays with the main thread: it loads
//! weights, sends commands and frees what comes back. The [`Processor`] goes to the audio thread: it never allocates,
//! frees, locks, blocks or panics, and its events are bit-identical for every split of the input into blocks. The
//! [`Reader`] belongs to whoever shows or forwards the results.
//!
//! # Example
//! ```
//! use attacca_engine::{EngineConfig, Spread, build, models::shipped};
//!
//! let (_controller, mut processor, mut reader) = build(EngineConfig {
//!     sample_rate_hz: 48_000,
//!     channels: 2,
//!     networks: shipped::all(),
//!     event_capacity: 1024,
//!     snapshot_capacity: 0,
//!     portrait_capacity: 0,
//!     spread: Spread::HOP,
//! })?;
//! let second_of_silence = vec![0.0; 2 * 48_000];
//! processor.process_interleaved(&second_of_silence);
//! assert_eq!(reader.next_event(), None);
//! assert_eq!(reader.newest_snapshot().position.seconds(48_000), 1.0);
//! # Ok::<(), attacca_engine::BuildError>(())
//! ```

#![cfg_attr(realtime_sanitizer, feature(sanitize))]

pub mod command;
pub mod controller;
pub mod decoders;
mod elementary;
pub mod engine;
pub mod event;
pub mod features;
mod graph;
pub mod hop_clock;
mod hop_plan;
pub mod input;
mod listener;
mod multiply_add;
pub mod portrait;
pub mod processor;
mod queue;
pub mod reader;
pub mod settings;
pub mod snapshot;
pub mod spread;
pub mod time;
mod waiting_commands;

pub use attacca_models as models;
pub use command::Command;
pub use controller::Controller;
pub use engine::{BuildError, EngineConfig, build};
pub use event::{Event, EventKind, OnsetBand, OnsetBands};
pub use portrait::Portrait;
pub use processor::Processor;
pub use reader::Reader;
pub use settings::{CHORD_LAG_SECONDS, ChordVocabulary, Settings, TaskSettings, TempoRange};
pub use snapshot::Snapshot;
pub use spread::Spread;
pub use time::{Bpm, SamplePosition};
