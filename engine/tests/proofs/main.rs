//! What holds between the threads, on real ones: built with the real-time sanitizer and with ThreadSanitizer by `cargo xtask
//! prove`, and as they are with every other test.

#![cfg_attr(realtime_sanitizer, feature(sanitize))]

#[cfg(realtime_sanitizer)]
mod realtime_sanitizer;
mod three_threads;
