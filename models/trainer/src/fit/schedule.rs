//! How the learning rate goes over a fit, after it has risen to its highest in the warm-up steps.
//!
//! It is a function of the step and of the validation losses before it, so that a checkpoint needs no state for it.

use serde::{Deserialize, Serialize};

use super::FitSettings;

/// How the learning rate goes after the warm-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Schedule {
    /// Along half a cosine to nothing at the last step (Loshchilov & Hutter, *SGDR*, ICLR 2017, without restarts).
    #[default]
    Cosine,
    /// As it is until the validation loss stays where it is.
    Plateau {
        /// What the learning rate is then multiplied with, between 0 and 1.
        factor: f64,
        /// Epochs without a lower validation loss after which that happens.
        patience_epochs: usize,
    },
}

impl FitSettings {
    /// Steps of the whole fit.
    pub fn total_steps(&self) -> usize {
        self.epochs * self.steps
    }

    /// The learning rate of a step, counted from 0 over all epochs, given the validation loss of every epoch before.
    pub fn learning_rate_at(&self, step: usize, validation_losses: impl Iterator<Item = f64>) -> f64 {
        let rise = (step + 1) as f64 / self.warm_up_steps.max(1) as f64;
        if rise < 1.0 {
            return self.learning_rate * rise;
        }
        match self.schedule {
            Schedule::Cosine => {
                let left = self.total_steps().saturating_sub(self.warm_up_steps).max(1) as f64;
                let passed = (step.saturating_sub(self.warm_up_steps) as f64 / left).min(1.0);
                self.learning_rate * 0.5 * (1.0 + (std::f64::consts::PI * passed).cos())
            }
            Schedule::Plateau { factor, patience_epochs } => {
                self.learning_rate * factor.powf(plateaus(validation_losses, patience_epochs) as f64)
            }
        }
    }
}

/// How many times so many losses in a row were no lower than the lowest before them.
fn plateaus(losses: impl Iterator<Item = f64>, patience_epochs: usize) -> usize {
    let (mut lowest, mut waited, mut plateaus) = (f64::INFINITY, 0, 0);
    for loss in losses {
        waited += 1;
        if loss < lowest {
            (lowest, waited) = (loss, 0);
        }
        if waited == patience_epochs.max(1) {
            plateaus += 1;
            waited = 0;
        }
    }
    plateaus
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::settings::tests::settings;

    #[test]
    fn learning_rate_rises_then_falls() {
        let settings = settings();
        let rates = (0..100).map(|step| settings.learning_rate_at(step, std::iter::empty())).collect::<Vec<_>>();
        assert!(rates[..20].is_sorted() && rates[20..].iter().rev().is_sorted());
        assert_eq!(rates[19], 0.5);
        assert!((rates[60] - 0.25).abs() < 1e-12, "half way down: {}", rates[60]);
        assert!(rates[99] < 0.001);
    }

    #[test]
    fn learning_rate_falls_where_the_loss_does_not() {
        let settings = FitSettings { schedule: Schedule::Plateau { factor: 0.1, patience_epochs: 2 }, ..settings() };
        let rate = |losses: &[f64]| settings.learning_rate_at(90, losses.iter().copied());
        assert_eq!(rate(&[]), 0.5);
        assert_eq!(rate(&[3.0, 2.0, 2.5]), 0.5);
        assert!((rate(&[3.0, 2.0, 2.5, 2.0]) - 0.05).abs() < 1e-12);
        assert!((rate(&[3.0, 2.0, 2.5, 2.0, 1.0, 1.5]) - 0.05).abs() < 1e-12);
        assert!((rate(&[3.0, 2.0, 2.5, 2.0, 2.1, 2.2]) - 0.005).abs() < 1e-12);
        assert_eq!(settings.learning_rate_at(9, [3.0, 4.0, 5.0].into_iter()), 0.25, "warm-up comes first");
    }

    #[test]
    fn schedules_are_read() {
        #[derive(Deserialize)]
        struct Holder {
            schedule: Schedule,
        }
        let read = |text: &str| toml::from_str::<Holder>(text).map(|holder| holder.schedule);
        assert_eq!(read("schedule = { kind = \"cosine\" }").unwrap(), Schedule::Cosine);
        let plateau = "schedule = { kind = \"plateau\", factor = 0.5, patience_epochs = 3 }";
        assert_eq!(read(plateau).unwrap(), Schedule::Plateau { factor: 0.5, patience_epochs: 3 });
        assert!(read("schedule = { kind = \"plateau\", factor = 0.5 }").is_err());
    }
}
