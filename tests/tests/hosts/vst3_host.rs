//! A small VST3 host: enough to play samples through the plugin and to note what it sends.

use std::{
    ffi::{c_char, c_void},
    path::PathBuf,
    ptr::null_mut,
    sync::OnceLock,
    thread,
};

use attacca_engine::SamplePosition;
use attacca_outputs::{MidiMessage, midi::MidiKind};
use vst3::{
    ComPtr, ComWrapper, Interface,
    Steinberg::{
        IBStream, IPluginBaseTrait, IPluginFactory, IPluginFactoryTrait, PClassInfo,
        Vst::{
            AudioBusBuffers, AudioBusBuffers__type0, BusDirections_, Event, Event_::EventTypes_, IAudioProcessor,
            IAudioProcessorTrait, IComponent, IComponentTrait, IEditController, IEditControllerTrait, IEventList,
            IParameterChanges, MediaTypes_, ProcessData, ProcessModes_, ProcessSetup, SpeakerArr, SymbolicSampleSizes_,
        },
        kResultOk, tresult,
    },
};

use crate::{
    library,
    vst3_objects::{Automation, EventList, Stream},
};

/// Largest block that is announced.
const LARGEST_BLOCK: i32 = 8192;

/// The library itself; a bundle has it in a folder for each system.
fn path() -> PathBuf {
    let path = library::path("ATTACCA_VST3", "Attacca.clap");
    if path.is_dir() { path.join("Contents/x86_64-linux/Attacca.so") } else { path }
}

fn factory() -> ComPtr<IPluginFactory> {
    static LIBRARY: OnceLock<libloading::Library> = OnceLock::new();
    // SAFETY: the library is the one that this workspace builds; the entries have these signatures in VST3.
    unsafe {
        let library = LIBRARY.get_or_init(|| {
            let library = libloading::Library::new(path()).expect("it is a library");
            let entry = library.get::<unsafe extern "system" fn(*mut c_void) -> bool>(b"ModuleEntry").expect("VST3");
            assert!(entry(null_mut()));
            library
        });
        let get = library.get::<unsafe extern "system" fn() -> *mut IPluginFactory>(b"GetPluginFactory");
        ComPtr::from_raw(get.expect("VST3")()).expect("there is a factory")
    }
}

/// What a host does about the side-chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SideChain {
    /// It agrees on a layout without.
    None,
    /// It agrees on one, and gives a bus without samples, as hosts made with JUCE do for one that is switched off.
    SwitchedOff,
    /// It agrees on one, and gives none.
    Forgotten,
}

/// A mono instance that is played through.
pub struct Vst3Player {
    side_chain: SideChain,
    component: ComPtr<IComponent>,
    processor: ComPtr<IAudioProcessor>,
    pub controller: ComPtr<IEditController>,
    events: ComWrapper<EventList>,
    position: u64,
    pub sent: Vec<MidiMessage>,
}

impl Vst3Player {
    /// A new instance, which plays.
    pub fn started(sample_rate_hz: u32) -> Self {
        Self::started_with(sample_rate_hz, SideChain::None)
    }

    /// As [`Vst3Player::started`], with a side-chain.
    pub fn started_with(sample_rate_hz: u32, side_chain: SideChain) -> Self {
        let player = Self::created(side_chain);
        // SAFETY: the calls are those of a host, in the order that VST3 asks for; what they are given outlives them.
        unsafe {
            let (mut inputs, mut output) = ([SpeakerArr::kMono; 2], SpeakerArr::kMono);
            let count = if side_chain == SideChain::None { 1 } else { 2 };
            let processor = &player.processor;
            assert_eq!(processor.setBusArrangements(inputs.as_mut_ptr(), count, &mut output, 1), kResultOk);
            for (media, direction) in [
                (MediaTypes_::kAudio, BusDirections_::kInput),
                (MediaTypes_::kAudio, BusDirections_::kOutput),
                (MediaTypes_::kEvent, BusDirections_::kOutput),
            ] {
                assert_eq!(player.component.activateBus(media as i32, direction as i32, 0, 1), kResultOk);
            }
            let mut setup = ProcessSetup {
                processMode: ProcessModes_::kRealtime as i32,
                symbolicSampleSize: SymbolicSampleSizes_::kSample32 as i32,
                maxSamplesPerBlock: LARGEST_BLOCK,
                sampleRate: f64::from(sample_rate_hz),
            };
            assert_eq!(processor.setupProcessing(&mut setup), kResultOk);
            assert_eq!(player.component.setActive(1), kResultOk);
            processor.setProcessing(1);
        }
        player
    }

    /// A new instance that has not been set up.
    pub fn created(side_chain: SideChain) -> Self {
        let factory = factory();
        // SAFETY: the calls are those of a host; what they are given outlives them.
        unsafe {
            let mut class: PClassInfo = std::mem::zeroed();
            assert_eq!(factory.getClassInfo(0, &mut class), kResultOk);
            let mut object = null_mut();
            let interface = IComponent::IID.as_ptr().cast::<c_char>();
            assert_eq!(factory.createInstance(class.cid.as_ptr().cast(), interface, &mut object), kResultOk);
            let component = ComPtr::from_raw(object.cast::<IComponent>()).expect("a component");
            assert_eq!(component.initialize(null_mut()), kResultOk);
            let processor = component.cast::<IAudioProcessor>().expect("it processes");
            let controller = component.cast::<IEditController>().expect("it is its own controller");
            let events = ComWrapper::new(EventList::default());
            Self { side_chain, component, processor, controller, events, position: 0, sent: Vec::new() }
        }
    }

    /// Samples by which audio is delayed.
    pub fn latency_samples(&self) -> u32 {
        // SAFETY: the processor exists.
        unsafe { self.processor.getLatencySamples() }
    }

    /// Plays samples in blocks of one size; gives what comes out.
    pub fn play(&mut self, samples: &[f32], block_size: usize) -> Vec<f32> {
        samples.chunks(block_size).flat_map(|block| self.block(block)).collect()
    }

    fn block(&mut self, block: &[f32]) -> Vec<f32> {
        let mut output = vec![f32::NAN; block.len()];
        assert_eq!(self.process(block, &mut output), kResultOk);
        output
    }

    /// Plays a block; gives the plugin's answer.
    pub fn process(&mut self, block: &[f32], output: &mut [f32]) -> tresult {
        let mut input = block.to_vec();
        let (mut main, mut missing, mut outputs) = ([input.as_mut_ptr()], [null_mut()], [output.as_mut_ptr()]);
        let bus = |channels: &mut [*mut f32; 1]| AudioBusBuffers {
            numChannels: 1,
            silenceFlags: 0,
            __field0: AudioBusBuffers__type0 { channelBuffers32: channels.as_mut_ptr() },
        };
        let (mut inputs, mut outputs) = ([bus(&mut main), bus(&mut missing)], bus(&mut outputs));
        let events = self.events.to_com_ptr::<IEventList>().expect("it is a list of events");
        let mut data = ProcessData {
            processMode: ProcessModes_::kRealtime as i32,
            symbolicSampleSize: SymbolicSampleSizes_::kSample32 as i32,
            numSamples: block.len() as i32,
            numInputs: if self.side_chain == SideChain::SwitchedOff { 2 } else { 1 },
            numOutputs: 1,
            inputs: inputs.as_mut_ptr(),
            outputs: &mut outputs,
            inputParameterChanges: null_mut(),
            outputParameterChanges: null_mut(),
            inputEvents: null_mut(),
            outputEvents: events.as_ptr(),
            processContext: null_mut(),
        };
        // SAFETY: the buffers and the list outlive the call.
        let result = unsafe { self.processor.process(&mut data) };
        for event in self.events.0.take() {
            assert!((0..block.len() as i32).contains(&event.sampleOffset), "an event at {}", event.sampleOffset);
            self.sent.push(message(&event, self.position));
        }
        self.position += block.len() as u64;
        result
    }

    /// Has a parameter automated by a thread of its own, as hosts have for audio: many values in a block without samples.
    pub fn automate(&self, parameter: i32, values: &[f64]) {
        // SAFETY: the controller exists; the block and what it points to outlive the call.
        unsafe {
            let mut info = std::mem::zeroed();
            assert_eq!(self.controller.getParameterInfo(parameter, &mut info), kResultOk);
            let processor = &self.processor;
            let play = move || {
                let automation = ComWrapper::new(Automation::new(info.id, values));
                let changes = automation.to_com_ptr::<IParameterChanges>().expect("they are changes");
                let mut data: ProcessData = std::mem::zeroed();
                data.inputParameterChanges = changes.as_ptr();
                assert_eq!(processor.process(&mut data), kResultOk);
            };
            thread::scope(|scope| scope.spawn(play).join()).expect("the thread ends well");
        }
    }

    /// The state as a host keeps it.
    pub fn save(&self) -> Vec<u8> {
        let stream = ComWrapper::new(Stream::default());
        let pointer = stream.to_com_ptr::<IBStream>().expect("it is a stream");
        // SAFETY: the stream outlives the call.
        assert_eq!(unsafe { self.component.getState(pointer.as_ptr()) }, kResultOk);
        stream.0.borrow().get_ref().clone()
    }

    /// Loads a state; says whether it was taken.
    pub fn load(&self, bytes: &[u8]) -> bool {
        let stream = ComWrapper::new(Stream::new(bytes));
        let pointer = stream.to_com_ptr::<IBStream>().expect("it is a stream");
        // SAFETY: the stream outlives the call.
        unsafe { self.component.setState(pointer.as_ptr()) == kResultOk }
    }

    /// Normalised values of all parameters.
    pub fn values(&self) -> Vec<f64> {
        // SAFETY: the controller exists, and parameters are asked for by indices that it has.
        unsafe {
            let id = |index| {
                let mut info = std::mem::zeroed();
                assert_eq!(self.controller.getParameterInfo(index, &mut info), kResultOk);
                info.id
            };
            (0..self.controller.getParameterCount())
                .map(|index| self.controller.getParamNormalized(id(index)))
                .collect()
        }
    }
}

impl Drop for Vst3Player {
    fn drop(&mut self) {
        // SAFETY: what was begun is ended in the opposite order.
        unsafe {
            self.processor.setProcessing(0);
            self.component.setActive(0);
            self.component.terminate();
        }
    }
}

fn message(event: &Event, block_start: u64) -> MidiMessage {
    // SAFETY: the kind says which of the fields is there.
    let (channel, kind) = unsafe {
        match u32::from(event.r#type) {
            EventTypes_::kNoteOnEvent => {
                let note = event.__field0.noteOn;
                let velocity = (note.velocity * 127.0).round() as u8;
                (note.channel as u8, MidiKind::NoteOn { key: note.pitch as u8, velocity })
            }
            EventTypes_::kNoteOffEvent => {
                let note = event.__field0.noteOff;
                (note.channel as u8, MidiKind::NoteOff { key: note.pitch as u8 })
            }
            EventTypes_::kLegacyMIDICCOutEvent => {
                let controller = event.__field0.midiCCOut;
                let (number, value) = (controller.controlNumber, controller.value as u8);
                (controller.channel as u8, MidiKind::Controller { number, value })
            }
            other => panic!("an event of kind {other}"),
        }
    };
    MidiMessage { position: SamplePosition(block_start + event.sampleOffset as u64), channel, kind }
}
