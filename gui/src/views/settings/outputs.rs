//! What leaves as MIDI and OSC, and who leads.

use attacca_engine::models::Spelling;
use attacca_outputs::ChordVoicing;
use egui::{DragValue, TextEdit, Ui};

use super::Form;
use crate::Action;

/// The contents of the MIDI card.
pub(super) fn midi(form: &mut Form<'_>, ui: &mut Ui) {
    let Some(mut midi) = form.midi else { return };
    switch(form, ui, "Onsets", &mut midi.onsets, |ui| {
        channel(ui, "Onset channel", &mut midi.onset_channel);
        let names = ["Low onset note", "Mid onset note", "High onset note"];
        for (name, value) in names.into_iter().zip(&mut midi.onset_notes) {
            note(ui, name, value);
        }
    });
    switch(form, ui, "Beats", &mut midi.beats, |ui| {
        channel(ui, "Beat channel", &mut midi.beat_channel);
        note(ui, "Downbeat note", &mut midi.downbeat_note);
        note(ui, "Beat note", &mut midi.beat_note);
        ui.checkbox(&mut midi.anticipate, "anticipate");
    });
    switch(form, ui, "Chords", &mut midi.chords, |ui| {
        channel(ui, "Chord channel", &mut midi.chord_channel);
    });
    let voicings = ChordVoicing::ALL.map(|voicing| (voicing, voicing_name(voicing).to_owned()));
    form.choice(ui, "Voicing", &mut midi.chord_voicing, voicings);
    switch(form, ui, "Controllers", &mut midi.controllers, |ui| {
        channel(ui, "Controller channel", &mut midi.controller_channel);
        controller(ui, "voice", "Voice controller", &mut midi.voice_controller);
        controller(ui, "tempo", "Tempo controller", &mut midi.tempo_controller);
        controller(ui, "confidence", "Confidence controller", &mut midi.confidence_controller);
    });
    form.midi = Some(midi);
}

/// The contents of the card about OSC and the host.
pub(super) fn others(form: &mut Form<'_>, ui: &mut Ui) {
    if let Some(mut osc) = form.osc.clone() {
        form.row(ui, "OSC", |ui| {
            ui.checkbox(&mut osc.enabled, "send");
        });
        let mut target = form.osc_target.take().unwrap_or_else(|| osc.target.clone());
        let mut response = None;
        form.row(ui, "Target", |ui| {
            let field = TextEdit::singleline(&mut target).desired_width(180.0).hint_text("host:port");
            response = Some(ui.add(field).accessible_name("OSC target"));
        });
        // An address is used once it has been written to its end.
        if response.is_some_and(|response| response.has_focus()) {
            *form.osc_target = Some(target);
        } else {
            osc.target = target.trim().to_owned();
        }
        form.osc = Some(osc);
    }
    let scene = form.scene;
    switched(form, ui, "Host", "follow its transport", scene.follow_transport, Action::FollowTransport);
    switched(form, ui, "", "expect its tempo", scene.use_host_tempo, Action::UseHostTempo);
    switched(form, ui, "Input", "listen to the side-chain", scene.use_side_chain, Action::UseSideChain);
}

/// A box that stands for an action; nothing where there is nothing to switch.
fn switched(form: &mut Form<'_>, ui: &mut Ui, name: &str, text: &str, value: Option<bool>, action: fn(bool) -> Action) {
    let Some(mut on) = value else { return };
    form.row(ui, name, |ui| {
        ui.checkbox(&mut on, text);
    });
    if Some(on) != value {
        form.actions.push(action(on));
    }
}

/// A row that is switched by a box in front; its controls stay in sight.
fn switch(form: &Form<'_>, ui: &mut Ui, name: &str, on: &mut bool, controls: impl FnOnce(&mut Ui)) {
    form.row(ui, name, |ui| {
        ui.checkbox(on, "").accessible_name(format!("{name} as MIDI"));
        controls(ui);
    });
}

/// A channel, shown from 1.
fn channel(ui: &mut Ui, name: &str, value: &mut u8) {
    let mut shown = *value + 1;
    ui.add(DragValue::new(&mut shown).range(1..=16).speed(0.1).prefix("ch ")).accessible_name(name);
    *value = shown - 1;
}

/// A note by number and name.
fn note(ui: &mut Ui, name: &str, value: &mut u8) {
    let field = DragValue::new(value).range(0..=127).speed(0.2);
    let field = field.custom_formatter(|number, _| {
        let number = number as u8;
        format!("{number} {}{}", Spelling::Sharps.note(number % 12, None), i32::from(number / 12) - 1)
    });
    let field = field.custom_parser(|text| text.split_whitespace().next()?.parse().ok());
    ui.add(field).accessible_name(name);
}

/// A controller's number.
fn controller(ui: &mut Ui, text: &str, name: &str, value: &mut u8) {
    let field = DragValue::new(value).range(0..=127).speed(0.2).prefix(format!("{text} "));
    ui.add(field).accessible_name(name);
}

const fn voicing_name(voicing: ChordVoicing) -> &'static str {
    match voicing {
        ChordVoicing::Close => "close",
        ChordVoicing::RootPosition => "root position",
        ChordVoicing::WithBass => "with bass",
        ChordVoicing::Root => "root alone",
    }
}
