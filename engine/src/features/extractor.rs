//! One front end: what it takes from the shared transforms, and the frame it makes of that.

use attacca_models::front_end::{ChromaFrontEnd, ConstantQFrontEnd, FrontEnd, MelFrontEnd, StftFrontEnd};

use super::{
    chroma::ChromaFold,
    compression::Compression,
    constant_q::ConstantQBins,
    mel::MelFilterbank,
    transforms::{ConstantQId, SpectrumId, Transforms},
};

/// Makes the frames of one front end. Audio thread once built.
#[derive(Debug)]
pub(super) struct Extractor {
    front_end: FrontEnd,
    source: Source,
    compression: Compression,
    frame: Vec<f32>,
}

#[derive(Debug)]
enum Source {
    Stft { spectrum: SpectrumId },
    Mel { spectrum: SpectrumId, filterbank: MelFilterbank, before: Vec<f32> },
    ConstantQ { constant_q: ConstantQId },
    Chroma { constant_q: ConstantQId, fold: ChromaFold },
}

impl Extractor {
    /// An extractor for a front end that was validated; its transforms are added to the shared ones.
    pub(super) fn new(front_end: &FrontEnd, transforms: &mut Transforms) -> Self {
        let (source, scaling) = match front_end {
            FrontEnd::Stft(StftFrontEnd { window_seconds, scaling, .. }) => {
                (Source::Stft { spectrum: transforms.request_spectrum(*window_seconds) }, *scaling)
            }
            FrontEnd::Mel(mel) => (Source::mel(mel, transforms), mel.scaling),
            &FrontEnd::ConstantQ(ConstantQFrontEnd { minimum_hz, bins_per_octave, octaves, scaling }) => {
                let bins = ConstantQBins { minimum_hz, bins_per_octave, octaves };
                (Source::ConstantQ { constant_q: transforms.request_constant_q(bins) }, scaling)
            }
            &FrontEnd::Chroma(ChromaFrontEnd { minimum_hz, bins_per_octave, octaves, scaling }) => {
                let bins = ConstantQBins { minimum_hz, bins_per_octave, octaves };
                let constant_q = transforms.request_constant_q(bins);
                (Source::Chroma { constant_q, fold: ChromaFold::new(minimum_hz, bins_per_octave) }, scaling)
            }
        };
        Self {
            front_end: front_end.clone(),
            source,
            compression: Compression::new(scaling),
            frame: vec![0.0; front_end.shape().len()],
        }
    }

    pub(super) fn front_end(&self) -> &FrontEnd {
        &self.front_end
    }

    /// The newest frame, `[channel, band]` as [`FrontEnd::shape`] says.
    pub(super) fn frame(&self) -> &[f32] {
        &self.frame
    }

    /// Analysis samples between what a frame tells of and the end of its hop.
    pub(super) fn latency_samples(&self, transforms: &Transforms) -> f64 {
        match &self.source {
            Source::Stft { spectrum } | Source::Mel { spectrum, .. } => {
                transforms.spectrum(*spectrum).length() as f64 / 2.0
            }
            Source::ConstantQ { constant_q } | Source::Chroma { constant_q, .. } => {
                transforms.constant_q(*constant_q).latency_samples()
            }
        }
    }

    /// Makes the frame of the hop for which the transforms were computed.
    pub(super) fn update(&mut self, transforms: &Transforms) {
        match &mut self.source {
            Source::Stft { spectrum } => {
                // Bins above the Nyquist frequency are silent.
                self.frame.fill(0.0);
                for (value, magnitude) in self.frame.iter_mut().zip(transforms.spectrum(*spectrum).magnitudes()) {
                    *value = *magnitude;
                }
                self.compression.apply(&mut self.frame);
            }
            Source::Mel { spectrum, filterbank, before } => {
                let (bands, difference) = self.frame.split_at_mut(filterbank.bands());
                filterbank.apply(transforms.spectrum(*spectrum).magnitudes(), bands);
                self.compression.compress(bands);
                self.compression.difference(bands, before, difference);
                self.compression.standardise(bands);
            }
            Source::ConstantQ { constant_q } => {
                for (value, magnitude) in self.frame.iter_mut().zip(transforms.constant_q(*constant_q).magnitudes()) {
                    *value = *magnitude;
                }
                self.compression.apply(&mut self.frame);
            }
            Source::Chroma { constant_q, fold } => {
                fold.apply(transforms.constant_q(*constant_q).magnitudes(), &mut self.frame);
                self.compression.apply(&mut self.frame);
            }
        }
    }

    /// Back to before the first hop.
    pub(super) fn reset(&mut self) {
        self.frame.fill(0.0);
        if let Source::Mel { before, .. } = &mut self.source {
            before.fill(0.0);
        }
    }
}

impl Source {
    fn mel(mel: &MelFrontEnd, transforms: &mut Transforms) -> Self {
        let spectrum = transforms.request_spectrum(mel.window_seconds);
        let window_samples = transforms.spectrum(spectrum).length();
        let filterbank = MelFilterbank::new(mel, window_samples, transforms.rate().hz());
        Self::Mel { spectrum, filterbank, before: vec![0.0; mel.bands] }
    }
}
