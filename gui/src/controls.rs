//! The bar under every view: what a performer needs at once.

use attacca_engine::Command;
use egui::{Button, Ui};

use crate::{Action, Scene, widgets::named_button};

/// Width below which the buttons have short texts, in points.
const SHORT_BELOW: f32 = 600.0;

/// Shows the bar.
pub(crate) fn show(ui: &mut Ui, scene: &Scene, actions: &mut Vec<Action>) {
    let short = ui.available_width() < SHORT_BELOW;
    let text = |long: &'static str, brief: &'static str| if short { brief } else { long };
    ui.horizontal_centered(|ui| {
        let mut command = |ui: &mut Ui, text: &str, name: &str, command: Command| {
            if named_button(ui, text, name).clicked() {
                actions.push(Action::Command(command));
            }
        };
        command(ui, text("÷2  Halve", "÷2"), "Halve tempo", Command::HalveTempo);
        command(ui, text("×2  Double", "×2"), "Double tempo", Command::DoubleTempo);
        if tapped(ui) {
            actions.push(Action::Command(Command::Tap));
        }
        let mut command = |ui: &mut Ui, text: &str, name: &str, command: Command| {
            if named_button(ui, text, name).clicked() {
                actions.push(Action::Command(command));
            }
        };
        command(ui, text("This is one", "One"), "This is one", Command::ThisIsOne);
        let locked = scene.settings.tempo_locked;
        let lock = Button::selectable(locked, text(if locked { "Tempo locked" } else { "Lock tempo" }, "Lock"));
        if ui.add(lock.frame_when_inactive(true)).accessible_name("Lock tempo").clicked() {
            let settings = attacca_engine::Settings { tempo_locked: !locked, ..scene.settings };
            actions.push(Action::Settings(settings));
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if named_button(ui, "Reset", "Reset").clicked() {
                actions.push(Action::Command(Command::Reset));
            }
        });
    });
}

/// Whether the tap button was hit. A pointer taps as it goes down: going up again would be late.
fn tapped(ui: &mut Ui) -> bool {
    let response = ui.add(Button::new("    Tap    ")).accessible_name("Tap");
    let (pressed, released) = ui.input(|input| (input.pointer.any_pressed(), input.pointer.any_released()));
    (response.is_pointer_button_down_on() && pressed) || (response.clicked() && !released)
}
