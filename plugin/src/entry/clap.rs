//! The entry of the CLAP library.
//!
//! A host gets a copy of the framework's `clap_plugin` with functions of the guard's for activation and audio. Functions of
//! extensions get the host's pointer too: to the framework, `plugin_data` is all that counts, and it is the same.

use std::{
    ffi::{CStr, c_char, c_void},
    ptr::null_mut,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU32, Ordering},
    },
};

use clap_sys::{
    audio_buffer::clap_audio_buffer,
    entry::clap_plugin_entry,
    ext::audio_ports::{CLAP_EXT_AUDIO_PORTS, clap_audio_port_info, clap_plugin_audio_ports},
    factory::plugin_factory::{CLAP_PLUGIN_FACTORY_ID, clap_plugin_factory},
    host::clap_host,
    plugin::{clap_plugin, clap_plugin_descriptor},
    process::{CLAP_PROCESS_ERROR, clap_process, clap_process_status},
    version::CLAP_VERSION,
};
use nice_plug::wrapper::{
    clap::{PluginDescriptor, Wrapper},
    setup_logger,
};

use super::INPUTS;
use crate::Attacca;

/// The plugin as the host gets it. The host's pointer is one to `plugin`.
#[repr(C)]
struct Guarded {
    plugin: clap_plugin,
    /// The framework's own, which owns what `plugin` refers to.
    inner: *const clap_plugin,
    /// Samples in the largest block that was agreed on; 0 while it is not active.
    largest_block: AtomicU32,
    /// Channels of each input port, 0 for a port that is not there, and of the output.
    input_channels: [AtomicU32; INPUTS],
    output_channels: AtomicU32,
}

/// A port that is left out.
const NOTHING: clap_audio_buffer =
    clap_audio_buffer { data32: null_mut(), data64: null_mut(), channel_count: 0, latency: 0, constant_mask: 0 };

/// The buffer of a port, if the host gives one with the channels that were agreed on.
///
/// # Safety
/// A pointer to buffers that is not null is one to `count` of them, and each has as many channels as it says.
unsafe fn usable(
    buffers: *const clap_audio_buffer,
    count: u32,
    port: usize,
    channels: &AtomicU32,
) -> clap_audio_buffer {
    let channels = channels.load(Ordering::Relaxed);
    if buffers.is_null() || port >= count as usize {
        return NOTHING;
    }
    // SAFETY: as the caller says.
    unsafe {
        let buffer = *buffers.add(port);
        let is_whole = !buffer.data32.is_null()
            && buffer.channel_count == channels
            && (0..channels as usize).all(|channel| !(*buffer.data32.add(channel)).is_null());
        if is_whole { buffer } else { NOTHING }
    }
}

/// What is behind the host's pointer.
///
/// # Safety
/// The pointer is one that [`create_plugin`] gave, and that was not destroyed since.
unsafe fn guarded<'a>(plugin: *const clap_plugin) -> Option<&'a Guarded> {
    // SAFETY: as the caller says; `plugin` is the first field of a structure that is laid out as in C.
    unsafe { plugin.cast::<Guarded>().as_ref() }
}

unsafe extern "C" fn activate(plugin: *const clap_plugin, rate: f64, smallest: u32, largest: u32) -> bool {
    // SAFETY: the host calls with the plugin that it was given; the framework's functions get the framework's plugin.
    unsafe {
        let Some(guarded) = guarded(plugin) else { return false };
        let Some(activate) = (*guarded.inner).activate else { return false };
        for (port, channels) in guarded.input_channels.iter().enumerate() {
            channels.store(channels_of(guarded.inner, port as u32, true), Ordering::Relaxed);
        }
        guarded.output_channels.store(channels_of(guarded.inner, 0, false), Ordering::Relaxed);
        let activated = activate(guarded.inner, rate, smallest, largest);
        guarded.largest_block.store(if activated { largest } else { 0 }, Ordering::Release);
        activated
    }
}

/// Channels of a port in the layout that is selected; 0 where there is none.
///
/// # Safety
/// `inner` is the framework's plugin. Main thread.
unsafe fn channels_of(inner: *const clap_plugin, port: u32, is_input: bool) -> u32 {
    // SAFETY: the extension is what its identifier says, and a port's description is plain data.
    unsafe {
        let extension = (*inner).get_extension.map(|get| get(inner, CLAP_EXT_AUDIO_PORTS.as_ptr()));
        let ports = extension.and_then(|extension| extension.cast::<clap_plugin_audio_ports>().as_ref());
        let Some((Some(count), Some(get))) = ports.map(|ports| (ports.count, ports.get)) else { return 0 };
        let mut info: clap_audio_port_info = std::mem::zeroed();
        if port < count(inner, is_input) && get(inner, port, is_input, &raw mut info) { info.channel_count } else { 0 }
    }
}

unsafe extern "C" fn deactivate(plugin: *const clap_plugin) {
    // SAFETY: as in `activate`.
    unsafe {
        let Some(guarded) = guarded(plugin) else { return };
        guarded.largest_block.store(0, Ordering::Release);
        if let Some(deactivate) = (*guarded.inner).deactivate {
            deactivate(guarded.inner);
        }
    }
}

unsafe extern "C" fn process(plugin: *const clap_plugin, process: *const clap_process) -> clap_process_status {
    // SAFETY: as in `activate`; the host's block outlives the call.
    unsafe {
        let (Some(guarded), Some(given)) = (guarded(plugin), process.as_ref()) else { return CLAP_PROCESS_ERROR };
        let Some(process) = (*guarded.inner).process else { return CLAP_PROCESS_ERROR };
        let largest_block = guarded.largest_block.load(Ordering::Acquire);
        if largest_block == 0 || given.frames_count > largest_block {
            return CLAP_PROCESS_ERROR;
        }
        let mut inputs = [NOTHING; INPUTS];
        for (port, (input, channels)) in inputs.iter_mut().zip(&guarded.input_channels).enumerate() {
            *input = usable(given.audio_inputs, given.audio_inputs_count, port, channels);
        }
        let (outputs, count) = (given.audio_outputs.cast_const(), given.audio_outputs_count);
        let mut outputs = [usable(outputs, count, 0, &guarded.output_channels)];
        let has_audio = !inputs[0].data32.is_null() && !outputs[0].data32.is_null();
        if given.frames_count > 0 && !has_audio {
            return CLAP_PROCESS_ERROR;
        }
        let block = clap_process {
            audio_inputs: inputs.as_ptr(),
            audio_inputs_count: inputs.len() as u32,
            audio_outputs: outputs.as_mut_ptr(),
            audio_outputs_count: outputs.len() as u32,
            ..*given
        };
        process(guarded.inner, &raw const block)
    }
}

unsafe extern "C" fn destroy(plugin: *const clap_plugin) {
    if plugin.is_null() {
        return;
    }
    // SAFETY: `create_plugin` has boxed it, and a host destroys a plugin once.
    unsafe {
        let guarded = Box::from_raw(plugin.cast_mut().cast::<Guarded>());
        if let Some(destroy) = (*guarded.inner).destroy {
            destroy(guarded.inner);
        }
    }
}

static DESCRIPTOR: LazyLock<PluginDescriptor> = LazyLock::new(PluginDescriptor::for_plugin::<Attacca>);

unsafe extern "C" fn plugin_count(_: *const clap_plugin_factory) -> u32 {
    1
}

unsafe extern "C" fn plugin_descriptor(_: *const clap_plugin_factory, index: u32) -> *const clap_plugin_descriptor {
    if index == 0 { DESCRIPTOR.clap_plugin_descriptor() } else { std::ptr::null() }
}

unsafe extern "C" fn create_plugin(
    _: *const clap_plugin_factory,
    host: *const clap_host,
    id: *const c_char,
) -> *const clap_plugin {
    // SAFETY: an identifier that is there is a string.
    if host.is_null() || id.is_null() || unsafe { CStr::from_ptr(id) } != DESCRIPTOR.clap_id() {
        return std::ptr::null();
    }
    // SAFETY: the host's structure outlives the plugin, as CLAP asks of it. The framework's plugin lives until its `destroy`.
    unsafe {
        let inner = (*Arc::into_raw(Wrapper::<Attacca>::new(host))).clap_plugin.as_ptr();
        let plugin = clap_plugin {
            activate: Some(activate),
            deactivate: Some(deactivate),
            process: Some(process),
            destroy: Some(destroy),
            ..*inner
        };
        let guarded = Guarded {
            plugin,
            inner,
            largest_block: AtomicU32::new(0),
            input_channels: [const { AtomicU32::new(0) }; INPUTS],
            output_channels: AtomicU32::new(0),
        };
        &raw const (*Box::into_raw(Box::new(guarded))).plugin
    }
}

static FACTORY: clap_plugin_factory = clap_plugin_factory {
    get_plugin_count: Some(plugin_count),
    get_plugin_descriptor: Some(plugin_descriptor),
    create_plugin: Some(create_plugin),
};

unsafe extern "C" fn init(_: *const c_char) -> bool {
    setup_logger::<Attacca>();
    true
}

unsafe extern "C" fn deinit() {}

unsafe extern "C" fn get_factory(id: *const c_char) -> *const c_void {
    // SAFETY: an identifier that is there is a string.
    if !id.is_null() && unsafe { CStr::from_ptr(id) } == CLAP_PLUGIN_FACTORY_ID {
        (&raw const FACTORY).cast()
    } else {
        std::ptr::null()
    }
}

/// What a CLAP host looks for in the library.
// SAFETY: CLAP gives this name its meaning, and nothing else in the library has it.
#[unsafe(no_mangle)]
#[used]
pub static clap_entry: clap_plugin_entry = clap_plugin_entry {
    clap_version: CLAP_VERSION,
    init: Some(init),
    deinit: Some(deinit),
    get_factory: Some(get_factory),
};
