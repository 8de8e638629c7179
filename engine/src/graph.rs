//! Features and networks together: from a hop to activations.
//!
//! A graph is built on the main thread and owned by the audio thread; exchanging it exchanges every network at once.

use attacca_models::{Network, Task, WeightsFile, description::DecoderSettings};

use crate::{
    engine::BuildError,
    features::FeatureBank,
    input::{AnalysisRate, Hop},
};

/// What the networks with a few activations say of one hop, each between 0 and 1; 0 where there is no network for the
/// task. What those with exclusive classes say is [`Graph::probabilities`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Activations {
    /// An onset.
    pub onset: f32,
    /// A beat of any kind.
    pub beat: f32,
    /// A downbeat.
    pub downbeat: f32,
    /// A singing voice.
    pub voice: f32,
}

/// What the rest of the engine must know of a network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NetworkTraits {
    /// Frames by which its activations refer to the past.
    pub look_ahead_frames: usize,
    /// How its activations are decoded.
    pub decoder: DecoderSettings,
}

/// Features and networks of all tasks.
#[derive(Debug)]
pub struct Graph {
    features: FeatureBank,
    networks: Vec<TaskNetwork>,
}

#[derive(Debug)]
struct TaskNetwork {
    task: Task,
    traits: NetworkTraits,
    network: Network,
    front_end: usize,
}

impl Graph {
    /// Builds the networks of all files and the features that they ask for.
    ///
    /// # Errors
    /// When two files are for the same task, or a network or front end cannot be built.
    pub fn new(files: &[WeightsFile], rate: AnalysisRate) -> Result<Self, BuildError> {
        let mut networks = Vec::with_capacity(files.len());
        for (front_end, file) in files.iter().enumerate() {
            let description = file.description();
            if networks.iter().any(|other: &TaskNetwork| other.task == description.task) {
                return Err(BuildError::DuplicateTask { task: description.task.name() });
            }
            let traits =
                NetworkTraits { look_ahead_frames: description.look_ahead_frames, decoder: description.decoder };
            networks.push(TaskNetwork { task: description.task, traits, network: Network::new(file)?, front_end });
        }
        let front_ends: Vec<_> = files.iter().map(|file| file.description().front_end.clone()).collect();
        Ok(Self { features: FeatureBank::new(&front_ends, rate)?, networks })
    }

    /// What there is to know of the network for `task`, if there is one.
    pub fn traits(&self, task: Task) -> Option<NetworkTraits> {
        self.networks.iter().find(|network| network.task == task).map(|network| network.traits)
    }

    /// Computes the features of a hop and steps every network.
    pub fn step(&mut self, hop: &Hop<'_>) -> Activations {
        self.features.update(hop);
        let mut activations = Activations::default();
        for TaskNetwork { task, network, front_end, .. } in &mut self.networks {
            let output = network.step(self.features.frame(*front_end));
            let channel = |index: usize| output.get(index).copied().filter(|value| value.is_finite()).unwrap_or(0.0);
            match task {
                Task::Onset => activations.onset = channel(0),
                Task::Beat => (activations.beat, activations.downbeat) = (channel(0), channel(1)),
                Task::Voice => activations.voice = channel(0),
                Task::Chord | Task::Key => {}
            }
        }
        activations
    }

    /// What the network for `task` said of the last hop, one value for each class, as it came: values may be missing from
    /// what a broken network says, or not be numbers. Empty without a network.
    pub fn probabilities(&self, task: Task) -> &[f32] {
        self.networks.iter().find(|network| network.task == task).map_or(&[], |network| network.network.output())
    }

    /// Forgets everything heard, keeping every buffer.
    pub fn reset(&mut self) {
        self.features.reset();
        for network in &mut self.networks {
            network.network.reset();
        }
    }
}
