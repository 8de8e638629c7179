//! The mean and deviation of what a network hears, measured on its training data.

use attacca_engine::features::{FeatureStreamError, FrameShaper};
use attacca_models::{
    FrontEnd,
    front_end::{BandStatistics, Scaling},
};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::corpus::Excerpt;
use crate::data::features::FeaturesError;

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
/// compressed; with those of each band where it asks for them. Excerpts are read on every core; sums are joined in the
/// excerpts' order, so that the result does not depend on how many there are.
///
/// # Errors
/// For a front end that cannot be computed, or an excerpt that cannot be read.
pub(super) fn standardised(front_end: &FrontEnd, excerpts: &[Excerpt]) -> Result<FrontEnd, FeaturesError> {
    let mut standardised = front_end.clone();
    *standardised.scaling_mut() = Scaling::logarithmic(front_end.scaling().log_gain);
    let of_excerpts: Vec<_> =
        excerpts.par_iter().map(|excerpt| moments(excerpt, &standardised)).collect::<Result<_, _>>()?;
    let mut moments = vec![Moments::default(); front_end.shape().bands];
    for of_excerpt in of_excerpts {
        moments.iter_mut().zip(of_excerpt).for_each(|(moments, other)| *moments = moments.joined(other));
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

/// Sums over each band of an excerpt.
fn moments(excerpt: &Excerpt, front_end: &FrontEnd) -> Result<Vec<Moments>, FeaturesError> {
    let mut shaper = FrameShaper::new(front_end).map_err(FeatureStreamError::from)?;
    let bands = front_end.shape().bands;
    let mut moments = vec![Moments::default(); bands];
    for magnitudes in excerpt.magnitudes.read(0, excerpt.frames())?.chunks_exact(bands) {
        moments.iter_mut().zip(shaper.shape(magnitudes)).for_each(|(moments, &level)| moments.add(level));
    }
    Ok(moments)
}

#[cfg(test)]
mod tests {
    use attacca_models::front_end::StftFrontEnd;

    use super::*;
    use crate::{
        data::{
            features::{AudioStamp, Features},
            labels::Annotation,
        },
        fit::targets::TaskLabels,
    };

    /// Statistics of the bands {1, 1, 1, 5} and {2, 2, 2, 2}, which come in two excerpts.
    fn scaling(bands: Option<Vec<BandStatistics>>) -> Scaling {
        let folder = tempfile::tempdir().unwrap();
        let excerpt = |name: &str, magnitudes: &[f32]| {
            let magnitudes = Features::write(&folder.path().join(name), AudioStamp::default(), 2, magnitudes).unwrap();
            Excerpt { source: "test".to_owned(), magnitudes, labels: TaskLabels::Onsets(Annotation::default()) }
        };
        let scaling = Scaling { mean: 9.0, deviation: 9.0, bands, ..Scaling::LINEAR };
        let front_end = FrontEnd::Stft(StftFrontEnd { window_seconds: 0.02, bins: 2, scaling });
        let excerpts = [excerpt("a", &[1.0, 2.0, 1.0, 2.0, 1.0, 2.0]), excerpt("b", &[5.0, 2.0])];
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
