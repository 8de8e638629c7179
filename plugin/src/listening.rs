//! The audio thread's half of the plugin: an engine, and what becomes of its events.
//!
//! Built on the main thread when the host activates the plugin; then [`Listening::block`] runs once a block and never
//! allocates, frees, locks or waits. Results are taken hop by hop in the order of time, so that what is sent does not
//! depend on the block size.

use std::time::Instant;

use attacca_engine::{
    Bpm, BuildError, Command, Controller, EngineConfig, Event, Processor, Reader, SamplePosition, Settings, Snapshot,
    Spread, build,
    models::{Task, WeightsFile},
};
use attacca_gui::Load;
use attacca_outputs::{MidiMessage, MidiSender, MidiSettings, osc::TimedEvent};

use crate::{
    monitor::{MonitorSender, Status},
    parameters::ResultParameters,
};

/// Hops of the largest block that a host may send, and many more: 20 s.
const HOPS: usize = 2000;
const EVENTS: usize = 4096;

/// Listens to blocks of audio.
#[derive(Debug)]
pub struct Listening {
    processor: Processor,
    reader: Reader,
    midi: MidiSender,
    midi_settings: MidiSettings,
    /// The tempo that was suggested last.
    suggested: Option<Bpm>,
    sample_rate_hz: u32,
    /// The last hop's snapshot, and an event that was published after it.
    snapshot: Snapshot,
    waiting: Option<Event>,
    /// Events that became known with the block's last sample: their messages belong to the next block's first, or a block
    /// that ends elsewhere would have them one sample later. One of each task at most.
    held: [Option<Event>; Task::ALL.len()],
    load: Load,
    unsent_events: u64,
}

/// Where a block's results go.
pub struct Sinks<'a, M: FnMut(MidiMessage)> {
    /// The host's MIDI.
    pub midi: M,
    /// The window, while one is open.
    pub monitor: Option<&'a mut MonitorSender>,
    /// OSC, while it is sent.
    pub osc: Option<&'a mut rtrb::Producer<TimedEvent>>,
    /// The host's parameters.
    pub results: &'a ResultParameters,
}

impl Listening {
    /// An engine for an input of `channels` channels at `sample_rate_hz`. Main thread.
    ///
    /// # Errors
    /// Where the engine cannot be built.
    pub fn new(
        networks: Vec<WeightsFile>,
        sample_rate_hz: u32,
        channels: usize,
        midi_settings: MidiSettings,
    ) -> Result<(Self, Controller), BuildError> {
        let config = EngineConfig {
            sample_rate_hz,
            channels,
            networks,
            event_capacity: EVENTS,
            snapshot_capacity: HOPS,
            portrait_capacity: HOPS,
            spread: Spread::HOP,
        };
        let (controller, processor, reader) = build(config)?;
        let listening = Self {
            processor,
            reader,
            midi: MidiSender::new(midi_settings, sample_rate_hz),
            midi_settings,
            suggested: None,
            sample_rate_hz,
            snapshot: Snapshot::default(),
            waiting: None,
            held: [None; Task::ALL.len()],
            load: Load::default(),
            unsent_events: 0,
        };
        Ok((listening, controller))
    }

    /// Samples heard since the beginning or the last reset: the position of the next block's first sample.
    pub fn position(&self) -> SamplePosition {
        self.processor.position()
    }

    /// Uses other settings, where they differ.
    pub fn set(&mut self, settings: Settings) {
        if *self.processor.settings() != settings {
            self.processor.command(Command::Settings(settings));
        }
    }

    /// Uses other MIDI settings, where they differ.
    pub fn set_midi(&mut self, settings: MidiSettings, send: impl FnMut(MidiMessage)) {
        if self.midi_settings != settings {
            self.midi_settings = settings;
            self.midi.set(settings, self.processor.position(), send);
        }
    }

    /// Carries out a command. A reset ends every note.
    pub fn command(&mut self, command: Command, send: impl FnMut(MidiMessage)) {
        if command == Command::Reset {
            self.held = [None; Task::ALL.len()];
            self.midi.restart(self.processor.position(), send);
            self.snapshot = Snapshot::default();
        }
        self.processor.command(command);
    }

    /// Suggests a tempo, or takes the suggestion back, where that is new.
    pub fn suggest_tempo(&mut self, tempo: Option<Bpm>) {
        if self.suggested != tempo {
            self.suggested = tempo;
            self.processor.command(Command::SuggestTempo(tempo));
        }
    }

    /// Ends every note that sounds.
    pub fn end_notes(&mut self, send: impl FnMut(MidiMessage)) {
        self.held = [None; Task::ALL.len()];
        self.midi.end_all(self.processor.position(), send);
    }

    /// What is left when it no longer listens: the notes that sound.
    pub fn into_midi(self) -> MidiSender {
        self.midi
    }

    /// Hears a block: one slice for each channel.
    pub fn block<M: FnMut(MidiMessage)>(&mut self, channels: &[&[f32]], sinks: &mut Sinks<'_, M>) {
        // Reading a clock is no system call on the systems that hosts run on.
        let started = Instant::now();
        let before = self.processor.position();
        self.processor.process_planar(channels);
        let now = self.processor.position();
        for event in std::mem::take(&mut self.held).into_iter().flatten() {
            self.midi.event(&event, &mut sinks.midi);
        }
        while let Some(snapshot) = self.reader.next_recorded_snapshot() {
            self.events_before(snapshot.position, sinks);
            self.snapshot = snapshot;
            self.midi.hop(&snapshot, &mut sinks.midi);
        }
        self.events_before(now, sinks);
        let last = self.waiting.take().into_iter().chain(std::iter::from_fn(|| self.reader.next_event()));
        for (event, held) in last.zip(&mut self.held) {
            show(&event, self.sample_rate_hz, &mut self.unsent_events, sinks);
            *held = Some(event);
        }
        self.midi.block_end(now, &mut sinks.midi);

        let block_samples = now.0 - before.0;
        let block_seconds = block_samples as f32 / self.sample_rate_hz as f32;
        sinks.results.show(&self.snapshot, self.sample_rate_hz, block_seconds);
        self.load.add(started.elapsed().as_secs_f32(), block_seconds);
        match &mut sinks.monitor {
            Some(monitor) => {
                while let Some(portrait) = self.reader.next_portrait() {
                    monitor.portrait(portrait);
                }
                monitor.status(Status {
                    snapshot: self.snapshot,
                    now,
                    sample_rate_hz: self.sample_rate_hz,
                    block_samples: u32::try_from(block_samples).unwrap_or(u32::MAX),
                    load: self.load,
                    latencies_samples: Task::ALL.map(|task| self.processor.task_latency_samples(task)),
                    activation_delays_samples: Task::ALL.map(|task| self.reader.activation_delay_samples(task)),
                    unsent_events: self.unsent_events,
                });
            }
            None => while self.reader.next_portrait().is_some() {},
        }
    }

    /// Sends the events that became known before `end`.
    fn events_before<M: FnMut(MidiMessage)>(&mut self, end: SamplePosition, sinks: &mut Sinks<'_, M>) {
        while let Some(event) = self.waiting.take().or_else(|| self.reader.next_event()) {
            if event.position.0 + u64::from(event.latency_samples) >= end.0 {
                self.waiting = Some(event);
                return;
            }
            self.midi.event(&event, &mut sinks.midi);
            show(&event, self.sample_rate_hz, &mut self.unsent_events, sinks);
        }
    }
}

/// Shows an event to all but the host's MIDI, and counts those that found no room.
fn show<M: FnMut(MidiMessage)>(event: &Event, sample_rate_hz: u32, unsent: &mut u64, sinks: &mut Sinks<'_, M>) {
    sinks.results.event(event);
    let shown = sinks.monitor.as_mut().is_none_or(|monitor| monitor.event(*event));
    let timed = TimedEvent { event: *event, sample_rate_hz };
    let sent = sinks.osc.as_mut().is_none_or(|osc| osc.push(timed).is_ok());
    *unsent += u64::from(!shown) + u64::from(!sent);
}
