//! The bodies of the kernels, generic over what an instruction set can do and always inlined, so that they are
//! compiled anew for each set.

pub(super) mod activation;
pub(super) mod filter;
pub(super) mod panel;
pub(super) mod recurrent;

/// `a · b + c`: rounded once where the instruction set fuses the two (`FUSED`), and twice where it does not, since
/// `f32::mul_add` would then call into the C library.
#[inline(always)]
pub(super) fn multiply_add<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}
