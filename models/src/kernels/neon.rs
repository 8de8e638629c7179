//! AArch64: NEON and its fused multiply-add belong to the baseline of the target, so that nothing is detected.

use super::{
    Kernels,
    body::{activation, filter, panel, recurrent},
};
use crate::InstructionSet;

/// See [`Kernels::accumulators`].
const ACCUMULATORS: usize = 64;

pub(super) static KERNELS: Kernels = Kernels {
    instruction_set: InstructionSet::Neon,
    accumulators: ACCUMULATORS,
    product: panel::product::<true, ACCUMULATORS, 1>,
    product_of_pairs: panel::product::<true, ACCUMULATORS, 2>,
    filter: filter::filter::<true, 20, 16>,
    logistic: activation::logistic::<true>,
    tanh: activation::tanh::<true>,
    relu: activation::relu,
    leaky_relu: activation::leaky_relu,
    softmax: activation::softmax::<true>,
    gru: recurrent::gru::<true>,
    lstm: recurrent::lstm::<true>,
};
