//! The bar under every view: what a performer needs at once.

use attacca_engine::{Command, Settings};
use egui::{Align, Button, Layout, Ui};

use crate::{Action, Scene, widgets::named_button};

/// Width below which the buttons have short texts, in points.
const SHORT_BELOW: f32 = 600.0;

/// Shows the bar.
pub(crate) fn show(ui: &mut Ui, scene: &Scene, actions: &mut Vec<Action>) {
    let short = ui.available_width() < SHORT_BELOW;
    let text = |long: &'static str, brief: &'static str| if short { brief } else { long };
    let lock_text = if scene.settings.tempo_locked { "Tempo locked" } else { "Lock tempo" };
    ui.horizontal_centered(|ui| {
        actions.extend(command(ui, text("÷2  Halve", "÷2"), "Halve tempo", Command::HalveTempo));
        actions.extend(command(ui, text("×2  Double", "×2"), "Double tempo", Command::DoubleTempo));
        actions.extend(tap(ui));
        actions.extend(command(ui, text("This is one", "One"), "This is one", Command::ThisIsOne));
        actions.extend(lock(ui, scene, text(lock_text, "Lock")));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            actions.extend(command(ui, "Reset", "Reset", Command::Reset));
        });
    });
}

/// A button for a command.
fn command(ui: &mut Ui, text: &str, name: &str, command: Command) -> Option<Action> {
    named_button(ui, text, name).clicked().then_some(Action::Command(command))
}

/// A switch for the lock; says what it changes.
fn lock(ui: &mut Ui, scene: &Scene, text: &str) -> Option<Action> {
    let tempo_locked = scene.settings.tempo_locked;
    let button = Button::selectable(tempo_locked, text).frame_when_inactive(true);
    let clicked = ui.add(button).accessible_name("Lock tempo").clicked();
    clicked.then_some(Action::Settings(Settings { tempo_locked: !tempo_locked, ..scene.settings }))
}

/// The button to tap on. A pointer taps as it goes down: going up again would be late.
fn tap(ui: &mut Ui) -> Option<Action> {
    let response = ui.add(Button::new("    Tap    ")).accessible_name("Tap");
    let (pressed, released) = ui.input(|input| (input.pointer.any_pressed(), input.pointer.any_released()));
    let tapped = (response.is_pointer_button_down_on() && pressed) || (response.clicked() && !released);
    tapped.then_some(Action::Command(Command::Tap))
}
