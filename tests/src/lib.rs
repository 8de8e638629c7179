//! What the cross-room tests share.

pub mod memory;
pub mod recording;
