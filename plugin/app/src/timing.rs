//! The thread that sends MIDI on time, and passes on what else there is to say.
//!
//! It comes by every millisecond, or sooner where something is due: takes what the engine has said, sends notes and controllers
//! as they become known or were predicted to fall, ticks the MIDI clock, and hands events to the reporting thread and the
//! window, for neither of which it waits while samples come in real time. It asks for real-time priority.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant, SystemTime},
};

use attacca_engine::{Event, SamplePosition, Snapshot, models::Task, snapshot::BeatState};
use attacca_outputs::{ClockGenerator, MidiMessage, MidiSender, MidiSettings, clock::ClockMessage};

use crate::{
    ear::{Mark, Take},
    feed::{FeedSender, Shown},
    input_clock::InputClock,
    midi_port::MidiPort,
    priority,
    report::{Report, StateReport},
};

/// How often the thread comes by.
const PERIOD: Duration = Duration::from_millis(1);
/// What is due is looked for a little after its time: then it is sure to be found.
const AFTER: Duration = Duration::from_micros(50);
/// How often the state is reported.
const STATE_PERIOD: Duration = Duration::from_millis(50);
/// How long ahead a predicted beat is said.
const BEAT_AHEAD_SECONDS: f64 = 0.1;
/// Two predictions closer than this share of a beat are the same beat.
const SAME_BEAT: f64 = 0.5;

/// What the thread is asked for.
pub enum Order {
    /// Send what is heard here. What was heard before ends.
    Take(Box<Take>),
    /// Nothing is heard any more.
    Silence,
    /// Send MIDI here.
    Port(Option<MidiPort>),
    /// Send these messages.
    Midi(MidiSettings),
    /// Send a MIDI clock, or none.
    Clock(bool),
    /// End every note.
    EndNotes,
}

/// The thread, running until it is dropped.
#[derive(Debug)]
pub struct Timing {
    orders: Option<Sender<Order>>,
    thread: Option<JoinHandle<()>>,
}

impl Timing {
    /// Starts the thread; `port_lost` is set when the MIDI port has gone.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn start(
        midi: MidiSettings,
        clock: bool,
        reports: SyncSender<Report>,
        feed: FeedSender,
        port_lost: Arc<AtomicBool>,
    ) -> io::Result<Self> {
        let (orders, received) = channel();
        let sending = Sending { midi, clock, port: None, unsent_midi: 0, unsent_events: 0, reports, feed, port_lost };
        let run = move || sending.run(&received);
        let thread = std::thread::Builder::new().name("attacca-timing".to_owned()).spawn(run)?;
        Ok(Self { orders: Some(orders), thread: Some(thread) })
    }

    /// Asks for something.
    pub fn order(&self, order: Order) {
        if let Some(orders) = &self.orders {
            // The thread only ends with this.
            let _ = orders.send(order);
        }
    }
}

impl Drop for Timing {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so, and is over as well.
            let _ = thread.join();
        }
    }
}

/// What the thread has beside what it listens to.
struct Sending {
    midi: MidiSettings,
    clock: bool,
    port: Option<MidiPort>,
    unsent_midi: u64,
    unsent_events: u64,
    reports: SyncSender<Report>,
    feed: FeedSender,
    /// Tells that the port has gone.
    port_lost: Arc<AtomicBool>,
}

/// What is listened to.
struct Heard {
    take: Take,
    input_clock: InputClock,
    midi: MidiSender,
    midi_clock: ClockGenerator,
    snapshot: Snapshot,
    mark: Mark,
    /// An event that was published after the hop that is looked at.
    waiting: Option<Event>,
    /// The last predicted beat that was said.
    said_beat: Option<SamplePosition>,
    state_due: Instant,
    /// What is due before has been sent: notes that end at once end here, or they might end before they begin.
    sent_until: SamplePosition,
    /// Whether the engine was reset, and results from before may still be in its queues.
    is_stale: bool,
    ended: bool,
}

impl Sending {
    fn run(mut self, orders: &Receiver<Order>) {
        let mut heard: Option<Heard> = None;
        let mut prioritised = false;
        loop {
            let pause = heard.as_ref().map_or(STATE_PERIOD, |heard| self.pause(heard));
            match orders.recv_timeout(pause) {
                Ok(order) => self.obey(order, &mut heard),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.look_after_port();
            if let Some(heard) = &mut heard {
                if heard.take.real_time && !prioritised {
                    prioritised = true;
                    self.ask_for_priority();
                }
                self.step(heard);
            }
        }
        self.silence(&mut heard);
    }

    fn obey(&mut self, order: Order, heard: &mut Option<Heard>) {
        match order {
            Order::Take(take) => {
                self.silence(heard);
                self.report(Report::Input(take.format.clone()), true);
                self.feed.show(Shown::Input);
                *heard = Some(Heard::new(*take, self.midi));
            }
            Order::Silence => self.silence(heard),
            Order::Port(port) => {
                if let Some(heard) = heard {
                    self.end_notes(heard);
                }
                self.port = port;
            }
            Order::Midi(settings) => {
                self.midi = settings;
                if let Some(heard) = heard {
                    let mut sender = Outlet { sending: self, clock: &heard.input_clock };
                    heard.midi.set(settings, heard.sent_until, |message| sender.midi(message));
                }
            }
            Order::Clock(clock) => {
                self.clock = clock;
                if let Some(heard) = heard.as_mut().filter(|_| !clock) {
                    self.stop_clock(heard);
                    heard.midi_clock = ClockGenerator::new(heard.take.format.sample_rate_hz);
                }
            }
            Order::EndNotes => {
                if let Some(heard) = heard {
                    self.end_notes(heard);
                }
            }
        }
    }

    /// How long nothing is due.
    fn pause(&self, heard: &Heard) -> Duration {
        if !heard.take.real_time {
            return Duration::ZERO;
        }
        let lead = self.port.as_ref().map_or(Duration::ZERO, MidiPort::lead);
        let tick = heard.midi_clock.next_at().filter(|_| self.clock);
        let beat = heard.snapshot.beat.map(|beat| beat.next_beat.0 as f64);
        let now = Instant::now();
        let pauses = [tick, beat].into_iter().flatten().filter_map(|position| {
            let due = heard.input_clock.instant_of(position)? + AFTER;
            due.checked_duration_since(now + lead)
        });
        pauses.min().unwrap_or(PERIOD).min(PERIOD)
    }

    /// Sends what has become known or due.
    fn step(&mut self, heard: &mut Heard) {
        let mark = *heard.take.marks.read();
        if mark.position < heard.mark.position {
            self.begin_anew(heard);
        }
        if let Some(at) = mark.at.filter(|_| heard.mark.position != mark.position) {
            heard.input_clock.hear(mark.position.0, at);
        }
        heard.mark = mark;
        while let Some(snapshot) = heard.take.reader.next_recorded_snapshot() {
            if heard.is_stale && snapshot.position > mark.position {
                continue;
            }
            heard.is_stale = false;
            self.events_before(heard, Some(snapshot.position));
            heard.snapshot = snapshot;
            let Heard { midi, midi_clock, input_clock, .. } = heard;
            midi.hop(&snapshot, |message| Outlet { sending: self, clock: input_clock }.midi(message));
            midi_clock.follow(snapshot.position, snapshot.beat);
            if heard.take.real_time {
                self.say_beat(heard);
            }
        }
        self.events_before(heard, None);
        while let Some(portrait) = heard.take.reader.next_portrait() {
            self.feed.show(Shown::Portrait(Box::new(portrait)));
        }

        let now = if heard.take.real_time {
            let lead = self.port.as_ref().map_or(Duration::ZERO, MidiPort::lead);
            self.send_due(heard, Instant::now() + lead);
            heard.input_clock.position_at(Instant::now()).unwrap_or(0.0)
        } else {
            mark.position.0 as f64
        };
        self.report_state(heard, now);
        heard.take.sent.store(mark.position.0, Ordering::Release);
        if mark.is_over && !heard.ended {
            heard.ended = true;
            self.end_notes(heard);
            self.report(Report::Ended, true);
        }
    }

    /// Sends notes and ticks that are due before `end`.
    fn send_due(&mut self, heard: &mut Heard, end: Instant) {
        let Some(end) = heard.input_clock.position_at(end) else { return };
        heard.sent_until = heard.sent_until.max(SamplePosition(end as u64));
        let Heard { midi, midi_clock, input_clock, sent_until, .. } = heard;
        let mut outlet = Outlet { sending: self, clock: input_clock };
        midi.block_end(*sent_until, |message| outlet.midi(message));
        if outlet.sending.clock {
            midi_clock.until(end, |position, message| outlet.clock(position, message));
        }
    }

    /// Sends the events that became known before `end`, or all.
    fn events_before(&mut self, heard: &mut Heard, end: Option<SamplePosition>) {
        while let Some(event) = heard.waiting.take().or_else(|| heard.take.reader.next_event()) {
            let known = event.position.0 + u64::from(event.latency_samples);
            if end.is_some_and(|end| known >= end.0) {
                heard.waiting = Some(event);
                return;
            }
            // The length is known before the silence in which such an event is heard.
            if heard.is_stale || heard.take.marks.read().length_samples.is_some_and(|length| event.position.0 >= length)
            {
                continue;
            }
            if heard.take.real_time {
                let Heard { midi, input_clock, .. } = &mut *heard;
                midi.event(&event, |message| Outlet { sending: self, clock: input_clock }.midi(message));
            }
            self.feed.show(Shown::Event(event));
            let happened = happened(&heard.input_clock, event.position);
            self.report(Report::Event { event, happened }, !heard.take.real_time);
        }
    }

    /// Says a predicted beat a little ahead, once.
    fn say_beat(&mut self, heard: &mut Heard) {
        let Some(beat) = heard.snapshot.beat else { return };
        let rate = f64::from(heard.take.format.sample_rate_hz);
        let Some(now) = heard.input_clock.position_at(Instant::now()) else { return };
        let until = (beat.next_beat.0 as f64 - now) / rate;
        let same = |said: SamplePosition| {
            let since = (beat.next_beat.0 as f64 - said.0 as f64) / rate;
            since < SAME_BEAT * beat.tempo.period_seconds()
        };
        if (0.0..BEAT_AHEAD_SECONDS).contains(&until) && !heard.said_beat.is_some_and(same) {
            heard.said_beat = Some(beat.next_beat);
            self.report(Report::NextBeat { beat, until: Duration::from_secs_f64(until) }, false);
        }
    }

    fn report_state(&mut self, heard: &mut Heard, now: f64) {
        let position = SamplePosition(now as u64);
        let (unsent_midi, unsent_events) = (self.unsent_midi, self.unsent_events);
        self.feed.status(|status| {
            status.input = Some(heard.take.format.clone());
            (status.snapshot, status.now, status.mark) = (heard.snapshot, position, heard.mark);
            status.activation_delays_samples = Task::ALL.map(|task| heard.take.reader.activation_delay_samples(task));
            (status.unsent_midi, status.unsent_events) = (unsent_midi, unsent_events);
        });
        let instant = Instant::now();
        if heard.take.real_time && instant >= heard.state_due {
            heard.state_due = instant + STATE_PERIOD;
            let until = |beat: BeatState| (beat.next_beat.0 as f64 - now) / f64::from(heard.take.format.sample_rate_hz);
            let until_next_beat_seconds = heard.snapshot.beat.map(until);
            let state = StateReport { snapshot: heard.snapshot, until_next_beat_seconds };
            // The next one is as good.
            let _ = self.reports.try_send(Report::State(Box::new(state)));
        }
    }

    /// Reports something; counts what found no room, unless it may wait for room.
    fn report(&mut self, report: Report, may_wait: bool) {
        let taken = if may_wait { self.reports.send(report).is_ok() } else { self.reports.try_send(report).is_ok() };
        self.unsent_events += u64::from(!taken);
    }

    fn end_notes(&mut self, heard: &mut Heard) {
        let Heard { midi, input_clock, sent_until, .. } = heard;
        midi.end_all(*sent_until, |message| Outlet { sending: self, clock: input_clock }.midi(message));
        self.stop_clock(heard);
    }

    fn stop_clock(&mut self, heard: &mut Heard) {
        let Heard { midi_clock, input_clock, sent_until, .. } = heard;
        let mut outlet = Outlet { sending: self, clock: input_clock };
        midi_clock.stop(sent_until.0 as f64, |position, message| outlet.clock(position, message));
    }

    /// The engine was reset: its positions begin from 0 again.
    fn begin_anew(&mut self, heard: &mut Heard) {
        // A clock that has heard nothing: whatever is sent is due now.
        heard.input_clock = InputClock::new(heard.take.format.sample_rate_hz);
        self.end_notes(heard);
        heard.midi.restart(SamplePosition::default(), |_| {});
        heard.midi_clock = ClockGenerator::new(heard.take.format.sample_rate_hz);
        (heard.snapshot, heard.waiting, heard.said_beat) = (Snapshot::default(), None, None);
        (heard.sent_until, heard.is_stale) = (SamplePosition::default(), true);
        self.report(Report::Input(heard.take.format.clone()), true);
        self.feed.show(Shown::Input);
    }

    /// Ends what was listened to.
    fn silence(&mut self, heard: &mut Option<Heard>) {
        if let Some(mut heard) = heard.take() {
            self.step(&mut heard);
            self.end_notes(&mut heard);
        }
        self.feed.status(|status| status.input = None);
    }

    /// Lets a port go that reaches nobody any more.
    fn look_after_port(&mut self) {
        if self.port.as_mut().is_some_and(|port| !port.is_alive()) {
            self.port = None;
            self.port_lost.store(true, Ordering::Relaxed);
        }
    }

    fn ask_for_priority(&mut self) {
        if let Err(error) = priority::ask() {
            let text = format!(
                "No real-time priority for MIDI ({error}): notes and clock may come late while the machine is busy. \
                 Install rtkit, or allow it in /etc/security/limits.d."
            );
            self.report(Report::Notice(text), true);
        }
    }
}

impl Heard {
    fn new(take: Take, midi: MidiSettings) -> Self {
        let sample_rate_hz = take.format.sample_rate_hz;
        Self {
            take,
            input_clock: InputClock::new(sample_rate_hz),
            midi: MidiSender::new(midi, sample_rate_hz),
            midi_clock: ClockGenerator::new(sample_rate_hz),
            snapshot: Snapshot::default(),
            mark: Mark::default(),
            waiting: None,
            said_beat: None,
            state_due: Instant::now(),
            sent_until: SamplePosition::default(),
            is_stale: false,
            ended: false,
        }
    }
}

/// The port, while positions are turned into instants.
struct Outlet<'a> {
    sending: &'a mut Sending,
    clock: &'a InputClock,
}

impl Outlet<'_> {
    fn midi(&mut self, message: MidiMessage) {
        self.send(message.bytes(), message.position.0 as f64);
    }

    fn clock(&mut self, position: f64, message: ClockMessage) {
        self.send(message.bytes(), position);
    }

    fn send(&mut self, bytes: attacca_outputs::midi::MidiBytes, position: f64) {
        let Some(port) = &mut self.sending.port else { return };
        let due = self.clock.instant_of(position).unwrap_or_else(Instant::now);
        self.sending.unsent_midi += u64::from(!port.send(bytes, due));
    }
}

/// When a sample sounded, by the clock of the day.
fn happened(clock: &InputClock, position: SamplePosition) -> SystemTime {
    let now = SystemTime::now();
    let ago = clock.instant_of(position.0 as f64).map(|instant| instant.elapsed());
    ago.and_then(|ago| now.checked_sub(ago)).unwrap_or(now)
}
