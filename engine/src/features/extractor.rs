//! One front end: what it takes from the shared transforms, and the frame it makes of that.

use std::sync::Arc;

use attacca_models::{
    front_end::{ChromaFrontEnd, ConstantQFrontEnd, FrontEnd, MelFrontEnd, StftFrontEnd},
    network::UnitCost,
};

use super::{
    chroma::ChromaFold,
    constant_q::ConstantQBins,
    frame_shaper::FrameShaper,
    mel::MelFilterbank,
    transforms::{ConstantQId, SpectrumId, TransformId, Transforms},
};

/// Operations for each band that is compressed and standardised, a logarithm among them.
const FLOPS_PER_BAND: u64 = 80;

/// How much slower than others the operations of a filterbank are, whose bands are short.
const FILTERBANK_SLOWNESS: u64 = 9;

/// Makes the frames of one front end. Audio thread once built.
#[derive(Debug)]
pub(super) struct Extractor {
    front_end: FrontEnd,
    source: Source,
    shaper: FrameShaper,
}

#[derive(Debug)]
enum Source {
    Stft { spectrum: SpectrumId },
    Mel { spectrum: SpectrumId, filterbank: Arc<MelFilterbank>, bands: Vec<f32> },
    ConstantQ { constant_q: ConstantQId },
    Chroma { constant_q: ConstantQId, fold: ChromaFold, pitch_classes: Vec<f32> },
}

impl Extractor {
    /// An extractor for a front end that was validated; its transforms are added to the shared ones.
    pub(super) fn new(front_end: &FrontEnd, transforms: &mut Transforms) -> Self {
        let source = match front_end {
            FrontEnd::Stft(StftFrontEnd { window_seconds, .. }) => {
                Source::Stft { spectrum: transforms.request_spectrum(*window_seconds) }
            }
            FrontEnd::Mel(mel) => Source::mel(mel, transforms),
            &FrontEnd::ConstantQ(ConstantQFrontEnd { minimum_hz, bins_per_octave, octaves, .. }) => {
                let bins = ConstantQBins { minimum_hz, bins_per_octave, octaves };
                Source::ConstantQ { constant_q: transforms.request_constant_q(bins) }
            }
            &FrontEnd::Chroma(ChromaFrontEnd { minimum_hz, bins_per_octave, octaves, .. }) => {
                let bins = ConstantQBins { minimum_hz, bins_per_octave, octaves };
                let constant_q = transforms.request_constant_q(bins);
                let fold = ChromaFold::new(minimum_hz, bins_per_octave);
                Source::Chroma { constant_q, fold, pitch_classes: vec![0.0; front_end.shape().bands] }
            }
        };
        Self { front_end: front_end.clone(), source, shaper: FrameShaper::of_valid(front_end) }
    }

    /// The transform that it is made of.
    pub(super) fn transform(&self) -> TransformId {
        match &self.source {
            Source::Stft { spectrum } | Source::Mel { spectrum, .. } => TransformId::Spectrum(*spectrum),
            Source::ConstantQ { constant_q } | Source::Chroma { constant_q, .. } => TransformId::ConstantQ(*constant_q),
        }
    }

    /// What making a frame of its transform costs.
    pub(super) fn cost(&self) -> UnitCost {
        let filterbank = match &self.source {
            Source::Mel { filterbank, .. } => 2 * filterbank.weights() as u64,
            Source::Stft { .. } | Source::ConstantQ { .. } | Source::Chroma { .. } => 0,
        };
        let shaped = FLOPS_PER_BAND * self.front_end.shape().bands as u64;
        UnitCost { flops: FILTERBANK_SLOWNESS * filterbank + shaped, weight_bytes: 0 }
    }

    /// The newest frame, `[channel, band]` as [`FrontEnd::shape`] says.
    pub(super) fn frame(&self) -> &[f32] {
        self.shaper.frame()
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
        let magnitudes = match &mut self.source {
            // Bins above the Nyquist frequency are missing, and so silent.
            Source::Stft { spectrum } => transforms.spectrum(*spectrum).magnitudes(),
            Source::Mel { spectrum, filterbank, bands } => {
                filterbank.apply(transforms.spectrum(*spectrum).magnitudes(), bands);
                bands
            }
            Source::ConstantQ { constant_q } => transforms.constant_q(*constant_q).magnitudes(),
            Source::Chroma { constant_q, fold, pitch_classes } => {
                fold.apply(transforms.constant_q(*constant_q).magnitudes(), pitch_classes);
                pitch_classes
            }
        };
        self.shaper.shape(magnitudes);
    }

    /// Back to before the first hop.
    pub(super) fn reset(&mut self) {
        self.shaper.reset();
    }
}

impl Source {
    fn mel(mel: &MelFrontEnd, transforms: &mut Transforms) -> Self {
        let spectrum = transforms.request_spectrum(mel.window_seconds);
        let window_samples = transforms.spectrum(spectrum).length();
        let filterbank = MelFilterbank::shared(mel, window_samples, transforms.rate().hz());
        Self::Mel { spectrum, filterbank, bands: vec![0.0; mel.bands] }
    }
}
