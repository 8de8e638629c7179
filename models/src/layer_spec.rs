//! The description of a layer, as it stands in a weights file.
//!
//! Tensors are named by the layer's path in the list (`3.weight`; the second layer of the first branch of a
//! concatenation at 4 is `4.0.1`, the second layer of a residual there is `4.1`) and laid out as PyTorch and candle lay
//! them out; [`StackLayout`](crate::StackLayout) lists them. Padding over time is causal: frames before the first are
//! zero, also where a layer's input is delayed.

use serde::{Deserialize, Serialize};

/// One layer of a network. Layers run in the order of their list, each on the output of the one before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum LayerSpec {
    /// `y = W · x + b` over the flattened newest `context_frames` frames, oldest first.
    /// Tensors: `weight` `[outputs, context_frames · inputs]`, `bias` `[outputs]`. Output `[outputs, 1]`.
    Dense {
        /// Number of outputs.
        outputs: usize,
        /// Frames seen: 1 is the current one alone.
        context_frames: usize,
    },
    /// Causal convolution over time; channel and band are flattened into input channels.
    /// Tensors: `weight` `[outputs, inputs, kernel_frames]` (oldest frame first), `bias` `[outputs]`.
    /// Output `[outputs, 1]`.
    Conv1d {
        /// Number of output channels.
        outputs: usize,
        /// Kernel length in taps.
        kernel_frames: usize,
        /// Frames between taps; 1 is dense.
        dilation_frames: usize,
    },
    /// Causal convolution over time and frequency, zero-padded over frequency by `padding_bands` on either side.
    /// Tensors: `weight` `[outputs, channels, kernel_frames, kernel_bands]`, `bias` `[outputs]`.
    /// Output `[outputs, (bands + 2 · padding_bands − dilation_bands · (kernel_bands − 1) − 1) / stride_bands + 1]`.
    Conv2d {
        /// Number of output channels.
        outputs: usize,
        /// Kernel length over time in taps.
        kernel_frames: usize,
        /// Kernel length over frequency in taps.
        kernel_bands: usize,
        /// Frames between taps.
        dilation_frames: usize,
        /// Bands between taps.
        dilation_bands: usize,
        /// Bands between outputs.
        stride_bands: usize,
        /// Zero bands added at either end.
        padding_bands: usize,
    },
    /// Pooling over windows of `bands` bands (placed `bands` apart, a rest dropped) and of the newest `frames`
    /// frames (every hop). `bands: 1` pools over time alone, `frames: 1` over frequency alone.
    Pool {
        /// Maximum or average.
        reduction: Reduction,
        /// Window over frequency.
        bands: usize,
        /// Window over time. Frames before the first are left out of the window.
        frames: usize,
    },
    /// Pooling over everything along the named axes; over time, that is every frame since the last reset.
    GlobalPool {
        /// Maximum or average.
        reduction: Reduction,
        /// The axes that disappear.
        over: PoolAxes,
    },
    /// A stack of recurrent layers over the flattened frame. Output `[units, 1]`.
    /// Tensors for each of the stack, `l` from 0: `weight_ih_l{l}` `[gates · units, inputs]`, `weight_hh_l{l}`
    /// `[gates · units, units]`, `bias_ih_l{l}` and `bias_hh_l{l}` `[gates · units]`, with gates in PyTorch's order.
    Recurrent {
        /// The kind of cell.
        cell: Cell,
        /// Units of each layer.
        units: usize,
        /// Layers in the stack.
        stack: usize,
    },
    /// A forward layer and a backward one side by side, on the input delayed by `look_ahead_frames`: the backward one
    /// starts from a zero state at the newest frame and runs back to the delayed one. Output `[2 · units, 1]`,
    /// forward first. Tensors as for [`LayerSpec::Recurrent`]: `…_l0` and `…_l0_reverse`.
    Bidirectional {
        /// The kind of cell.
        cell: Cell,
        /// Units of each direction.
        units: usize,
        /// Frames of the future that the backward layer sees.
        look_ahead_frames: usize,
    },
    /// `y = (x − running_mean) / sqrt(running_var + epsilon) · weight + bias` for each channel; folded into the layer
    /// before it at load where that is linear. Tensors: `weight`, `bias`, `running_mean`, `running_var` `[channels]`.
    BatchNorm {
        /// Added to the variance.
        epsilon: f32,
    },
    /// A function of each value, or of all channels of a band (softmax).
    Activation {
        /// Which function.
        function: ActivationFunction,
    },
    /// `y = x + f(x)`, with `x` delayed by what `f` looks ahead.
    Residual {
        /// The layers of `f`; their output has the shape of their input.
        layers: Vec<LayerSpec>,
    },
    /// The outputs of all branches one after the other along the channel axis, each delayed to the slowest.
    /// An empty branch passes its input on. All branches end with the same number of bands.
    Concatenate {
        /// The layers of each branch.
        branches: Vec<Vec<LayerSpec>>,
    },
}

/// What a pool keeps of its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reduction {
    /// The largest value.
    Maximum,
    /// The mean.
    Average,
}

/// The axes that a global pool folds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PoolAxes {
    /// All bands of a frame.
    Frequency,
    /// All frames since the reset.
    Time,
    /// Both.
    FrequencyAndTime,
}

/// The kind of a recurrent cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// `h = tanh(W x + b + U h + c)`.
    Vanilla,
    /// Gated recurrent unit; gates in the order reset, update, new.
    Gru,
    /// Long short-term memory; gates in the order input, forget, cell, output.
    Lstm,
}

impl Cell {
    /// Rows of the weight matrices for each unit.
    pub const fn gates(self) -> usize {
        match self {
            Self::Vanilla => 1,
            Self::Gru => 3,
            Self::Lstm => 4,
        }
    }
}

/// A nonlinearity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", deny_unknown_fields)]
pub enum ActivationFunction {
    /// `1 / (1 + exp(−x))`.
    Logistic,
    /// `tanh(x)`.
    Tanh,
    /// `max(x, 0)`.
    Relu,
    /// `x` where positive, else `slope · x`.
    LeakyRelu {
        /// Slope below 0.
        slope: f32,
    },
    /// `exp(x) / Σ exp(x)` over the channels of each band.
    Softmax,
}
