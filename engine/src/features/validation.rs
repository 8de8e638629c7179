//! Refuses front ends that cannot be computed, before anything is allocated for them. Main thread.

use std::{fmt::Display, ops::RangeInclusive};

use attacca_models::front_end::{
    ChromaFrontEnd, ConstantQFrontEnd, FrontEnd, MAXIMUM_WINDOW_SECONDS, MelFrontEnd, Scaling, StftFrontEnd,
};

use super::error::FeatureError;

/// The most bins or bands of one channel; it bounds what a weights file can make the engine allocate.
const MAXIMUM_BANDS: usize = 16_384;

/// The shortest window in seconds: a hop is ten times as long.
const MINIMUM_WINDOW_SECONDS: f64 = 0.001;

/// The highest frequency of a band in Hz: what the highest sample rate carries.
const MAXIMUM_HZ: f64 = 192_000.0;

/// The most octaves of a constant-Q transform: what people hear.
const MAXIMUM_OCTAVES: usize = 10;

/// Checks the front end at `index` of a list.
pub(super) fn validate(index: usize, front_end: &FrontEnd) -> Result<(), FeatureError> {
    let check = Check { index };
    match front_end {
        FrontEnd::Stft(StftFrontEnd { window_seconds, bins, scaling }) => {
            check.window(*window_seconds)?;
            check.within("bins", *bins, 1..=MAXIMUM_BANDS)?;
            check.scaling(*scaling)
        }
        FrontEnd::Mel(mel) => check.mel(mel),
        FrontEnd::ConstantQ(ConstantQFrontEnd { minimum_hz, bins_per_octave, octaves, scaling }) => {
            check.constant_q(*minimum_hz, *bins_per_octave, *octaves)?;
            check.scaling(*scaling)
        }
        FrontEnd::Chroma(ChromaFrontEnd { minimum_hz, bins_per_octave, octaves, scaling }) => {
            check.constant_q(*minimum_hz, *bins_per_octave, *octaves)?;
            if !bins_per_octave.is_multiple_of(12) {
                return check.refuse("bins_per_octave", "a multiple of 12", bins_per_octave);
            }
            check.scaling(*scaling)
        }
    }
}

struct Check {
    index: usize,
}

impl Check {
    fn window(&self, seconds: f64) -> Result<(), FeatureError> {
        self.within("window_seconds", seconds, MINIMUM_WINDOW_SECONDS..=MAXIMUM_WINDOW_SECONDS)
    }

    fn mel(&self, mel: &MelFrontEnd) -> Result<(), FeatureError> {
        self.window(mel.window_seconds)?;
        self.within("bands", mel.bands, 1..=MAXIMUM_BANDS)?;
        self.within("minimum_hz", mel.minimum_hz, 0.0..=MAXIMUM_HZ)?;
        if !(mel.maximum_hz > mel.minimum_hz && mel.maximum_hz <= MAXIMUM_HZ) {
            let expected = format!("a frequency above {} and up to {MAXIMUM_HZ} Hz", mel.minimum_hz);
            return self.refuse("maximum_hz", expected, mel.maximum_hz);
        }
        self.scaling(mel.scaling)
    }

    fn constant_q(&self, minimum_hz: f64, bins_per_octave: usize, octaves: usize) -> Result<(), FeatureError> {
        self.within("minimum_hz", minimum_hz, 16.0..=20_000.0)?;
        self.within("bins_per_octave", bins_per_octave, 1..=96)?;
        self.within("octaves", octaves, 1..=MAXIMUM_OCTAVES)
    }

    fn scaling(&self, scaling: Scaling) -> Result<(), FeatureError> {
        self.within("scaling.log_gain", scaling.log_gain, 0.0..=1e12)?;
        self.within("scaling.mean", scaling.mean, -1e6..=1e6)?;
        self.within("scaling.deviation", scaling.deviation, 1e-6..=1e6)
    }

    /// NaN is never within.
    fn within<T: PartialOrd + Display>(
        &self,
        field: &'static str,
        actual: T,
        range: RangeInclusive<T>,
    ) -> Result<(), FeatureError> {
        if range.contains(&actual) {
            return Ok(());
        }
        self.refuse(field, format!("{} to {}", range.start(), range.end()), actual)
    }

    fn refuse(
        &self,
        field: &'static str,
        expected: impl Into<String>,
        actual: impl Display,
    ) -> Result<(), FeatureError> {
        Err(FeatureError { index: self.index, field, expected: expected.into(), actual: actual.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEL: MelFrontEnd = MelFrontEnd {
        window_seconds: 0.046,
        bands: 80,
        minimum_hz: 27.5,
        maximum_hz: 16_000.0,
        scale: attacca_models::front_end::MelScale::Htk,
        difference: true,
        scaling: Scaling::LINEAR,
    };

    #[test]
    fn names_what_is_wrong_with_a_front_end() {
        let scaling = |scaling| FrontEnd::Mel(MelFrontEnd { scaling, ..MEL });
        let chroma = |bins_per_octave, octaves| {
            FrontEnd::Chroma(ChromaFrontEnd { minimum_hz: 32.7, bins_per_octave, octaves, scaling: Scaling::LINEAR })
        };
        for (front_end, message) in [
            (
                FrontEnd::Mel(MelFrontEnd { window_seconds: 0.5, ..MEL }),
                "window_seconds: expected 0.001 to 0.4, found 0.5",
            ),
            (
                FrontEnd::Mel(MelFrontEnd { window_seconds: f64::NAN, ..MEL }),
                "window_seconds: expected 0.001 to 0.4, found NaN",
            ),
            (
                FrontEnd::Mel(MelFrontEnd { bands: usize::MAX, ..MEL }),
                "bands: expected 1 to 16384, found 18446744073709551615",
            ),
            (
                FrontEnd::Mel(MelFrontEnd { maximum_hz: 20.0, ..MEL }),
                "maximum_hz: expected a frequency above 27.5 and up to 192000 Hz, found 20",
            ),
            (
                scaling(Scaling { deviation: 0.0, ..Scaling::LINEAR }),
                "scaling.deviation: expected 0.000001 to 1000000, found 0",
            ),
            (
                scaling(Scaling { log_gain: -1.0, ..Scaling::LINEAR }),
                "scaling.log_gain: expected 0 to 1000000000000, found -1",
            ),
            (chroma(40, 7), "bins_per_octave: expected a multiple of 12, found 40"),
            (chroma(36, 11), "octaves: expected 1 to 10, found 11"),
        ] {
            let error = validate(3, &front_end).unwrap_err();
            assert_eq!(error.to_string(), format!("front end 3: {message}"));
        }
        assert_eq!(validate(0, &FrontEnd::Mel(MEL)), Ok(()));
    }
}
