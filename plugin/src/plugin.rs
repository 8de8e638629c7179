//! The plugin as hosts see it.

use std::sync::{Arc, Mutex};

use attacca_engine::{Bpm, Command, SamplePosition};
use attacca_gui::Networks;
use attacca_outputs::{
    MidiMessage, MidiSender,
    midi::MidiKind,
    osc::{TimedEvent, queue},
};
use nice_plug::prelude::*;
use nice_plug_core::midi::{Channel, Key, VoiceID};
use nice_plug_egui::{EguiEditor, EguiEditorState, RepaintNotifier};

use crate::{
    background::{Background, Mark, drain},
    editor::{self, EditorApp, Request, Shared},
    listening::{Listening, Sinks},
    monitor::{MonitorSender, monitor},
    osc::OscOutput,
    parameters::{Buttons, Parameters, Slot, is_restored},
    transport::{TransportChange, TransportFollower},
};

/// Requests that wait for the audio thread at most.
const REQUESTS: usize = 64;

/// Channels that a bus has at most.
const CHANNELS: usize = 2;

/// The plugin: one half stays with the host's main thread, the other runs in [`Plugin::process`].
pub struct Attacca {
    shared: Shared,
    repaint: RepaintNotifier,
    monitor: MonitorSender,
    requests: rtrb::Consumer<Request>,
    osc: rtrb::Producer<TimedEvent>,
    listening: Option<Listening>,
    /// Where the host has reset, stopped or replaced what listened, there was nowhere to send to: notes that sound then are
    /// ended with the next block.
    reset_due: bool,
    left_sounding: Option<MidiSender>,
    transport: TransportFollower,
    pressed: [bool; BUTTONS],
    bypassed: bool,
    /// Runs as long as the plugin is there.
    _background: Option<Background>,
    executor: Option<AsyncExecutor<Self>>,
}

/// What the background thread has seen of what threads share, so that it notices a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    restored: [u64; 2],
    slot: Slot,
}

impl Default for Attacca {
    fn default() -> Self {
        let (monitor_sender, monitor) = monitor();
        let (request_sender, requests) = rtrb::RingBuffer::new(REQUESTS);
        let (osc, osc_events) = queue();
        let shared = Shared {
            parameters: Arc::new(Parameters::default()),
            networks: Arc::new(Networks::default()),
            osc: Arc::new(OscOutput::new(osc_events)),
            monitor: Arc::new(Mutex::new(monitor)),
            requests: Arc::new(Mutex::new(request_sender)),
            window: EguiEditorState::from_size(editor::DEFAULT_SIZE, 1.0),
        };
        let background = Background::start({
            let (shared, mut seen) = (shared.clone(), shared.seen());
            move || shared.catch_up(&mut seen)
        });
        if let Err(error) = &background {
            shared.networks.notice(format!("Weights are not replaced while audio runs: {error}"));
        }
        Self {
            _background: background.ok(),
            executor: None,
            shared,
            repaint: RepaintNotifier::new(),
            monitor: monitor_sender,
            requests,
            osc,
            listening: None,
            reset_due: false,
            left_sounding: None,
            transport: TransportFollower::default(),
            pressed: [false; BUTTONS],
            bypassed: false,
        }
    }
}

const STEREO: Option<NonZeroU32> = Some(new_nonzero_u32(2));
const MONO: Option<NonZeroU32> = Some(new_nonzero_u32(1));

const fn layout(channels: Option<NonZeroU32>, side_chain: &'static [NonZeroU32], name: &'static str) -> AudioIOLayout {
    AudioIOLayout {
        main_input_channels: channels,
        main_output_channels: channels,
        aux_input_ports: side_chain,
        aux_output_ports: &[],
        names: PortNames { layout: Some(name), aux_inputs: &["Side-chain"], ..PortNames::const_default() },
    }
}

impl Plugin for Attacca {
    const NAME: &'static str = "Attacca";
    const VENDOR: &'static str = "The Attacca authors";
    const URL: &'static str = "";
    const EMAIL: &'static str = "";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = &[
        layout(STEREO, &[new_nonzero_u32(2)], "Stereo with side-chain"),
        layout(STEREO, &[], "Stereo"),
        layout(MONO, &[new_nonzero_u32(1)], "Mono with side-chain"),
        layout(MONO, &[], "Mono"),
    ];

    const MIDI_OUTPUT: MidiConfig = MidiConfig::MidiCCs;

    type SysExMessage = ();
    type BackgroundTask = Mark;
    type Editor = EguiEditor<EditorApp>;

    fn params(&self) -> Arc<dyn Params> {
        Arc::clone(&self.shared.parameters) as Arc<dyn Params>
    }

    fn filter_state(state: &mut PluginState) {
        state.params.retain(|id, _| is_restored(id));
    }

    fn task_executor(&mut self) -> TaskExecutor<Self> {
        Box::new(Mark::reach)
    }

    fn editor(&mut self, executor: AsyncExecutor<Self>) -> Option<Self::Editor> {
        self.executor = Some(executor);
        editor::create(self.shared.clone(), self.repaint.clone())
    }

    fn activate(&mut self, layout: &AudioIOLayout, config: &BufferConfig, _: &mut impl ActivateContext<Self>) -> bool {
        self.leave();
        self.shared.restore();
        // A project may have been saved while a button was down.
        pressed(&self.shared.parameters.buttons, &mut self.pressed).for_each(drop);
        let channels = layout.main_input_channels.map_or(1, NonZeroU32::get) as usize;
        let midi = self.shared.parameters.midi.value();
        match Listening::new(self.shared.networks.in_use(), config.sample_rate.round() as u32, channels, midi) {
            Ok((listening, controller)) => {
                self.shared.networks.connect(controller);
                self.listening = Some(listening);
            }
            Err(error) => {
                // Audio passes through in any case.
                self.shared.networks.notice(format!("Attacca does not listen: {error}"));
                self.listening = None;
            }
        }
        self.transport = TransportFollower::default();
        self.bypassed = false;
        true
    }

    fn reset(&mut self) {
        self.reset_due = true;
        self.transport = TransportFollower::default();
    }

    fn process(
        &mut self,
        buffer: &mut Buffer<'_>,
        aux: &mut AuxiliaryBuffers<'_>,
        context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        let samples = buffer.samples();
        let Some(listening) = self.listening.as_mut().filter(|_| samples > 0) else {
            return ProcessStatus::Normal;
        };
        let parameters = &self.shared.parameters;

        let change = if parameters.settings.follow_transport.value() {
            self.transport.follow(context.transport(), samples)
        } else {
            self.transport = TransportFollower::default();
            TransportChange::default()
        };
        let tempo = context.transport().tempo.filter(|_| parameters.settings.use_host_tempo.value());
        let mut at_start = |message| send(context, message, message.position, samples);
        if let Some(mut midi) = self.left_sounding.take() {
            midi.restart(SamplePosition::default(), &mut at_start);
        }
        if std::mem::take(&mut self.reset_due) {
            carry_out(listening, Request::Command(Command::Reset), &mut at_start);
        }
        listening.set(parameters.settings.value());
        listening.set_midi(parameters.midi.value(), &mut at_start);
        follow(listening, change, &mut at_start);
        for command in pressed(&parameters.buttons, &mut self.pressed) {
            carry_out(listening, command, &mut at_start);
        }
        while let Ok(request) = self.requests.pop() {
            carry_out(listening, request, &mut at_start);
        }

        listening.suggest_tempo(tempo.map(|bpm| Bpm(bpm as f32)));

        let bypassed = parameters.bypass.value();
        if bypassed && !self.bypassed {
            carry_out(listening, Request::Command(Command::Reset), &mut at_start);
        }
        self.bypassed = bypassed;
        if bypassed {
            return ProcessStatus::Normal;
        }

        // A side-chain that the host leaves out has the length of an earlier block.
        let is_whole = |input: &Buffer<'_>| input.as_slice_immutable().iter().all(|channel| channel.len() >= samples);
        let use_sidechain = parameters.settings.use_sidechain.value();
        let side_chain = aux.inputs.first().filter(|input| use_sidechain && is_whole(input));
        let heard = side_chain.map_or_else(|| buffer.as_slice_immutable(), Buffer::as_slice_immutable);
        let mut channels: [&[f32]; CHANNELS] = [&[]; CHANNELS];
        let count = heard.len().min(CHANNELS);
        for (channel, heard) in channels.iter_mut().zip(heard) {
            *channel = &heard[..samples];
        }
        let start = listening.position();
        let is_open = self.shared.window.is_open();
        let mut sinks = Sinks {
            midi: |message| send(context, message, start, samples),
            monitor: is_open.then_some(&mut self.monitor),
            osc: self.shared.osc.is_sending().then_some(&mut self.osc),
            results: &parameters.results,
        };
        listening.block(&channels[..count], &mut sinks);
        self.repaint.request_repaint_with(is_open);
        ProcessStatus::Normal
    }

    fn deactivate(&mut self) {
        self.leave();
        if let Some(executor) = &self.executor {
            drain(executor);
        }
    }
}

impl Attacca {
    /// Stops listening; remembers which notes sound.
    fn leave(&mut self) {
        if let Some(listening) = self.listening.take() {
            // If notes still wait to be ended, no block was played since, and none has begun.
            self.left_sounding.get_or_insert(listening.into_midi());
        }
    }
}

impl Shared {
    fn seen(&self) -> Seen {
        let parameters = &self.parameters;
        Seen {
            restored: [parameters.weights.restored(), parameters.window.restored()],
            slot: parameters.settings.slot.value(),
        }
    }

    /// Does what has changed since `seen` asks for. Background thread.
    fn catch_up(&self, seen: &mut Seen) {
        let now = self.seen();
        if now.restored != seen.restored {
            self.restore();
        } else if now.slot != seen.slot {
            self.networks.use_slot(now.slot.into());
        }
        *seen = now;
    }

    /// Uses what the project says. Any thread but the audio thread.
    fn restore(&self) {
        let slot = self.parameters.settings.slot.value().into();
        self.networks.restore(&self.parameters.weights.get().files, slot);
        if let Err(error) = self.osc.set(&self.parameters.window.get().osc) {
            self.networks.notice(error.to_string());
        }
    }
}

fn follow(listening: &mut Listening, change: TransportChange, send: &mut impl FnMut(MidiMessage)) {
    if change.jumped {
        listening.command(Command::Reset, &mut *send);
    }
    if change.stopped {
        listening.end_notes(&mut *send);
    }
}

fn carry_out(listening: &mut Listening, request: Request, send: &mut impl FnMut(MidiMessage)) {
    match request {
        Request::Command(command) => listening.command(command, &mut *send),
        Request::EndNotes => listening.end_notes(&mut *send),
    }
}

const BUTTONS: usize = 6;

/// What the buttons ask for that were pressed since the last block.
fn pressed(buttons: &Buttons, before: &mut [bool; BUTTONS]) -> impl Iterator<Item = Request> + use<> {
    let meanings = [
        (&buttons.halve, Request::Command(Command::HalveTempo)),
        (&buttons.double, Request::Command(Command::DoubleTempo)),
        (&buttons.tap, Request::Command(Command::Tap)),
        (&buttons.this_is_one, Request::Command(Command::ThisIsOne)),
        (&buttons.reset, Request::Command(Command::Reset)),
        (&buttons.panic, Request::EndNotes),
    ];
    let mut requests = [None; BUTTONS];
    for (((button, request), before), asked) in meanings.into_iter().zip(before).zip(&mut requests) {
        let down = button.value();
        *asked = (down && !*before).then_some(request);
        *before = down;
    }
    requests.into_iter().flatten()
}

/// Sends a message at its place in a block of `samples` that begins at `start`. A host that takes no more loses it.
fn send(context: &mut impl ProcessContext<Attacca>, message: MidiMessage, start: SamplePosition, samples: usize) {
    let offset = message.position.0.saturating_sub(start.0).min(samples.saturating_sub(1) as u64);
    let timing = offset as u32;
    let MidiMessage { channel, kind, .. } = message;
    let unit = |value: u8| f32::from(value) / 127.0;
    let (voice_id, note_channel) = (VoiceID::Wildcard, Channel::Number(channel));
    let event = match kind {
        MidiKind::NoteOn { key, velocity } => NoteEvent::NoteOn {
            timing,
            voice_id,
            channel: note_channel,
            key: Key::Number(key),
            velocity: unit(velocity),
        },
        MidiKind::NoteOff { key } => {
            NoteEvent::NoteOff { timing, voice_id, channel: note_channel, key: Key::Number(key), velocity: 0.0 }
        }
        MidiKind::Controller { number, value } => NoteEvent::MidiCC { timing, channel, cc: number, value: unit(value) },
    };
    // A full or missing queue of the host's: there is nobody else to tell.
    let _ = context.try_send_event(event);
}

impl ClapPlugin for Attacca {
    const CLAP_ID: &'static str = "org.attacca.attacca";
    const CLAP_DESCRIPTION: Option<&'static str> =
        Some("Hears onsets, beats, chords and singing, and says so as MIDI, OSC and parameters");
    const CLAP_MANUAL_URL: Option<&'static str> = None;
    const CLAP_SUPPORT_URL: Option<&'static str> = None;
    const CLAP_FEATURES: &'static [ClapFeature] = &[
        ClapFeature::AudioEffect,
        ClapFeature::Analyzer,
        ClapFeature::NoteDetector,
        ClapFeature::Stereo,
        ClapFeature::Mono,
    ];
}

impl Vst3Plugin for Attacca {
    const VST3_CLASS_ID: [u8; 16] = *b"AttaccaListening";
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] =
        &[Vst3SubCategory::Fx, Vst3SubCategory::Analyzer, Vst3SubCategory::Tools];
}
