//! How a network is fitted.

use serde::{Deserialize, Serialize};

use super::Schedule;

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
    /// Steps in which the learning rate rises to its highest.
    pub warm_up_steps: usize,
    /// How it goes then.
    #[serde(default)]
    pub schedule: Schedule,
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
            schedule: Schedule::Cosine,
            weight_decay: 0.0,
            gradient_norm: 1.0,
            positive_weight: 1.0,
            class_balance: 0.0,
            warm_up_seconds: 0.0,
            patience_epochs: 10,
        }
    }
}
