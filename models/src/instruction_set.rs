//! The instruction sets that the networks' arithmetic is compiled for.
//!
//! One binary holds all of its architecture's; which one a network runs on is settled when it is built. The units of a
//! hop and their costs are the same on all of them, and results differ by rounding alone.

use std::fmt;

use crate::kernels::Kernels;

/// An instruction set that the kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InstructionSet {
    /// What every machine has that this build runs on: SSE2 on x86-64. AArch64 has [`InstructionSet::Neon`] instead.
    Portable,
    /// x86-64 with AVX2 and FMA: eight values a vector.
    Avx2,
    /// x86-64 with AVX-512F: sixteen values a vector.
    Avx512,
    /// AArch64: four values a vector.
    Neon,
}

impl InstructionSet {
    const ALL: [Self; 4] = [Self::Portable, Self::Avx2, Self::Avx512, Self::Neon];

    /// Those that this machine runs, the fastest last. At least one. Main thread only.
    pub fn available() -> impl DoubleEndedIterator<Item = Self> {
        Self::ALL.into_iter().filter(|&set| Kernels::of(set).is_some())
    }

    /// The fastest that this machine runs. Main thread only.
    pub fn fastest() -> Self {
        Self::available().next_back().unwrap_or(Self::Portable)
    }
}

impl fmt::Display for InstructionSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Portable => "portable",
            Self::Avx2 => "AVX2",
            Self::Avx512 => "AVX-512",
            Self::Neon => "NEON",
        })
    }
}
