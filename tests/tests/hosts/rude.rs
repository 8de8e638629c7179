//! Hosts that break the rules of CLAP, by its C interface. Nothing may crash; an error is an answer.

use std::ptr::{null, null_mut};

use attacca_tests::recording::{RECORDING_RATE_HZ, recording};
use clack_host::prelude::*;
use clap_sys::{
    audio_buffer::clap_audio_buffer,
    process::{CLAP_PROCESS_ERROR, clap_process, clap_process_status},
};

use crate::player::{Happening, Host, LARGEST_BLOCK, Layout, Player, instance, same_bits};

fn buffer(channels: &mut [*mut f32]) -> clap_audio_buffer {
    clap_audio_buffer {
        data32: if channels.is_empty() { null_mut() } else { channels.as_mut_ptr() },
        data64: null_mut(),
        channel_count: channels.len() as u32,
        latency: 0,
        constant_mask: 0,
    }
}

/// Calls the plugin's `process` as it stands, with no events.
fn process(
    plugin: &PluginInstance<Host>,
    inputs: &[clap_audio_buffer],
    outputs: &mut [clap_audio_buffer],
    frames_count: u32,
) -> clap_process_status {
    let process = clap_process {
        steady_time: -1,
        frames_count,
        transport: null(),
        audio_inputs: inputs.as_ptr(),
        audio_outputs: outputs.as_mut_ptr(),
        audio_inputs_count: inputs.len() as u32,
        audio_outputs_count: outputs.len() as u32,
        in_events: null(),
        out_events: null(),
    };
    let plugin = plugin.raw_instance();
    let function = plugin.process.expect("the plugin has a process function");
    // SAFETY: the plugin exists, and the structure and what it points to outlive the call. What the tests leave null or
    // out of order is what they ask about.
    unsafe { function(plugin, &process) }
}

fn started(layout: Layout) -> Player {
    Player::started(layout, RECORDING_RATE_HZ)
}

#[test]
fn audio_before_activation_is_refused() {
    let plugin = instance();
    let (mut input, mut output) = ([0.5_f32; 64], [0.0_f32; 64]);
    let mut inputs = [input.as_mut_ptr(), input.as_mut_ptr()];
    let mut outputs = [output.as_mut_ptr(), output.as_mut_ptr()];
    let inputs = [buffer(&mut inputs), buffer(&mut [])];
    assert_eq!(process(&plugin, &inputs, &mut [buffer(&mut outputs)], 64), CLAP_PROCESS_ERROR);
}

#[test]
fn a_block_of_no_samples_takes_parameters_and_plays_nothing() {
    let mut player = started(Layout::Mono);
    let (bypass, on) = player.parameter("Bypass");
    let empty: [&[f32]; 1] = [&[]];
    player.block(&empty, &Happening { parameters: &[(0, bypass, on)], ..Happening::default() });
    assert_eq!(player.value("Bypass"), on);
    let samples = &recording()[..1000];
    assert!(same_bits(&player.play(samples, &[100]), samples));
}

#[test]
fn a_buffer_in_place_passes_through() {
    let player = started(Layout::Stereo);
    let mut samples = recording()[..512].to_vec();
    let before = samples.clone();
    let mut channels = [samples.as_mut_ptr(), samples.as_mut_ptr()];
    let mut also = channels;
    assert_ne!(process(&player.instance, &[buffer(&mut channels)], &mut [buffer(&mut also)], 512), CLAP_PROCESS_ERROR);
    assert!(same_bits(&samples, &before));
}

#[test]
fn no_buffers_at_all_do_no_harm() {
    let player = started(Layout::StereoWithSideChain);
    process(&player.instance, &[], &mut [], 64);
    process(&player.instance, &[buffer(&mut []), buffer(&mut [])], &mut [buffer(&mut [])], 64);
}

#[test]
fn a_side_chain_that_is_not_there_is_silent() {
    let mut player = started(Layout::MonoWithSideChain);
    let (listen, on) = player.parameter("Listen to the side-chain");
    player.block(&[&[0.0; 32]], &Happening { parameters: &[(0, listen, on)], ..Happening::default() });
    let (mut missing, mut both) = ([null_mut()], [null_mut(); 2]);
    for side_chain in [None, Some(buffer(&mut [])), Some(buffer(&mut missing)), Some(buffer(&mut both))] {
        let (mut input, mut output) = ([0.5_f32; 64], [0.0_f32; 64]);
        let (mut inputs, mut outputs) = ([input.as_mut_ptr()], [output.as_mut_ptr()]);
        let inputs: Vec<_> = std::iter::once(buffer(&mut inputs)).chain(side_chain).collect();
        assert_ne!(process(&player.instance, &inputs, &mut [buffer(&mut outputs)], 64), CLAP_PROCESS_ERROR);
        assert!(same_bits(&output, &input));
    }
}

#[test]
fn null_channels_are_refused() {
    let player = started(Layout::Stereo);
    let (mut input, mut output) = ([0.5_f32; 64], [0.0_f32; 64]);
    let (input, output) = (input.as_mut_ptr(), output.as_mut_ptr());
    for (inputs, outputs) in [([null_mut(), input], [output; 2]), ([input; 2], [output, null_mut()])] {
        let (mut inputs, mut outputs) = (inputs, outputs);
        let inputs = [buffer(&mut inputs)];
        assert_eq!(process(&player.instance, &inputs, &mut [buffer(&mut outputs)], 64), CLAP_PROCESS_ERROR);
    }
}

#[test]
fn more_and_fewer_channels_than_agreed_do_no_harm() {
    let (mut input, mut output) = ([0.5_f32; 64], [0.0_f32; 64]);
    let (input, output) = (input.as_mut_ptr(), output.as_mut_ptr());
    for layout in [Layout::Mono, Layout::Stereo] {
        let player = started(layout);
        for (inputs, outputs) in [(1, 1), (2, 1), (1, 2), (4, 4), (4, 2), (2, 4)] {
            let (mut inputs, mut outputs) = (vec![input; inputs], vec![output; outputs]);
            process(&player.instance, &[buffer(&mut inputs)], &mut [buffer(&mut outputs)], 64);
        }
    }
}

#[test]
fn a_block_larger_than_announced_does_no_harm() {
    let player = started(Layout::StereoWithSideChain);
    let samples = 4 * LARGEST_BLOCK;
    let (mut input, mut output) = (vec![0.5_f32; samples], vec![0.0_f32; samples]);
    let mut inputs = [input.as_mut_ptr(), input.as_mut_ptr()];
    let mut also = inputs;
    let mut outputs = [output.as_mut_ptr(), output.as_mut_ptr()];
    let inputs = [buffer(&mut inputs), buffer(&mut also)];
    process(&player.instance, &inputs, &mut [buffer(&mut outputs)], samples as u32);
}
