//! No note stays: whatever ends the music ends what sounds.

use attacca_outputs::{MidiMessage, midi::MidiKind};
use attacca_tests::recording::{RECORDING_RATE_HZ, recording};
use clack_host::{
    events::{
        EventFlags, EventHeader,
        event_types::{TransportEvent, TransportFlags},
    },
    utils::{BeatTime, SecondsTime},
};

use crate::player::{Happening, Layout, Player};

const BLOCK: usize = 512;

/// Long enough for a chord to be held.
const SECONDS: usize = 8;

/// A host's transport at a sample; without a tempo, so that the music is heard as without a transport.
fn transport(playing: bool, sample: usize) -> TransportEvent {
    let flags = TransportFlags::HAS_SECONDS_TIMELINE;
    TransportEvent {
        header: EventHeader::new_core(0, EventFlags::empty()),
        flags: if playing { flags | TransportFlags::IS_PLAYING } else { flags },
        song_pos_beats: BeatTime::from_int(0),
        song_pos_seconds: SecondsTime::from_float(sample as f64 / f64::from(RECORDING_RATE_HZ)),
        tempo: 0.0,
        tempo_inc: 0.0,
        loop_start_beats: BeatTime::from_int(0),
        loop_end_beats: BeatTime::from_int(0),
        loop_start_seconds: SecondsTime::from_int(0),
        loop_end_seconds: SecondsTime::from_int(0),
        bar_start: BeatTime::from_int(0),
        bar_number: 0,
        time_signature_numerator: 4,
        time_signature_denominator: 4,
    }
}

/// Channels and keys of the notes that have begun and not ended.
fn sounding(messages: &[MidiMessage]) -> Vec<(u8, u8)> {
    let mut notes = Vec::new();
    for message in messages {
        match message.kind {
            MidiKind::NoteOn { key, .. } => {
                assert!(!notes.contains(&(message.channel, key)), "a note begins twice: {message:?}");
                notes.push((message.channel, key));
            }
            MidiKind::NoteOff { key } => {
                let found = notes.iter().position(|&note| note == (message.channel, key));
                notes.remove(found.unwrap_or_else(|| panic!("a note ends that did not begin: {message:?}")));
            }
            MidiKind::Controller { .. } => {}
        }
    }
    notes
}

/// An instance in the middle of the music, with notes that sound, under a transport that plays.
fn in_the_middle() -> Player {
    let mut player = Player::started(Layout::Mono, RECORDING_RATE_HZ);
    let samples = &recording()[..SECONDS * RECORDING_RATE_HZ as usize];
    for (index, block) in samples.chunks_exact(BLOCK).enumerate() {
        let happening = Happening { transport: Some(transport(true, index * BLOCK)), ..Happening::default() };
        player.block(&[block], &happening);
    }
    assert_ne!(sounding(&player.sent), [], "nothing sounds that could get stuck");
    player
}

fn position() -> usize {
    SECONDS * RECORDING_RATE_HZ as usize / BLOCK * BLOCK
}

/// Plays one more block; nothing may sound after it.
fn falls_silent(mut player: Player, happening: &Happening<'_>) {
    let before = sounding(&player.sent);
    player.block(&[&[0.0; BLOCK]], happening);
    assert_eq!(sounding(&player.sent), [], "of {before:?}");
}

/// A parameter that is set to its largest value in one block.
fn pressed(name: &str) {
    let mut player = in_the_middle();
    let (id, on) = player.parameter(name);
    let transport = Some(transport(true, position()));
    falls_silent(player, &Happening { parameters: &[(0, id, on)], transport, ..Happening::default() });
}

#[test]
fn bypass_ends_notes() {
    pressed("Bypass");
}

#[test]
fn a_reset_ends_notes() {
    pressed("Reset");
}

#[test]
fn a_panic_ends_notes() {
    pressed("End all notes");
}

#[test]
fn a_transport_that_stops_ends_notes() {
    let transport = Some(transport(false, position()));
    falls_silent(in_the_middle(), &Happening { transport, ..Happening::default() });
}

#[test]
fn a_loop_ends_notes() {
    let transport = Some(transport(true, 0));
    falls_silent(in_the_middle(), &Happening { transport, ..Happening::default() });
}

#[test]
fn a_steady_transport_ends_none() {
    let mut player = in_the_middle();
    let held = |notes: Vec<(u8, u8)>| notes.into_iter().filter(|&(channel, _)| channel == 0).collect::<Vec<_>>();
    let before = held(sounding(&player.sent));
    let transport = Some(transport(true, position()));
    player.block(&[&[0.0; BLOCK]], &Happening { transport, ..Happening::default() });
    assert_eq!(held(sounding(&player.sent)), before);
}

#[test]
fn a_host_that_resets_has_notes_ended() {
    let mut player = in_the_middle();
    player.reset();
    falls_silent(player, &Happening::default());
}

#[test]
fn a_host_that_pauses_has_notes_ended() {
    let mut player = in_the_middle();
    player.pause();
    falls_silent(player, &Happening::default());
}

#[test]
fn a_host_that_deactivates_has_notes_ended_when_it_comes_back() {
    let mut player = in_the_middle();
    player.stop();
    player.start(48_000);
    falls_silent(player, &Happening::default());
}

/// The reset of a new start, a jump and an end come to the same: what follows is heard as new.
#[test]
fn after_a_jump_the_music_is_heard_as_new() {
    let mut player = in_the_middle();
    let jump = Happening { transport: Some(transport(true, 0)), ..Happening::default() };
    let samples = &recording()[..SECONDS * RECORDING_RATE_HZ as usize];
    let (before, jumped) = (player.take_sent(), position() as u64);
    for (index, block) in samples.chunks_exact(BLOCK).enumerate() {
        let transport = if index == 0 { jump.transport } else { Some(transport(true, index * BLOCK)) };
        player.block(&[block], &Happening { transport, ..Happening::default() });
    }
    let again: Vec<MidiMessage> = player
        .sent
        .iter()
        .map(|message| {
            let mut message = *message;
            message.position.0 -= jumped;
            message
        })
        .skip_while(|message| message.position.0 == 0)
        .collect();
    // The tempo's controller keeps its value: what has not changed is not sent again.
    let notes = |messages: &[MidiMessage]| -> Vec<MidiMessage> {
        let is_note = |message: &&MidiMessage| !matches!(message.kind, MidiKind::Controller { .. });
        messages.iter().filter(is_note).copied().collect()
    };
    assert_eq!(notes(&again), notes(&before));
}
