//! Settings that go together.

use attacca_outputs::presets;
use egui::{Button, Ui, vec2};

use super::Form;

/// A button for each preset; the one in use is marked.
pub(super) fn show(form: &mut Form<'_>, ui: &mut Ui) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
        for preset in presets() {
            let in_use = form.settings == preset.settings && form.midi.is_none_or(|midi| midi == preset.midi);
            let button = Button::selectable(in_use, preset.name).frame_when_inactive(true);
            let response = ui.add(button).on_hover_text(preset.purpose);
            if response.accessible_name(format!("Preset: {}", preset.name)).clicked() {
                form.settings = preset.settings;
                form.midi = form.midi.map(|_| preset.midi);
            }
        }
    });
}
