//! Onset picking: causal and at once, with an adaptive threshold.
//!
//! A frame is an onset where its activation rises over both the network's threshold and the recent average. Nothing is
//! waited for: the network is fitted to be silent before an onset and to speak at its frame, so that the first frame
//! above the threshold is the one. The next onset needs a new rise, 50 ms later at least. After Böck, Krebs, Schedl,
//! *Evaluating the online capabilities of onset detection methods* (ISMIR 2012), without their wait for the maximum.

use attacca_models::description::DecoderSettings;

use super::{calibrated_probability, log_odds, shifted_threshold};

/// Onsets closer than this are one onset: an ensemble's attack is spread over some 40 ms.
const MERGE_FRAMES: f64 = 4.5;

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

/// The onset picker.
#[derive(Clone, Debug)]
pub struct OnsetDecoder {
    settings: DecoderSettings,
    sensitivity: f32,
    /// The activation before the newest one.
    before: f32,
    average: f32,
    last_onset_frame: f64,
}

impl OnsetDecoder {
    /// A decoder that has heard nothing yet.
    pub fn new(settings: DecoderSettings) -> Self {
        Self { settings, sensitivity: 0.0, before: 0.0, average: 0.0, last_onset_frame: f64::NEG_INFINITY }
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

    /// Takes the activation of `frame` and says whether it is an onset.
    pub fn step(&mut self, frame: u64, activation: f32) -> Option<DecodedOnset> {
        let before = std::mem::replace(&mut self.before, activation);
        let asked = shifted_threshold(self.settings.threshold, self.sensitivity);
        let threshold = asked.max(AVERAGE_WEIGHT * self.average);
        self.average += (activation - self.average) / AVERAGE_FRAMES;
        let position = frame as f64 + 0.5;
        if activation < threshold || activation <= before || position - self.last_onset_frame < MERGE_FRAMES {
            return None;
        }
        self.last_onset_frame = position;
        let confidence = calibrated_probability(&self.settings, log_odds(activation));
        Some(DecodedOnset { frame: position, strength: activation, confidence })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn onsets(activations: &[f32]) -> Vec<DecodedOnset> {
        let mut decoder = OnsetDecoder::new(DecoderSettings::default());
        activations.iter().enumerate().filter_map(|(frame, &value)| decoder.step(frame as u64, value)).collect()
    }

    #[test]
    fn an_onset_is_reported_once_and_with_the_frame_that_rises_over_the_threshold() {
        let mut decoder = OnsetDecoder::new(DecoderSettings::default());
        let activations = [0.0, 0.1, 0.6, 0.9, 0.6, 0.1, 0.0];
        let found: Vec<_> = (0..7).map(|frame| decoder.step(frame, activations[frame as usize])).collect();
        assert_eq!(found.iter().flatten().count(), 1);
        let onset = found[2].unwrap();
        assert_eq!((onset.frame, onset.strength), (2.5, 0.6));
    }

    #[test]
    fn a_plateau_is_one_onset() {
        assert_eq!(onsets(&[0.0, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.0]).len(), 1);
    }

    #[test]
    fn a_slow_fall_is_one_onset() {
        assert_eq!(onsets(&[0.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.0]).len(), 1);
    }

    #[test]
    fn rises_within_the_merge_window_are_one_onset_and_those_beyond_are_two() {
        assert_eq!(onsets(&[0.0, 0.9, 0.2, 0.1, 0.1, 0.9, 0.0, 0.0]).len(), 1);
        assert_eq!(onsets(&[0.0, 0.9, 0.2, 0.1, 0.1, 0.1, 0.9, 0.0, 0.0]).len(), 2);
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
        // 0.6 alone is enough after rest, and not where the activation stays at 0.65.
        let mut restless = vec![0.65; 400];
        (300..400).step_by(6).for_each(|frame| restless[frame] = 0.6);
        (299..400).step_by(6).for_each(|frame| restless[frame] = 0.55);
        assert!(onsets(&restless).iter().all(|onset| onset.strength > 0.6), "{:?}", onsets(&restless));
        let mut calm = vec![0.0; 400];
        calm[350] = 0.6;
        assert_eq!(onsets(&calm).len(), 1);
    }

    #[test]
    fn confidence_grows_with_strength() {
        let weak = onsets(&[0.0, 0.55, 0.0])[0].confidence;
        let strong = onsets(&[0.0, 0.95, 0.0])[0].confidence;
        assert!(weak > 0.5 && strong > weak);
    }
}
