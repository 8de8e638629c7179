//! What the cross-room tests share.

pub mod recording;
