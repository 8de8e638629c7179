//! Onset peak-picking: causal, with an adaptive threshold.
//!
//! A frame is an onset where its activation is a local maximum that stands above both the network's threshold and the
//! recent average, and no onset was reported within the last 25 ms. The maximum is known one frame after it happened:
//! that frame is the decoder's latency. After Böck, Krebs, Schedl, *Evaluating the online capabilities of onset
//! detection methods* (ISMIR 2012).

use attacca_models::description::DecoderSettings;

use super::{calibrated_probability, log_odds, shifted_threshold};

/// Frames after a maximum at which it is known to be one.
pub const LATENCY_FRAMES: usize = 1;

/// Onsets closer than this are one onset.
const MERGE_FRAMES: f64 = 2.5;

/// Time constant of the recent average in frames: long enough to span a few notes, short against a change of section.
const AVERAGE_FRAMES: f32 = 50.0;

/// How far an onset must stand above the recent average: 1 asks for nothing in a quiet passage and raises the
/// threshold where the activation never comes to rest (noise, tremolo).
const AVERAGE_WEIGHT: f32 = 1.0;

/// An onset found by the decoder.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DecodedOnset {
    /// When, in frames: an onset in the middle of frame `n` is at `n + 0.5`.
    pub frame: f64,
    /// Peak activation, 0 to 1.
    pub strength: f32,
    /// Calibrated probability that it is right, 0 to 1.
    pub confidence: f32,
}

/// The onset peak-picker.
#[derive(Clone, Debug)]
pub struct OnsetDecoder {
    settings: DecoderSettings,
    sensitivity: f32,
    /// The two activations before the newest one, oldest first.
    before: [f32; 2],
    average: f32,
    last_onset_frame: f64,
}

impl OnsetDecoder {
    /// A decoder that has heard nothing yet.
    pub fn new(settings: DecoderSettings) -> Self {
        Self { settings, sensitivity: 0.0, before: [0.0; 2], average: 0.0, last_onset_frame: f64::NEG_INFINITY }
    }

    /// Other settings, for another network, with the state kept.
    pub fn set_settings(&mut self, settings: DecoderSettings) {
        self.settings = settings;
    }

    /// How readily an onset is reported, −1 to 1.
    pub fn set_sensitivity(&mut self, sensitivity: f32) {
        self.sensitivity = sensitivity;
    }

    /// Forgets everything it heard.
    pub fn reset(&mut self) {
        *self = Self { sensitivity: self.sensitivity, ..Self::new(self.settings) };
    }

    /// Takes the activation of `frame` and says whether the frame before it was an onset.
    pub fn step(&mut self, frame: u64, activation: f32) -> Option<DecodedOnset> {
        let [left, peak] = self.before;
        let right = activation;
        let average = self.average;
        self.before = [peak, right];
        self.average += (right - self.average) / AVERAGE_FRAMES;

        let asked = shifted_threshold(self.settings.threshold, self.sensitivity);
        let threshold = asked.max(AVERAGE_WEIGHT * average);
        if peak < threshold || peak <= left || peak < right {
            return None;
        }
        let position = frame as f64 - 1.0 + 0.5 + parabola_vertex(left, peak, right);
        if position - self.last_onset_frame < MERGE_FRAMES {
            return None;
        }
        self.last_onset_frame = position;
        let confidence = calibrated_probability(&self.settings, log_odds(peak));
        Some(DecodedOnset { frame: position, strength: peak, confidence })
    }
}

/// Where the parabola through three equally spaced values, the middle one the largest, has its maximum: −0.5 to 0.5
/// steps from the middle.
fn parabola_vertex(left: f32, peak: f32, right: f32) -> f64 {
    let curvature = f64::from(left) - 2.0 * f64::from(peak) + f64::from(right);
    if curvature >= -1e-9 {
        return 0.0;
    }
    (0.5 * (f64::from(left) - f64::from(right)) / curvature).clamp(-0.5, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn onsets(activations: &[f32]) -> Vec<DecodedOnset> {
        let mut decoder = OnsetDecoder::new(DecoderSettings::default());
        activations.iter().enumerate().filter_map(|(frame, &value)| decoder.step(frame as u64, value)).collect()
    }

    #[test]
    fn a_symmetric_peak_is_reported_once_in_the_middle_of_its_frame() {
        let found = onsets(&[0.0, 0.1, 0.6, 0.9, 0.6, 0.1, 0.0, 0.0]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].frame, 3.5);
        assert_eq!(found[0].strength, 0.9);
    }

    #[test]
    fn a_skewed_peak_moves_towards_its_heavier_side() {
        let found = onsets(&[0.0, 0.1, 0.9, 0.8, 0.0, 0.0]);
        assert!(found[0].frame > 2.5 && found[0].frame < 3.0, "{found:?}");
    }

    #[test]
    fn a_plateau_is_one_onset() {
        assert_eq!(onsets(&[0.0, 0.8, 0.8, 0.8, 0.0, 0.0]).len(), 1);
    }

    #[test]
    fn peaks_within_the_merge_window_are_one_onset_and_those_beyond_are_two() {
        assert_eq!(onsets(&[0.0, 0.9, 0.2, 0.9, 0.0, 0.0]).len(), 1);
        assert_eq!(onsets(&[0.0, 0.9, 0.2, 0.1, 0.9, 0.0, 0.0]).len(), 2);
    }

    #[test]
    fn values_under_the_threshold_are_silent() {
        assert!(onsets(&[0.0, 0.3, 0.49, 0.3, 0.0, 0.0]).is_empty());
    }

    #[test]
    fn sensitivity_moves_the_threshold() {
        let found = |sensitivity: f32| {
            let mut decoder = OnsetDecoder::new(DecoderSettings::default());
            decoder.set_sensitivity(sensitivity);
            let activations = [0.0, 0.4, 0.0, 0.0].into_iter().enumerate();
            activations.filter(|&(frame, value)| decoder.step(frame as u64, value).is_some()).count()
        };
        assert_eq!((found(0.5), found(0.0)), (1, 0));
    }

    #[test]
    fn the_threshold_rises_where_the_activation_never_rests() {
        let restless: Vec<f32> = (0..400).map(|frame| if frame % 6 == 0 { 0.72 } else { 0.7 }).collect();
        let late = onsets(&restless).into_iter().filter(|onset| onset.frame > 300.0).count();
        let mut calm = vec![0.0; 400];
        calm[350] = 0.72;
        assert_eq!(onsets(&calm).len(), 1);
        assert!(late > 0, "a ripple above the average still counts: {late}");
        let flat_top: Vec<f32> = (0..400).map(|frame| if frame % 6 == 0 { 0.68 } else { 0.7 }).collect();
        assert!(onsets(&flat_top).len() < 70);
    }

    #[test]
    fn confidence_grows_with_strength() {
        let weak = onsets(&[0.0, 0.55, 0.0])[0].confidence;
        let strong = onsets(&[0.0, 0.95, 0.0])[0].confidence;
        assert!(weak > 0.5 && strong > weak);
    }
}
