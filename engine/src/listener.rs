//! Everything after the input stage: the work of a hop, unit by unit, and what is asked for in between.
//!
//! Audio thread. A hop is begun when its last sample has arrived; its units run as the samples that follow pass their due
//! times (see `hop_plan.rs`), and commands are carried out when none is left. `listener/decoding.rs` has the decoders' units.

mod decoding;

use attacca_models::{Task, description::DecoderSettings};

use crate::{
    command::Command,
    controller::Message,
    decoders::{
        bass::BassDecoder,
        beat::{self, BeatDecoder},
        key_from_chords::{self, KeyFromChords},
        onset::OnsetDecoder,
        onset_bands::OnsetBandMeter,
        segments::{self, SegmentDecoder},
        voice::{self, VoiceDecoder},
    },
    event::EventKind,
    graph::{Graph, NetworkTraits},
    hop_plan::HopUnit,
    input::{Hop, Input},
    portrait::{Portrait, TempoBins},
    processor::{Exchange, Outputs, frames_to_samples},
    queue::PushError,
    settings::Settings,
    snapshot::Snapshot,
    time::SamplePosition,
    waiting_commands::WaitingCommands,
};

/// Hops for which a new graph listens alongside the old one before it takes over: three seconds, after which the
/// recurrent networks agree with ones that heard everything.
const WARM_UP_HOPS: u32 = if cfg!(loom) { 1 } else { 300 };

/// A signal below this level is silence.
const SILENCE_DBFS: f32 = -70.0;

/// The class of no chord.
const NO_CHORD: usize = 0;

/// A graph that is to take over.
#[derive(Debug)]
struct Incoming {
    graph: Box<Graph>,
    next_unit: usize,
    hops_left: u32,
}

impl Incoming {
    fn new(graph: Box<Graph>) -> Self {
        Self { next_unit: graph.plan().len(), graph, hops_left: WARM_UP_HOPS }
    }

    /// Runs the units that are due.
    fn run_until(&mut self, elapsed_samples: u64, hop: &Hop<'_>) {
        while let Some(planned) = self.graph.plan().unit(self.next_unit)
            && u64::from(planned.due_samples) <= elapsed_samples
        {
            self.next_unit += 1;
            match planned.unit {
                HopUnit::Feature(unit) => self.graph.run_feature(unit, hop),
                HopUnit::Network { index, first } => self.graph.run_network(index, first),
                // Nothing is decoded before it has taken over.
                _ => {}
            }
        }
    }
}

/// Everything after the input stage.
#[derive(Debug)]
pub(crate) struct Listener {
    graph: Box<Graph>,
    /// The next unit of the graph's plan: the one after the last where no hop is under way.
    next_unit: usize,
    /// A graph that warms up to take over.
    incoming: Option<Incoming>,
    settings: Settings,
    wanted_settings: Settings,
    waiting: WaitingCommands,
    onset: OnsetDecoder,
    onset_bands: OnsetBandMeter,
    beat: BeatDecoder,
    voice: VoiceDecoder,
    chord: SegmentDecoder,
    bass: BassDecoder,
    key: SegmentDecoder,
    key_from_chords: KeyFromChords,
    silent_hops: u32,
    /// Root of the last chord that was said.
    sounding_root: Option<u8>,
    /// Hops heard since the beginning or the last reset.
    hops: u64,
    exchange: Exchange,
    outputs: Outputs,
    sample_rate_hz: u32,
    input_latency_samples: u64,
    tempo_bins: TempoBins,
    portrait: Portrait,
    snapshot: Snapshot,
}

impl Listener {
    pub fn new(graph: Box<Graph>, exchange: Exchange, outputs: Outputs, input: &Input) -> Self {
        let rate = input.analysis_rate();
        let settings = |task| graph.traits(task).map(|traits| traits.decoder).unwrap_or_default();
        let key_settings = graph.traits(Task::Key).map_or(key_from_chords::SETTINGS, |traits| traits.decoder);
        Self {
            settings: Settings::default(),
            wanted_settings: Settings::default(),
            waiting: WaitingCommands::new(),
            onset: OnsetDecoder::new(settings(Task::Onset)),
            onset_bands: OnsetBandMeter::new(rate.hz()),
            beat: BeatDecoder::new(settings(Task::Beat)),
            voice: VoiceDecoder::new(settings(Task::Voice)),
            chord: SegmentDecoder::new(&segments::CHORDS, settings(Task::Chord)),
            bass: BassDecoder::new(),
            key: SegmentDecoder::new(&segments::KEYS, key_settings),
            key_from_chords: KeyFromChords::new(),
            silent_hops: 0,
            sounding_root: None,
            hops: 0,
            next_unit: graph.plan().len(),
            graph,
            incoming: None,
            exchange,
            outputs,
            sample_rate_hz: input.sample_rate_hz(),
            input_latency_samples: input.latency_samples(),
            tempo_bins: TempoBins::new(),
            portrait: Portrait::default(),
            snapshot: Snapshot::default(),
        }
    }

    /// What was set last, or is about to be.
    pub fn wanted_settings(&self) -> &Settings {
        &self.wanted_settings
    }

    /// See [`Processor::task_latency_samples`](crate::Processor::task_latency_samples).
    pub fn latency_samples(&self, task: Task) -> u32 {
        let decoder_frames = match task {
            Task::Onset => 0,
            Task::Beat => beat::LATENCY_FRAMES,
            Task::Voice => voice::LATENCY_FRAMES,
            Task::Chord => self.chord.latency_frames(),
            Task::Key => self.key.latency_frames(),
        };
        self.traits(task).map_or(0, |traits| {
            // One more frame: an event at a frame's start is known when the frame ends.
            let frames = (traits.look_ahead_frames + decoder_frames + 1) as f64;
            let correction = f64::from(self.correction_seconds(task, traits)) * f64::from(self.sample_rate_hz);
            let decoded = frames_to_samples(frames, self.sample_rate_hz) - correction;
            let worked_out = self.graph.plan().due_samples(task);
            decoded.max(0.0).ceil() as u32 + self.input_latency_samples as u32 + worked_out
        })
    }

    /// What there is to know of the network that is heard for a task, if there is one and it is enabled: for keys that of
    /// the chords where there is none of their own.
    fn traits(&self, task: Task) -> Option<NetworkTraits> {
        let own = self.graph.traits(task);
        if own.is_some() || task != Task::Key || !self.settings.task(task).enabled {
            return own;
        }
        let chords = self.graph.traits(Task::Chord)?;
        let time_correction_seconds = chords.decoder.time_correction_seconds;
        Some(NetworkTraits {
            decoder: DecoderSettings { time_correction_seconds, ..key_from_chords::SETTINGS },
            ..chords
        })
    }

    /// Does the work that the newest samples have made due.
    pub fn work(&mut self, input: &mut Input) {
        self.run_until(input.samples_since_hop(), &input.newest_hop());
        self.carry_out_waiting();
        if input.complete_hop() {
            self.begin_hop(&input.newest_hop());
            self.run_until(0, &input.newest_hop());
            self.carry_out_waiting();
        }
    }

    /// Takes what the controller sent. A graph is taken only if there is room to give one back, and a command if there is
    /// room for it to wait.
    pub fn take_messages(&mut self, input: &mut Input) {
        while let Ok(message) = self.exchange.messages.peek() {
            let no_room = match message {
                Message::Replace(_) => self.incoming.is_some() && self.exchange.returned.is_full(),
                Message::Command(_) => self.waiting.is_full(),
            };
            if no_room {
                return;
            }
            match self.exchange.messages.pop() {
                Ok(Message::Replace(mut graph)) => {
                    for task in Task::ALL {
                        graph.enable(task, self.settings.task(task).enabled);
                    }
                    if let Some(superseded) = self.incoming.replace(Incoming::new(graph)) {
                        self.give_back(superseded.graph);
                    }
                }
                Ok(Message::Command(command)) => self.command(command, input),
                Err(_) => return,
            }
        }
    }

    /// Carries out a command at once where no hop is under way, and else as soon as it is done.
    pub fn command(&mut self, command: Command, input: &mut Input) {
        if let Command::Settings(settings) = command {
            self.wanted_settings = settings.clamped();
        }
        if command == Command::Reset {
            let waiting = self.waiting.take();
            waiting.into_iter().for_each(|(command, position)| self.carry_out(command, position));
            input.reset();
            self.forget();
        } else if self.is_idle() {
            self.carry_out(command, input.position());
        } else if !self.waiting.push(command, input.position()) {
            self.snapshot.health.dropped_commands += 1;
        }
    }

    /// Whether no hop is under way.
    fn is_idle(&self) -> bool {
        let idle = |graph: &Graph, next_unit: usize| next_unit == graph.plan().len();
        let incoming = self.incoming.as_ref();
        idle(&self.graph, self.next_unit) && incoming.is_none_or(|incoming| idle(&incoming.graph, incoming.next_unit))
    }

    fn carry_out_waiting(&mut self) {
        if !self.waiting.is_empty() && self.is_idle() {
            let waiting = self.waiting.take();
            waiting.into_iter().for_each(|(command, position)| self.carry_out(command, position));
        }
    }

    /// Carries out a command that came at `position`.
    fn carry_out(&mut self, command: Command, position: SamplePosition) {
        match command {
            Command::Settings(settings) => self.set(settings.clamped()),
            Command::HalveTempo => self.beat.halve_tempo(),
            Command::DoubleTempo => self.beat.double_tempo(),
            Command::SuggestTempo(tempo) => self.beat.suggest_tempo(tempo),
            Command::Tap => {
                if let Some((frame, now_frames)) = self.beat_time(position) {
                    self.beat.tap(frame, now_frames);
                }
            }
            Command::ThisIsOne => {
                if let Some((frame, now_frames)) = self.beat_time(position) {
                    self.beat.this_is_one(frame, now_frames);
                }
            }
            // Never waits: see `command`.
            Command::Reset => {}
        }
    }

    /// The last frame that the beat decoder took, and a position of the input on its clock; `None` before the first.
    fn beat_time(&self, position: SamplePosition) -> Option<(u64, f64)> {
        let traits = self.graph.traits(Task::Beat)?;
        let frame = self.hops.checked_sub(1)?;
        Some((frame, self.decoder_frames(position, traits)))
    }

    /// A position of the input on the clock of a network's decoder, which runs late by what the network looks ahead.
    fn decoder_frames(&self, position: SamplePosition, traits: NetworkTraits) -> f64 {
        position.0 as f64 / frames_to_samples(1.0, self.sample_rate_hz) + traits.look_ahead_frames as f64
    }

    fn set(&mut self, settings: Settings) {
        let before = std::mem::replace(&mut self.settings, settings);
        for task in Task::ALL {
            let wanted = settings.task(task);
            if let Some(incoming) = &mut self.incoming {
                incoming.graph.enable(task, wanted.enabled);
            }
            if before.task(task).enabled != wanted.enabled {
                self.graph.enable(task, wanted.enabled);
                self.end(task);
            }
            match task {
                Task::Onset => self.onset.set_sensitivity(wanted.sensitivity),
                Task::Beat => self.beat.set_preferences(&settings, wanted.sensitivity),
                Task::Voice => self.voice.set_sensitivity(wanted.sensitivity),
                Task::Chord => self.chord.set_sensitivity(wanted.sensitivity),
                Task::Key => self.key.set_sensitivity(wanted.sensitivity),
            }
        }
        let frames_per_second = attacca_models::front_end::FRAMES_PER_SECOND as f32;
        self.chord.set_lag_frames((settings.chord_lag_seconds * frames_per_second).round() as usize);
    }

    /// Ends what one task has said to hold, and forgets what it heard.
    fn end(&mut self, task: Task) {
        let position = self.snapshot.position;
        match task {
            Task::Onset => {
                self.onset.reset();
                self.snapshot.onset_activation = 0.0;
            }
            Task::Beat => {
                self.beat.reset();
                self.snapshot.beat = None;
                (self.snapshot.beat_activation, self.snapshot.downbeat_activation) = (0.0, 0.0);
            }
            Task::Voice => {
                if self.voice.is_active() {
                    self.publish(position, position, 1.0, EventKind::Voice { active: false });
                }
                self.voice.reset();
                (self.snapshot.voice, self.snapshot.voice_activation) = (false, 0.0);
            }
            Task::Chord => {
                if self.chord.present().is_some_and(|present| present.class != NO_CHORD) {
                    self.publish(position, position, 1.0, EventKind::Chord { chord: None, bass: None });
                }
                self.chord.reset();
                self.bass.reset();
                self.sounding_root = None;
                self.snapshot.chord = None;
                if self.traits(Task::Key).is_none() {
                    self.end(Task::Key);
                }
            }
            Task::Key => {
                self.key.reset();
                self.snapshot.key = None;
            }
        }
    }

    /// Sends a graph to the controller to be freed. The caller has made sure of the room.
    fn give_back(&mut self, graph: Box<Graph>) {
        if let Err(PushError::Full(graph)) = self.exchange.returned.push(graph) {
            debug_assert!(false, "no room was left for a graph to be given back");
            // To leak it is the one way left to neither block nor free.
            std::mem::forget(graph);
        }
    }

    fn forget(&mut self) {
        self.graph.reset();
        self.next_unit = self.graph.plan().len();
        if let Some(incoming) = &mut self.incoming {
            incoming.graph.reset();
            incoming.next_unit = incoming.graph.plan().len();
        }
        self.hops = 0;
        self.onset.reset();
        self.onset_bands.reset();
        self.beat.reset();
        self.voice.reset();
        self.chord.reset();
        self.bass.reset();
        self.key.reset();
        self.silent_hops = 0;
        self.sounding_root = None;
        self.snapshot = Snapshot { health: self.snapshot.health, ..Snapshot::default() };
    }

    /// Begins the work of a hop; none is under way any more.
    fn begin_hop(&mut self, hop: &Hop<'_>) {
        self.take_over();
        self.next_unit = 0;
        if let Some(incoming) = &mut self.incoming {
            incoming.next_unit = 0;
            incoming.hops_left = incoming.hops_left.saturating_sub(1);
        }
        self.hops = hop.index + 1;
        self.silent_hops = if hop.level_dbfs < SILENCE_DBFS { self.silent_hops.saturating_add(1) } else { 0 };
    }

    /// Runs the units that are due so many samples after the hop's end.
    fn run_until(&mut self, elapsed_samples: u64, hop: &Hop<'_>) {
        while let Some(planned) = self.graph.plan().unit(self.next_unit)
            && u64::from(planned.due_samples) <= elapsed_samples
        {
            self.next_unit += 1;
            self.run(planned.unit, hop, SamplePosition(hop.position.0 + u64::from(planned.due_samples)));
        }
        if let Some(incoming) = &mut self.incoming {
            incoming.run_until(elapsed_samples, hop);
        }
    }

    /// Lets a graph take over that has heard enough.
    fn take_over(&mut self) {
        let heard_enough = |incoming: &mut Incoming| incoming.hops_left == 0 && !self.exchange.returned.is_full();
        let Some(Incoming { graph, .. }) = self.incoming.take_if(heard_enough) else { return };
        if let Some(traits) = graph.traits(Task::Onset) {
            self.onset.set_settings(traits.decoder);
        }
        if let Some(traits) = graph.traits(Task::Beat) {
            self.beat.set_settings(traits.decoder);
        }
        if let Some(traits) = graph.traits(Task::Voice) {
            self.voice.set_settings(traits.decoder);
        }
        if let Some(traits) = graph.traits(Task::Chord) {
            self.chord.set_settings(traits.decoder);
        }
        let old = std::mem::replace(&mut self.graph, graph);
        if let Some(traits) = self.traits(Task::Key) {
            self.key.set_settings(traits.decoder);
        }
        for task in Task::ALL {
            if old.traits(task).is_some() && self.traits(task).is_none() {
                self.end(task);
            }
        }
        self.give_back(old);
    }
}
