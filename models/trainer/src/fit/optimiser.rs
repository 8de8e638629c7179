//! AdamW (Loshchilov & Hutter, *Decoupled weight decay regularization*, ICLR 2019), with its state in plain sight so
//! that a checkpoint can hold it.

use std::collections::BTreeMap;

use attacca_models::weights;
use candle_core::{Result, Tensor};

use crate::graph::Parameters;

/// Decay of the running mean of the gradients.
const FIRST_DECAY: f64 = 0.9;
/// Decay of the running mean of their squares.
const SECOND_DECAY: f64 = 0.999;
/// Added to the root of the second mean.
const EPSILON: f64 = 1e-8;

/// Gradients, or means of them, by the parameter's name.
pub(super) type Gradients = BTreeMap<String, Vec<f32>>;

/// The optimiser's state.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Optimiser {
    /// Running means of the gradients.
    pub(super) first: Gradients,
    /// Running means of their squares.
    pub(super) second: Gradients,
}

impl Optimiser {
    /// Moves the parameters by one step, the `step`-th from 0. Only matrices decay.
    pub(super) fn update(
        &mut self,
        parameters: &Parameters,
        gradients: &Gradients,
        step: usize,
        learning_rate: f64,
        weight_decay: f64,
    ) -> Result<()> {
        let steps = (step + 1) as f64;
        let (first_bias, second_bias) = (1.0 - FIRST_DECAY.powf(steps), 1.0 - SECOND_DECAY.powf(steps));
        for (name, variable) in parameters.trainable() {
            let Some(gradient) = gradients.get(name) else { continue };
            let first = self.first.entry(name.to_owned()).or_insert_with(|| vec![0.0; gradient.len()]);
            let second = self.second.entry(name.to_owned()).or_insert_with(|| vec![0.0; gradient.len()]);
            let decay = if variable.rank() > 1 { learning_rate * weight_decay } else { 0.0 };
            let mut values = variable.flatten_all()?.to_vec1::<f32>()?;
            for (((value, &gradient), first), second) in values.iter_mut().zip(gradient).zip(first).zip(second) {
                *first = FIRST_DECAY as f32 * *first + (1.0 - FIRST_DECAY) as f32 * gradient;
                *second = SECOND_DECAY as f32 * *second + (1.0 - SECOND_DECAY) as f32 * gradient * gradient;
                let direction =
                    (f64::from(*first) / first_bias) / ((f64::from(*second) / second_bias).sqrt() + EPSILON);
                *value = (f64::from(*value) * (1.0 - decay) - learning_rate * direction) as f32;
            }
            variable.set(&Tensor::from_vec(values, variable.dims(), variable.device())?)?;
        }
        Ok(())
    }
}

/// Scales gradients down to `largest` where their norm, all taken together, is above it. Returns the norm before.
pub(super) fn clip(gradients: &mut Gradients, largest: f64) -> f64 {
    let squares = gradients.values().flatten().map(|&value| f64::from(value) * f64::from(value));
    let norm = squares.sum::<f64>().sqrt();
    if norm > largest {
        let scale = (largest / norm) as f32;
        gradients.values_mut().flatten().for_each(|value| *value *= scale);
    }
    norm
}

/// A state as tensors for a file.
pub(super) fn to_tensors(state: &Gradients) -> BTreeMap<String, weights::Tensor> {
    let tensor = |values: &Vec<f32>| weights::Tensor { shape: vec![values.len()], values: values.clone() };
    state.iter().map(|(name, values)| (name.clone(), tensor(values))).collect()
}

/// The state that [`to_tensors`] wrote.
pub(super) fn from_tensors(tensors: BTreeMap<String, weights::Tensor>) -> Gradients {
    tensors.into_iter().map(|(name, tensor)| (name, tensor.values)).collect()
}

#[cfg(test)]
mod tests {
    use attacca_models::{LayerSpec, Shape};

    use super::*;
    use crate::graph::Graph;

    #[test]
    fn first_step_is_the_learning_rate_in_the_gradients_direction() {
        let graph = Graph::new(&[LayerSpec::Dense { outputs: 2, context_frames: 1 }], Shape::new(1, 3), 1).unwrap();
        let before = graph.parameters().to_tensors().unwrap();
        let gradients = Gradients::from([
            ("0.weight".to_owned(), vec![0.1, -2.0, 30.0, -0.4, 5.0, -6.0]),
            ("0.bias".to_owned(), vec![0.0, 1.0]),
        ]);
        Optimiser::default().update(graph.parameters(), &gradients, 0, 0.01, 0.5).unwrap();
        let after = graph.parameters().to_tensors().unwrap();
        for (index, gradient) in gradients["0.weight"].iter().enumerate() {
            let expected = before["0.weight"].values[index] * (1.0 - 0.01 * 0.5) - 0.01 * gradient.signum();
            assert!((after["0.weight"].values[index] - expected).abs() < 1e-6);
        }
        // A gradient of zero moves nothing, and biases do not decay.
        assert_eq!(after["0.bias"].values[0], before["0.bias"].values[0]);
    }

    #[test]
    fn clipping_keeps_the_direction() {
        let mut gradients = Gradients::from([("a".to_owned(), vec![3.0, 0.0]), ("b".to_owned(), vec![-4.0])]);
        assert_eq!(clip(&mut gradients, 1.0), 5.0);
        assert_eq!(gradients["a"], [0.6, 0.0]);
        assert_eq!(gradients["b"], [-0.8]);
        assert!((clip(&mut gradients, 1.1) - 1.0).abs() < 1e-6);
        assert_eq!(gradients["b"], [-0.8]);
    }
}
