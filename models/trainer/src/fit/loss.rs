//! The loss: binary cross-entropy between activations and targets.

use candle_core::{Result, Tensor};

/// Mean cross-entropy of `logits` with `targets` from 0 to 1, each frame counted by its weight.
///
/// In the form `max(z, 0) − z·y + ln(1 + e^−|z|)`, which overflows for no logit. All three tensors have one shape.
///
/// # Errors
/// When they have not.
pub(super) fn binary_cross_entropy(logits: &Tensor, targets: &Tensor, weights: &Tensor) -> Result<Tensor> {
    let softened = (logits.abs()?.neg()?.exp()? + 1.0)?.log()?;
    let loss = ((logits.relu()? - (logits * targets)?)? + softened)?;
    let total = weights.sum_all()?.to_scalar::<f32>()?;
    (loss * weights)?.sum_all()? / f64::from(total.max(1.0))
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;

    fn tensor(values: &[f32]) -> Tensor {
        Tensor::from_slice(values, values.len(), &Device::Cpu).unwrap()
    }

    #[test]
    fn loss_follows_its_definition() {
        let (logits, targets) = ([-3.0_f32, -0.5, 0.0, 2.0], [0.0_f32, 0.5, 1.0, 1.0]);
        for (&logit, &target) in logits.iter().zip(&targets) {
            let p = 1.0 / (1.0 + (-logit).exp());
            let expected = -(target * p.ln() + (1.0 - target) * (1.0 - p).ln());
            let loss = binary_cross_entropy(&tensor(&[logit]), &tensor(&[target]), &tensor(&[1.0])).unwrap();
            assert!((loss.to_scalar::<f32>().unwrap() - expected).abs() < 1e-6);
        }
    }

    #[test]
    fn large_logits_stay_finite_and_keep_their_gradient() {
        let logits = Var::from_tensor(&tensor(&[200.0, -200.0, 200.0, -200.0])).unwrap();
        let loss = binary_cross_entropy(&logits, &tensor(&[0.0, 1.0, 1.0, 0.0]), &tensor(&[1.0; 4])).unwrap();
        assert_eq!(loss.to_scalar::<f32>().unwrap(), 100.0);
        let gradients = loss.backward().unwrap();
        assert_eq!(gradients.get(&logits).unwrap().to_vec1::<f32>().unwrap(), [0.25, -0.25, 0.0, 0.0]);
    }

    #[test]
    fn masked_frames_do_not_count() {
        let loss = |logits: &[f32]| {
            binary_cross_entropy(&tensor(logits), &tensor(&[0.0, 1.0]), &tensor(&[1.0, 0.0]))
                .unwrap()
                .to_scalar::<f32>()
                .unwrap()
        };
        assert_eq!(loss(&[0.3, 5.0]), loss(&[0.3, -5.0]));
    }
}
