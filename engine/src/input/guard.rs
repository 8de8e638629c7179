//! Neutralises samples that would harm a recursive filter or a network. Audio thread; no latency.

/// The loudest magnitude that passes: +24 dB relative to full scale, the headroom that mixers give a float bus.
pub const LOUDEST_MAGNITUDE: f32 = 16.0;

/// Magnitudes below this (−400 dB) are heard as 0. It lies so far above the smallest normal number (1.2e-38) that
/// windows, filters and transforms of what passes do not meet denormals, which are slow on many processors.
pub const FAINTEST_MAGNITUDE: f32 = 1e-20;

/// Passes sane samples unchanged; see [`Guard::pass`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Guard {
    /// Samples that were NaN or infinite (heard as 0) or louder than [`LOUDEST_MAGNITUDE`] (limited to it).
    pub(crate) neutralised_samples: u64,
    /// Samples that were denormal (heard as 0). They are ordinary in the tail of a float reverb, hence not counted
    /// among the neutralised ones.
    pub(crate) denormal_samples: u64,
}

impl Guard {
    /// Largest magnitude of samples of which [`Guard::pass`] would change none; `None` where it would change one. Compares
    /// bits, which are in the order of the magnitudes with infinities and NaN last.
    pub(crate) fn peak_of_ordinary(samples: &[f32]) -> Option<f32> {
        let magnitudes = || samples.iter().map(|sample| sample.abs().to_bits());
        let largest = magnitudes().fold(0, u32::max);
        // What is no less than nothing goes round to the largest number.
        let faintest = magnitudes().fold(u32::MAX, |least, bits| least.min(bits.wrapping_sub(1)));
        let is_ordinary = largest <= LOUDEST_MAGNITUDE.to_bits() && faintest >= FAINTEST_MAGNITUDE.to_bits() - 1;
        is_ordinary.then(|| f32::from_bits(largest))
    }

    /// The sample as it is safe to hear it.
    #[inline]
    pub(crate) fn pass(&mut self, sample: f32) -> f32 {
        // False for NaN.
        if (FAINTEST_MAGNITUDE..=LOUDEST_MAGNITUDE).contains(&sample.abs()) { sample } else { self.neutralise(sample) }
    }

    fn neutralise(&mut self, sample: f32) -> f32 {
        if sample.abs() < FAINTEST_MAGNITUDE {
            self.denormal_samples += u64::from(sample.is_subnormal());
            return 0.0;
        }
        self.neutralised_samples += 1;
        if sample.is_finite() { sample.clamp(-LOUDEST_MAGNITUDE, LOUDEST_MAGNITUDE) } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    #[test]
    fn counts_what_it_changes() {
        let mut guard = Guard::default();
        let harmful = [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30, -17.0, 1e-40, -1e-45, 1e-30];
        let heard = harmful.map(|sample| guard.pass(sample));
        assert_eq!(heard, [0.0, 0.0, 0.0, 0.0, 16.0, -16.0, 0.0, 0.0, 0.0]);
        assert_eq!((guard.neutralised_samples, guard.denormal_samples), (6, 2));
    }

    proptest! {
        #[test]
        fn any_bits_become_safe(bits in any::<u32>()) {
            let heard = Guard::default().pass(f32::from_bits(bits));
            prop_assert!(heard == 0.0 || (FAINTEST_MAGNITUDE..=LOUDEST_MAGNITUDE).contains(&heard.abs()));
        }

        #[test]
        fn the_ordinary_are_those_that_pass_unchanged(samples in vec(prop_oneof![
            9 => -1.0_f32..1.0, 1 => Just(0.0), 1 => any::<u32>().prop_map(f32::from_bits),
        ], 0..20)) {
            let mut guard = Guard::default();
            let unchanged = samples.iter().all(|&sample| guard.pass(sample) == sample);
            let peak = samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
            prop_assert_eq!(Guard::peak_of_ordinary(&samples), unchanged.then_some(peak));
        }

        #[test]
        fn ordinary_samples_pass_unchanged(sample in -1.0_f32..=1.0) {
            let mut guard = Guard::default();
            prop_assert_eq!(guard.pass(sample), if sample.abs() < FAINTEST_MAGNITUDE { 0.0 } else { sample });
            prop_assert_eq!(guard.neutralised_samples, 0);
        }
    }
}
