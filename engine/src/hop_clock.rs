//! When a hop is due: an exact 10 ms clock that counts samples.
//!
//! Audio thread; integer arithmetic only, so that no drift can build up: hop `n` (from 0) is due when
//! `⌈(n + 1) · rate / 100⌉` samples were heard, whatever the rate and however long it runs.

use attacca_models::front_end::FRAMES_PER_SECOND;

/// Counts samples and says when the next hop is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HopClock {
    sample_rate_hz: u32,
    delay_samples: u64,
    heard_samples: u64,
    next_hop: u64,
    due_samples: u64,
}

impl HopClock {
    /// A clock at zero, for samples at `sample_rate_hz`. Every hop is due `delay_samples` late: that is what a
    /// filter in front of the analysis holds back.
    pub fn new(sample_rate_hz: u32, delay_samples: u64) -> Self {
        let mut clock = Self { sample_rate_hz, delay_samples, heard_samples: 0, next_hop: 0, due_samples: 0 };
        clock.due_samples = clock.due(0);
        clock
    }

    /// Samples after which hop `hop` is due. Exact for 11,000 years at 384 kHz.
    pub fn due(&self, hop: u64) -> u64 {
        let hundredths = hop.saturating_add(1).saturating_mul(u64::from(self.sample_rate_hz));
        hundredths.div_ceil(u64::from(FRAMES_PER_SECOND)).saturating_add(self.delay_samples)
    }

    /// Samples heard so far.
    pub fn heard_samples(&self) -> u64 {
        self.heard_samples
    }

    /// Samples still to be heard until the next hop is due.
    pub fn samples_until_hop(&self) -> u64 {
        self.due_samples - self.heard_samples
    }

    /// Counts samples, at most [`samples_until_hop`](Self::samples_until_hop) of them (more are not counted), and
    /// returns the index of the hop that is due now, if one is.
    pub fn advance(&mut self, samples: u64) -> Option<u64> {
        self.heard_samples += samples.min(self.samples_until_hop());
        if self.heard_samples < self.due_samples {
            return None;
        }
        let hop = self.next_hop;
        self.next_hop += 1;
        self.due_samples = self.due(self.next_hop);
        Some(hop)
    }

    /// Back to zero.
    pub fn reset(&mut self) {
        *self = Self::new(self.sample_rate_hz, self.delay_samples);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Rates that 100 divides and rates that it does not (11,025 = 22,050 · ½; 44,056 and 47,952 are pulled-down
    /// video rates).
    const RATES_HZ: [u32; 14] = [
        8_000, 8_001, 11_025, 16_000, 22_050, 32_000, 37_800, 44_056, 44_100, 47_952, 48_000, 96_000, 192_000, 384_000,
    ];

    #[test]
    fn does_not_drift_in_24_hours() {
        const HOPS: u64 = 24 * 60 * 60 * FRAMES_PER_SECOND as u64;
        for rate_hz in RATES_HZ {
            let mut clock = HopClock::new(rate_hz, 0);
            for hop in 0..HOPS {
                assert_eq!(clock.advance(clock.samples_until_hop()), Some(hop));
                let hundredths = u128::from(hop + 1) * u128::from(rate_hz);
                let late = u128::from(clock.heard_samples()) * 100 - hundredths;
                assert!(late < 100, "hop {hop} at {rate_hz} Hz is {late}/100 samples late");
            }
            assert_eq!(clock.heard_samples(), 24 * 60 * 60 * u64::from(rate_hz));
        }
    }

    #[test]
    fn delays_every_hop_alike() {
        let (plain, delayed) = (HopClock::new(11_025, 0), HopClock::new(11_025, 24));
        for hop in 0..1_000 {
            assert_eq!(delayed.due(hop), plain.due(hop) + 24);
        }
    }

    #[test]
    fn starts_again_after_a_reset() {
        let mut clock = HopClock::new(44_056, 7);
        let fresh = clock.clone();
        clock.advance(1_000);
        clock.advance(17);
        clock.reset();
        assert_eq!(clock, fresh);
    }

    proptest! {
        #[test]
        fn hops_do_not_depend_on_the_blocks(
            rate_hz in 8_000_u32..=384_000,
            blocks in prop::collection::vec(1_u64..=8_192, 1..50),
        ) {
            let mut clock = HopClock::new(rate_hz, 0);
            let mut due = Vec::new();
            for block in blocks {
                let mut left = block;
                while left > 0 {
                    let step = left.min(clock.samples_until_hop());
                    due.extend(clock.advance(step).map(|hop| (hop, clock.heard_samples())));
                    left -= step;
                }
            }
            for (index, (hop, heard)) in (0_u64..).zip(due) {
                prop_assert_eq!(hop, index);
                prop_assert_eq!(heard, ((index + 1) * u64::from(rate_hz)).div_ceil(100));
            }
        }
    }
}
