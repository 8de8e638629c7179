//! The fundamental frequency of a voice, after Alain de Cheveigné and Hideki Kawahara: *YIN, a fundamental frequency
//! estimator for speech and music* (JASA 2002).

use crate::augment::biquad::{Biquad, Kind};

/// Seconds from one estimate to the next.
pub const HOP_SECONDS: f64 = 0.01;

/// Lowest and highest frequency that is found, in Hz: a low man's to a soprano's.
const RANGE_HZ: [f64; 2] = [65.0, 1000.0];

/// Samples of which one is kept: voices are periodic below the kept 5.5 kHz.
const DECIMATION: usize = 4;

/// Seconds over which a period is compared with the next.
const INTEGRATION_SECONDS: f64 = 0.03;

/// Normalised difference below which a frame counts as periodic (the paper's threshold is 0.1, for clean speech).
const PERIODIC: f32 = 0.18;

/// Estimates the frequency in Hz every [`HOP_SECONDS`], the first centred at the start; `None` where the audio is not
/// periodic or silent.
pub fn track(audio: &[f32], sample_rate_hz: f64) -> Vec<Option<f64>> {
    let mut low = audio.to_vec();
    for _ in 0..2 {
        Biquad::new(Kind::LowPass, 3000.0, std::f32::consts::FRAC_1_SQRT_2, sample_rate_hz as f32).process(&mut low);
    }
    let low: Vec<f32> = low.iter().step_by(DECIMATION).copied().collect();
    let rate = sample_rate_hz / DECIMATION as f64;
    let integration = (INTEGRATION_SECONDS * rate) as usize;
    let lags = [(rate / RANGE_HZ[1]) as usize, (rate / RANGE_HZ[0]) as usize + 2];
    let frames = (audio.len() as f64 / sample_rate_hz / HOP_SECONDS) as usize;
    (0..frames)
        .map(|frame| {
            let centre = (frame as f64 * HOP_SECONDS * rate) as usize;
            let start = centre.saturating_sub((integration + lags[1]) / 2);
            let window = low.get(start..start + integration + lags[1])?;
            period(window, integration, lags).map(|period| rate / period)
        })
        .collect()
}

/// The period of a window in samples: the first dip of the normalised difference, interpolated.
fn period(window: &[f32], integration: usize, lags: [usize; 2]) -> Option<f64> {
    let head = &window[..integration];
    let energy: f32 = head.iter().map(|sample| sample * sample).sum();
    if energy < 1e-6 * integration as f32 {
        return None;
    }
    let mut sum = 0.0f32;
    let normalised: Vec<f32> = (1..lags[1])
        .map(|lag| {
            let difference: f32 =
                head.iter().zip(&window[lag..]).map(|(now, later)| (now - later) * (now - later)).sum();
            sum += difference;
            difference * lag as f32 / sum.max(f32::MIN_POSITIVE)
        })
        .collect();
    let is_dip = |index: usize| normalised[index] < PERIODIC && normalised[index] <= normalised[index + 1];
    let dip = (lags[0].max(2) - 1..normalised.len() - 1).find(|index| is_dip(*index))?;
    let [left, middle, right] = [normalised[dip - 1], normalised[dip], normalised[dip + 1]].map(f64::from);
    let curvature = left - 2.0 * middle + right;
    let shift = if curvature > 0.0 { (0.5 * (left - right) / curvature).clamp(-0.5, 0.5) } else { 0.0 };
    Some(dip as f64 + 1.0 + shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A decaying series of harmonics, as a voice has.
    fn tone(hz: f64) -> Vec<f32> {
        (0..22_050)
            .map(|sample| {
                let phase = std::f64::consts::TAU * hz * f64::from(sample) / 44_100.0;
                (1..12).map(|harmonic| (f64::from(harmonic) * phase).sin() / f64::from(harmonic)).sum::<f64>() as f32
            })
            .collect()
    }

    #[test]
    fn a_steady_tone_is_found_in_every_register() {
        for hz in [82.4, 146.8, 261.6, 440.0, 698.5] {
            let found: Vec<f64> = track(&tone(hz), 44_100.0).into_iter().flatten().collect();
            assert!(found.len() > 40, "{hz}: {}", found.len());
            for estimate in found {
                // Parabolic interpolation between lags of 0.09 ms: 10 cents at the top of the range.
                assert!((1200.0 * (estimate / hz).log2()).abs() < 12.0, "{hz}: {estimate}");
            }
        }
    }

    #[test]
    fn noise_and_silence_have_no_pitch() {
        use rand::{Rng, SeedableRng};
        let mut random = crate::compose::Random::seed_from_u64(3);
        let noise: Vec<f32> = (0..22_050).map(|_| random.random_range(-0.5..0.5)).collect();
        assert!(track(&noise, 44_100.0).iter().flatten().count() < 3);
        assert_eq!(track(&vec![0.0; 22_050], 44_100.0).iter().flatten().count(), 0);
    }
}
