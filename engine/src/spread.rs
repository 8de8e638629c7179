//! How far a hop's work is spread over the callbacks that follow it.

/// The share of a hop over which its work is spread: 0 does all of it in the callback in which the hop ends, 1 spreads it
/// evenly over the time until the next hop ends.
///
/// What is spread comes later, by as much as [`Processor::task_latency_samples`](crate::Processor::task_latency_samples)
/// then declares; what is said is the same to the last bit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread(f32);

impl Spread {
    /// All at once: the least latency, and one callback in several that costs a hop's work.
    pub const IMMEDIATE: Self = Self(0.0);

    /// Over one hop, 10 ms: every callback costs the same.
    pub const HOP: Self = Self(1.0);

    /// Over this share of a hop; what lies outside 0 to 1 is brought there, and what is not a number to 1.
    pub const fn of_hop(share: f32) -> Self {
        if share.is_nan() { Self::HOP } else { Self(share.clamp(0.0, 1.0)) }
    }

    /// The same in samples of an input at `sample_rate_hz`, no more than the shortest hop has.
    pub(crate) fn samples(self, sample_rate_hz: u32) -> u32 {
        let shortest = sample_rate_hz / attacca_models::front_end::FRAMES_PER_SECOND;
        (self.0 * shortest as f32).round() as u32
    }
}

impl Default for Spread {
    /// [`Spread::HOP`].
    fn default() -> Self {
        Self::HOP
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_spread_is_longer_than_a_hop() {
        assert_eq!(Spread::HOP.samples(44_100), 441);
        assert_eq!(Spread::HOP.samples(11_025), 110, "hops are of 110 and 111 samples");
        assert_eq!(Spread::IMMEDIATE.samples(48_000), 0);
        assert_eq!(Spread::of_hop(0.25).samples(48_000), 120);
        assert_eq!(
            [Spread::of_hop(-1.0), Spread::of_hop(7.0), Spread::of_hop(f32::NAN)],
            [Spread(0.0), Spread(1.0), Spread(1.0)]
        );
    }
}
