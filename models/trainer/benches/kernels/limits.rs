//! The limits of the machine, measured beside what is held against them: how fast an instruction set multiplies and
//! adds, and how fast it reads what lies in the first and in the second cache.

use std::{fs, hint::black_box};

use attacca_models::InstructionSet;
use pulp::{Simd, WithSimd};

use crate::{
    rows::PLACES,
    timing::{Contestant, Run},
};

/// Chains of dependent operations: four cycles of latency at two operations a cycle, and two to spare.
const CHAINS: usize = 10;

/// Multiply-adds of each chain in one repetition.
const STEPS: usize = 256;

/// Values that the probe of each cache reads: well within the first, and well beyond it and within the second.
const FIRST_LEVEL_VALUES: usize = 4 << 10;
const SECOND_LEVEL_VALUES: usize = 48 << 10;

/// Values of a cache line.
const LINE_VALUES: usize = 64 / size_of::<f32>();

/// Size of a first-level cache where the system does not tell.
const USUAL_FIRST_LEVEL_BYTES: usize = 32 << 10;

/// What the probes read: the same for every instruction set, since how fast memory is depends on where it lies.
pub struct Memory(Vec<Vec<f32>>);

/// The probes of one instruction set.
pub struct Probes<'a> {
    multiply_add: Contestant<'a>,
    first_level: Contestant<'a>,
    second_level: Contestant<'a>,
    lanes: usize,
}

/// What an instruction set can do.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// Operations a nanosecond, where a multiplication and an addition are two.
    pub flops_per_ns: f64,
    /// Bytes a nanosecond from the first-level cache.
    pub first_level_bytes_per_ns: f64,
    /// Bytes a nanosecond from the second-level cache.
    pub second_level_bytes_per_ns: f64,
}

impl Memory {
    pub fn new() -> Self {
        Self(vec![vec![1.0; SECOND_LEVEL_VALUES + LINE_VALUES]; PLACES])
    }

    /// The first values at each place, from the start of a cache line, so that no vector straddles two.
    fn values(&self, values: usize) -> impl Iterator<Item = &[f32]> {
        self.0.iter().map(move |memory| {
            let start = memory.as_ptr().align_offset(64).min(LINE_VALUES);
            &memory[start..start + values]
        })
    }
}

impl<'a> Probes<'a> {
    /// Probes that use the vectors of an instruction set.
    pub fn new(set: InstructionSet, memory: &'a Memory) -> Self {
        let lanes = match set {
            InstructionSet::Portable | InstructionSet::Neon => 4,
            InstructionSet::Avx2 => 8,
            InstructionSet::Avx512 => 16,
        };
        Self {
            multiply_add: Contestant::new(vec![Box::new(move |repetitions| {
                dispatch(set, MultiplyAdd { fused: set != InstructionSet::Portable, repetitions });
            })]),
            first_level: read_probe(set, memory.values(FIRST_LEVEL_VALUES)),
            second_level: read_probe(set, memory.values(SECOND_LEVEL_VALUES)),
            lanes,
        }
    }

    /// The probes, to be timed beside everything else.
    pub fn contestants(&mut self) -> impl Iterator<Item = &mut Contestant<'a>> {
        [&mut self.multiply_add, &mut self.first_level, &mut self.second_level].into_iter()
    }

    /// What was measured.
    pub fn limits(&self) -> Limits {
        let bytes = |values| (values * size_of::<f32>()) as f64;
        Limits {
            flops_per_ns: (2 * CHAINS * STEPS * self.lanes) as f64 / self.multiply_add.least_ns(),
            first_level_bytes_per_ns: bytes(FIRST_LEVEL_VALUES) / self.first_level.least_ns(),
            second_level_bytes_per_ns: bytes(SECOND_LEVEL_VALUES) / self.second_level.least_ns(),
        }
    }
}

impl Limits {
    /// The higher of each.
    pub fn or(self, other: Self) -> Self {
        Self {
            flops_per_ns: self.flops_per_ns.max(other.flops_per_ns),
            first_level_bytes_per_ns: self.first_level_bytes_per_ns.max(other.first_level_bytes_per_ns),
            second_level_bytes_per_ns: self.second_level_bytes_per_ns.max(other.second_level_bytes_per_ns),
        }
    }

    /// The least time for a step that reads `weight_bytes` from the cache that holds them and does `flops` operations.
    pub fn bound_ns(self, weight_bytes: usize, flops: usize) -> f64 {
        let bytes_per_ns = match weight_bytes <= first_level_bytes() {
            true => self.first_level_bytes_per_ns,
            false => self.second_level_bytes_per_ns,
        };
        (weight_bytes as f64 / bytes_per_ns).max(flops as f64 / self.flops_per_ns)
    }
}

/// Bytes of the first-level data cache of the first core.
fn first_level_bytes() -> usize {
    let size = fs::read_to_string("/sys/devices/system/cpu/cpu0/cache/index0/size").ok();
    let kibibytes = size.and_then(|size| size.trim().trim_end_matches('K').parse::<usize>().ok());
    kibibytes.map_or(USUAL_FIRST_LEVEL_BYTES, |kibibytes| kibibytes << 10)
}

fn read_probe<'a>(set: InstructionSet, places: impl Iterator<Item = &'a [f32]>) -> Contestant<'a> {
    let runs =
        places.map(|values| -> Run<'a> { Box::new(move |repetitions| dispatch(set, Read { values, repetitions })) });
    Contestant::new(runs.collect())
}

/// Runs an operation compiled for an instruction set that this machine has.
fn dispatch<Operation: WithSimd>(set: InstructionSet, operation: Operation) {
    #[cfg(target_arch = "x86_64")]
    {
        use pulp::x86::{V2, V3, V4};
        match set {
            InstructionSet::Avx512 => _ = V4::try_new().map(|simd| Simd::vectorize(simd, operation)),
            InstructionSet::Avx2 => _ = V3::try_new().map(|simd| Simd::vectorize(simd, operation)),
            _ => _ = V2::try_new().map(|simd| Simd::vectorize(simd, operation)),
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        _ = set;
        pulp::Arch::new().dispatch(operation);
    }
}

/// Independent chains of multiply-adds, in registers alone.
struct MultiplyAdd {
    fused: bool,
    repetitions: usize,
}

impl WithSimd for MultiplyAdd {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (factor, term) = (simd.splat_f32s(black_box(0.5)), simd.splat_f32s(black_box(1.0)));
        for _ in 0..self.repetitions {
            let mut chains = [simd.splat_f32s(black_box(0.0)); CHAINS];
            for _ in 0..STEPS {
                for chain in &mut chains {
                    *chain = match self.fused {
                        true => simd.mul_add_f32s(*chain, factor, term),
                        false => simd.add_f32s(simd.mul_f32s(*chain, factor), term),
                    };
                }
            }
            black_box(chains);
        }
    }
}

/// Every value read once a repetition, and as little done with it as keeps the compiler from leaving it out.
struct Read<'a> {
    values: &'a [f32],
    repetitions: usize,
}

impl WithSimd for Read<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (vectors, _) = S::as_simd_f32s(self.values);
        let (groups, _) = vectors.as_chunks::<8>();
        for _ in 0..self.repetitions {
            let mut seen = [simd.splat_f32s(0.0); 8];
            for group in groups {
                for (seen, &vector) in seen.iter_mut().zip(group) {
                    *seen = simd.or_f32s(*seen, vector);
                }
            }
            black_box(seen);
        }
    }
}
