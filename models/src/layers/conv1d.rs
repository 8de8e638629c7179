//! Causal convolution over time: a [`Dense`] layer over dilated taps.

use super::{dense::Dense, linear::Linear};
use crate::kernels::Kernels;

/// Reorders weights `[output, input, tap]` to `[output, tap, input]`, the order in which a history holds its frames.
pub(super) fn new(kernels: &'static Kernels, linear: &Linear, taps: usize, dilation: usize) -> Dense {
    let inputs = linear.inputs() / taps;
    let mut reordered = linear.clone();
    for (old, new) in linear.weights.chunks_exact(inputs * taps).zip(reordered.weights.chunks_exact_mut(inputs * taps))
    {
        for (index, &weight) in old.iter().enumerate() {
            new[index % taps * inputs + index / taps] = weight;
        }
    }
    Dense::new(kernels, &reordered, taps, dilation)
}
