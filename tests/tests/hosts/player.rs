//! A CLAP host that plays samples through an instance of the plugin and notes what it sends.

use std::sync::atomic::{AtomicBool, Ordering};

use attacca_engine::SamplePosition;
use attacca_outputs::{MidiMessage, midi::MidiKind};
use clack_extensions::{
    audio_ports_config::PluginAudioPortsConfig,
    gui::{GuiSize, HostGui, HostGuiImpl},
    params::{ParamInfoBuffer, PluginParams},
};
use clack_host::{
    events::{
        Match,
        event_types::{ParamValueEvent, TransportEvent},
        spaces::CoreEventSpace,
    },
    prelude::*,
};

use crate::library;

/// Largest block that a player announces.
pub const LARGEST_BLOCK: usize = 8192;

/// The plugin's identifier.
pub const ID: &std::ffi::CStr = c"org.attacca.attacca";

/// The ports that the plugin offers, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    StereoWithSideChain,
    Stereo,
    MonoWithSideChain,
    Mono,
}

impl Layout {
    pub const ALL: [Self; 4] = [Self::StereoWithSideChain, Self::Stereo, Self::MonoWithSideChain, Self::Mono];

    pub fn channels(self) -> usize {
        if matches!(self, Self::Stereo | Self::StereoWithSideChain) { 2 } else { 1 }
    }

    pub fn has_side_chain(self) -> bool {
        matches!(self, Self::StereoWithSideChain | Self::MonoWithSideChain)
    }
}

/// What the plugin may ask of a host.
pub struct Host;

/// Whether the plugin has asked for the main thread.
#[derive(Default)]
pub struct HostShared(AtomicBool);

impl SharedHandler<'_> for HostShared {
    fn request_restart(&self) {}

    fn request_process(&self) {}

    fn request_callback(&self) {
        self.0.store(true, Ordering::Release);
    }
}

impl HostGuiImpl for HostShared {
    fn resize_hints_changed(&self) {}

    fn request_resize(&self, _: GuiSize) -> Result<(), HostError> {
        Ok(())
    }

    fn request_show(&self) -> Result<(), HostError> {
        Ok(())
    }

    fn request_hide(&self) -> Result<(), HostError> {
        Ok(())
    }

    fn closed(&self, _was_destroyed: bool) {}
}

impl HostHandlers for Host {
    type Shared<'a> = HostShared;
    type MainThread<'a> = ();
    type AudioProcessor<'a> = ();

    fn declare_extensions(builder: &mut HostExtensions<'_, Self>, _: &Self::Shared<'_>) {
        builder.register::<HostGui>();
    }
}

/// A new instance.
pub fn instance() -> PluginInstance<Host> {
    let information = HostInfo::new("Attacca's tests", "The Attacca authors", "", "1").expect("there is no NUL");
    PluginInstance::new(|()| HostShared::default(), |_| (), library::clap(), ID, &information).expect("it is created")
}

/// What happens in a block beside audio.
#[derive(Default)]
pub struct Happening<'a> {
    /// Parameter changes: sample in the block, identifier, value.
    pub parameters: &'a [(u32, ClapId, f64)],
    pub transport: Option<TransportEvent>,
    /// The side-chain's channels; silence without.
    pub side_chain: Option<&'a [&'a [f32]]>,
}

/// An instance that is played through.
pub struct Player {
    pub instance: PluginInstance<Host>,
    layout: Layout,
    processor: Option<StartedPluginAudioProcessor<Host>>,
    /// Samples played since it was activated.
    position: u64,
    /// What the plugin has sent, at the samples since it was activated.
    pub sent: Vec<MidiMessage>,
}

impl Player {
    /// A new instance with these ports, not active yet.
    pub fn new(layout: Layout) -> Self {
        let mut instance = instance();
        let handle = instance.plugin_handle();
        let configurations: PluginAudioPortsConfig = handle.get_extension().expect("there are layouts");
        configurations.select(&handle, ClapId::new(layout as u32)).expect("the layout is known");
        Self { instance, layout, processor: None, position: 0, sent: Vec::new() }
    }

    /// As [`Player::new`], and started.
    pub fn started(layout: Layout, sample_rate_hz: u32) -> Self {
        let mut player = Self::new(layout);
        player.start(sample_rate_hz);
        player
    }

    pub fn start(&mut self, sample_rate_hz: u32) {
        let configuration = PluginAudioConfiguration {
            sample_rate: f64::from(sample_rate_hz),
            min_frames_count: 1,
            max_frames_count: LARGEST_BLOCK as u32,
        };
        let stopped = self.instance.activate(|_, _| (), configuration).expect("it is activated");
        self.processor = Some(stopped.start_processing().expect("it starts"));
        self.position = 0;
    }

    pub fn stop(&mut self) {
        if let Some(processor) = self.processor.take() {
            self.instance.deactivate(processor.stop_processing());
        }
    }

    pub fn reset(&mut self) {
        self.processor().reset();
    }

    /// Stops and starts processing without a new activation.
    pub fn pause(&mut self) {
        let processor = self.processor.take().expect("it is started");
        self.processor = Some(processor.stop_processing().start_processing().expect("it starts again"));
    }

    fn processor(&mut self) -> &mut StartedPluginAudioProcessor<Host> {
        self.processor.as_mut().expect("it is started")
    }

    /// Identifier and largest value of a parameter.
    pub fn parameter(&mut self, name: &str) -> (ClapId, f64) {
        let parameters = parameters(&mut self.instance);
        let found = parameters.iter().find(|parameter| parameter.name == name);
        let parameter = found.unwrap_or_else(|| panic!("expected a parameter {name}"));
        (parameter.id, parameter.maximum)
    }

    pub fn value(&mut self, name: &str) -> f64 {
        let id = self.parameter(name).0;
        let handle = self.instance.plugin_handle();
        handle.get_extension::<PluginParams>().and_then(|all| all.get_value(&handle, id)).expect("it has a value")
    }

    /// Plays a block; gives what comes out.
    pub fn block(&mut self, channels: &[&[f32]], happening: &Happening<'_>) -> Vec<Vec<f32>> {
        let samples = channels[0].len();
        assert_eq!(channels.len(), self.layout.channels());
        let mut main: Vec<Vec<f32>> = channels.iter().map(|channel| channel.to_vec()).collect();
        let mut side_chain: Vec<Vec<f32>> = match happening.side_chain {
            Some(channels) => channels.iter().map(|channel| channel.to_vec()).collect(),
            None => vec![vec![0.0; samples]; channels.len()],
        };
        let mut output = vec![vec![f32::NAN; samples]; channels.len()];
        let mut inputs = vec![&mut main];
        if self.layout.has_side_chain() {
            inputs.push(&mut side_chain);
        }
        let (mut input_ports, mut output_ports) = (AudioPorts::with_capacity(4, 2), AudioPorts::with_capacity(2, 1));
        let inputs = input_ports.with_input_buffers(inputs.into_iter().map(|port| AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_input_only(
                port.iter_mut().map(|channel| InputChannel::variable(channel.as_mut_slice())),
            ),
        }));
        let mut outputs = output_ports.with_output_buffers([AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_output_only(output.iter_mut().map(Vec::as_mut_slice)),
        }]);
        let mut events = EventBuffer::new();
        for &(time, id, value) in happening.parameters {
            events.push(&ParamValueEvent::new(time, id, Pckn::match_all(), value));
        }
        let mut sent = EventBuffer::with_capacity(1024);
        self.processor
            .as_mut()
            .expect("it is started")
            .process(
                &inputs,
                &mut outputs,
                &events.as_input(),
                &mut sent.as_output(),
                Some(self.position),
                happening.transport.as_ref(),
            )
            .expect("a block is played");
        let mut last = 0;
        for event in sent.iter() {
            let time = event.header().time();
            assert!(last <= time && (time as usize) < samples.max(1), "event at {time} after {last} in {samples}");
            last = time;
            self.sent.extend(message(event, self.position));
        }
        self.position += samples as u64;
        output
    }

    /// Plays mono samples on every channel in blocks of the given sizes, over and over; gives the first channel that comes
    /// out, having seen that the others are the same.
    pub fn play(&mut self, samples: &[f32], block_sizes: &[usize]) -> Vec<f32> {
        let mut sizes = block_sizes.iter().cycle();
        let (mut rest, mut heard) = (samples, Vec::with_capacity(samples.len()));
        while !rest.is_empty() {
            let (block, later) = rest.split_at(sizes.next().map_or(512, |size| *size).min(rest.len()));
            let output = self.block(&vec![block; self.layout.channels()], &Happening::default());
            assert!(output.iter().all(|channel| same_bits(channel, &output[0])), "the channels differ");
            heard.extend_from_slice(&output[0]);
            rest = later;
        }
        heard
    }

    /// What has been sent since this was asked last.
    pub fn take_sent(&mut self) -> Vec<MidiMessage> {
        std::mem::take(&mut self.sent)
    }

    /// Does on the main thread what the plugin has asked for.
    pub fn idle(&mut self) {
        if self.instance.access_shared_handler(|shared| shared.0.swap(false, Ordering::AcqRel)) {
            self.instance.call_on_main_thread_callback();
        }
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A parameter, as the plugin lists it.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    pub id: ClapId,
    pub name: String,
    /// The group that hosts show it in.
    pub module: String,
    pub maximum: f64,
}

impl Parameter {
    /// Whether a project keeps it: buttons and results are of the moment.
    pub fn is_kept(&self) -> bool {
        !["Buttons", "Results"].contains(&self.module.as_str())
    }
}

/// Every parameter, in the plugin's order.
pub fn parameters(instance: &mut PluginInstance<Host>) -> Vec<Parameter> {
    let handle = instance.plugin_handle();
    let extension: PluginParams = handle.get_extension().expect("there are parameters");
    let read = |index| {
        let mut buffer = ParamInfoBuffer::new();
        let info = extension.get_info(&handle, index, &mut buffer).expect("each is described");
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("names are UTF-8");
        Parameter { id: info.id, name: text(info.name), module: text(info.module), maximum: info.max_value }
    };
    (0..extension.count(&handle)).map(read).collect()
}

/// Whether samples are the same to the bit, whatever they are.
pub fn same_bits(some: &[f32], others: &[f32]) -> bool {
    some.len() == others.len() && some.iter().zip(others).all(|(some, other)| some.to_bits() == other.to_bits())
}

/// An event as the message that it stands for; parameters and gestures stand for none.
fn message(event: &UnknownEvent, block_start: u64) -> Option<MidiMessage> {
    let position = SamplePosition(block_start + u64::from(event.header().time()));
    let number = |value: Match<u16>| *value.as_specific().expect("one note is meant") as u8;
    let (channel, kind) = match event.as_core_event()? {
        CoreEventSpace::NoteOn(note) => {
            let velocity = (note.velocity() * 127.0).round() as u8;
            (number(note.channel()), MidiKind::NoteOn { key: number(note.key()), velocity })
        }
        CoreEventSpace::NoteOff(note) => (number(note.channel()), MidiKind::NoteOff { key: number(note.key()) }),
        CoreEventSpace::Midi(midi) => {
            let [status, number, value] = midi.data();
            assert_eq!(status & 0xf0, 0xb0, "nothing but controllers is sent as MIDI");
            (status & 0x0f, MidiKind::Controller { number, value })
        }
        _ => return None,
    };
    Some(MidiMessage { position, channel, kind })
}
