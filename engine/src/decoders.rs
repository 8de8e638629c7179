//! From activations to events: the musical half of the engine.
//!
//! Decoders run on the audio thread, once a hop, with a bounded cost and no allocation after construction. They count
//! time in *frames* of 10 ms; frame `n` covers the samples that arrived between hop `n − 1` and hop `n`. The processor
//! turns frames into sample positions.

pub mod bar_filter;
pub mod bass;
pub mod beat;
pub mod beat_filter;
pub mod harmony;
pub mod key_from_chords;
mod lanes;
pub mod onset;
pub mod onset_bands;
pub mod segments;
pub mod taps;
pub mod tempo_prior;
pub mod voice;

use attacca_models::description::DecoderSettings;

/// Turns a raw log-odds into a calibrated probability between 0 and 1 (Platt scaling; the trainer fits the two
/// coefficients on validation data).
pub(crate) fn calibrated_probability(settings: &DecoderSettings, log_odds: f32) -> f32 {
    1.0 / (1.0 + (-(settings.calibration_slope * log_odds + settings.calibration_offset)).exp())
}

/// A threshold moved by a sensitivity from −1 (up) to 1 (down), 0 leaving it as it is. The whole range is two units of
/// log-odds either way: 0.5 becomes 0.88 or 0.12.
pub(crate) fn shifted_threshold(threshold: f32, sensitivity: f32) -> f32 {
    const REACH: f32 = 2.0;
    if sensitivity == 0.0 {
        return threshold;
    }
    1.0 / (1.0 + (REACH * sensitivity - log_odds(threshold)).exp())
}

/// Log-odds of a probability, kept within ±11.5 so that certainty stays finite.
pub(crate) fn log_odds(probability: f32) -> f32 {
    let bounded = probability.clamp(1e-5, 1.0 - 1e-5);
    (bounded / (1.0 - bounded)).ln()
}
