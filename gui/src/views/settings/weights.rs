//! Which networks listen: two sets to compare by ear.

use egui::{Label, RichText, Ui};

use super::Form;
use crate::{Action, Scene, scene::WeightsSlot, views::health::task_name, widgets::named_button};

/// The contents of the card.
pub(super) fn show(form: &mut Form<'_>, ui: &mut Ui) {
    let machine = &form.scene.machine;
    let mut slot = machine.slot;
    let slots = [(WeightsSlot::A, "A".to_owned()), (WeightsSlot::B, "B".to_owned())];
    form.choice(ui, "Listen with", &mut slot, slots);
    if slot != machine.slot {
        form.actions.push(Action::UseWeights(slot));
    }
    for (slot, letter) in [(WeightsSlot::A, "A"), (WeightsSlot::B, "B")] {
        let mut actions = Vec::new();
        form.row(ui, &format!("Set {letter}"), |ui| set(ui, form.scene, slot, letter, &mut actions));
        form.actions.append(&mut actions);
    }
    let hint = "A weights file that is dropped onto the window goes into the set that listens.";
    ui.label(RichText::new(hint).small().color(form.palette.muted));
    let mut embed = machine.embed_weights;
    ui.checkbox(&mut embed, "Keep loaded weights inside the project");
    if embed != machine.embed_weights {
        form.actions.push(Action::EmbedWeights(embed));
    }
}

/// What was loaded into a set.
fn set(ui: &mut Ui, scene: &Scene, slot: WeightsSlot, letter: &str, actions: &mut Vec<Action>) {
    if named_button(ui, "Load weights …", &format!("Load weights into {letter}")).clicked() {
        actions.push(Action::ChooseWeights(slot));
    }
    let mut loaded = scene.machine.loaded.iter().filter(|(of, ..)| *of == slot).peekable();
    if loaded.peek().is_none() {
        ui.label("all as shipped");
    }
    for (_, task, path) in loaded {
        ui.end_row();
        let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let label = Label::new(format!("{}: {file}", task_name(*task))).truncate();
        ui.add(label).on_hover_text(path.display().to_string());
        ui.end_row();
        let name = format!("Forget the {} weights of {letter}", task.name());
        if named_button(ui, "Forget", &name).clicked() {
            actions.push(Action::ForgetWeights(slot, *task));
        }
    }
}
