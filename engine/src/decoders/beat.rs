//! Beats, downbeats and tempo from the beat network's activations.
//!
//! The [`BeatFilter`] says where in the beat the music is, the [`BarFilter`] counts. A beat is reported
//! [`LATENCY_FRAMES`] after its frame, when the activation has confirmed it; the prediction of the next one is there
//! all the time for whoever must be on time. In silence nothing is reported, and after a while everything is forgotten.

use attacca_models::{description::DecoderSettings, front_end::FRAMES_PER_SECOND};

use super::{
    bar_filter::{BarFilter, BarPointer},
    beat_filter::{BeatFilter, NEUTRAL_ACTIVATION},
    calibrated_probability,
    harmony::RecentHarmony,
    log_odds, shifted_threshold,
    taps::Taps,
    tempo_prior::TempoPrior,
};
use crate::{
    settings::{Settings, TempoRange},
    time::Bpm,
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

/// Share of a beat that a chord takes to be recognised: what the network says of it before is not counted.
const SETTLING_SHARE: f64 = 0.3;

/// Beats over which the activation is averaged.
const STRENGTH_BEATS: f32 = 5.0;

/// Mean activation at beats of which a network is sure: above, [`NEUTRAL_ACTIVATION`] holds as it is.
const CLEAR_ACTIVATION: f32 = 0.8;

/// What is left of it at least, where the network hears less.
const LEAST_NEUTRAL_SHARE: f32 = 0.6;

/// Mean activation at beats that halves the confidence: what noise reaches where the filter puts a beat.
const WEAK_ACTIVATION: f32 = 0.3;

/// Beats over which it is averaged whether they keep their distance.
const STEADINESS_BEATS: f32 = 6.0;

/// What it takes from the log-odds of a beat if none of the last did.
const UNSTEADY_LOG_ODDS: f32 = 4.0;

/// Most beats that may pass unseen before the count is lost, and how far from a beat the next one that is seen may then be.
const UNSEEN_BEATS: f64 = 8.5;
const UNSEEN_TOLERANCE_BEATS: f64 = 0.25;

/// Beats over which the tempo is averaged.
const TEMPO_BEATS: usize = 8;
/// An interval that differs by more than this share from the filter's period belongs to an earlier tempo, and one that
/// differs so from the interval before to none.
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
    harmony: RecentHarmony,
    /// The newest activations, newest first.
    recent: [BeatObservation; RECENT],
    /// Times in frames of the last beats that `strength` and `steadiness` took in, reported or not, newest first.
    judged: [f64; 3],
    /// Times of the last reported beats in frames, newest first.
    reported: [f64; TEMPO_BEATS],
    bar: Option<BarPointer>,
    /// Mean activation at the last beats.
    strength: f32,
    /// Share of the last beats that came as long after the one before as that one did: speech is not counted in.
    steadiness: f32,
    /// Probability that the last beat fell where the filter has it.
    agreement: f32,
    silent_frames: u32,
    sensitivity: f32,
    tempo_range: TempoRange,
    /// What is likely, as a host says.
    suggested: Option<Bpm>,
    /// What somebody who listens has made of the tempo.
    corrected: Option<Bpm>,
    /// What the tempo was when it was locked.
    locked: Option<Bpm>,
    taps: Taps,
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
            harmony: RecentHarmony::new(),
            recent: [NOTHING_HEARD; RECENT],
            judged: [f64::NEG_INFINITY; 3],
            reported: [f64::NEG_INFINITY; TEMPO_BEATS],
            bar: None,
            strength: 0.0,
            steadiness: 1.0,
            agreement: 0.0,
            silent_frames: 0,
            sensitivity: 0.0,
            tempo_range: TempoRange::default(),
            suggested: None,
            corrected: None,
            locked: None,
            taps: Taps::default(),
        }
    }

    /// Other settings, for another network, with the state kept.
    pub fn set_settings(&mut self, settings: DecoderSettings) {
        self.settings = settings;
    }

    /// What the performer set. A tempo is locked where it is when it is set so, once there is one.
    pub fn set_preferences(&mut self, settings: &Settings, sensitivity: f32) {
        self.sensitivity = sensitivity;
        self.bar_filter.set_metre(settings.metre);
        if let Some(bar) = &mut self.bar {
            *bar = self.bar_filter.pointer();
        }
        let locked = settings.tempo_locked.then(|| self.locked.unwrap_or_else(|| self.tempo()));
        if (locked, settings.tempo_range) != (self.locked, self.tempo_range) {
            self.locked = locked;
            self.tempo_range = settings.tempo_range;
            self.prefer();
        }
    }

    /// Prefers tempi near this one, or as everybody does.
    pub fn suggest_tempo(&mut self, tempo: Option<Bpm>) {
        let tempo = tempo.filter(|tempo| tempo.0.is_finite() && tempo.0 > 0.0);
        if tempo != self.suggested {
            self.suggested = tempo;
            self.prefer();
        }
    }

    /// Takes half the tempo from now on.
    pub fn halve_tempo(&mut self) {
        self.change_tempo(0.5, BeatFilter::halve_tempo);
    }

    /// Takes double the tempo from now on.
    pub fn double_tempo(&mut self) {
        self.change_tempo(2.0, BeatFilter::double_tempo);
    }

    /// Hears a tap at `now_frames`, where `frame` was the last that was taken.
    pub fn tap(&mut self, frame: u64, now_frames: f64) {
        let Some(period_frames) = self.taps.tap(now_frames) else { return };
        self.correct(tempo_of(f64::from(period_frames)));
        self.beat_filter.believe(period_frames, (frame as f64 + 0.5 - now_frames) as f32);
    }

    /// Counts the beat nearest to `now_frames` as the first of its bar; `frame` was the last that was taken.
    pub fn this_is_one(&mut self, frame: u64, now_frames: f64) {
        let Some(bar) = self.bar else { return };
        let period = self.period_frames();
        let last = frame as f64 + 0.5 - self.beat_filter.pointer().position_frames as f64;
        let nearest = last + ((now_frames - last) / period).round() * period;
        // Beats after the newest one counted; less than none where that one comes after now.
        let uncounted = ((nearest - self.judged[0]) / period).round().clamp(-8.0, 8.0) as i64;
        let position = (-uncounted).rem_euclid(i64::from(bar.beats_per_bar)) as u8;
        let counted = BarPointer { beat_in_bar: position + 1, ..bar };
        self.bar_filter.believe(counted);
        self.bar = Some(counted);
    }

    /// Probability of each period: see [`BeatFilter::period_probabilities`].
    pub fn period_probabilities(&self) -> &[f32] {
        self.beat_filter.period_probabilities()
    }

    fn change_tempo(&mut self, factor: f32, change: fn(&mut BeatFilter)) {
        let wanted = Bpm(self.tempo().0 * factor);
        if !(self.tempo_range.slowest.0..=self.tempo_range.fastest.0).contains(&wanted.0) {
            return;
        }
        change(&mut self.beat_filter);
        self.correct(wanted);
    }

    /// Prefers what somebody has made of the tempo; a lock moves there.
    fn correct(&mut self, tempo: Bpm) {
        self.corrected = Some(tempo);
        self.locked = self.locked.and(self.corrected);
        self.prefer();
    }

    fn prefer(&mut self) {
        let likely = self.corrected.or(self.suggested);
        self.beat_filter.prefer(&TempoPrior::new(self.tempo_range, likely, self.locked));
    }

    fn tempo(&self) -> Bpm {
        tempo_of(self.period_frames())
    }

    /// Forgets everything it heard, keeping every buffer, what was set and what was suggested. What somebody has made of the
    /// tempo is forgotten, unless it is locked.
    pub fn reset(&mut self) {
        self.corrected = None;
        self.taps = Taps::default();
        self.prefer();
        self.beat_filter.reset();
        self.bar_filter.reset();
        self.harmony.reset();
        self.recent = [NOTHING_HEARD; RECENT];
        self.judged = [f64::NEG_INFINITY; 3];
        self.reported = [f64::NEG_INFINITY; TEMPO_BEATS];
        self.bar = None;
        self.strength = 0.0;
        self.steadiness = 1.0;
        self.agreement = 0.0;
        self.silent_frames = 0;
    }

    /// Hears what chords sound at a frame: the probabilities of all classes. What is known before the beats of that time
    /// are reported helps to count them.
    pub fn hear_chords(&mut self, frame: u64, probabilities: &[f32]) {
        self.harmony.push(frame, probabilities);
    }

    /// Hears that another root sounds from `change_frame` on; `frame` was the last that was taken. Where somebody has set the
    /// tempo by hand, they know better where the beats are.
    pub fn hear_chord_change(&mut self, frame: u64, change_frame: f64) {
        if self.corrected.is_some() {
            return;
        }
        let ago_frames = (frame as f64 + 0.5 - change_frame).round().max(0.0) as usize;
        self.beat_filter.hear_chord_change(ago_frames);
    }

    /// Takes what is known of `frame` and says whether a beat is to be reported, all at once.
    #[cfg(test)]
    pub fn step(&mut self, frame: u64, observation: BeatObservation) -> Option<DecodedBeat> {
        self.tell_of_chord_change();
        self.begin_step(observation);
        self.observe();
        self.refresh();
        self.find();
        self.end_step(frame)
    }

    /// Takes what is known of the next frame. The rest of the step is to follow before anything else is asked: what was
    /// observed, what is written down, what is found, and the end.
    pub fn begin_step(&mut self, observation: BeatObservation) {
        self.silent_frames =
            if observation.level_dbfs < SILENCE_DBFS { self.silent_frames.saturating_add(1) } else { 0 };
        if self.silent_frames == FORGET_AFTER_FRAMES {
            let silent_frames = self.silent_frames;
            self.reset();
            self.silent_frames = silent_frames;
        }
        self.recent.rotate_right(1);
        self.recent[0] = observation;
        self.beat_filter.advance();
    }

    /// Lets some more states know of a change of chord, before a step.
    pub fn tell_of_chord_change(&mut self) {
        self.beat_filter.tell_of_chord_change();
    }

    /// Weighs what was taken.
    pub fn observe(&mut self) {
        self.beat_filter.observe(self.recent[0].beat, self.neutral_activation());
    }

    /// Writes what was done to all states into some of them.
    pub fn refresh(&mut self) {
        self.beat_filter.refresh();
    }

    /// Finds where the music is.
    pub fn find(&mut self) {
        self.beat_filter.end_step();
        self.agreement = self.beat_filter.agreement(TOLERANCE_FRAMES);
    }

    /// Says whether a beat is to be reported, now that `frame` is known.
    pub fn end_step(&mut self, frame: u64) -> Option<DecodedBeat> {
        let pointer = self.beat_filter.pointer();
        let passed = pointer.position_frames;
        let beat_frame = frame as f64 + 0.5 - passed as f64;
        let due = passed >= LATENCY_FRAMES && 2 * passed < pointer.state_period_frames;
        let new = beat_frame - self.reported[0] > MINIMUM_GAP * f64::from(pointer.period_frames);
        if !due || !new || self.silent_frames >= QUIET_AFTER_FRAMES {
            return None;
        }
        let heard = &self.recent[..(passed + 4).min(RECENT)];
        let strongest = |of: fn(&BeatObservation) -> f32| heard.iter().map(of).fold(0.0, f32::max);
        let (beat, downbeat) = (strongest(|frame| frame.beat), strongest(|frame| frame.downbeat));
        if beat_frame - self.judged[0] > MINIMUM_GAP * f64::from(pointer.period_frames) {
            if self.bar.is_some() {
                self.count(beat_frame, beat, downbeat);
            }
            self.judge(beat_frame, beat);
        }
        let confidence = self.confidence();
        if confidence < shifted_threshold(self.settings.threshold, self.sensitivity) {
            return None;
        }
        let bar = *self.bar.get_or_insert_with(|| self.bar_filter.beat(beat, downbeat));
        self.reported.rotate_right(1);
        self.reported[0] = beat_frame;
        Some(DecodedBeat { frame: beat_frame, bar, period_frames: self.period_frames(), confidence })
    }

    /// Counts a beat, whether it is to be reported or not, and those before it that nobody saw. The count begins with the first
    /// that is reported.
    fn count(&mut self, beat_frame: f64, beat: f32, downbeat: f32) {
        if let Some(change) = self.change_at_last_beat(beat_frame) {
            self.bar_filter.hear_change(change);
        }
        let beats = (beat_frame - self.judged[0]) / self.period_frames();
        if (beats - beats.round()).abs() < UNSEEN_TOLERANCE_BEATS && beats < UNSEEN_BEATS {
            (1..beats.round() as usize).for_each(|_| self.bar_filter.pass());
        }
        self.bar = Some(self.bar_filter.beat(beat, downbeat));
    }

    /// Takes a beat into the means of what the network heard at beats, and of how evenly they came.
    fn judge(&mut self, beat_frame: f64, activation: f32) {
        self.judged.rotate_right(1);
        self.judged[0] = beat_frame;
        // The first one says all that is known.
        let share = if self.strength == 0.0 { 1.0 } else { 1.0 / STRENGTH_BEATS };
        self.strength += (activation - self.strength) * share;
        let [newest, last, before] = self.judged;
        if before.is_finite() {
            let is_steady = ((newest - last) / (last - before) - 1.0).abs() < TEMPO_TOLERANCE;
            self.steadiness += (f32::from(u8::from(is_steady)) - self.steadiness) / STEADINESS_BEATS;
        }
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

    /// How much the harmony changed at the beat before one at `beat_frame`: 0 to 1, `None` where that is not known.
    fn change_at_last_beat(&self, beat_frame: f64) -> Option<f32> {
        let [last, before, _] = self.judged;
        let period = self.period_frames();
        let is_next = |interval: f64| (0.6..1.5).contains(&(interval / period));
        if !is_next(beat_frame - last) || !is_next(last - before) {
            return None;
        }
        let [earlier, later] = [(before, last), (last, beat_frame)]
            .map(|(from, to)| self.harmony.mean(from + SETTLING_SHARE * (to - from), to));
        Some(later?.distance(&earlier?))
    }

    /// Which activation tells neither for nor against a beat: less where the network hears little at the beats, as in what is
    /// loud and dense, since an empty frame tells less against one there.
    fn neutral_activation(&self) -> f32 {
        let share = if self.strength == 0.0 { 1.0 } else { (self.strength / CLEAR_ACTIVATION).min(1.0) };
        NEUTRAL_ACTIVATION * share.max(LEAST_NEUTRAL_SHARE)
    }

    /// The filter is always sure of some beat: what speaks against noise and speech is how much the network heard at its beats,
    /// and whether they kept their distance.
    fn confidence(&self) -> f32 {
        let heard = self.strength.powi(2) / (self.strength.powi(2) + WEAK_ACTIVATION.powi(2));
        let doubt = UNSTEADY_LOG_ODDS * (1.0 - self.steadiness);
        calibrated_probability(&self.settings, log_odds(heard * self.agreement) - doubt)
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

/// The tempo of a beat period.
pub(crate) fn tempo_of(period_frames: f64) -> Bpm {
    Bpm((60.0 * f64::from(FRAMES_PER_SECOND) / period_frames) as f32)
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

    /// Tempo and last beats at the end of steady music in which `ask` is called for every frame.
    fn played(period: f64, ask: impl Fn(usize, &mut BeatDecoder)) -> (f32, Vec<DecodedBeat>) {
        let mut decoder = BeatDecoder::new(settings());
        let mut beats = Vec::new();
        for frame in 0..3000_usize {
            ask(frame, &mut decoder);
            beats.extend(decoder.step(frame as u64, music(frame, period, 4)));
        }
        (decoder.tempo().0, beats)
    }

    #[test]
    fn halved_and_doubled_tempi_stay() {
        let (halved, _) = played(50.0, |frame, decoder| {
            if frame == 1500 {
                decoder.halve_tempo();
            }
        });
        assert!((halved / 60.0 - 1.0).abs() < 0.03, "{halved}");
        let (doubled, beats) = played(50.0, |frame, decoder| {
            if frame == 1500 {
                decoder.double_tempo();
            }
        });
        assert!((doubled / 240.0 - 1.0).abs() < 0.03, "{doubled}");
        // Within one hop: the next beat comes half a period after the last.
        let after: Vec<f64> = beats.iter().map(|beat| beat.frame).filter(|frame| *frame > 1450.0).collect();
        assert!(after[2] - after[1] < 30.0, "{after:?}");
    }

    #[test]
    fn a_suggestion_outlives_silence_and_a_correction_does_not() {
        let mut decoder = BeatDecoder::new(settings());
        decoder.suggest_tempo(Some(Bpm(70.0)));
        (0..1500).for_each(|frame| _ = decoder.step(frame, music(frame as usize, 50.0, 4)));
        decoder.double_tempo();
        assert!(decoder.corrected.is_some());
        let silence = BeatObservation { beat: 0.0, downbeat: 0.0, level_dbfs: -90.0 };
        (1500..2000).for_each(|frame| _ = decoder.step(frame, silence));
        assert_eq!((decoder.suggested, decoder.corrected), (Some(Bpm(70.0)), None));
        // Every beat of 140 BPM may as well be every other of 70, which is suggested.
        (2000..4000).for_each(|frame| _ = decoder.step(frame, music(frame as usize, 6000.0 / 140.0, 4)));
        assert!((decoder.tempo().0 / 70.0 - 1.0).abs() < 0.03, "{}", decoder.tempo().0);
    }

    #[test]
    fn taps_set_tempo_and_phase_against_what_is_heard() {
        // Music at 120 BPM, tapped at 80: every third half beat.
        let (tempo, _) = played(50.0, |frame, decoder| {
            if (1000..=1300).contains(&frame) && (frame - 1000) % 75 == 0 {
                decoder.tap(frame as u64, frame as f64 + 0.5);
            }
        });
        assert!((tempo / 80.0 - 1.0).abs() < 0.04, "{tempo}");
    }

    #[test]
    fn this_is_one_moves_the_count_to_the_beat_nearest_to_now() {
        // Beats at multiples of 50, downbeats at multiples of 200; it is said at 1345 and at 1355 that 1350 is one.
        for said in [1345, 1355] {
            let (_, beats) = played(50.0, |frame, decoder| {
                if frame == said {
                    decoder.this_is_one(frame as u64 - 1, frame as f64 + 0.5);
                }
            });
            let at = |time: f64| beats.iter().find(|beat| (beat.frame - time).abs() < 10.0).map(|beat| beat.bar);
            assert_eq!(at(1400.0).map(|bar| bar.beat_in_bar), Some(2), "said at {said}");
            assert_eq!(at(1550.0).map(|bar| bar.beat_in_bar), Some(1), "said at {said}");
        }
    }

    #[test]
    fn sensitivity_moves_what_is_reported() {
        let faint = |frame: u64| {
            let loud = music(frame as usize, 50.0, 4);
            BeatObservation { beat: 0.3 * loud.beat, downbeat: 0.3 * loud.downbeat, ..loud }
        };
        let reports = |sensitivity: f32| {
            let mut decoder = BeatDecoder::new(DecoderSettings { threshold: 0.6, ..settings() });
            decoder.set_preferences(&Settings::default(), sensitivity);
            (0..3000).filter(|&frame| decoder.step(frame, faint(frame)).is_some()).count()
        };
        assert!(reports(1.0) > reports(-1.0), "{} {}", reports(1.0), reports(-1.0));
    }

    /// The mean confidence of beats after 10 s, where the network hears something at these intervals (frames, in turn).
    fn mean_confidence(intervals: &[usize]) -> f32 {
        let mut decoder = BeatDecoder::new(DecoderSettings { threshold: 0.0, ..DecoderSettings::default() });
        let mut next_turn = (0..).map(|turn| intervals[turn % intervals.len()]);
        let mut spoken = 30;
        let mut confidences = Vec::new();
        for frame in 0..4000_usize {
            if frame > spoken + 2 {
                spoken += next_turn.next().unwrap();
            }
            let beat = if frame == spoken { 0.6 } else { 0.02 };
            let heard = BeatObservation { beat, downbeat: 0.1, level_dbfs: -20.0 };
            confidences.extend(decoder.step(frame as u64, heard).filter(|_| frame > 1000).map(|beat| beat.confidence));
        }
        confidences.iter().sum::<f32>() / confidences.len() as f32
    }

    #[test]
    fn bars_are_counted_on_through_beats_that_are_not_reported() {
        let mut decoder = BeatDecoder::new(DecoderSettings { threshold: 0.5, ..DecoderSettings::default() });
        let (mut settled, mut doubted) = (0, 0);
        // Ten bars that are clear, seven beats that the network hardly hears, and three bars that it hears, but not where they begin.
        for frame in 0..50 * 59_usize {
            let (beat, is_beat) = (frame / 50, frame % 50 == 30);
            let (strong, weak) = match beat {
                40..47 => (0.1, 0.01),
                47.. => (0.9, 0.2),
                _ if beat.is_multiple_of(4) => (0.9, 0.8),
                _ => (0.9, 0.05),
            };
            let heard = BeatObservation {
                beat: if is_beat { strong } else { 0.01 },
                downbeat: if is_beat { weak } else { 0.01 },
                level_dbfs: -20.0,
            };
            let reported = decoder.step(frame as u64, heard);
            doubted += usize::from(is_beat && (40..47).contains(&beat));
            let Some(found) = reported else { continue };
            let beat = (found.frame / 50.0) as usize;
            doubted -= usize::from((40..47).contains(&beat));
            if beat >= 24 {
                settled += 1;
                assert_eq!(usize::from(found.bar.beat_in_bar), beat % 4 + 1, "beat {beat}");
            }
        }
        assert!(settled >= 20 && doubted % 4 != 0, "{settled} beats settled, {doubted} doubted");
    }

    #[test]
    fn what_does_not_keep_its_distance_is_doubted() {
        let counted = mean_confidence(&[50]);
        let spoken = mean_confidence(&[37, 64, 45, 83, 52, 71, 33, 58, 41]);
        assert!(counted > 0.5 && spoken < 0.02, "counted {counted}, spoken {spoken}");
    }

    #[test]
    fn noise_without_a_pulse_earns_few_beats() {
        let mut decoder = BeatDecoder::new(DecoderSettings { threshold: 0.5, ..settings() });
        let flat = BeatObservation { beat: 0.06, downbeat: 0.02, level_dbfs: -30.0 };
        let reports = (0..3000).filter(|&frame| decoder.step(frame, flat).is_some()).count();
        assert_eq!(reports, 0);
    }
}
