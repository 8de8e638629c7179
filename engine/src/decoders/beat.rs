//! Beats, downbeats and tempo from the beat network's activations.
//!
//! The [`BeatFilter`] says where in the beat the music is, the [`BarFilter`] counts. A beat is reported
//! [`LATENCY_FRAMES`] after its frame, when the activation has confirmed it; the prediction of the next one is there
//! all the time for whoever must be on time. In silence nothing is reported, and after a while everything is forgotten.

use attacca_models::description::DecoderSettings;

use super::{
    bar_filter::{BarFilter, BarPointer},
    beat_filter::BeatFilter,
    calibrated_probability, log_odds,
};

/// Frames after a beat at which it is reported.
pub const LATENCY_FRAMES: usize = 3;

/// What lies within this of a beat is that beat: 70 ms, the tolerance of the field's F-measure.
const TOLERANCE_FRAMES: usize = 7;

/// A beat that comes sooner than this share of a period after the last one is the same beat seen again.
const MINIMUM_GAP: f64 = 0.6;

/// A signal below this level is silence.
const SILENCE_DBFS: f32 = -70.0;
/// Silence that lasts this long stops the reports.
const QUIET_AFTER_FRAMES: u32 = 100;
/// Silence that lasts this long makes the filter forget.
const FORGET_AFTER_FRAMES: u32 = 300;

/// Beats over which the tempo is averaged.
const TEMPO_BEATS: usize = 8;
/// An interval that differs by more than this share from the filter's period belongs to an earlier tempo.
const TEMPO_TOLERANCE: f64 = 0.1;

/// What the network and the level meter say of one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BeatObservation {
    /// Activation for a beat of any kind, 0 to 1.
    pub beat: f32,
    /// Activation for a downbeat, 0 to 1.
    pub downbeat: f32,
    /// Level of the frame's samples in dBFS.
    pub level_dbfs: f32,
}

/// A beat that is reported.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DecodedBeat {
    /// When, in frames: a beat in the middle of frame `n` is at `n + 0.5`.
    pub frame: f64,
    /// Where it stands in its bar.
    pub bar: BarPointer,
    /// Frames from one beat to the next.
    pub period_frames: f64,
    /// Calibrated probability that it is right, 0 to 1.
    pub confidence: f32,
}

/// The decoder's belief about the beat to come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PredictedBeat {
    /// When it will fall, in frames.
    pub frame: f64,
    /// Where the beat that sounds now stands in its bar.
    pub bar: BarPointer,
    /// Frames from one beat to the next.
    pub period_frames: f64,
    /// Calibrated probability that a beat will fall there, 0 to 1.
    pub confidence: f32,
}

/// The decoder.
#[derive(Clone, Debug)]
pub struct BeatDecoder {
    settings: DecoderSettings,
    beat_filter: BeatFilter,
    bar_filter: BarFilter,
    /// The newest activations, newest first.
    recent: [BeatObservation; RECENT],
    /// Times of the last reported beats in frames, newest first.
    reported: [f64; TEMPO_BEATS],
    bar: Option<BarPointer>,
    silent_frames: u32,
}

/// Activations kept: the latency, and the tolerance before the beat.
const RECENT: usize = LATENCY_FRAMES + TOLERANCE_FRAMES;

const NOTHING_HEARD: BeatObservation = BeatObservation { beat: 0.0, downbeat: 0.0, level_dbfs: -120.0 };

impl BeatDecoder {
    /// A decoder that has heard nothing yet.
    pub fn new(settings: DecoderSettings) -> Self {
        Self {
            settings,
            beat_filter: BeatFilter::new(),
            bar_filter: BarFilter::new(),
            recent: [NOTHING_HEARD; RECENT],
            reported: [f64::NEG_INFINITY; TEMPO_BEATS],
            bar: None,
            silent_frames: 0,
        }
    }

    /// Other settings, for another network, with the state kept.
    pub fn set_settings(&mut self, settings: DecoderSettings) {
        self.settings = settings;
    }

    /// Forgets everything it heard, keeping every buffer.
    pub fn reset(&mut self) {
        self.beat_filter.reset();
        self.bar_filter = BarFilter::new();
        self.recent = [NOTHING_HEARD; RECENT];
        self.reported = [f64::NEG_INFINITY; TEMPO_BEATS];
        self.bar = None;
        self.silent_frames = 0;
    }

    /// Takes what is known of `frame` and says whether a beat is to be reported.
    pub fn step(&mut self, frame: u64, observation: BeatObservation) -> Option<DecodedBeat> {
        self.silent_frames =
            if observation.level_dbfs < SILENCE_DBFS { self.silent_frames.saturating_add(1) } else { 0 };
        if self.silent_frames == FORGET_AFTER_FRAMES {
            let silent_frames = self.silent_frames;
            self.reset();
            self.silent_frames = silent_frames;
        }
        self.recent.rotate_right(1);
        self.recent[0] = observation;
        self.beat_filter.step(observation.beat);

        let pointer = self.beat_filter.pointer();
        let passed = pointer.position_frames;
        let beat_frame = frame as f64 + 0.5 - passed as f64;
        let due = passed >= LATENCY_FRAMES && 2 * passed < pointer.state_period_frames;
        let new = beat_frame - self.reported[0] > MINIMUM_GAP * f64::from(pointer.period_frames);
        if !due || !new || self.silent_frames >= QUIET_AFTER_FRAMES {
            return None;
        }
        let confidence = self.confidence();
        if confidence < self.settings.threshold {
            return None;
        }
        let heard = &self.recent[..(passed + 4).min(RECENT)];
        let strongest = |of: fn(&BeatObservation) -> f32| heard.iter().map(of).fold(0.0, f32::max);
        let bar = self.bar_filter.beat(strongest(|frame| frame.beat), strongest(|frame| frame.downbeat));
        self.bar = Some(bar);
        self.reported.rotate_right(1);
        self.reported[0] = beat_frame;
        Some(DecodedBeat { frame: beat_frame, bar, period_frames: self.period_frames(), confidence })
    }

    /// The beat that will fall next, seen from `now_frames` (a time in frames, at or after the last frame taken);
    /// `None` until the first beat and in silence.
    pub fn prediction(&self, frame: u64, now_frames: f64) -> Option<PredictedBeat> {
        let bar = self.bar.filter(|_| self.silent_frames < QUIET_AFTER_FRAMES)?;
        let pointer = self.beat_filter.pointer();
        let period_frames = self.period_frames();
        let last = frame as f64 + 0.5 - pointer.position_frames as f64;
        let beats_ahead = ((now_frames - last) / period_frames).floor().max(0.0) + 1.0;
        Some(PredictedBeat {
            frame: last + beats_ahead * period_frames,
            bar,
            period_frames,
            confidence: self.confidence(),
        })
    }

    fn confidence(&self) -> f32 {
        calibrated_probability(&self.settings, log_odds(self.beat_filter.agreement(TOLERANCE_FRAMES)))
    }

    /// The mean interval of the last beats, as far back as they keep to the filter's period.
    fn period_frames(&self) -> f64 {
        let period = f64::from(self.beat_filter.pointer().period_frames);
        let steady =
            self.reported.windows(2).take_while(|pair| ((pair[0] - pair[1]) / period - 1.0).abs() < TEMPO_TOLERANCE);
        match steady.count() {
            0..=2 => period,
            intervals => (self.reported[0] - self.reported[intervals]) / intervals as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> DecoderSettings {
        DecoderSettings { threshold: 0.3, ..DecoderSettings::default() }
    }

    fn music(frame: usize, period: f64, metre: usize) -> BeatObservation {
        let beat = (frame as f64 / period).round();
        let distance = (frame as f64 - beat * period).abs();
        let strength = if distance < 0.75 {
            1.0
        } else if distance < 1.75 {
            0.45
        } else {
            0.02
        };
        let accent = if (beat as usize).is_multiple_of(metre) { 0.8 } else { 0.06 };
        BeatObservation { beat: 0.9 * strength, downbeat: accent * strength, level_dbfs: -20.0 }
    }

    #[test]
    fn beats_bars_and_tempo_of_steady_music() {
        for (bpm, metre) in [(128.0, 4), (96.0, 3), (140.0, 5), (84.0, 4)] {
            let period = 6000.0 / bpm;
            let mut decoder = BeatDecoder::new(settings());
            let beats: Vec<DecodedBeat> =
                (0..4000).filter_map(|frame| decoder.step(frame as u64, music(frame, period, metre))).collect();
            let late: Vec<&DecodedBeat> = beats.iter().filter(|beat| beat.frame > 2000.0).collect();
            assert!((late.len() as f64 - 2000.0 / period).abs() <= 1.5, "{bpm}: {} beats", late.len());
            for beat in late {
                let nearest = (beat.frame / period).round();
                assert!((beat.frame - 0.5 - nearest * period).abs() <= 2.0, "{bpm}: {beat:?}");
                assert_eq!(usize::from(beat.bar.beats_per_bar), metre, "{bpm}");
                assert_eq!(usize::from(beat.bar.beat_in_bar) - 1, nearest as usize % metre, "{bpm}: {beat:?}");
                assert!((6000.0 / beat.period_frames / bpm - 1.0).abs() < 0.01, "{bpm}: {beat:?}");
                assert!(beat.confidence > 0.8);
            }
        }
    }

    #[test]
    fn the_prediction_falls_on_the_next_beat() {
        let period = 46.0;
        let mut decoder = BeatDecoder::new(settings());
        for frame in 0..3000_usize {
            decoder.step(frame as u64, music(frame, period, 4));
            let now = frame as f64 + 4.0;
            if let Some(next) = decoder.prediction(frame as u64, now).filter(|_| frame > 1000) {
                let error = (next.frame - 0.5) / period - ((next.frame - 0.5) / period).round();
                assert!(error.abs() * period <= 2.0, "frame {frame}: {next:?}");
                assert!(next.frame > now && next.frame <= now + period + 2.0);
            }
        }
    }

    #[test]
    fn silence_is_quiet_from_its_second_second_and_music_comes_back() {
        let mut decoder = BeatDecoder::new(settings());
        let silence = BeatObservation { beat: 0.3, downbeat: 0.1, level_dbfs: -90.0 };
        let mut reports = Vec::new();
        let mut reported_in_silence = 0;
        for frame in 0..3000_usize {
            let observation = if (1000..2000).contains(&frame) { silence } else { music(frame, 50.0, 4) };
            if let Some(beat) = decoder.step(frame as u64, observation) {
                reports.push(beat.frame);
                reported_in_silence += usize::from((1101..2000).contains(&frame));
            }
            assert!(!(1101..2000).contains(&frame) || decoder.prediction(frame as u64, frame as f64).is_none());
        }
        assert_eq!(reported_in_silence, 0);
        assert!(reports.iter().any(|&frame| frame > 2300.0));
    }

    #[test]
    fn noise_without_a_pulse_earns_few_beats() {
        let mut decoder = BeatDecoder::new(DecoderSettings { threshold: 0.5, ..settings() });
        let flat = BeatObservation { beat: 0.06, downbeat: 0.02, level_dbfs: -30.0 };
        let reports = (0..3000).filter(|&frame| decoder.step(frame, flat).is_some()).count();
        assert_eq!(reports, 0);
    }
}
