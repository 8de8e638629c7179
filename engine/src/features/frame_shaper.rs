//! From the magnitudes of bands to a network's input: everything in a front end that is not a transform.
//!
//! Built on the main thread, then owned by the audio thread; no latency; nothing allocates. In this order: whitening,
//! harmonic and percussive parts, compression, difference, standardisation. The trainer varies magnitudes that it has
//! kept and shapes them with this same type, so that a network is fitted to exactly what it will hear.

use attacca_models::FrontEnd;
use pulp::{Arch, NullaryFnOnce};

use super::{
    FeatureError, compression::Compression, harmonic_percussive::MedianSplit, validation::validate,
    whitening::PeakFollower,
};

/// Makes frames of a front end from the magnitudes of its bands, one after the other.
#[derive(Clone, Debug)]
pub struct FrameShaper {
    /// Whitened magnitudes, `[band]`.
    magnitudes: Vec<f32>,
    whitening: Option<PeakFollower>,
    parts: Option<MedianSplit>,
    compression: Compression,
    /// The compressed magnitudes of the frame before, `[band]`, where a difference is asked for.
    before: Option<Vec<f32>>,
    /// `[channel, band]`.
    frame: Vec<f32>,
    arch: Arch,
}

/// A frame in the making, with the instructions that the processor has.
struct Shaping<'a> {
    shaper: &'a mut FrameShaper,
}

impl NullaryFnOnce for Shaping<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.shaper.shape_own_magnitudes();
    }
}

impl FrameShaper {
    /// A shaper for the frames of `front_end`.
    ///
    /// # Errors
    /// [`FeatureError`], with index 0, for a front end that cannot be computed.
    pub fn new(front_end: &FrontEnd) -> Result<Self, FeatureError> {
        validate(0, front_end)?;
        Ok(Self::of_valid(front_end))
    }

    /// A shaper for a front end that was validated.
    pub(super) fn of_valid(front_end: &FrontEnd) -> Self {
        let shape = front_end.shape();
        let bands = shape.bands;
        let (whitening, parts, difference) = match front_end {
            FrontEnd::Mel(mel) => (mel.whitening, mel.harmonic_percussive, mel.difference),
            FrontEnd::Stft(_) | FrontEnd::ConstantQ(_) | FrontEnd::Chroma(_) => (None, None, false),
        };
        Self {
            magnitudes: vec![0.0; bands],
            whitening: whitening.map(|whitening| PeakFollower::new(whitening, bands)),
            parts: parts.map(|sizes| MedianSplit::new(sizes, bands)),
            compression: Compression::new(front_end.scaling(), bands),
            before: difference.then(|| vec![0.0; bands]),
            frame: vec![0.0; shape.len()],
            arch: Arch::new(),
        }
    }

    /// Makes the frame of the next `magnitudes` `[band]` (each 0 or more; a full-scale sine is 1) and returns it as
    /// [`FrameShaper::frame`] does. Missing bands are silent, further ones are ignored.
    pub fn shape(&mut self, magnitudes: &[f32]) -> &[f32] {
        self.magnitudes.fill(0.0);
        self.magnitudes.iter_mut().zip(magnitudes).for_each(|(own, magnitude)| *own = *magnitude);
        self.arch.dispatch(Shaping { shaper: self });
        &self.frame
    }

    #[inline(always)]
    fn shape_own_magnitudes(&mut self) {
        if let Some(whitening) = &mut self.whitening {
            whitening.whiten(&mut self.magnitudes);
        }
        let bands = self.magnitudes.len();
        let (levels, mut rest) = self.frame.split_at_mut(bands);
        levels.copy_from_slice(&self.magnitudes);
        self.compression.compress(levels);
        if let Some(before) = &mut self.before {
            let (difference, behind) = rest.split_at_mut(bands);
            self.compression.difference(levels, before, difference);
            rest = behind;
        }
        self.compression.standardise(levels);
        if let Some(parts) = &mut self.parts {
            let (harmonic, percussive) = rest.split_at_mut(bands);
            parts.split(&self.magnitudes, harmonic, percussive);
            self.compression.apply(harmonic);
            self.compression.apply(percussive);
        }
    }

    /// The newest frame, `[channel, band]` as [`FrontEnd::shape`] says; zeros before the first.
    pub fn frame(&self) -> &[f32] {
        &self.frame
    }

    /// How many frames before a frame it depends on: those of the longest memory, which for whitening counts until it
    /// has decayed by 20 dB.
    pub fn memory_frames(&self) -> usize {
        let whitening = self.whitening.as_ref().map_or(0, PeakFollower::memory_frames);
        let parts = self.parts.as_ref().map_or(0, |parts| parts.frames() - 1);
        whitening.max(parts).max(usize::from(self.before.is_some()))
    }

    /// Back to before the first frame; keeps every buffer.
    pub fn reset(&mut self) {
        if let Some(whitening) = &mut self.whitening {
            whitening.reset();
        }
        if let Some(parts) = &mut self.parts {
            parts.reset();
        }
        if let Some(before) = &mut self.before {
            before.fill(0.0);
        }
        self.frame.fill(0.0);
    }
}

#[cfg(test)]
mod tests {
    use attacca_models::front_end::{HarmonicPercussive, MelFrontEnd, MelScale, Scaling, Whitening};

    use super::*;

    fn front_end() -> FrontEnd {
        FrontEnd::Mel(MelFrontEnd {
            window_seconds: 0.02,
            bands: 3,
            minimum_hz: 30.0,
            maximum_hz: 8_000.0,
            scale: MelScale::Htk,
            difference: true,
            whitening: Some(Whitening { memory_seconds: 1.0, floor: 0.01 }),
            harmonic_percussive: Some(HarmonicPercussive { frames: 3, bands: 3 }),
            scaling: Scaling { mean: 0.5, deviation: 2.0, ..Scaling::logarithmic(9.0) },
        })
    }

    #[test]
    fn whitened_levels_differences_and_parts_are_compressed_and_standardised() {
        let mut shaper = FrameShaper::new(&front_end()).unwrap();
        shaper.shape(&[0.2, 0.1, 0.0]);
        let frame = shaper.shape(&[0.2, 0.2, 0.001]);
        // Whitened, the two frames are (1, 1, 0) and (1, 1, 0.1), of which the medians over time are (1, 1, 0) and those
        // over bands (1, 1, 0.1): half of the first two bands is harmonic, and none of the third.
        let (one, half, tenth) = (10.0_f32.ln(), 5.5_f32.ln(), 1.9_f32.ln());
        let standardised = |value: f32| (value - 0.5) / 2.0;
        let levels = [one, one, tenth].map(standardised);
        let difference = [0.0, 0.0, tenth / 2.0];
        let harmonic = [half, half, 0.0].map(standardised);
        let percussive = [half, half, tenth].map(standardised);
        let expected = [levels, difference, harmonic, percussive].concat();
        for (index, (&value, expected)) in frame.iter().zip(expected).enumerate() {
            // Single precision over a few operations.
            assert!((value - expected).abs() < 1e-5, "value {index}: {value}, not {expected}");
        }
    }

    #[test]
    fn a_reset_forgets_everything() {
        let frames = [[0.2, 0.1, 0.0], [0.0, 0.4, 0.1], [0.3, 0.0, 0.001]];
        let mut shaper = FrameShaper::new(&front_end()).unwrap();
        let mut listen = || {
            let heard = frames.map(|frame| shaper.shape(&frame).to_vec());
            shaper.reset();
            assert_eq!(shaper.frame(), [0.0; 12]);
            heard
        };
        assert_eq!(listen(), listen());
    }

    #[test]
    fn the_longest_memory_counts() {
        let mut front_end = front_end();
        let mut memory = |change: fn(&mut MelFrontEnd)| {
            let FrontEnd::Mel(mel) = &mut front_end else { panic!("the front end is mel") };
            change(mel);
            FrameShaper::new(&front_end).unwrap().memory_frames()
        };
        assert_eq!(memory(|_| {}), 100);
        assert_eq!(memory(|mel| mel.whitening = None), 2);
        assert_eq!(memory(|mel| mel.harmonic_percussive = None), 1);
        assert_eq!(memory(|mel| mel.difference = false), 0);
    }

    #[test]
    fn missing_bands_are_silent_and_further_ones_are_ignored() {
        let shaped = |magnitudes: &[f32]| FrameShaper::new(&front_end()).unwrap().shape(magnitudes).to_vec();
        assert_eq!(shaped(&[0.2]), shaped(&[0.2, 0.0, 0.0, 0.7]));
    }

    #[test]
    fn a_front_end_that_cannot_be_computed_is_refused() {
        let mut flat = front_end();
        flat.scaling_mut().deviation = 0.0;
        assert_eq!(FrameShaper::new(&flat).unwrap_err().field, "scaling.deviation");
    }
}
