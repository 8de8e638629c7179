//! Features and networks together: from a hop to activations.
//!
//! A graph is built on the main thread and owned by the audio thread; exchanging it exchanges every network at once. With it
//! comes the plan of a hop's work, decoders included: what there is to do follows from the networks.

use attacca_models::{Network, Task, WeightsFile, description::DecoderSettings, network::UnitCost};

use crate::{
    decoders::bass::LowestPartial,
    engine::BuildError,
    features::FeatureBank,
    hop_plan::{HopPlan, HopUnit},
    input::{AnalysisRate, Hop},
    portrait,
};

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
    plan: HopPlan,
    /// Front end of what is drawn, where anything is.
    drawn: Option<usize>,
    /// Where the bass of chords is looked for, with the front end that it is heard in.
    lowest: Option<(usize, LowestPartial)>,
}

/// What all graphs of an engine have in common.
#[derive(Clone, Copy, Debug)]
pub struct GraphSettings {
    /// The rate of the samples that it hears.
    pub rate: AnalysisRate,
    /// Whether [`Graph::spectrum`] is wanted.
    pub drawn: bool,
    /// Samples of the input over which the work of a hop is spread.
    pub spread_samples: u32,
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
    /// Builds the networks of all files and the features that they ask for.
    ///
    /// # Errors
    /// When two files are for the same task, or a network or front end cannot be built.
    pub fn new(files: &[WeightsFile], settings: GraphSettings) -> Result<Self, BuildError> {
        // What is wanted soonest comes first.
        let mut files: Vec<&WeightsFile> = files.iter().collect();
        files.sort_by_key(|file| ORDER.iter().position(|task| *task == file.description().task));
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
        let drawn = settings.drawn.then_some(front_ends.len());
        front_ends.extend(drawn.map(|_| portrait::front_end()));
        let features = FeatureBank::new(&front_ends, settings.rate)?;
        let plan = HopPlan::new(&units(&features, &networks, drawn), settings.spread_samples);
        Ok(Self { features, networks, plan, drawn, lowest })
    }

    /// What there is to do in a hop.
    pub fn plan(&self) -> &HopPlan {
        &self.plan
    }

    /// What there is to know of the network for `task`, if there is one and it is enabled.
    pub fn traits(&self, task: Task) -> Option<NetworkTraits> {
        self.networks.iter().find(|network| network.task == task && network.enabled).map(|network| network.traits)
    }

    /// Computes a unit of the features of a hop.
    pub fn run_feature(&mut self, unit: usize, hop: &Hop<'_>) {
        self.features.run_unit(unit, hop);
    }

    /// Runs the next unit of a network, after the features that it hears; the `first` takes them.
    pub fn run_network(&mut self, index: usize, first: bool) {
        let Some(TaskNetwork { network, front_end, enabled: true, .. }) = self.networks.get_mut(index) else { return };
        if first {
            network.begin(self.features.frame(*front_end));
        }
        network.run_unit();
    }

    /// What the network for `task` said of the last hop in one of its few activations, 0 to 1; 0 where there is none.
    pub fn activation(&self, task: Task, channel: usize) -> f32 {
        let network = self.networks.iter().find(|network| network.task == task && network.enabled);
        let value = network.and_then(|network| network.network.output().get(channel).copied());
        value.filter(|value| value.is_finite()).unwrap_or(0.0)
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

/// The order in which tasks are worked on: the onset is to be known at once, and the beat hears the chords.
const ORDER: [Task; Task::ALL.len()] = [Task::Onset, Task::Chord, Task::Beat, Task::Voice, Task::Key];

/// What decoders cost, in operations of the cost model: measured, since most of them wait more than they compute.
const DECODE_ONSET: [(HopUnit, u64); 3] =
    [(HopUnit::OnsetBandsFirst, 28_000), (HopUnit::OnsetBandsSecond, 29_000), (HopUnit::Onset, SMALL_FLOPS)];
const DECODE_CHORD: [(HopUnit, u64); 3] =
    [(HopUnit::Bass, 18_000), (HopUnit::ChordFilter, 58_000), (HopUnit::Chord, 24_000)];
const PORTRAY: [(HopUnit, u64); 2] = [(HopUnit::PortraitSpectrum, 60_000), (HopUnit::Portrait, 20_000)];
/// Seldom anything, and then twice as much.
const BEAT_CHORD_CHANGE_FLOPS: u64 = 25_000;
const BEAT_BEGIN_FLOPS: u64 = 74_000;
const BEAT_OBSERVE_FLOPS: u64 = 48_000;
const BEAT_REFRESH_FLOPS: u64 = 37_000;
const BEAT_FIND_FLOPS: u64 = 16_000;
const BEAT_FLOPS: u64 = 30_000;
const KEY_FLOPS: u64 = 19_000;
const SMALL_FLOPS: u64 = 1_000;

/// All the work of a hop in order, and what it costs.
fn units(features: &FeatureBank, networks: &[TaskNetwork], drawn: Option<usize>) -> Vec<(HopUnit, UnitCost)> {
    let costs: Vec<UnitCost> = features.unit_costs().collect();
    let mut features_done = 0;
    let mut units = Vec::new();
    let mut make_frame = |units: &mut Vec<_>, front_end: usize| {
        let end = features.made_after_units(front_end).max(features_done);
        units.extend((features_done..end).map(|unit| (HopUnit::Feature(unit), costs[unit])));
        features_done = end;
    };
    let decoder = |unit, flops| (unit, UnitCost { flops, weight_bytes: 0 });
    for (index, TaskNetwork { task, network, front_end, .. }) in networks.iter().enumerate() {
        if *task == Task::Beat {
            units.push(decoder(HopUnit::BeatChordChange, BEAT_CHORD_CHANGE_FLOPS));
        }
        make_frame(&mut units, *front_end);
        let network_units = network.unit_costs().iter().enumerate();
        units.extend(network_units.map(|(unit, cost)| (HopUnit::Network { index, first: unit == 0 }, *cost)));
        match task {
            Task::Onset => units.extend(DECODE_ONSET.map(|(unit, flops)| decoder(unit, flops))),
            Task::Beat => {
                units.push(decoder(HopUnit::BeatBegin, BEAT_BEGIN_FLOPS));
                units.push(decoder(HopUnit::BeatObserve, BEAT_OBSERVE_FLOPS));
                units.push(decoder(HopUnit::BeatRefresh, BEAT_REFRESH_FLOPS));
                units.push(decoder(HopUnit::BeatFind, BEAT_FIND_FLOPS));
                units.push(decoder(HopUnit::Beat, BEAT_FLOPS));
            }
            Task::Voice => units.push(decoder(HopUnit::Voice, SMALL_FLOPS)),
            Task::Chord | Task::Key => {}
        }
    }
    let has = |wanted: Task| networks.iter().any(|network| network.task == wanted);
    if has(Task::Chord) {
        units.extend(DECODE_CHORD.map(|(unit, flops)| decoder(unit, flops)));
    }
    if has(Task::Chord) || has(Task::Key) {
        units.push(decoder(HopUnit::Key, KEY_FLOPS));
    }
    if let Some(front_end) = drawn {
        make_frame(&mut units, front_end);
        units.extend(PORTRAY.map(|(unit, flops)| decoder(unit, flops)));
    }
    units.push(decoder(HopUnit::Snapshot, SMALL_FLOPS));
    units
}
