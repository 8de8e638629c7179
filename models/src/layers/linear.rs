//! The weights of a linear layer while it is built, and the batch normalisation that is folded into them.

use super::parameters::Parameters;
use crate::error::WeightsError;

/// A scale and an offset for each channel: what a batch normalisation amounts to once it is trained.
#[derive(Clone, Debug)]
pub(super) struct ChannelAffine {
    /// `[channel]`.
    pub(super) scale: Vec<f64>,
    /// `[channel]`.
    pub(super) offset: Vec<f64>,
}

impl ChannelAffine {
    /// From the tensors of a batch normalisation.
    pub(super) fn new(parameters: Parameters<'_>, epsilon: f32) -> Result<Self, WeightsError> {
        let [weight, bias, mean, variance] = [
            parameters.values("weight")?,
            parameters.values("bias")?,
            parameters.values("running_mean")?,
            parameters.values("running_var")?,
        ];
        let scale: Vec<f64> = weight
            .iter()
            .zip(variance)
            .map(|(&weight, &variance)| f64::from(weight) / (f64::from(variance) + f64::from(epsilon)).sqrt())
            .collect();
        let offset = scale
            .iter()
            .zip(bias.iter().zip(mean))
            .map(|(scale, (&bias, &mean))| f64::from(bias) - scale * f64::from(mean))
            .collect();
        Ok(Self { scale, offset })
    }
}

/// `y = W · x + b`.
#[derive(Clone, Debug)]
pub(super) struct Linear {
    /// `[output, input]`.
    pub(super) weights: Vec<f32>,
    /// `[output]`.
    pub(super) bias: Vec<f32>,
}

impl Linear {
    /// The tensors `weight` and `bias` of a layer.
    pub(super) fn new(parameters: Parameters<'_>) -> Result<Self, WeightsError> {
        Ok(Self { weights: parameters.values("weight")?.to_vec(), bias: parameters.values("bias")?.to_vec() })
    }

    /// Number of inputs.
    pub(super) fn inputs(&self) -> usize {
        self.weights.len() / self.bias.len().max(1)
    }

    /// Folds a normalisation that follows into the weights: `s · (W x + b) + o = (s W) x + (s b + o)`.
    pub(super) fn fold(&mut self, affine: &ChannelAffine) {
        let inputs = self.inputs().max(1);
        let channels = affine.scale.iter().zip(&affine.offset);
        for ((row, bias), (scale, offset)) in self.weights.chunks_exact_mut(inputs).zip(&mut self.bias).zip(channels) {
            row.iter_mut().for_each(|weight| *weight = (f64::from(*weight) * scale) as f32);
            *bias = (f64::from(*bias) * scale + offset) as f32;
        }
    }
}
