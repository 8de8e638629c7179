//! The mean and deviation of what a network hears, measured on its training data.

use attacca_engine::features::{FeatureError, FrameShaper};
use attacca_models::{
    FrontEnd,
    front_end::{BandStatistics, Scaling},
};

use super::corpus::Excerpt;

/// Sums over the values of one or more bands.
#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    count: u64,
    sum: f64,
    sum_of_squares: f64,
}

impl Moments {
    fn add(&mut self, value: f32) {
        let value = f64::from(value);
        self.count += 1;
        self.sum += value;
        self.sum_of_squares += value * value;
    }

    fn joined(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            sum: self.sum + other.sum,
            sum_of_squares: self.sum_of_squares + other.sum_of_squares,
        }
    }

    fn statistics(self) -> BandStatistics {
        let count = self.count.max(1) as f64;
        let mean = self.sum / count;
        let deviation = (self.sum_of_squares / count - mean * mean).max(0.0).sqrt();
        // A band that never changes, up to rounding, has no deviation to divide by.
        let deviation = if deviation > 1e-6 { deviation } else { 1.0 };
        BandStatistics { mean: mean as f32, deviation: deviation as f32 }
    }
}

/// The front end with the mean and deviation of the magnitudes that the excerpts have once they are whitened and
/// compressed; with those of each band where it asks for them.
///
/// # Errors
/// For a front end that cannot be computed.
pub(super) fn standardised(front_end: &FrontEnd, excerpts: &[Excerpt]) -> Result<FrontEnd, FeatureError> {
    let mut standardised = front_end.clone();
    *standardised.scaling_mut() = Scaling::logarithmic(front_end.scaling().log_gain);
    let mut shaper = FrameShaper::new(&standardised)?;
    let bands = front_end.shape().bands;
    let mut moments = vec![Moments::default(); bands];
    for excerpt in excerpts {
        shaper.reset();
        for magnitudes in excerpt.magnitudes.chunks_exact(bands) {
            for (moments, &level) in moments.iter_mut().zip(shaper.shape(magnitudes)) {
                moments.add(level);
            }
        }
    }
    let BandStatistics { mean, deviation } =
        moments.iter().copied().fold(Moments::default(), Moments::joined).statistics();
    let of_bands = moments.into_iter().map(Moments::statistics);
    let scaling = standardised.scaling_mut();
    scaling.mean = mean;
    scaling.deviation = deviation;
    scaling.bands = front_end.scaling().bands.as_ref().map(|_| of_bands.collect());
    Ok(standardised)
}

#[cfg(test)]
mod tests {
    use attacca_models::front_end::StftFrontEnd;

    use super::*;
    use crate::fit::targets::{FramedLabels, Targets};

    /// Statistics of the bands {1, 1, 1, 5} and {2, 2, 2, 2}, which come in two excerpts.
    fn scaling(bands: Option<Vec<BandStatistics>>) -> Scaling {
        let excerpt = |magnitudes: Vec<f32>| {
            let frames = magnitudes.len() / 2;
            let targets = Targets::Independent(vec![0.0; frames]);
            let labels = FramedLabels { targets, weights: vec![1.0; frames], events: vec![Vec::new()] };
            Excerpt { source: "test".to_owned(), magnitudes, labels }
        };
        let scaling = Scaling { mean: 9.0, deviation: 9.0, bands, ..Scaling::LINEAR };
        let front_end = FrontEnd::Stft(StftFrontEnd { window_seconds: 0.02, bins: 2, scaling });
        let excerpts = [excerpt(vec![1.0, 2.0, 1.0, 2.0, 1.0, 2.0]), excerpt(vec![5.0, 2.0])];
        standardised(&front_end, &excerpts).unwrap().scaling().clone()
    }

    #[test]
    fn all_bands_share_one_mean_and_deviation() {
        assert_eq!(scaling(None), Scaling { mean: 2.0, deviation: 1.5_f32.sqrt(), ..Scaling::LINEAR });
    }

    #[test]
    fn each_band_has_its_own_where_asked_for() {
        let [first, second] =
            [(2.0, 3.0_f32.sqrt()), (2.0, 1.0)].map(|(mean, deviation)| BandStatistics { mean, deviation });
        assert_eq!(scaling(Some(Vec::new())).bands, Some(vec![first, second]));
    }
}
