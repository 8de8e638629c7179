//! The binary from outside: what it writes, what it says, how it ends.

mod batch;
mod failures;
mod formats;
mod memory;
mod support;
