//! The audio thread's half: samples in, events out.
//!
//! Everything here runs on the audio thread. It never allocates, frees, locks, blocks, logs, panics or makes a system
//! call, and its cost for a second of audio does not depend on how the audio is cut. All the work of a hop is done
//! when the hop's last sample arrives, and depends on nothing but the samples up to it: that is why events are
//! bit-identical for every split into blocks. Commands are taken between hops.

use attacca_models::{
    Task,
    description::DecoderSettings,
    vocabulary::{CHORD_CLASSES, ChordClass, KeyClass},
};

use crate::{
    command::Command,
    controller::Message,
    decoders::{
        bass::BassDecoder,
        beat::{self, BeatDecoder, BeatObservation, tempo_of},
        key_from_chords::{self, KeyFromChords},
        onset::OnsetDecoder,
        onset_bands::OnsetBandMeter,
        segments::{self, SegmentDecoder},
        voice::{self, VoiceDecoder},
    },
    event::{Event, EventKind},
    graph::{Graph, NetworkTraits},
    input::{Hop, Input},
    portrait::{self, Portrait, TempoBins},
    settings::{ChordVocabulary, Settings},
    snapshot::{BeatState, ChordCandidate, ChordState, KeyState, Snapshot},
    time::SamplePosition,
};

/// Hops for which a new graph listens alongside the old one before it takes over: two seconds, after which the
/// recurrent networks agree with ones that heard everything.
const WARM_UP_HOPS: u32 = 200;

/// A signal below this level is silence.
const SILENCE_DBFS: f32 = -70.0;

/// Silence that lasts this many hops has neither voice nor chord, whatever the networks say: longer than a rest, and
/// than what they look ahead.
const QUIET_AFTER_HOPS: u32 = 100;

/// The class of no chord.
const NO_CHORD: usize = 0;

/// Turns samples into events; see the crate's documentation for the three thread roles.
#[derive(Debug)]
pub struct Processor {
    input: Input,
    listener: Listener,
}

/// What the processor takes from and gives back to the controller.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub messages: rtrb::Consumer<Message>,
    pub returned: rtrb::Producer<Box<Graph>>,
}

/// Where results go.
#[derive(Debug)]
pub(crate) struct Outputs {
    pub events: rtrb::Producer<Event>,
    pub newest: triple_buffer::Input<Snapshot>,
    pub recorded: Option<rtrb::Producer<Snapshot>>,
    pub portraits: Option<rtrb::Producer<Portrait>>,
}

impl Processor {
    pub(crate) fn new(input: Input, graph: Box<Graph>, exchange: Exchange, outputs: Outputs) -> Self {
        let listener = Listener::new(graph, exchange, outputs, &input);
        Self { input, listener }
    }

    /// Processes interleaved samples: frames of one sample for each channel. A last incomplete frame is ignored.
    pub fn process_interleaved(&mut self, samples: &[f32]) {
        let Self { input, listener } = self;
        without_denormals(|| {
            listener.take_messages(input);
            input.push_interleaved(samples, |hop| listener.hop(hop));
        });
    }

    /// Processes planar samples: one slice for each channel, all as long as the shortest.
    pub fn process_planar(&mut self, channels: &[&[f32]]) {
        let Self { input, listener } = self;
        without_denormals(|| {
            listener.take_messages(input);
            input.push_planar(channels, |hop| listener.hop(hop));
        });
    }

    /// Carries out a command now, for whoever has the audio thread's half in hand. Others use
    /// [`Controller::send`](crate::Controller::send).
    pub fn command(&mut self, command: Command) {
        let Self { input, listener } = self;
        without_denormals(|| listener.carry_out(command, input));
    }

    /// Samples processed since the beginning or the last reset.
    pub fn position(&self) -> SamplePosition {
        self.input.position()
    }

    /// What is set.
    pub fn settings(&self) -> &Settings {
        &self.listener.settings
    }

    /// The longest time between an event and its report, in samples of the input, over all tasks.
    pub fn latency_samples(&self) -> u32 {
        Task::ALL.into_iter().map(|task| self.task_latency_samples(task)).max().unwrap_or(0)
    }

    /// The longest time between an event of one task and its report, in samples of the input; 0 for a task without a
    /// network. The beat decoder keeps to it while it is locked on; a beat it changes its mind about may come later.
    pub fn task_latency_samples(&self, task: Task) -> u32 {
        self.listener.latency_samples(task)
    }
}

/// Number of samples in a number of 10 ms frames.
pub(crate) fn frames_to_samples(frames: f64, sample_rate_hz: u32) -> f64 {
    frames * f64::from(sample_rate_hz) / f64::from(attacca_models::front_end::FRAMES_PER_SECOND)
}

/// Runs `work` with denormal numbers flushed to zero: recursive filters and recurrent networks decay into them, and
/// each would cost a hundred times an ordinary number.
fn without_denormals(work: impl FnOnce()) {
    // SAFETY: the function is unsafe since Rust leaves floating-point results under a changed control register
    // unspecified. Every operation inside is ordinary arithmetic whose result is right with or without denormals, and
    // the register is restored before returning.
    unsafe { no_denormals::no_denormals(work) }
}

/// Everything after the input stage.
#[derive(Debug)]
struct Listener {
    graph: Box<Graph>,
    /// A graph that warms up to take over, and the hops it has left.
    incoming: Option<(Box<Graph>, u32)>,
    settings: Settings,
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
    snapshot: Snapshot,
}

impl Listener {
    fn new(graph: Box<Graph>, exchange: Exchange, outputs: Outputs, input: &Input) -> Self {
        let rate = input.analysis_rate();
        let settings = |task| graph.traits(task).map(|traits| traits.decoder).unwrap_or_default();
        let key_settings = graph.traits(Task::Key).map_or(key_from_chords::SETTINGS, |traits| traits.decoder);
        Self {
            settings: Settings::default(),
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
            graph,
            incoming: None,
            exchange,
            outputs,
            sample_rate_hz: input.sample_rate_hz(),
            input_latency_samples: input.latency_samples(),
            tempo_bins: TempoBins::new(),
            snapshot: Snapshot::default(),
        }
    }

    fn latency_samples(&self, task: Task) -> u32 {
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
            decoded.max(0.0).ceil() as u32 + self.input_latency_samples as u32
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

    /// Takes what the controller sent. A graph is taken only if there is room to give one back.
    fn take_messages(&mut self, input: &mut Input) {
        while let Ok(message) = self.exchange.messages.peek() {
            let must_give_back = matches!(message, Message::Replace(_)) && self.incoming.is_some();
            if must_give_back && self.exchange.returned.is_full() {
                return;
            }
            match self.exchange.messages.pop() {
                Ok(Message::Replace(mut graph)) => {
                    for task in Task::ALL {
                        graph.enable(task, self.settings.task(task).enabled);
                    }
                    if let Some((superseded, _)) = self.incoming.replace((graph, WARM_UP_HOPS)) {
                        self.give_back(superseded);
                    }
                }
                Ok(Message::Command(command)) => self.carry_out(command, input),
                Err(_) => return,
            }
        }
    }

    fn carry_out(&mut self, command: Command, input: &mut Input) {
        match command {
            Command::Settings(settings) => self.set(settings.clamped()),
            Command::HalveTempo => self.beat.halve_tempo(),
            Command::DoubleTempo => self.beat.double_tempo(),
            Command::SuggestTempo(tempo) => self.beat.suggest_tempo(tempo),
            Command::Tap => {
                if let Some((frame, now_frames)) = self.beat_now(input) {
                    self.beat.tap(frame, now_frames);
                }
            }
            Command::ThisIsOne => {
                if let Some((frame, now_frames)) = self.beat_now(input) {
                    self.beat.this_is_one(frame, now_frames);
                }
            }
            Command::Reset => {
                input.reset();
                self.forget();
            }
        }
    }

    /// The last frame that the beat decoder took, and the newest sample on its clock; `None` before the first.
    fn beat_now(&self, input: &Input) -> Option<(u64, f64)> {
        let traits = self.graph.traits(Task::Beat)?;
        let frame = self.hops.checked_sub(1)?;
        Some((frame, self.decoder_frames(input.position(), traits)))
    }

    /// A position of the input on the clock of a network's decoder, which runs late by what the network looks ahead.
    fn decoder_frames(&self, position: SamplePosition, traits: NetworkTraits) -> f64 {
        position.0 as f64 / frames_to_samples(1.0, self.sample_rate_hz) + traits.look_ahead_frames as f64
    }

    fn set(&mut self, settings: Settings) {
        let before = std::mem::replace(&mut self.settings, settings);
        for task in Task::ALL {
            let wanted = settings.task(task);
            if let Some((graph, _)) = &mut self.incoming {
                graph.enable(task, wanted.enabled);
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
        if let Err(rtrb::PushError::Full(graph)) = self.exchange.returned.push(graph) {
            debug_assert!(false, "no room was left for a graph to be given back");
            // To leak it is the one way left to neither block nor free.
            std::mem::forget(graph);
        }
    }

    fn forget(&mut self) {
        self.graph.reset();
        if let Some((graph, _)) = &mut self.incoming {
            graph.reset();
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

    /// All the work of one hop.
    fn hop(&mut self, hop: &Hop<'_>) {
        let activations = self.graph.step(hop);
        self.warm_up(hop);
        self.onset_bands.update(hop);
        self.hops = hop.index + 1;

        self.snapshot.position = hop.position;
        self.snapshot.level_dbfs = hop.level_dbfs;
        self.snapshot.peak = hop.peak;
        self.snapshot.onset_activation = activations.onset;
        self.snapshot.beat_activation = activations.beat;
        self.snapshot.downbeat_activation = activations.downbeat;
        self.snapshot.voice_activation = activations.voice;
        self.snapshot.health.neutralised_samples = hop.neutralised_samples;
        self.snapshot.health.denormal_samples = hop.denormal_samples;
        if let Some(traits) = self.graph.traits(Task::Onset) {
            self.hear_onset(hop, traits, activations.onset);
        }
        self.snapshot.beat = None;
        if let Some(traits) = self.graph.traits(Task::Beat) {
            if let Some(chords) = self.graph.traits(Task::Chord) {
                // On the beat decoder's clock: each of the two runs late by what its network looks ahead.
                let frame = (hop.index + traits.look_ahead_frames as u64).checked_sub(chords.look_ahead_frames as u64);
                if let Some(frame) = frame {
                    self.beat.hear_chords(frame, self.graph.probabilities(Task::Chord));
                }
            }
            let observation =
                BeatObservation { beat: activations.beat, downbeat: activations.downbeat, level_dbfs: hop.level_dbfs };
            self.hear_beat(hop, traits, observation);
        }
        self.silent_hops = if hop.level_dbfs < SILENCE_DBFS { self.silent_hops.saturating_add(1) } else { 0 };
        if let Some(traits) = self.graph.traits(Task::Voice) {
            self.hear_voice(hop, traits, activations.voice);
        }
        if let Some(traits) = self.graph.traits(Task::Chord) {
            self.hear_chord(hop, traits);
        }
        if let Some(traits) = self.traits(Task::Key) {
            self.hear_key(hop, traits);
        }
        self.portray(hop);
        if let Some(recorded) = &mut self.outputs.recorded {
            self.snapshot.health.dropped_snapshots += u64::from(recorded.push(self.snapshot).is_err());
        }
        self.outputs.newest.write(self.snapshot);
    }

    /// Steps a graph that is to take over, and lets it take over when it has heard enough.
    fn warm_up(&mut self, hop: &Hop<'_>) {
        let Some((mut graph, hops_left)) = self.incoming.take() else { return };
        graph.step(hop);
        if hops_left > 0 || self.exchange.returned.is_full() {
            self.incoming = Some((graph, hops_left.saturating_sub(1)));
            return;
        }
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
        self.give_back(old);
    }

    fn hear_onset(&mut self, hop: &Hop<'_>, traits: NetworkTraits, activation: f32) {
        if let Some(onset) = self.onset.step(hop.index, activation) {
            let position = self.position(onset.frame, Task::Onset, traits);
            // Bands are measured as samples come, not as the network answers.
            let bands = self.onset_bands.rises(onset.frame - traits.look_ahead_frames as f64);
            let kind = EventKind::Onset { strength: onset.strength, bands };
            self.publish(hop.position, position, onset.confidence, kind);
        }
    }

    fn hear_beat(&mut self, hop: &Hop<'_>, traits: NetworkTraits, observation: BeatObservation) {
        if let Some(beat) = self.beat.step(hop.index, observation) {
            let kind = EventKind::Beat {
                beat_in_bar: beat.bar.beat_in_bar,
                beats_per_bar: beat.bar.beats_per_bar,
                tempo: tempo_of(beat.period_frames),
            };
            let position = self.position(beat.frame, Task::Beat, traits);
            self.publish(hop.position, position, beat.confidence, kind);
        }
        let now_frames = self.decoder_frames(hop.position, traits);
        self.snapshot.beat = self.beat.prediction(hop.index, now_frames).map(|next| BeatState {
            tempo: tempo_of(next.period_frames),
            beat_in_bar: next.bar.beat_in_bar,
            beats_per_bar: next.bar.beats_per_bar,
            next_beat: self.position(next.frame, Task::Beat, traits),
            confidence: next.confidence,
        });
    }

    fn is_quiet(&self) -> bool {
        self.silent_hops >= QUIET_AFTER_HOPS
    }

    fn hear_voice(&mut self, hop: &Hop<'_>, traits: NetworkTraits, activation: f32) {
        let heard = if self.is_quiet() { 0.0 } else { activation };
        if let Some(change) = self.voice.step(hop.index, heard) {
            let position = self.position(change.frame, Task::Voice, traits);
            self.publish(hop.position, position, change.confidence, EventKind::Voice { active: change.active });
        }
        self.snapshot.voice = self.voice.is_active();
    }

    fn hear_chord(&mut self, hop: &Hop<'_>, traits: NetworkTraits) {
        self.bass.hear(self.graph.lowest_partial());
        let change = match self.is_quiet() {
            true => self.chord.step_known(hop.index, NO_CHORD),
            false => {
                let probabilities = reduced(self.graph.probabilities(Task::Chord), self.settings.chord_vocabulary);
                self.chord.step(hop.index, &probabilities)
            }
        };
        if let Some(change) = change {
            let chord = ChordClass::from_class(change.class);
            self.tell_beat_of(chord, hop, change.frame - traits.look_ahead_frames as f64);
            self.bass.begin((hop.index + 1).saturating_sub(change.frame as u64) as usize);
            let kind = EventKind::Chord { chord, bass: None };
            let position = self.position(change.frame, Task::Chord, traits);
            self.publish(hop.position, position, change.confidence, kind);
        }
        self.hear_bass(hop, traits);
        self.snapshot.chord = self.chord.present().map(|present| ChordState {
            chord: ChordClass::from_class(present.class),
            bass: ChordClass::from_class(present.class).and_then(|chord| self.bass.inversion(chord)),
            confidence: present.probability,
            alternatives: self.chord.alternatives().map(|other| ChordCandidate {
                chord: ChordClass::from_class(other.class),
                probability: other.probability,
            }),
        });
    }

    /// Lets the beat decoder hear of a new root; `heard_frame` is when it began, without any look-ahead.
    fn tell_beat_of(&mut self, chord: Option<ChordClass>, hop: &Hop<'_>, heard_frame: f64) {
        let (Some(chord), Some(beat)) = (chord, self.graph.traits(Task::Beat)) else { return };
        if self.sounding_root.replace(chord.root) != Some(chord.root) {
            self.beat.hear_chord_change(hop.index, heard_frame + beat.look_ahead_frames as f64);
        }
    }

    /// Says the present chord again once it is clear that it stands on another note than its root.
    fn hear_bass(&mut self, hop: &Hop<'_>, traits: NetworkTraits) {
        let Some(present) = self.chord.present() else { return };
        let Some(chord) = ChordClass::from_class(present.class) else { return };
        if let Some(bass) = self.bass.decide(chord) {
            let kind = EventKind::Chord { chord: Some(chord), bass: Some(bass.pitch_class) };
            let position = self.position(hop.index as f64, Task::Chord, traits);
            self.publish(hop.position, position, present.probability * bass.share, kind);
        }
    }

    /// A key network knows better than the chords. Silence says nothing of a key: the last one holds.
    fn hear_key(&mut self, hop: &Hop<'_>, traits: NetworkTraits) {
        if self.is_quiet() {
            return;
        }
        let change = match self.graph.traits(Task::Key) {
            Some(_) => self.key.step(hop.index, self.graph.probabilities(Task::Key)),
            None => self.key.step(hop.index, &self.key_from_chords.keys(self.graph.probabilities(Task::Chord))),
        };
        if let Some(change) = change
            && let Some(key) = KeyClass::from_class(change.class)
        {
            let position = self.position(change.frame, Task::Key, traits);
            self.publish(hop.position, position, change.confidence, EventKind::Key { key });
        }
        self.snapshot.key = self.key.present().and_then(|present| {
            KeyClass::from_class(present.class).map(|key| KeyState { key, confidence: present.probability })
        });
    }

    /// The input position of a time in the frames of a task's decoder.
    fn position(&self, frame: f64, task: Task, traits: NetworkTraits) -> SamplePosition {
        let correction = f64::from(self.correction_seconds(task, traits)) * f64::from(self.sample_rate_hz);
        let heard = frames_to_samples(frame - traits.look_ahead_frames as f64, self.sample_rate_hz);
        SamplePosition((heard + correction).round().max(0.0) as u64)
    }

    /// What is added to the times of a task: by its network, and by the performer.
    fn correction_seconds(&self, task: Task, traits: NetworkTraits) -> f32 {
        let wanted = if task == Task::Beat { self.settings.beat_offset_seconds } else { 0.0 };
        traits.decoder.time_correction_seconds + wanted
    }

    fn publish(&mut self, now: SamplePosition, position: SamplePosition, confidence: f32, kind: EventKind) {
        let latency = now.0.saturating_sub(position.0);
        let latency_samples = u32::try_from(latency).unwrap_or(u32::MAX);
        let event = Event { position, latency_samples, confidence, kind };
        self.snapshot.health.dropped_events += u64::from(self.outputs.events.push(event).is_err());
    }

    /// What is drawn of a hop, for whoever wants it.
    fn portray(&mut self, hop: &Hop<'_>) {
        let Some(portraits) = &mut self.outputs.portraits else { return };
        let mut portrait = Portrait { position: hop.position, ..Portrait::default() };
        for (byte, &value) in portrait.spectrum.iter_mut().zip(self.graph.spectrum()) {
            *byte = portrait::level_byte(value);
        }
        if self.graph.traits(Task::Beat).is_some() {
            portrait.tempi = self.tempo_bins.gathered(self.beat.period_probabilities());
        }
        if self.graph.traits(Task::Chord).is_some() {
            for (byte, &probability) in portrait.chords.iter_mut().zip(self.chord.posterior()) {
                *byte = portrait::byte(probability);
            }
        }
        self.snapshot.health.dropped_portraits += u64::from(portraits.push(portrait).is_err());
    }
}

/// The probabilities of all chord classes, gathered in those that a vocabulary has.
fn reduced(probabilities: &[f32], vocabulary: ChordVocabulary) -> [f32; CHORD_CLASSES] {
    let mut gathered = [0.0; CHORD_CLASSES];
    for (class, &probability) in probabilities.iter().enumerate().take(CHORD_CLASSES) {
        let kept = ChordClass::from_class(class).map_or(NO_CHORD, |chord| vocabulary.reduced(chord).class());
        gathered[kept] += probability;
    }
    gathered
}
