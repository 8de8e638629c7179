//! The face of input and features: what they compute, whatever the rate and the blocks.
//!
//! Everything runs under `assert_no_alloc`'s allocator, so that a test can forbid allocation where the audio thread
//! would run.

mod blocks;
mod latency;
mod librosa;
mod material;
mod rates;

#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;
