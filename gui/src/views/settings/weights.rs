//! Which networks listen: two sets to compare by ear.

use egui::{RichText, Ui};

use super::Form;
use crate::{Action, scene::WeightsSlot, views::health::task_name, widgets::named_button};

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
        ui.horizontal(|ui| {
            ui.label(RichText::new(format!("Set {letter}")).color(form.palette.muted));
            if named_button(ui, "Load weights …", &format!("Load weights into {letter}")).clicked() {
                form.actions.push(Action::ChooseWeights(slot));
            }
        });
        let mut loaded = machine.loaded.iter().filter(|(of, ..)| *of == slot).peekable();
        if loaded.peek().is_none() {
            ui.label(RichText::new("the shipped networks").color(form.palette.muted));
        }
        for (_, task, path) in loaded {
            ui.horizontal_wrapped(|ui| {
                let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
                ui.label(format!("{}: {file}", task_name(*task))).on_hover_text(path.display().to_string());
                let name = format!("Forget the {} weights of {letter}", task.name());
                if named_button(ui, "Forget", &name).clicked() {
                    form.actions.push(Action::ForgetWeights(slot, *task));
                }
            });
        }
    }
    let hint = "A weights file that is dropped onto the window goes into the set that listens.";
    ui.label(RichText::new(hint).small().color(form.palette.muted));
    let mut embed = machine.embed_weights;
    ui.checkbox(&mut embed, "Keep loaded weights inside the project");
    if embed != machine.embed_weights {
        form.actions.push(Action::EmbedWeights(embed));
    }
}
