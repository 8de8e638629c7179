//! A network in its streaming form: one step a hop.
//!
//! Built on the main thread, then owned by the audio thread. A step adds no latency of its own; what the network looks
//! ahead stands in its description.

use std::{collections::BTreeMap, fmt, path::Path};

use crate::{
    InstructionSet, LayerSpec,
    error::WeightsError,
    kernels::Kernels,
    layers::{Layer, build::Builder, stack::Stack},
    layout::StackLayout,
    shape::Shape,
    weights::{Tensor, WeightsFile},
};

pub use crate::layers::UnitCost;

/// A network with its streaming state; owned by the audio thread once built.
///
/// A hop is [`Network::step`], or [`Network::begin`] and then [`Network::run_unit`] until nothing is left: the results
/// are the same to the last bit.
pub struct Network {
    layers: Stack,
    costs: Vec<UnitCost>,
    next_unit: usize,
    frame: Vec<f32>,
    output: Vec<f32>,
    input_shape: Shape,
    output_shape: Shape,
    look_ahead_frames: usize,
    receptive_frames: Option<usize>,
    parameters: usize,
    kernels: &'static Kernels,
}

impl Network {
    /// Builds the network of a weights file, with every buffer it will ever need, for the fastest instruction set of
    /// this machine.
    ///
    /// # Errors
    /// When the layers do not fit each other (a checked file's always do).
    pub fn new(weights: &WeightsFile) -> Result<Self, WeightsError> {
        Self::on(InstructionSet::fastest(), weights)
    }

    /// The same for a given instruction set, so that tests and benches reach each of them.
    ///
    /// # Errors
    /// When this machine does not have the instruction set, or the layers do not fit each other.
    pub fn on(instruction_set: InstructionSet, weights: &WeightsFile) -> Result<Self, WeightsError> {
        let description = weights.description();
        let file = Path::new(&description.name);
        let input = description.front_end.shape();
        Self::of_layers(instruction_set, file, &description.layers, input, weights.tensors())
    }

    /// Builds a network of layers and tensors alone, whatever the shapes of its frames; `file` names it in errors.
    ///
    /// # Errors
    /// When this machine does not have the instruction set, the layers do not fit each other or a tensor is missing.
    pub fn of_layers(
        instruction_set: InstructionSet,
        file: &Path,
        layers: &[LayerSpec],
        input: Shape,
        tensors: &BTreeMap<String, Tensor>,
    ) -> Result<Self, WeightsError> {
        let kernels = Kernels::of(instruction_set).ok_or_else(|| {
            let available: Vec<_> = InstructionSet::available().map(|set| set.to_string()).collect();
            let expected = format!("one that this machine has ({})", available.join(", "));
            WeightsError::new(file, "instruction set", expected, instruction_set)
        })?;
        let layout = StackLayout::infer(file, layers, input)?;
        let layers = Builder { file, kernels, tensors }.stack(layers, &layout)?;
        let costs: Vec<_> = (0..layers.unit_count()).map(|unit| layers.unit_cost(unit)).collect();
        Ok(Self {
            next_unit: costs.len(),
            costs,
            layers,
            frame: vec![0.0; layout.input.len()],
            output: vec![0.0; layout.output.len()],
            input_shape: layout.input,
            output_shape: layout.output,
            look_ahead_frames: layout.look_ahead_frames,
            receptive_frames: layout.receptive_frames,
            parameters: layout.tensors().iter().map(|tensor| tensor.values()).sum(),
            kernels,
        })
    }

    /// Shape of the input frame.
    pub fn input_shape(&self) -> Shape {
        self.input_shape
    }

    /// Shape of the output: `[labels, 1]` for the network of a weights file.
    pub fn output_shape(&self) -> Shape {
        self.output_shape
    }

    /// Frames by which the output lags behind the input because the layers look ahead.
    pub fn look_ahead_frames(&self) -> usize {
        self.look_ahead_frames
    }

    /// Input frames that an output depends on; `None` where that is every frame since the reset, as in a recurrent
    /// network.
    pub fn receptive_field_frames(&self) -> Option<usize> {
        self.receptive_frames
    }

    /// Number of trained values.
    pub fn parameter_count(&self) -> usize {
        self.parameters
    }

    /// The instruction set that the network runs on.
    pub fn instruction_set(&self) -> InstructionSet {
        self.kernels.instruction_set
    }

    /// What each unit of a hop costs, in the order in which they run; at least one, the same every hop.
    pub fn unit_costs(&self) -> &[UnitCost] {
        &self.costs
    }

    /// What a hop costs: the sum of its units.
    pub fn hop_cost(&self) -> UnitCost {
        self.costs.iter().copied().sum()
    }

    /// Takes one frame `[channel, band]` and makes every unit of its hop due. Units of the hop before that have not
    /// run are run first. Where the frame is too short, the rest of it is taken for silence.
    pub fn begin(&mut self, frame: &[f32]) {
        debug_assert_eq!(frame.len(), self.frame.len(), "a frame has the shape {}", self.input_shape);
        while self.run_unit() {}
        let length = frame.len().min(self.frame.len());
        let (given, missing) = self.frame.split_at_mut(length);
        given.copy_from_slice(&frame[..length]);
        missing.fill(0.0);
        self.next_unit = 0;
    }

    /// Runs the next unit of the hop; `false` where none was left to run.
    pub fn run_unit(&mut self) -> bool {
        if self.next_unit == self.costs.len() {
            return false;
        }
        self.layers.run_unit(self.next_unit, &self.frame, &mut self.output);
        self.next_unit += 1;
        true
    }

    /// Units of the hop that are still due.
    pub fn units_left(&self) -> usize {
        self.costs.len() - self.next_unit
    }

    /// The activations, one for each label, of the newest hop whose units have all run; zeros before the first. Not
    /// meaningful while [`Network::units_left`] is above 0.
    pub fn output(&self) -> &[f32] {
        &self.output
    }

    /// Takes one frame `[channel, band]` and runs every unit of the hop; the result is [`Network::output`].
    pub fn step(&mut self, frame: &[f32]) -> &[f32] {
        if frame.len() == self.frame.len() {
            while self.run_unit() {}
            self.layers.step(frame, &mut self.output);
        } else {
            self.begin(frame);
            while self.run_unit() {}
        }
        &self.output
    }

    /// Back to the state before the first frame, keeping every buffer.
    pub fn reset(&mut self) {
        self.layers.reset();
        self.frame.fill(0.0);
        self.output.fill(0.0);
        self.next_unit = self.costs.len();
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Network")
            .field("input_shape", &self.input_shape)
            .field("output_shape", &self.output_shape)
            .field("parameters", &self.parameters)
            .field("units", &self.costs.len())
            .field("units_left", &self.units_left())
            .field("instruction_set", &self.kernels.instruction_set)
            .finish_non_exhaustive()
    }
}
