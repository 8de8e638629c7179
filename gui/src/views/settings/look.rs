//! How the window looks.

use egui::Ui;

use super::Form;
use crate::{Action, ThemeChoice, widgets::named_button};
use attacca_engine::Command;

/// Sizes that are offered.
const SCALES: [f32; 6] = [1.0, 1.25, 1.5, 2.0, 2.5, 3.0];

/// The contents of the card.
pub(super) fn show(form: &mut Form<'_>, ui: &mut Ui) {
    let mut preferences = *form.preferences;
    let themes = ThemeChoice::ALL.map(|theme| (theme, theme.name().to_owned()));
    form.choice(ui, "Theme", &mut preferences.theme, themes);
    let scales = SCALES.map(|scale| (scale, format!("{scale}×")));
    form.choice(ui, "Scale", &mut preferences.scale, scales);
    *form.preferences = preferences;
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        if named_button(ui, "Forget what was heard", "Forget what was heard").clicked() {
            form.actions.push(Action::Command(Command::Reset));
        }
        if form.midi.is_some() && named_button(ui, "Panic: end all notes", "Panic").clicked() {
            form.actions.push(Action::Panic);
        }
    });
}
