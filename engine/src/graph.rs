//! Features and networks together: from a hop to activations.
//!
//! A graph is built on the main thread and owned by the audio thread; exchanging it exchanges every network at once.

use attacca_models::{Network, Task, WeightsFile, description::DecoderSettings};

use crate::{
    decoders::bass::LowestPartial,
    engine::BuildError,
    features::FeatureBank,
    input::{AnalysisRate, Hop},
    portrait,
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
    /// Front end of what is drawn, where anything is.
    drawn: Option<usize>,
    /// Where the bass of chords is looked for, with the front end that it is heard in.
    lowest: Option<(usize, LowestPartial)>,
}

#[derive(Debug)]
struct TaskNetwork {
    task: Task,
    traits: NetworkTraits,
    network: Network,
    front_end: usize,
    enabled: bool,
}

impl Graph {
    /// Builds the networks of all files and the features that they ask for, and those that [`Graph::spectrum`] gives if
    /// they are `drawn`.
    ///
    /// # Errors
    /// When two files are for the same task, or a network or front end cannot be built.
    pub fn new(files: &[WeightsFile], rate: AnalysisRate, drawn: bool) -> Result<Self, BuildError> {
        let mut networks = Vec::with_capacity(files.len());
        for (front_end, file) in files.iter().enumerate() {
            let description = file.description();
            if networks.iter().any(|other: &TaskNetwork| other.task == description.task) {
                return Err(BuildError::DuplicateTask { task: description.task.name() });
            }
            let traits =
                NetworkTraits { look_ahead_frames: description.look_ahead_frames, decoder: description.decoder };
            let network = Network::new(file)?;
            networks.push(TaskNetwork { task: description.task, traits, network, front_end, enabled: true });
        }
        let mut front_ends: Vec<_> = files.iter().map(|file| file.description().front_end.clone()).collect();
        let lowest = files.iter().position(|file| file.description().task == Task::Chord);
        let lowest = lowest.and_then(|index| Some((index, LowestPartial::new(&front_ends[index])?)));
        let drawn = drawn.then_some(front_ends.len());
        front_ends.extend(drawn.map(|_| portrait::front_end()));
        Ok(Self { features: FeatureBank::new(&front_ends, rate)?, networks, drawn, lowest })
    }

    /// What there is to know of the network for `task`, if there is one and it is enabled.
    pub fn traits(&self, task: Task) -> Option<NetworkTraits> {
        self.networks.iter().find(|network| network.task == task && network.enabled).map(|network| network.traits)
    }

    /// Computes the features of a hop and steps every network.
    pub fn step(&mut self, hop: &Hop<'_>) -> Activations {
        self.features.update(hop);
        let mut activations = Activations::default();
        let listening = self.networks.iter_mut().filter(|network| network.enabled);
        for TaskNetwork { task, network, front_end, .. } in listening {
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

    /// Steps the network for `task` or leaves it out; says whether that is a change. One that has been left out starts
    /// with nothing heard.
    pub fn enable(&mut self, task: Task, enabled: bool) -> bool {
        let network = self.networks.iter_mut().find(|network| network.task == task && network.enabled != enabled);
        let Some(network) = network else { return false };
        network.enabled = enabled;
        network.network.reset();
        true
    }

    /// The frame that is drawn: the bands of [`portrait::front_end`]. Empty where nothing is.
    pub fn spectrum(&self) -> &[f32] {
        self.drawn.map_or(&[], |index| self.features.frame(index))
    }

    /// Pitch class of the lowest partial of the last hop; `None` where nothing low sounds, or the chord network does not
    /// hear a constant-Q transform.
    pub fn lowest_partial(&mut self) -> Option<u8> {
        let (front_end, lowest) = self.lowest.as_mut()?;
        lowest.find(self.features.frame(*front_end))
    }

    /// Forgets everything heard, keeping every buffer.
    pub fn reset(&mut self) {
        self.features.reset();
        for network in &mut self.networks {
            network.network.reset();
        }
    }
}
