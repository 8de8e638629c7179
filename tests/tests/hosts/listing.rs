//! What a host sees before it plays anything.

use clack_extensions::{
    audio_ports::{AudioPortFlags, AudioPortInfoBuffer, PluginAudioPorts},
    latency::PluginLatency,
    note_ports::{NotePortInfoBuffer, PluginNotePorts},
};

use crate::{
    library,
    player::{ID, Layout, Player, instance, parameters},
};

#[test]
fn there_is_one_plugin_with_a_name_and_a_version() {
    let factory = library::clap().get_plugin_factory().expect("there is a factory");
    let descriptors: Vec<_> = factory.plugin_descriptors().collect();
    assert_eq!(descriptors.len(), 1);
    let descriptor = descriptors[0];
    assert_eq!(descriptor.id(), Some(ID));
    assert_eq!(descriptor.name(), Some(c"Attacca"));
    assert!(descriptor.version().is_some_and(|version| !version.is_empty()));
    assert!(descriptor.features().any(|feature| feature == c"analyzer"));
}

#[test]
fn every_layout_has_its_ports() {
    for layout in Layout::ALL {
        let mut player = Player::new(layout);
        let handle = player.instance.plugin_handle();
        let ports: PluginAudioPorts = handle.get_extension().expect("there is audio");
        let channels = |is_input| -> Vec<(u32, bool)> {
            let read = |index| {
                let mut buffer = AudioPortInfoBuffer::new();
                let port = ports.get(&handle, index, is_input, &mut buffer).expect("each port is described");
                (port.channel_count, port.flags.contains(AudioPortFlags::IS_MAIN))
            };
            (0..ports.count(&handle, is_input)).map(read).collect()
        };
        let count = layout.channels() as u32;
        assert_eq!(channels(false), [(count, true)], "{layout:?}");
        let side_chain = layout.has_side_chain().then_some((count, false));
        let inputs: Vec<_> = std::iter::once((count, true)).chain(side_chain).collect();
        assert_eq!(channels(true), inputs, "{layout:?}");
    }
}

#[test]
fn notes_go_out_and_none_come_in() {
    let mut instance = instance();
    let handle = instance.plugin_handle();
    let ports: PluginNotePorts = handle.get_extension().expect("there are notes");
    assert_eq!((ports.count(&handle, true), ports.count(&handle, false)), (0, 1));
    let mut buffer = NotePortInfoBuffer::new();
    let port = ports.get(&handle, 0, false, &mut buffer).expect("it is described");
    assert!(!port.name.is_empty());
}

#[test]
fn audio_is_not_delayed() {
    let mut player = Player::started(Layout::Stereo, 48_000);
    let handle = player.instance.plugin_handle();
    let latency = handle.get_extension::<PluginLatency>().map(|latency| latency.get(&handle));
    assert!(latency.is_none_or(|samples| samples == 0), "{latency:?}");
}

/// Projects refer to parameters by identifiers that are made from the names in the source: a name that is used twice
/// would show here.
#[test]
fn parameters_have_names_and_identifiers_of_their_own() {
    let all = parameters(&mut instance());
    let names = ["Bypass", "Tap", "Send chords", "Tempo", "Chord", "Onsets sensitivity", "Listen to the side-chain"];
    for name in names {
        assert!(all.iter().any(|parameter| parameter.name == name), "{name} is missing");
    }
    for (index, parameter) in all.iter().enumerate() {
        let twice = all[..index].iter().find(|other| other.id == parameter.id || other.name == parameter.name);
        assert_eq!(twice, None, "{parameter:?}");
    }
}
