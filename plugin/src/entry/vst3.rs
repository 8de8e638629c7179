//! The entry of the VST3 library.
//!
//! VST3 calls through tables of functions. The guard gives the framework's audio processor a table of its own: at first one
//! that refuses audio, and once the host has set processing up, one that passes audio on with what cannot be used left out.
//! All other functions in both tables are the framework's.

use std::{
    ffi::c_void,
    ptr::null_mut,
    sync::{
        OnceLock,
        atomic::{AtomicPtr, Ordering},
    },
};

use nice_plug::wrapper::{
    setup_logger,
    vst3::{
        PluginInfo, Wrapper,
        vst3::{
            Class, ComWrapper,
            Steinberg::{
                FIDString, FUnknown, IPluginFactory, IPluginFactory2, IPluginFactory2Trait, IPluginFactory3,
                IPluginFactory3Trait, IPluginFactoryTrait, PClassInfo, PClassInfo2, PClassInfoW, PFactoryInfo, TUID,
                Vst::{
                    AudioBusBuffers, AudioBusBuffers__type0, BusDirections, BusDirections_, IAudioProcessor,
                    IAudioProcessorVtbl, ProcessData, ProcessSetup,
                },
                int32, kInvalidArgument, kNotInitialized, kResultOk, tresult,
            },
        },
    },
};

use super::INPUTS;
use crate::Attacca;

/// The framework's table, and those that stand in for it.
struct Tables {
    inner: IAudioProcessorVtbl,
    /// Before processing is set up.
    refusing: IAudioProcessorVtbl,
    playing: IAudioProcessorVtbl,
}

/// All instances have the same table.
static TABLES: OnceLock<Tables> = OnceLock::new();

/// Puts the guard in front of a new audio processor.
///
/// # Safety
/// `processor` is one of the framework's, that no host has seen yet.
unsafe fn guard(processor: *mut IAudioProcessor) {
    // SAFETY: a processor begins with the pointer to its table, which lives as long as the library.
    let inner = unsafe { *(*processor).vtbl };
    let tables = TABLES.get_or_init(|| Tables {
        inner,
        refusing: IAudioProcessorVtbl { setupProcessing: set_up, process: refuse, ..inner },
        playing: IAudioProcessorVtbl { setupProcessing: set_up, process: play, ..inner },
    });
    // SAFETY: as the caller says.
    unsafe { use_table(processor, &tables.refusing) };
}

/// Gives a processor another table. A host that breaks the rules may call through the old one at the same time.
///
/// # Safety
/// `processor` is one of the framework's.
unsafe fn use_table(processor: *mut IAudioProcessor, table: &'static IAudioProcessorVtbl) {
    // SAFETY: the pointer to the table is in memory of the object's own, and is read and written as a whole.
    let pointer = unsafe { AtomicPtr::from_ptr((&raw mut (*processor).vtbl).cast::<*mut IAudioProcessorVtbl>()) };
    pointer.store((&raw const *table).cast_mut(), Ordering::Release);
}

unsafe extern "system" fn set_up(this: *mut IAudioProcessor, setup: *mut ProcessSetup) -> tresult {
    let Some(tables) = TABLES.get() else { return kNotInitialized };
    // SAFETY: the host calls with a processor that was guarded, and with what the framework expects.
    unsafe {
        let result = (tables.inner.setupProcessing)(this, setup);
        if result == kResultOk {
            use_table(this, &tables.playing);
        }
        result
    }
}

unsafe extern "system" fn refuse(_: *mut IAudioProcessor, _: *mut ProcessData) -> tresult {
    kNotInitialized
}

unsafe extern "system" fn play(this: *mut IAudioProcessor, data: *mut ProcessData) -> tresult {
    let Some(tables) = TABLES.get() else { return kNotInitialized };
    // SAFETY: the host calls with a processor that was guarded; a block that is there outlives the call.
    unsafe {
        let Some(given) = data.as_ref().filter(|given| given.numSamples >= 0) else { return kInvalidArgument };
        let channels = |direction: BusDirections, bus: usize| {
            let mut arrangement = 0;
            let result = (tables.inner.getBusArrangement)(this, direction as int32, bus as int32, &raw mut arrangement);
            if result == kResultOk { arrangement.count_ones() as int32 } else { 0 }
        };
        let mut inputs = [NOTHING; INPUTS];
        for (bus, input) in inputs.iter_mut().enumerate() {
            *input = usable(given.inputs, given.numInputs, bus, channels(BusDirections_::kInput, bus));
        }
        let outputs = channels(BusDirections_::kOutput, 0);
        let mut outputs = [usable(given.outputs, given.numOutputs, 0, outputs)];
        let has_audio = !is_nothing(&inputs[0]) && !is_nothing(&outputs[0]);
        let mut block = ProcessData {
            numInputs: inputs.len() as int32,
            inputs: inputs.as_mut_ptr(),
            // Without outputs, the framework takes parameters alone.
            numOutputs: if has_audio { outputs.len() as int32 } else { 0 },
            outputs: if has_audio { outputs.as_mut_ptr() } else { null_mut() },
            ..*given
        };
        (tables.inner.process)(this, &raw mut block)
    }
}

/// A bus that is left out.
const NOTHING: AudioBusBuffers = AudioBusBuffers {
    numChannels: 0,
    silenceFlags: 0,
    __field0: AudioBusBuffers__type0 { channelBuffers32: null_mut() },
};

fn is_nothing(bus: &AudioBusBuffers) -> bool {
    // SAFETY: the plugin takes no samples of 64 bits, and both fields are pointers.
    unsafe { bus.__field0.channelBuffers32.is_null() }
}

/// The buffers of a bus, if the host gives them with the channels that were agreed on.
///
/// # Safety
/// A pointer to buses that is not null is one to `count` of them, and each has as many channels as it says.
unsafe fn usable(buses: *const AudioBusBuffers, count: int32, bus: usize, channels: int32) -> AudioBusBuffers {
    if buses.is_null() || bus >= usize::try_from(count).unwrap_or(0) {
        return NOTHING;
    }
    // SAFETY: as the caller says.
    unsafe {
        let given = *buses.add(bus);
        let is_whole = !is_nothing(&given)
            && given.numChannels == channels
            && (0..channels as usize).all(|channel| !(*given.__field0.channelBuffers32.add(channel)).is_null());
        if is_whole { given } else { NOTHING }
    }
}

/// What a host asks for the plugin.
struct Factory(PluginInfo);

impl Class for Factory {
    type Interfaces = (IPluginFactory, IPluginFactory2, IPluginFactory3);
}

impl Factory {
    /// Writes what describes the class of that index, where there is such a class and room.
    ///
    /// # Safety
    /// `info` is null or has room.
    unsafe fn describe<T>(&self, index: int32, info: *mut T, describe: impl Fn(&PluginInfo) -> T) -> tresult {
        if index != 0 || info.is_null() {
            return kInvalidArgument;
        }
        // SAFETY: as the caller says.
        unsafe { info.write(describe(&self.0)) };
        kResultOk
    }
}

impl IPluginFactoryTrait for Factory {
    unsafe fn getFactoryInfo(&self, info: *mut PFactoryInfo) -> tresult {
        // SAFETY: the host gives room.
        unsafe { self.describe(0, info, PluginInfo::create_factory_info) }
    }

    unsafe fn countClasses(&self) -> int32 {
        1
    }

    unsafe fn getClassInfo(&self, index: int32, info: *mut PClassInfo) -> tresult {
        // SAFETY: the host gives room.
        unsafe { self.describe(index, info, PluginInfo::create_class_info) }
    }

    unsafe fn createInstance(&self, class: FIDString, interface: FIDString, object: *mut *mut c_void) -> tresult {
        // SAFETY: identifiers have 16 bytes, and the host gives room for a pointer.
        unsafe {
            let class = class.cast::<[u8; 16]>().as_ref();
            if class != Some(self.0.cid) || interface.is_null() || object.is_null() {
                return kInvalidArgument;
            }
            let wrapper = ComWrapper::new(Wrapper::<Attacca>::new());
            let Some(processor) = wrapper.as_com_ref::<IAudioProcessor>() else { return kNotInitialized };
            guard(processor.as_ptr());
            let Some(unknown) = wrapper.as_com_ref::<FUnknown>() else { return kNotInitialized };
            ((*(*unknown.as_ptr()).vtbl).queryInterface)(unknown.as_ptr(), interface.cast::<TUID>(), object)
        }
    }
}

impl IPluginFactory2Trait for Factory {
    unsafe fn getClassInfo2(&self, index: int32, info: *mut PClassInfo2) -> tresult {
        // SAFETY: the host gives room.
        unsafe { self.describe(index, info, PluginInfo::create_class_info_2) }
    }
}

impl IPluginFactory3Trait for Factory {
    unsafe fn getClassInfoUnicode(&self, index: int32, info: *mut PClassInfoW) -> tresult {
        // SAFETY: the host gives room.
        unsafe { self.describe(index, info, PluginInfo::create_class_info_unicode) }
    }

    unsafe fn setHostContext(&self, _: *mut FUnknown) -> tresult {
        kResultOk
    }
}

/// What a VST3 host looks for in the library.
// SAFETY: VST3 gives this name its meaning, and nothing else in the library has it. So do those below.
#[unsafe(no_mangle)]
pub extern "system" fn GetPluginFactory() -> *mut c_void {
    let factory = ComWrapper::new(Factory(PluginInfo::for_plugin::<Attacca>()));
    factory.to_com_ptr::<IPluginFactory>().map_or(null_mut(), |factory| factory.into_raw().cast())
}

/// The library has been opened.
#[cfg(all(unix, not(target_os = "macos")))]
#[unsafe(no_mangle)]
pub extern "C" fn ModuleEntry(_: *mut c_void) -> bool {
    setup_logger::<Attacca>();
    true
}

/// The library is about to be closed.
#[cfg(all(unix, not(target_os = "macos")))]
#[unsafe(no_mangle)]
pub extern "C" fn ModuleExit() -> bool {
    true
}

/// The library has been opened.
#[cfg(target_os = "macos")]
#[unsafe(no_mangle)]
pub extern "C" fn bundleEntry(_: *mut c_void) -> bool {
    setup_logger::<Attacca>();
    true
}

/// The library is about to be closed.
#[cfg(target_os = "macos")]
#[unsafe(no_mangle)]
pub extern "C" fn bundleExit() -> bool {
    true
}

/// The library has been opened.
#[cfg(windows)]
#[unsafe(no_mangle)]
pub extern "system" fn InitDll() -> bool {
    setup_logger::<Attacca>();
    true
}

/// The library is about to be closed.
#[cfg(windows)]
#[unsafe(no_mangle)]
pub extern "system" fn ExitDll() -> bool {
    true
}
