//! The shape of one frame of data between two layers.

use serde::{Deserialize, Serialize};

/// The shape `[channel, band]` of one frame, stored channel-major: the value of channel `c` and band `b` lies at
/// index `c * bands + b`.
///
/// A vector of `n` values without a frequency axis (the output of a dense or recurrent layer) is `[n, 1]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shape {
    /// Number of channels (feature maps).
    pub channels: usize,
    /// Number of bands along the frequency axis.
    pub bands: usize,
}

impl Shape {
    /// A frame of `channels` × `bands` values.
    pub const fn new(channels: usize, bands: usize) -> Self {
        Self { channels, bands }
    }

    /// A frame of `length` values without a frequency axis: `[length, 1]`.
    pub const fn vector(length: usize) -> Self {
        Self::new(length, 1)
    }

    /// Number of values in a frame; saturates, so that absurd shapes can be refused without an overflow.
    pub const fn len(self) -> usize {
        self.channels.saturating_mul(self.bands)
    }

    /// Whether a frame holds no value at all.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "[{} channel, {} band]", self.channels, self.bands)
    }
}
