//! Any machine: what the compiler makes of the bodies for the baseline of the target (SSE2 on x86-64).

use super::{
    Kernels,
    body::{activation, filter, panel, recurrent},
};
use crate::InstructionSet;

/// See [`Kernels::accumulators`].
const ACCUMULATORS: usize = 32;

pub(super) static KERNELS: Kernels = Kernels {
    instruction_set: InstructionSet::Portable,
    accumulators: ACCUMULATORS,
    product: panel::product::<false, ACCUMULATORS, 1>,
    product_of_pairs: panel::product::<false, ACCUMULATORS, 2>,
    filter: filter::filter::<false, 8, 8>,
    logistic: activation::logistic::<false>,
    tanh: activation::tanh::<false>,
    relu: activation::relu,
    leaky_relu: activation::leaky_relu,
    softmax: activation::softmax::<false>,
    gru: recurrent::gru::<false>,
    lstm: recurrent::lstm::<false>,
};
