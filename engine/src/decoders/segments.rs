//! Chords and keys: which of several classes that exclude each other holds, and since when.
//!
//! The forward recursion of a hidden Markov model in which every class stays with a fixed probability and gives way to
//! any other alike (Rabiner, *A tutorial on hidden Markov models*, 1989, without its backward pass): since all switches
//! are alike, a hop costs one pass over the classes. The network's probabilities are tempered before they count, since
//! neighbouring frames tell much the same. They are not divided by the classes' priors: a chord that is rare in what the
//! network learnt from is rare in music.
//!
//! A class takes over when its probability is clear, and is dated back to where the evidence for it began, by
//! [`SegmentModel::lag_frames`] at most: that is the latency. Runs on the audio thread.

use attacca_models::{
    description::DecoderSettings,
    vocabulary::{CHORD_CLASSES, KEY_CLASSES},
};
use pulp::{Arch, NullaryFnOnce};

use super::{
    calibrated_probability,
    lanes::{lane_sum, largest_of},
    log_odds, shifted_threshold,
};
use crate::elementary::power;

/// What is known of the classes before anything is heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SegmentModel {
    /// Number of classes.
    pub classes: usize,
    /// The class that holds before the first change; `None` where nothing does.
    pub initial: Option<usize>,
    /// Frames for which a class holds in the mean.
    pub mean_frames: f32,
    /// Exponent of the network's probabilities, 0 to 1: about the share of a frame's evidence that its neighbours have
    /// not given already.
    pub sharpness: f32,
    /// Probability that the network is given at least, for any class: what it rules out may still be there.
    pub floor: f32,
    /// Times by which a class must be more probable than the present one to take its place.
    pub lead: f32,
    /// Probability of the present class below which it is over, and the most probable one takes its place even where
    /// that is below the network's threshold. 0 keeps the present one until another is clear.
    pub over: f32,
    /// Frames by which a change is dated back at most.
    pub lag_frames: usize,
}

/// Chords: no chord at the beginning, and a chord for a bar of moderate tempo in the mean. A switch costs
/// ln(150 · 168) ≈ 10 of evidence; a chord a hundred times as probable gathers it in 110 ms.
pub const CHORDS: SegmentModel = SegmentModel {
    classes: CHORD_CLASSES,
    initial: Some(0),
    mean_frames: 150.0,
    sharpness: 0.2,
    floor: 1e-3,
    lead: 3.0,
    over: 0.1,
    lag_frames: 25,
};

/// Keys: none at the beginning, and a key for two minutes in the mean. A switch costs ln(12,000 · 23) ≈ 12.5; a key
/// ten times as probable gathers it in 5 s, a phrase.
pub const KEYS: SegmentModel = SegmentModel {
    classes: KEY_CLASSES,
    initial: None,
    mean_frames: 12_000.0,
    sharpness: 0.01,
    floor: 1e-3,
    lead: 9.0,
    over: 0.0,
    lag_frames: 200,
};

/// A change found by the decoder.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SegmentChange {
    /// When, in frames: a change at the beginning of frame `n` is at `n`.
    pub frame: f64,
    /// The class that holds from there on.
    pub class: usize,
    /// Calibrated probability that it is right, 0 to 1.
    pub confidence: f32,
}

/// A class and its probability.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ClassProbability {
    /// The class.
    pub class: usize,
    /// Its calibrated probability, 0 to 1.
    pub probability: f32,
}

/// The decoder.
#[derive(Clone, Debug)]
pub struct SegmentDecoder {
    model: &'static SegmentModel,
    settings: DecoderSettings,
    sensitivity: f32,
    lag_frames: usize,
    /// Probability of each class, given everything heard.
    posterior: Box<[f32]>,
    /// What the newest frame tells of each class.
    likelihood: Box<[f32]>,
    /// For each class, the frame since when it is more probable to have stayed than to have been switched to.
    since: Box<[u64]>,
    present: Option<usize>,
    last_change: Option<u64>,
    arch: Arch,
}

/// The forward recursion with the instructions that the processor has.
struct Filter<'a> {
    decoder: &'a mut SegmentDecoder,
    frame: u64,
}

impl NullaryFnOnce for Filter<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.decoder.filter(self.frame);
    }
}

impl SegmentDecoder {
    /// A decoder that has heard nothing yet.
    pub fn new(model: &'static SegmentModel, settings: DecoderSettings) -> Self {
        let mut decoder = Self {
            model,
            settings,
            sensitivity: 0.0,
            lag_frames: model.lag_frames,
            posterior: vec![0.0; model.classes].into_boxed_slice(),
            likelihood: vec![0.0; model.classes].into_boxed_slice(),
            since: vec![0; model.classes].into_boxed_slice(),
            present: None,
            last_change: None,
            arch: Arch::new(),
        };
        decoder.reset();
        decoder
    }

    /// Other settings, for another network, with the state kept.
    pub fn set_settings(&mut self, settings: DecoderSettings) {
        self.settings = settings;
    }

    /// How readily a change is reported, −1 to 1.
    pub fn set_sensitivity(&mut self, sensitivity: f32) {
        self.sensitivity = sensitivity;
    }

    /// Frames by which a change is dated back at most, in place of the model's. With fewer, evidence counts for more; with
    /// more, a change that was long in doubt is dated to where it began.
    pub fn set_lag_frames(&mut self, lag_frames: usize) {
        self.lag_frames = lag_frames.max(1);
    }

    /// Frames after a change at which it is known, at most; the changed frame is the first of the lag.
    pub fn latency_frames(&self) -> usize {
        self.lag_frames - 1
    }

    /// Probability of each class, given everything heard.
    pub fn posterior(&self) -> &[f32] {
        &self.posterior
    }

    /// Forgets everything it heard, keeping every buffer.
    pub fn reset(&mut self) {
        let uniform = 1.0 / self.model.classes as f32;
        self.posterior.fill(if self.model.initial.is_some() { 0.0 } else { uniform });
        if let Some(initial) = self.model.initial {
            self.posterior[initial] = 1.0;
        }
        self.since.fill(0);
        self.present = self.model.initial;
        self.last_change = None;
    }

    /// The class that holds, as far as reported, and its probability now.
    pub fn present(&self) -> Option<ClassProbability> {
        self.present.map(|class| self.with_probability(class))
    }

    /// The two most probable classes beside the present one, the more probable first.
    pub fn alternatives(&self) -> [ClassProbability; 2] {
        let mut best = [(0.0, None); 2];
        for (class, &posterior) in self.posterior.iter().enumerate() {
            // Few of many get past this.
            if posterior <= best[1].0 || Some(class) == self.present {
                continue;
            }
            best[1] = (posterior, Some(class));
            if posterior > best[0].0 {
                best.swap(0, 1);
            }
        }
        best.map(|(_, class)| class.map_or_else(ClassProbability::default, |class| self.with_probability(class)))
    }

    /// Takes the network's probabilities at `frame`, one for each class, and says whether another class has taken over.
    #[cfg(test)]
    pub fn step(&mut self, frame: u64, probabilities: &[f32]) -> Option<SegmentChange> {
        self.hear(frame, probabilities);
        self.decide(frame)
    }

    /// Takes the network's probabilities at `frame`, one for each class. What is not a number, or missing, counts as ruled
    /// out.
    pub fn hear(&mut self, frame: u64, probabilities: &[f32]) {
        let (heard, missing) = self.likelihood.split_at_mut(probabilities.len().min(self.model.classes));
        for (likelihood, &probability) in heard.iter_mut().zip(probabilities) {
            *likelihood = if probability.is_finite() { probability } else { 0.0 };
        }
        missing.fill(0.0);
        self.filter_vectorised(frame);
    }

    /// As [`SegmentDecoder::hear`], where it is known that `class` holds.
    pub fn hear_known(&mut self, frame: u64, class: usize) {
        self.likelihood.fill(0.0);
        if let Some(likelihood) = self.likelihood.get_mut(class) {
            *likelihood = 1.0;
        }
        self.filter_vectorised(frame);
    }

    fn filter_vectorised(&mut self, frame: u64) {
        self.arch.dispatch(Filter { decoder: self, frame });
    }

    /// The forward recursion; what is heard waits in `likelihood`, as probabilities.
    #[inline(always)]
    fn filter(&mut self, frame: u64) {
        let leave = 1.0 / self.model.mean_frames;
        let arrive = leave / (self.model.classes - 1) as f32;
        // What is to be known sooner is believed sooner. More time is for dating changes better, not for doubting longer.
        let sharpness = self.model.sharpness * (self.model.lag_frames as f32 / self.lag_frames as f32).max(1.0);
        let floor = self.model.floor;
        for likelihood in &mut self.likelihood {
            *likelihood = power(likelihood.max(floor).min(1.0), sharpness);
        }
        for ((posterior, since), likelihood) in self.posterior.iter_mut().zip(&mut self.since).zip(&self.likelihood) {
            let stayed = (1.0 - leave) * *posterior;
            let switched = arrive * (1.0 - *posterior);
            *since = if switched > stayed { frame } else { *since };
            *posterior = (stayed + switched) * likelihood;
        }
        // Every factor is above 0, and so is their sum.
        let total = lane_sum(&self.posterior);
        self.posterior.iter_mut().for_each(|posterior| *posterior /= total);
    }

    /// Says whether the most probable class takes over from the present one, once `frame` was heard.
    pub fn decide(&mut self, frame: u64) -> Option<SegmentChange> {
        let (_, class) = largest_of(&self.posterior);
        if Some(class) == self.present {
            return None;
        }
        let present = self.present.map_or(0.0, |present| self.posterior[present]);
        let confidence = self.with_probability(class).probability;
        let clear = confidence >= shifted_threshold(self.settings.threshold, self.sensitivity)
            || (self.present.is_some() && present < self.model.over);
        let leads = match self.present {
            Some(_) => self.posterior[class] >= self.model.lead * present,
            // Where nothing holds yet, the class must lead over all others together.
            None => self.posterior[class] >= self.model.lead * (1.0 - self.posterior[class]),
        };
        if !clear || !leads {
            return None;
        }
        let earliest = (frame + 1).saturating_sub(self.lag_frames as u64);
        let after_last = self.last_change.map_or(0, |last| last + 1);
        let start = self.since[class].max(earliest).max(after_last);
        self.present = Some(class);
        self.last_change = Some(start);
        Some(SegmentChange { frame: start as f64, class, confidence })
    }

    fn with_probability(&self, class: usize) -> ClassProbability {
        let probability = calibrated_probability(&self.settings, log_odds(self.posterior[class]));
        ClassProbability { class, probability }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Probabilities that leave `probability` to one class and share the rest.
    fn favouring(class: usize, probability: f32, classes: usize) -> Vec<f32> {
        let mut probabilities = vec![(1.0 - probability) / (classes - 1) as f32; classes];
        probabilities[class] = probability;
        probabilities
    }

    /// Stretches of frames with a favoured class, and the changes with the frame at which each was reported.
    fn changes(model: &'static SegmentModel, stretches: &[(usize, usize, f32)]) -> Vec<(u64, SegmentChange)> {
        let mut decoder = SegmentDecoder::new(model, DecoderSettings::default());
        let frames = stretches.iter().flat_map(|&(frames, class, probability)| {
            std::iter::repeat_n(favouring(class, probability, model.classes), frames)
        });
        (0..).zip(frames).filter_map(|(frame, heard)| Some((frame, decoder.step(frame, &heard)?))).collect()
    }

    #[test]
    fn chords_change_where_their_evidence_begins() {
        let found = changes(&CHORDS, &[(200, 0, 0.9), (150, 1, 0.8), (150, 99, 0.8), (100, 0, 0.9)]);
        let classes: Vec<_> = found.iter().map(|(_, change)| change.class).collect();
        assert_eq!(classes, [1, 99, 0], "{found:?}");
        for ((_, change), expected) in found.iter().zip([200.0, 350.0, 500.0]) {
            assert!((change.frame - expected).abs() <= 1.0, "{change:?} instead of {expected}");
            assert!(change.confidence > 0.5);
        }
    }

    #[test]
    fn a_change_is_reported_within_the_lag_and_the_slowest_takes_all_of_it() {
        let found = changes(&CHORDS, &[(200, 0, 0.9), (400, 1, 0.06), (150, 99, 0.8), (400, 5, 0.06)]);
        let delays: Vec<_> = found.iter().map(|(reported, change)| *reported as f64 - change.frame).collect();
        assert!(delays.len() >= 3, "{found:?}");
        assert_eq!(delays.into_iter().fold(0.0, f64::max), (CHORDS.lag_frames - 1) as f64);
    }

    #[test]
    fn a_longer_lag_dates_a_doubtful_change_better_and_a_clear_one_no_later() {
        let dated = |lag_frames: usize, probability: f32| {
            let mut decoder = SegmentDecoder::new(&CHORDS, DecoderSettings::default());
            decoder.set_lag_frames(lag_frames);
            let step = |frame| {
                let (class, probability) = if frame < 200 { (0, 0.9) } else { (1, probability) };
                decoder.step(frame, &favouring(class, probability, CHORD_CLASSES)).map(|change| (frame, change.frame))
            };
            (0..400).filter_map(step).last()
        };
        let (lag, longer) = (CHORDS.lag_frames, 50);
        assert_eq!(dated(lag, 0.9), dated(longer, 0.9));
        let (doubtful, better) = (dated(lag, 0.02).unwrap(), dated(longer, 0.02).unwrap());
        assert!(doubtful.1 > 205.0 && (better.1 - 200.0).abs() <= 1.0, "{doubtful:?}, {better:?}");
    }

    #[test]
    fn a_passing_note_changes_no_chord() {
        let found = changes(&CHORDS, &[(100, 1, 0.8), (8, 30, 0.6), (200, 1, 0.8)]);
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn a_chord_that_is_over_gives_way_even_to_one_of_two_that_are_alike() {
        let mut decoder = SegmentDecoder::new(&CHORDS, DecoderSettings::default());
        let mut heard = vec![0.001; CHORD_CLASSES];
        (heard[1], heard[4]) = (0.42, 0.41);
        let found: Vec<_> = (0..100).filter_map(|frame| decoder.step(frame, &heard)).collect();
        assert_eq!(found.first().map(|change| change.class), Some(1), "{found:?}");
        assert_eq!(decoder.alternatives()[0].class, 4);
    }

    #[test]
    fn a_key_is_said_once_it_is_clear_and_outlives_a_bar_elsewhere() {
        let found = changes(&KEYS, &[(1000, 7, 0.5), (300, 12, 0.5), (1000, 7, 0.5)]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].1.class, 7);
        assert!(found[0].0 > 100, "two bars at least: {found:?}");
        let modulation = changes(&KEYS, &[(1000, 7, 0.5), (3000, 9, 0.5)]);
        assert_eq!(modulation.iter().map(|(_, change)| change.class).collect::<Vec<_>>(), [7, 9]);
        assert!(changes(&KEYS, &[(3000, 7, 1.0 / 24.0)]).is_empty(), "what knows nothing says nothing");
    }

    #[test]
    fn changes_never_go_back_in_time() {
        let mut decoder = SegmentDecoder::new(&CHORDS, DecoderSettings { threshold: 0.0, ..Default::default() });
        let mut random = 1_u32;
        let mut last = -1.0;
        for frame in 0..5000 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let class = (random >> 16) as usize % 4 * 30;
            if let Some(change) = decoder.step(frame, &favouring(class, 0.99, CHORD_CLASSES)) {
                assert!(change.frame > last && change.frame <= frame as f64, "{change:?} after {last}");
                last = change.frame;
            }
        }
        assert!(last > 0.0);
    }

    #[test]
    fn broken_numbers_are_survived() {
        let mut decoder = SegmentDecoder::new(&CHORDS, DecoderSettings::default());
        for frame in 0..100 {
            decoder.step(frame, &[f32::NAN; CHORD_CLASSES]);
            decoder.step(frame, &[f32::INFINITY; CHORD_CLASSES]);
            decoder.step(frame, &[]);
        }
        let found: Vec<_> =
            (100..300).filter_map(|frame| decoder.step(frame, &favouring(15, 0.9, CHORD_CLASSES))).collect();
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn a_reset_forgets() {
        let mut decoder = SegmentDecoder::new(&CHORDS, DecoderSettings::default());
        for frame in 0..100 {
            decoder.step(frame, &favouring(15, 0.9, CHORD_CLASSES));
        }
        assert_eq!(decoder.present().map(|present| present.class), Some(15));
        decoder.reset();
        assert_eq!(decoder.present().map(|present| present.class), Some(0));
    }
}
