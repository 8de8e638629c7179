//! Platt scaling: confidences that mean what they say.
//!
//! J. Platt, *Probabilistic outputs for support vector machines* (1999): the probability that an event is right is
//! `1 / (1 + exp(−(slope · x + offset)))` of its raw log-odds `x`; the two coefficients maximise the likelihood of the
//! hits and misses seen on validation data.

/// The coefficients.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calibration {
    /// Factor of the raw log-odds.
    pub slope: f64,
    /// Added to it.
    pub offset: f64,
}

impl Calibration {
    /// The probability of a raw log-odds.
    pub fn probability(self, log_odds: f64) -> f64 {
        1.0 / (1.0 + (-(self.slope * log_odds + self.offset)).exp())
    }
}

/// Keeps the coefficients finite where hits and misses can be told apart perfectly: the weight of a Gaussian prior
/// around `slope = 1, offset = 0`, in observations.
const PRIOR_WEIGHT: f64 = 1.0;

/// The smallest slope: what is more probable is never called less sure, though a few contrary outcomes may say so.
const SMALLEST_SLOPE: f64 = 0.01;

/// Newton steps; the problem is convex in two unknowns and settles in fewer than ten.
const STEPS: usize = 50;

/// Fits the coefficients to `(raw log-odds, whether the event was right)`.
pub fn fit(observations: &[(f64, bool)]) -> Calibration {
    let (mut slope, mut offset) = (1.0_f64, 0.0_f64);
    for _ in 0..STEPS {
        let mut gradient = [PRIOR_WEIGHT * (1.0 - slope), -PRIOR_WEIGHT * offset];
        let (mut ss, mut so, mut oo) = (PRIOR_WEIGHT, 0.0, PRIOR_WEIGHT);
        for &(x, hit) in observations {
            let p = Calibration { slope, offset }.probability(x);
            let error = f64::from(u8::from(hit)) - p;
            let curvature = p * (1.0 - p);
            gradient[0] += error * x;
            gradient[1] += error;
            ss += curvature * x * x;
            so += curvature * x;
            oo += curvature;
        }
        let determinant = ss * oo - so * so;
        let step =
            [(oo * gradient[0] - so * gradient[1]) / determinant, (ss * gradient[1] - so * gradient[0]) / determinant];
        // Full steps overshoot from a bad start.
        let length = step[0].hypot(step[1]);
        let scale = if length > 1.0 { 1.0 / length } else { 1.0 };
        slope += scale * step[0];
        offset += scale * step[1];
        if length < 1e-9 {
            break;
        }
    }
    if slope >= SMALLEST_SLOPE {
        return Calibration { slope, offset };
    }
    let hits = observations.iter().filter(|(_, hit)| *hit).count() as f64;
    let misses = observations.len() as f64 - hits;
    Calibration { slope: SMALLEST_SLOPE, offset: ((hits + 0.5) / (misses + 0.5)).ln() }
}

/// Mean absolute difference between confidence and hit rate over ten bins of confidence, weighted by their sizes (the
/// expected calibration error).
pub fn expected_error(confidences: &[(f64, bool)]) -> f64 {
    let mut bins = [(0.0, 0.0, 0.0); 10];
    for &(confidence, hit) in confidences {
        let bin = &mut bins[((confidence * 10.0) as usize).min(9)];
        bin.0 += 1.0;
        bin.1 += confidence;
        bin.2 += f64::from(u8::from(hit));
    }
    let differences: f64 = bins.iter().map(|(_, confidence, hits)| (confidence - hits).abs()).sum();
    differences / (confidences.len() as f64).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hits and misses as often as a logistic with the given coefficients has them.
    fn observations(slope: f64, offset: f64) -> Vec<(f64, bool)> {
        let mut observations = Vec::new();
        for step in -40..=40 {
            let x = f64::from(step) / 10.0;
            let p = Calibration { slope, offset }.probability(x);
            let hits = (p * 1000.0).round() as usize;
            observations.extend((0..1000).map(|index| (x, index < hits)));
        }
        observations
    }

    #[test]
    fn known_coefficients_are_found_again() {
        for (slope, offset) in [(1.0, 0.0), (0.4, 1.5), (2.0, -1.0)] {
            let found = fit(&observations(slope, offset));
            // Hits are rounded to a thousandth.
            assert!((found.slope - slope).abs() < 0.01 && (found.offset - offset).abs() < 0.01, "{found:?}");
        }
    }

    #[test]
    fn perfectly_separated_outcomes_stay_finite() {
        let found = fit(&[(-2.0, false), (-1.0, false), (1.0, true), (2.0, true)]);
        assert!(found.slope.is_finite() && found.slope < 100.0, "{found:?}");
    }

    #[test]
    fn contrary_outcomes_leave_the_share_of_hits_and_the_order() {
        let found = fit(&[(1.0, true), (2.0, true), (8.0, false), (9.0, false), (9.0, false), (10.0, false)]);
        assert_eq!(found.slope, SMALLEST_SLOPE);
        // Two hits of six, each count half up, at most 0.1 of log-odds away.
        assert!((found.probability(5.0) - 2.5 / 7.0).abs() < 0.02, "{found:?}");
    }

    #[test]
    fn honest_confidences_have_no_error_and_boasts_do() {
        let honest: Vec<_> = (0..100).map(|index| (0.75, index % 4 != 0)).collect();
        assert!(expected_error(&honest) < 1e-12);
        let boast: Vec<_> = (0..100).map(|index| (0.95, index % 2 == 0)).collect();
        assert!((expected_error(&boast) - 0.45).abs() < 1e-12);
    }
}
