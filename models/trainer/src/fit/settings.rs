//! How a network is fitted.

use serde::{Deserialize, Serialize};

/// How a network is fitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FitSettings {
    /// What initial parameters, crops and augmentation follow from.
    pub seed: u64,
    /// Most epochs.
    pub epochs: usize,
    /// Steps of an epoch, after which the network is validated and a checkpoint is written.
    pub steps: usize,
    /// Crops of a step.
    pub sequences: usize,
    /// Length of a crop in seconds. The network starts each from a fresh state.
    pub crop_seconds: f64,
    /// Threads that share the crops of a step. Part of the recipe since sums of gradients depend on it, and batch
    /// norms see the crops of one thread.
    pub threads: usize,
    /// Highest learning rate.
    pub learning_rate: f64,
    /// Steps in which the learning rate rises to its highest; it then falls along half a cosine to nothing.
    pub warm_up_steps: usize,
    /// Decay of the matrices, relative to the learning rate.
    pub weight_decay: f64,
    /// Largest norm of all gradients together.
    pub gradient_norm: f64,
    /// Weight in the loss of a frame whose target is 1, relative to one whose target is 0.
    pub positive_weight: f32,
    /// For classes that exclude each other, how far rare ones are made up for: a frame of a class weighs its frequency
    /// to the power of minus this; 0 for all frames alike, 1 for all classes alike.
    #[serde(default)]
    pub class_balance: f64,
    /// Seconds at the start of each crop that do not count, for a network that must have heard something first.
    #[serde(default)]
    pub warm_up_seconds: f64,
    /// Epochs without a lower validation loss after which the fit ends.
    pub patience_epochs: usize,
}

impl FitSettings {
    /// Steps of the whole fit.
    pub fn total_steps(&self) -> usize {
        self.epochs * self.steps
    }

    /// The learning rate of a step, counted from 0 over all epochs.
    pub fn learning_rate_at(&self, step: usize) -> f64 {
        let rise = (step + 1) as f64 / self.warm_up_steps.max(1) as f64;
        if rise < 1.0 {
            return self.learning_rate * rise;
        }
        let left = self.total_steps().saturating_sub(self.warm_up_steps).max(1) as f64;
        let passed = (step.saturating_sub(self.warm_up_steps) as f64 / left).min(1.0);
        self.learning_rate * 0.5 * (1.0 + (std::f64::consts::PI * passed).cos())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn settings() -> FitSettings {
        FitSettings {
            seed: 1,
            epochs: 10,
            steps: 10,
            sequences: 4,
            crop_seconds: 1.0,
            threads: 2,
            learning_rate: 0.5,
            warm_up_steps: 20,
            weight_decay: 0.0,
            gradient_norm: 1.0,
            positive_weight: 1.0,
            class_balance: 0.0,
            warm_up_seconds: 0.0,
            patience_epochs: 10,
        }
    }

    #[test]
    fn learning_rate_rises_then_falls() {
        let settings = settings();
        let rates = (0..100).map(|step| settings.learning_rate_at(step)).collect::<Vec<_>>();
        assert!(rates[..20].is_sorted() && rates[20..].iter().rev().is_sorted());
        assert_eq!(rates[19], 0.5);
        assert!((rates[60] - 0.25).abs() < 1e-12, "half way down: {}", rates[60]);
        assert!(rates[99] < 0.001);
    }
}
