//! The loss: cross-entropy between activations and targets, of each label alone or of classes that exclude each other.

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

/// Mean cross-entropy of the softmax of `logits` `[frame, sequence, class, 1]` with the classes `targets`
/// `[frame, sequence]` (u32), each frame counted by its weight in `weights` of the same shape.
///
/// In the form `max + ln Σ e^(z − max) − z_target`, which overflows for no logit.
///
/// # Errors
/// When the shapes do not fit each other.
pub(super) fn softmax_cross_entropy(logits: &Tensor, targets: &Tensor, weights: &Tensor) -> Result<Tensor> {
    let logits = logits.squeeze(3)?;
    let largest = logits.max_keepdim(2)?.detach();
    let shifted = logits.broadcast_sub(&largest)?;
    let normaliser = shifted.exp()?.sum(2)?.log()?;
    let chosen = shifted.gather(&targets.unsqueeze(2)?, 2)?.squeeze(2)?;
    let total = weights.sum_all()?.to_scalar::<f32>()?;
    ((normaliser - chosen)? * weights)?.sum_all()? / f64::from(total.max(1.0))
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

    /// Logits of one sequence of `frames` frames over three classes, as the loss takes them.
    fn of_classes(logits: &[[f32; 3]]) -> Tensor {
        Tensor::from_slice(logits.as_flattened(), (logits.len(), 1, 3, 1), &Device::Cpu).unwrap()
    }

    fn of_frames<T: candle_core::WithDType>(values: &[T]) -> Tensor {
        Tensor::from_slice(values, (values.len(), 1), &Device::Cpu).unwrap()
    }

    #[test]
    fn loss_of_classes_follows_its_definition() {
        let logits = [[0.5_f32, -1.0, 2.0], [0.0, 3.0, -2.0]];
        let targets = [2_u32, 0];
        let weights = [1.0_f32, 3.0];
        let frame = |logits: [f32; 3], target: u32| {
            let sum = logits.iter().map(|logit| logit.exp()).sum::<f32>();
            -(logits[target as usize].exp() / sum).ln()
        };
        let expected = (frame(logits[0], targets[0]) + 3.0 * frame(logits[1], targets[1])) / 4.0;
        let loss = softmax_cross_entropy(&of_classes(&logits), &of_frames(&targets), &of_frames(&weights)).unwrap();
        assert!((loss.to_scalar::<f32>().unwrap() - expected).abs() < 1e-6);
    }

    #[test]
    fn large_logits_of_classes_stay_finite_and_keep_their_gradient() {
        let logits = Var::from_tensor(&of_classes(&[[300.0, -300.0, 0.0]])).unwrap();
        let loss = softmax_cross_entropy(&logits, &of_frames(&[1_u32]), &of_frames(&[1.0_f32])).unwrap();
        assert_eq!(loss.to_scalar::<f32>().unwrap(), 600.0);
        let gradients = loss.backward().unwrap();
        let gradient = gradients.get(&logits).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert_eq!(gradient, [1.0, -1.0, 0.0]);
    }

    #[test]
    fn masked_frames_of_classes_do_not_count() {
        let loss = |second: [f32; 3]| {
            let logits = of_classes(&[[1.0, 2.0, 3.0], second]);
            let loss = softmax_cross_entropy(&logits, &of_frames(&[0_u32, 1]), &of_frames(&[1.0_f32, 0.0]));
            loss.unwrap().to_scalar::<f32>().unwrap()
        };
        assert_eq!(loss([0.0; 3]), loss([9.0, -9.0, 4.0]));
    }
}
