//! Refuses front ends that cannot be computed, before anything is allocated for them. Main thread.

use std::{fmt::Display, ops::RangeInclusive};

use attacca_models::front_end::{
    ChromaFrontEnd, ConstantQFrontEnd, FrontEnd, HarmonicPercussive, MAXIMUM_MEDIAN_FRAMES, MAXIMUM_WINDOW_SECONDS,
    MelFrontEnd, Scaling, StftFrontEnd, Whitening,
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

/// Means of compressed values.
const MEANS: RangeInclusive<f32> = -1e6..=1e6;

/// Deviations of compressed values.
const DEVIATIONS: RangeInclusive<f32> = 1e-6..=1e6;

/// Checks the front end at `index` of a list.
pub(super) fn validate(index: usize, front_end: &FrontEnd) -> Result<(), FeatureError> {
    let check = Check { index };
    match front_end {
        FrontEnd::Stft(StftFrontEnd { window_seconds, bins, .. }) => {
            check.window(*window_seconds)?;
            check.within("bins", *bins, 1..=MAXIMUM_BANDS)?;
        }
        FrontEnd::Mel(mel) => check.mel(mel)?,
        FrontEnd::ConstantQ(ConstantQFrontEnd { minimum_hz, bins_per_octave, octaves, .. }) => {
            check.constant_q(*minimum_hz, *bins_per_octave, *octaves)?;
        }
        FrontEnd::Chroma(ChromaFrontEnd { minimum_hz, bins_per_octave, octaves, .. }) => {
            check.constant_q(*minimum_hz, *bins_per_octave, *octaves)?;
            if !bins_per_octave.is_multiple_of(12) {
                return check.refuse("bins_per_octave", "a multiple of 12", bins_per_octave);
            }
        }
    }
    check.scaling(front_end.scaling(), front_end.shape().bands)
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
        if let Some(Whitening { memory_seconds, floor }) = mel.whitening {
            self.within("whitening.memory_seconds", memory_seconds, 0.01..=1e4)?;
            self.within("whitening.floor", floor, 1e-9..=1.0)?;
        }
        if let Some(HarmonicPercussive { frames, bands }) = mel.harmonic_percussive {
            self.odd("harmonic_percussive.frames", frames, MAXIMUM_MEDIAN_FRAMES)?;
            self.odd("harmonic_percussive.bands", bands, mel.bands)?;
        }
        Ok(())
    }

    fn odd(&self, field: &'static str, actual: usize, maximum: usize) -> Result<(), FeatureError> {
        if actual % 2 == 1 && actual <= maximum {
            return Ok(());
        }
        self.refuse(field, format!("an odd number up to {maximum}"), actual)
    }

    fn constant_q(&self, minimum_hz: f64, bins_per_octave: usize, octaves: usize) -> Result<(), FeatureError> {
        self.within("minimum_hz", minimum_hz, 16.0..=20_000.0)?;
        self.within("bins_per_octave", bins_per_octave, 1..=96)?;
        self.within("octaves", octaves, 1..=MAXIMUM_OCTAVES)
    }

    fn scaling(&self, scaling: &Scaling, bands: usize) -> Result<(), FeatureError> {
        self.within("scaling.log_gain", scaling.log_gain, 0.0..=1e12)?;
        self.within("scaling.mean", scaling.mean, MEANS)?;
        self.within("scaling.deviation", scaling.deviation, DEVIATIONS)?;
        let Some(statistics) = &scaling.bands else { return Ok(()) };
        if statistics.len() != bands {
            return self.refuse("scaling.bands", format!("statistics of {bands} bands"), statistics.len());
        }
        statistics.iter().try_for_each(|band| {
            self.within("scaling.bands.mean", band.mean, MEANS)?;
            self.within("scaling.bands.deviation", band.deviation, DEVIATIONS)
        })
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
    use attacca_models::front_end::BandStatistics;

    use super::*;

    const MEL: MelFrontEnd = MelFrontEnd {
        window_seconds: 0.046,
        bands: 80,
        minimum_hz: 27.5,
        maximum_hz: 16_000.0,
        scale: attacca_models::front_end::MelScale::Htk,
        difference: true,
        whitening: None,
        harmonic_percussive: None,
        scaling: Scaling::LINEAR,
    };

    const STATISTICS: BandStatistics = BandStatistics { mean: 0.0, deviation: 1.0 };

    #[test]
    fn names_what_is_wrong_with_a_front_end() {
        let scaling = |scaling| FrontEnd::Mel(MelFrontEnd { scaling, ..MEL });
        let whitening = |whitening| FrontEnd::Mel(MelFrontEnd { whitening: Some(whitening), ..MEL });
        let parts = |frames, bands| {
            FrontEnd::Mel(MelFrontEnd { harmonic_percussive: Some(HarmonicPercussive { frames, bands }), ..MEL })
        };
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
            (
                scaling(Scaling { bands: Some(vec![STATISTICS; 79]), ..Scaling::LINEAR }),
                "scaling.bands: expected statistics of 80 bands, found 79",
            ),
            (
                scaling(Scaling {
                    bands: Some(vec![BandStatistics { mean: f32::NAN, ..STATISTICS }; 80]),
                    ..Scaling::LINEAR
                }),
                "scaling.bands.mean: expected -1000000 to 1000000, found NaN",
            ),
            (
                whitening(Whitening { memory_seconds: 0.0, floor: 0.1 }),
                "whitening.memory_seconds: expected 0.01 to 10000, found 0",
            ),
            (
                whitening(Whitening { memory_seconds: 10.0, floor: 0.0 }),
                "whitening.floor: expected 0.000000001 to 1, found 0",
            ),
            (parts(16, 17), "harmonic_percussive.frames: expected an odd number up to 101, found 16"),
            (parts(17, 81), "harmonic_percussive.bands: expected an odd number up to 80, found 81"),
            (chroma(40, 7), "bins_per_octave: expected a multiple of 12, found 40"),
            (chroma(36, 11), "octaves: expected 1 to 10, found 11"),
        ] {
            let error = validate(3, &front_end).unwrap_err();
            assert_eq!(error.to_string(), format!("front end 3: {message}"));
        }
        assert_eq!(validate(0, &FrontEnd::Mel(MEL)), Ok(()));
    }
}
