//! The whole engine on real audio: the shipped networks, the streaming features and the decoders together.

mod commands;
mod exchange;
mod latency;
mod partition;
mod rates;
mod robustness;
mod spread;
mod stand_ins;
mod states;
mod support;

#[global_allocator]
static NO_ALLOCATION: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;
