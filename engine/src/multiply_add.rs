//! Products that are added, in code compiled for every instruction set. Audio thread.

use pulp::Simd;

/// Whether what is compiled for an instruction set multiplies and adds in one operation: every one with vectors that is
/// dispatched to can; without, it would be a call.
pub const fn is_fused<S: Simd>() -> bool {
    S::F32_LANES > 1
}

/// `a · b + c`, in one operation where the machine has it.
#[inline(always)]
pub fn multiply_add<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}
