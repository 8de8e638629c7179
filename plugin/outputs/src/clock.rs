//! MIDI clock, start, stop and song position from predicted beats.
//!
//! A [`ClockGenerator`] is told of each hop's snapshot and asked for what is due; it knows no port and no thread, allocates
//! nothing, and works in samples of the input, fractions included. It sends 24 ticks a beat. Their distance follows the tempo
//! and the phase of the predicted beats as a loop of the first order does, with a time constant of half a beat, within
//! [`PHASE_CORRECTION`]; from one tick to the next it never changes by more than [`TICK_SLEW`].
//!
//! The song position counts from the first beat of a bar. Sequencers are started at the first beat that is counted on from the
//! one before (the first count of all is a guess), stopped when no beat has been heard for [`HOLD_SECONDS`], and led to another
//! place where the count of beats has been another one for [`MISCOUNTED_BEATS`] beats. Ticks go on while they are stopped, so
//! that their tempo stays.

use attacca_engine::{SamplePosition, snapshot::BeatState};

use crate::midi::MidiBytes;

/// Ticks a beat, as MIDI has it.
pub const TICKS_PER_BEAT: u32 = 24;
/// Largest change of the distance between ticks from one to the next, as a share.
pub const TICK_SLEW: f64 = 0.02;
/// Largest share by which ticks come faster or slower than the tempo to catch up with the beats.
pub const PHASE_CORRECTION: f64 = 0.1;
/// How long beats may be missing before sequencers are stopped, in seconds: some breaks are a bar long.
pub const HOLD_SECONDS: f64 = 2.0;
/// Beats in a row that are counted otherwise before the song position follows: a count may err for one beat.
pub const MISCOUNTED_BEATS: u32 = 2;
/// How near to a beat its tick has to be for sequencers to start with it, in seconds.
pub const START_WITHIN_SECONDS: f64 = 0.005;

/// Sixteenth notes a beat: the unit of the song position.
const SIXTEENTHS_PER_BEAT: u16 = 4;
/// Share of a beat's error that is corrected within a beat.
const PHASE_GAIN: f64 = 2.0;
/// Ticks that are late by more than this, in seconds, are left out: a machine was asleep.
const FORGET_SECONDS: f64 = 1.0;

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockMessage {
    /// A 24th of a beat has passed.
    Tick,
    /// Play from the beginning, with the next tick.
    Start,
    /// Play from the song position, with the next tick.
    Continue,
    /// Stop playing.
    Stop,
    /// Go to this place, in sixteenth notes from the beginning.
    SongPosition(u16),
}

impl ClockMessage {
    /// The message as it is transmitted.
    pub fn bytes(self) -> MidiBytes {
        match self {
            Self::Tick => MidiBytes::new(&[0xF8]),
            Self::Start => MidiBytes::new(&[0xFA]),
            Self::Continue => MidiBytes::new(&[0xFB]),
            Self::Stop => MidiBytes::new(&[0xFC]),
            Self::SongPosition(sixteenths) => {
                MidiBytes::new(&[0xF2, (sixteenths & 0x7F) as u8, ((sixteenths >> 7) & 0x7F) as u8])
            }
        }
    }
}

/// Makes ticks that follow predicted beats.
#[derive(Clone, Debug)]
pub struct ClockGenerator {
    sample_rate_hz: f64,
    /// The newest prediction.
    beat: Option<BeatState>,
    /// When a beat was last predicted, in samples.
    heard_at: f64,
    /// The ticks, from the first prediction on.
    ticks: Option<Ticks>,
    playing: bool,
}

#[derive(Clone, Copy, Debug)]
struct Ticks {
    /// When the next tick is due, in samples.
    next_at: f64,
    /// Samples from the tick before.
    interval: f64,
    /// The next tick's number in its beat, from 0.
    index: u32,
    /// Whether one has been sent.
    begun: bool,
    /// The beat of the bar that sounds, from 1.
    beat_in_bar: u8,
    miscounted: u32,
}

impl ClockGenerator {
    /// A clock that stands still, for an input at `sample_rate_hz`.
    pub fn new(sample_rate_hz: u32) -> Self {
        Self { sample_rate_hz: f64::from(sample_rate_hz), beat: None, heard_at: 0.0, ticks: None, playing: false }
    }

    /// Hears what a hop's snapshot says of the beat.
    pub fn follow(&mut self, position: SamplePosition, beat: Option<BeatState>) {
        self.beat = beat;
        let Some(beat) = beat else { return };
        self.heard_at = position.0 as f64;
        let next_at = beat.next_beat.0 as f64;
        let interval = self.period(&beat) / f64::from(TICKS_PER_BEAT);
        match &mut self.ticks {
            // One that is due already belongs to the beat before.
            Some(ticks) if ticks.begun || ticks.next_at <= position.0 as f64 => {}
            ticks => {
                let beat_in_bar = beat.beat_in_bar;
                *ticks = Some(Ticks { next_at, interval, index: 0, begun: false, beat_in_bar, miscounted: 0 });
            }
        }
    }

    /// When the next tick is due, in samples.
    pub fn next_at(&self) -> Option<f64> {
        self.ticks.map(|ticks| ticks.next_at)
    }

    /// Sends what is due before `end`, each with its time in samples.
    pub fn until(&mut self, end: f64, mut send: impl FnMut(f64, ClockMessage)) {
        if self.playing && self.beat.is_none() && end - self.heard_at > HOLD_SECONDS * self.sample_rate_hz {
            self.stop(end, &mut send);
        }
        if self.next_at().is_some_and(|at| end - at > FORGET_SECONDS * self.sample_rate_hz) {
            self.stop(end, &mut send);
            self.ticks = None;
        }
        while let Some(mut ticks) = self.ticks.filter(|ticks| ticks.next_at < end) {
            if ticks.index == 0 {
                self.begin_beat(&mut ticks, &mut send);
            }
            send(ticks.next_at, ClockMessage::Tick);
            self.ticks = Some(self.after(ticks));
        }
    }

    /// Stops whoever plays along.
    pub fn stop(&mut self, now: f64, mut send: impl FnMut(f64, ClockMessage)) {
        if std::mem::take(&mut self.playing) {
            send(now, ClockMessage::Stop);
        }
    }

    /// Counts a beat, whose tick is next; starts sequencers with it, or leads them to another place.
    fn begin_beat(&mut self, ticks: &mut Ticks, send: &mut impl FnMut(f64, ClockMessage)) {
        let Some(beat) = self.beat else {
            ticks.beat_in_bar = ticks.beat_in_bar.saturating_add(1);
            return;
        };
        let beats = beat.beats_per_bar.max(1);
        let is_next = (beat.next_beat.0 as f64 - ticks.next_at).abs() < self.period(&beat) / 2.0;
        let announced = if is_next { beat.beat_in_bar % beats + 1 } else { beat.beat_in_bar };
        let counted = ticks.beat_in_bar % beats + 1;
        ticks.miscounted = if counted == announced { 0 } else { ticks.miscounted + 1 };
        let counted_on = ticks.begun && counted == announced;
        let lost = self.playing && ticks.miscounted >= MISCOUNTED_BEATS;
        if lost {
            self.stop(ticks.next_at, &mut *send);
        }
        let near = self.lateness(ticks, &beat).abs() <= START_WITHIN_SECONDS * self.sample_rate_hz;
        if self.playing {
            ticks.beat_in_bar = counted;
            return;
        }
        ticks.beat_in_bar = announced;
        if !(lost || near && counted_on) {
            return;
        }
        (ticks.miscounted, self.playing) = (0, true);
        let sixteenths = u16::from(announced - 1) * SIXTEENTHS_PER_BEAT;
        if sixteenths == 0 {
            send(ticks.next_at, ClockMessage::Start);
        } else {
            send(ticks.next_at, ClockMessage::SongPosition(sixteenths));
            send(ticks.next_at, ClockMessage::Continue);
        }
    }

    /// The ticks after the next one.
    fn after(&self, ticks: Ticks) -> Ticks {
        let wanted = self.beat.map_or(ticks.interval, |beat| {
            let period = self.period(&beat);
            let correction = PHASE_GAIN * self.lateness(&ticks, &beat) / period;
            period / f64::from(TICKS_PER_BEAT) * (1.0 - correction.clamp(-PHASE_CORRECTION, PHASE_CORRECTION))
        });
        let interval = wanted.clamp(ticks.interval * (1.0 - TICK_SLEW), ticks.interval * (1.0 + TICK_SLEW));
        let index = (ticks.index + 1) % TICKS_PER_BEAT;
        Ticks { next_at: ticks.next_at + interval, interval, index, begun: true, ..ticks }
    }

    /// How much later the next tick is due than the predicted beats have it, in samples: half a beat either way at most.
    fn lateness(&self, ticks: &Ticks, beat: &BeatState) -> f64 {
        let period = self.period(beat);
        let place = f64::from(ticks.index) * period / f64::from(TICKS_PER_BEAT);
        let late = ticks.next_at - place - beat.next_beat.0 as f64;
        late - (late / period).round() * period
    }

    fn period(&self, beat: &BeatState) -> f64 {
        beat.tempo.period_seconds() * self.sample_rate_hz
    }
}

#[cfg(test)]
mod tests;
