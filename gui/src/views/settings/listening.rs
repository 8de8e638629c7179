//! What is listened for, and how readily it is reported.

use attacca_engine::models::Task;
use egui::{Slider, Ui};

use super::Form;
use crate::views::health::task_name;

/// The contents of the card.
pub(super) fn show(form: &mut Form<'_>, ui: &mut Ui) {
    ui.label("Sensitivity: −1 reports only what is certain, 1 whatever may be.");
    for task in Task::ALL {
        let name = task_name(task);
        let settings = &mut form.settings.tasks[task as usize];
        ui.horizontal(|ui| {
            ui.allocate_ui(egui::vec2(super::NAME_WIDTH, 24.0), |ui| {
                ui.set_min_width(super::NAME_WIDTH);
                ui.checkbox(&mut settings.enabled, name);
            });
            let slider = Slider::new(&mut settings.sensitivity, -1.0..=1.0).fixed_decimals(2);
            ui.add_enabled(settings.enabled, slider).accessible_name(format!("{name} sensitivity"));
        });
    }
}
