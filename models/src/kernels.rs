//! The arithmetic of the networks, in one implementation for each instruction set.
//!
//! A table of functions is picked once, when a network is built ([`Kernels::of`]); nothing is detected in a call.
//! Every table holds the same generic bodies (`kernels/body/`), compiled for its instruction set: loops over fixed
//! arrays, which the compiler turns into vector code. The order of operations is fixed for each set, so that results
//! are bit-identical from run to run and differ only by rounding from set to set.
//!
//! All functions run on the audio thread: no allocation, no panic, cost bounded by the sizes of their arguments.
//! `unsafe` stands in this module alone.

pub(crate) mod aligned;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod body;
#[cfg(target_arch = "aarch64")]
mod neon;
pub(crate) mod packed_filters;
pub(crate) mod packed_matrix;
#[cfg(not(target_arch = "aarch64"))]
mod portable;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod x86;

use crate::InstructionSet;

/// Values in the widest vector: AVX-512 holds sixteen `f32`, as does a cache line. Packed rows are padded to it.
pub(crate) const LANES: usize = 16;

/// Rows of the tallest panel of a matrix.
pub(crate) const PANEL_ROWS: usize = 128;

/// Filters that a convolution computes together, so that an input vector is loaded once for all of them.
pub(crate) const FILTERS: usize = 4;

/// What a product of a panel starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// The first column of the panel holds a bias for each row.
    Bias,
    /// The output holds sums that are to be added to.
    Output,
}

/// Part of a matrix: `rows` rows (16, 32, 64 or 128) from `first_row`, the weights of `inputs` inputs from `first_input`,
/// stored column after column, of as many rows at once as an instruction set works on ([`Kernels::accumulators`]). A column holds the weights of one input, or of two ([`bfloat16`](crate::bfloat16)).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Panel {
    pub(crate) first_row: usize,
    pub(crate) rows: usize,
    pub(crate) first_input: usize,
    pub(crate) inputs: usize,
    pub(crate) columns: usize,
    /// Where the panel starts in the values of all panels.
    pub(crate) first_value: usize,
    pub(crate) start: Start,
}

impl Panel {
    /// Number of values stored.
    #[inline(always)]
    pub(crate) fn values(&self) -> usize {
        self.rows * (self.columns + self.bias_columns())
    }

    /// Number of products and sums with a bias that are computed.
    pub(crate) fn products(&self) -> usize {
        self.rows * (self.inputs + self.bias_columns())
    }

    #[inline(always)]
    fn bias_columns(&self) -> usize {
        usize::from(self.start == Start::Bias)
    }
}

/// [`FILTERS`] filters over one frame: each output band is the bias plus the sum over all taps `t` of
/// `weights[t] · input[offsets[t] + band]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FilterBlock<'a> {
    /// Where the row of each tap starts in the input.
    pub(crate) offsets: &'a [usize],
    /// A weight for each tap and filter.
    pub(crate) weights: &'a [[f32; FILTERS]],
    /// A bias for each filter.
    pub(crate) bias: &'a [f32; FILTERS],
}

/// A function of panels, their values, the input and the output.
pub(crate) type Product = fn(&[Panel], &[f32], &[f32], &mut [f32]);

/// The functions of one instruction set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kernels {
    /// What they are compiled for.
    pub(crate) instruction_set: InstructionSet,
    /// The number of values that its registers hold next to operands. A panel of more rows than this number over that of
    /// the inputs whose weights a value holds is stored in passes of so many rows, column after column each.
    pub(crate) accumulators: usize,
    /// `(panels, values, input, output)`: products of panels with the input. Rows beyond the end of the output are
    /// dropped.
    pub(crate) product: Product,
    /// The same, of panels that hold the weights of two inputs in each value.
    pub(crate) product_of_pairs: Product,
    /// `(block, input, bands, output)`: the filters' rows of `bands` values, one after the other; rows beyond the end
    /// of the output are dropped. The input must hold [`LANES`] values from the first band of each tap on.
    pub(crate) filter: fn(FilterBlock<'_>, &[f32], usize, &mut [f32]),
    /// `1 / (1 + exp(−x))` of each value, in place.
    pub(crate) logistic: fn(&mut [f32]),
    /// `tanh(x)` of each value, in place.
    pub(crate) tanh: fn(&mut [f32]),
    /// `max(x, 0)` of each value, in place.
    pub(crate) relu: fn(&mut [f32]),
    /// `x` where positive, else `slope · x`, in place.
    pub(crate) leaky_relu: fn(&mut [f32], f32),
    /// `(values, maxima, sums)`: softmax over the channels of each band, in place; the two scratch slices hold one
    /// value a band.
    pub(crate) softmax: fn(&mut [f32], &mut [f32], &mut [f32]),
    /// `(input gates, hidden gates, hidden)`: one step of a gated recurrent unit, gates in the order reset, update,
    /// new.
    pub(crate) gru: fn(&[f32], &[f32], &mut [f32]),
    /// `(gates, cell, hidden)`: one step of a long short-term memory, gates in the order input, forget, cell, output.
    pub(crate) lstm: fn(&[f32], &mut [f32], &mut [f32]),
}

impl Kernels {
    /// The table of an instruction set; `None` where this machine does not have it. Main thread only.
    pub(crate) fn of(instruction_set: InstructionSet) -> Option<&'static Self> {
        match instruction_set {
            #[cfg(not(target_arch = "aarch64"))]
            InstructionSet::Portable => Some(&portable::KERNELS),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2 => avx2::is_available().then_some(&avx2::KERNELS),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512 => avx512::is_available().then_some(&avx512::KERNELS),
            #[cfg(target_arch = "aarch64")]
            InstructionSet::Neon => Some(&neon::KERNELS),
            _ => None,
        }
    }

    /// Every table that this machine runs, the fastest last.
    #[cfg(test)]
    pub(crate) fn available() -> impl DoubleEndedIterator<Item = &'static Self> {
        InstructionSet::available().filter_map(Self::of)
    }
}
