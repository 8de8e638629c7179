//! The rate at which features are computed.

/// Input at this rate or above is halved until it is below.
pub const DECIMATION_THRESHOLD_HZ: u32 = 88_200;

/// The rate of the samples that features are computed from: that of the input, divided by a power of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnalysisRate {
    input_hz: u32,
    halvings: u32,
}

impl AnalysisRate {
    /// The analysis rate for an input at `input_hz`: halved while it is [`DECIMATION_THRESHOLD_HZ`] or above.
    pub const fn for_input(input_hz: u32) -> Self {
        let mut halvings = 0;
        while input_hz >> halvings >= DECIMATION_THRESHOLD_HZ {
            halvings += 1;
        }
        Self { input_hz, halvings }
    }

    /// Analysis samples a second; not always a whole number.
    pub fn hz(self) -> f64 {
        f64::from(self.input_hz) / self.input_samples_per_sample() as f64
    }

    /// Samples a second of the input.
    pub const fn input_hz(self) -> u32 {
        self.input_hz
    }

    /// How often the input's rate was halved.
    pub const fn halvings(self) -> u32 {
        self.halvings
    }

    /// Input samples for each analysis sample: a power of two.
    pub const fn input_samples_per_sample(self) -> u64 {
        1 << self.halvings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_high_rates_alone() {
        for (input_hz, halvings, analysis_hz) in [
            (8_000, 0, 8_000.0),
            (44_100, 0, 44_100.0),
            (88_199, 0, 88_199.0),
            (88_200, 1, 44_100.0),
            (96_001, 1, 48_000.5),
            (176_400, 2, 44_100.0),
            (192_000, 2, 48_000.0),
            (384_000, 3, 48_000.0),
        ] {
            let rate = AnalysisRate::for_input(input_hz);
            assert_eq!((rate.halvings(), rate.hz()), (halvings, analysis_hz), "{input_hz} Hz");
        }
    }
}
