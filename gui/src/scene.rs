//! What is drawn.

use std::path::PathBuf;

use attacca_engine::{SamplePosition, Settings, Snapshot, models::Task};
use attacca_outputs::{MidiSettings, OscSettings};
use serde::{Deserialize, Serialize};

/// Everything that one frame shows, beside the events and portraits that were handed over before.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// The engine's newest snapshot.
    pub snapshot: Snapshot,
    /// Where the input is now, by the clock of whoever plays it: at `snapshot.position` or a little after. What is
    /// predicted lights up by it.
    pub now: SamplePosition,
    /// What is set.
    pub settings: Settings,
    /// What leaves as MIDI; `None` hides its settings.
    pub midi: Option<MidiSettings>,
    /// What leaves as OSC; `None` hides its settings.
    pub osc: Option<OscSettings>,
    /// Whether the host's transport leads; `None` where there is no host.
    pub follow_transport: Option<bool>,
    /// Whether the host's tempo is taken as likely; `None` where there is no host.
    pub use_host_tempo: Option<bool>,
    /// Whether the side-chain is listened to in place of the main input; `None` where there is none.
    pub use_side_chain: Option<bool>,
    /// The machine and the networks.
    pub machine: Machine,
    /// What the user should know, newest last: a weights file that is missing, a port that is gone.
    pub notices: Vec<String>,
}

/// The state of the machine, for the health view.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Machine {
    /// Sample rate of the input in Hz; 0 before audio runs.
    pub sample_rate_hz: u32,
    /// Samples in the newest block.
    pub block_samples: u32,
    /// Time spent in the audio callback as a share of the block's duration, 0 to 1: mean over the last seconds.
    pub mean_load: f32,
    /// The largest of the last seconds.
    pub worst_load: f32,
    /// Blocks that took longer than they last.
    pub late_blocks: u64,
    /// The networks in use.
    pub networks: Vec<NetworkInUse>,
    /// Samples by which each task's activations lie behind `Snapshot::position`, in the order of [`Task::ALL`]; see
    /// [`Reader::activation_delay_samples`](attacca_engine::Reader::activation_delay_samples).
    pub activation_delays_samples: [u64; Task::ALL.len()],
    /// Which slot's networks listen.
    pub slot: WeightsSlot,
    /// Weights files that were loaded, by slot.
    pub loaded: Vec<(WeightsSlot, Task, PathBuf)>,
    /// Whether their bytes are kept in the project.
    pub embed_weights: bool,
}

/// A network that listens.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkInUse {
    /// Its task.
    pub task: Task,
    /// Its name.
    pub name: String,
    /// Its content hash, hexadecimal.
    pub hash: String,
    /// Time from an event to its report, in samples.
    pub latency_samples: u32,
}

/// One of two sets of networks to compare by ear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeightsSlot {
    /// The first.
    #[default]
    A,
    /// The second.
    B,
}
