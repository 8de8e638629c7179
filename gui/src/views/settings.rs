//! Whatever can be set. Every control shows what the scene says, and changes it by an action.

mod listening;
mod look;
mod music;
mod outputs;
mod presets;
mod weights;

use attacca_engine::Settings;
use attacca_outputs::{MidiSettings, OscSettings};
use egui::{Align, Button, DragValue, Layout, RichText, ScrollArea, Ui, vec2};

use super::{card, columns};
use crate::{Action, Palette, Preferences, Scene};

/// Width of the names left of controls, in points.
const NAME_WIDTH: f32 = 104.0;

/// The settings while a frame is drawn: copies that controls change, and where the changes go.
pub(crate) struct Form<'a> {
    scene: &'a Scene,
    palette: Palette,
    settings: Settings,
    midi: Option<MidiSettings>,
    osc: Option<OscSettings>,
    preferences: &'a mut Preferences,
    osc_target: &'a mut Option<String>,
    actions: &'a mut Vec<Action>,
}

/// One card: its title, whether it is shown, and what is in it.
type Card = (&'static str, fn(&Form<'_>) -> bool, fn(&mut Form<'_>, &mut Ui));

const CARDS: [Card; 8] = [
    ("Presets", |_| true, presets::show),
    ("Beat", |_| true, music::beat),
    ("Chords", |_| true, music::chords),
    ("Listening", |_| true, listening::show),
    ("Window", |_| true, look::show),
    ("MIDI", |form| form.midi.is_some(), outputs::midi),
    ("OSC and host", |form| form.osc.is_some() || form.scene.follow_transport.is_some(), outputs::others),
    ("Networks", |_| true, weights::show),
];

impl<'a> Form<'a> {
    /// The settings of a scene.
    pub fn new(
        scene: &'a Scene,
        palette: Palette,
        preferences: &'a mut Preferences,
        osc_target: &'a mut Option<String>,
        actions: &'a mut Vec<Action>,
    ) -> Self {
        let (settings, midi, osc) = (scene.settings, scene.midi, scene.osc.clone());
        Self { scene, palette, settings, midi, osc, preferences, osc_target, actions }
    }

    /// Shows the view in all the room there is.
    pub fn show(mut self, ui: &mut Ui) {
        let cards: Vec<_> = CARDS.into_iter().filter(|(_, is_shown, _)| is_shown(&self)).collect();
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            columns(ui, cards.len(), |ui, index| {
                let (title, _, contents) = cards[index];
                let palette = self.palette;
                card(ui, title, &palette, |ui| contents(&mut self, ui));
            });
        });
        self.send_changes();
    }

    fn send_changes(self) {
        let settings = self.settings.clamped();
        if settings != self.scene.settings {
            self.actions.push(Action::Settings(settings));
        }
        if let Some(midi) = self.midi.filter(|_| self.midi != self.scene.midi) {
            self.actions.push(Action::Midi(midi));
        }
        if self.osc != self.scene.osc
            && let Some(osc) = self.osc
        {
            self.actions.push(Action::Osc(osc));
        }
    }

    /// A name, and the controls right of it.
    fn row(&self, ui: &mut Ui, name: &str, controls: impl FnOnce(&mut Ui)) {
        ui.horizontal_top(|ui| {
            ui.allocate_ui_with_layout(vec2(NAME_WIDTH, 24.0), Layout::left_to_right(Align::Center), |ui| {
                ui.set_min_size(vec2(NAME_WIDTH, 24.0));
                ui.label(RichText::new(name).color(self.palette.muted));
            });
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
                controls(ui);
            });
        });
    }

    /// A name and buttons of which one is chosen. Each is called by both names, as `Metre: 3`.
    fn choice<T: Copy + PartialEq>(
        &self,
        ui: &mut Ui,
        name: &str,
        value: &mut T,
        options: impl IntoIterator<Item = (T, String)>,
    ) {
        self.row(ui, name, |ui| {
            for (option, text) in options {
                let whole = format!("{name}: {text}");
                let button = Button::selectable(*value == option, text).frame_when_inactive(true);
                if ui.add(button).accessible_name(whole).clicked() {
                    *value = option;
                }
            }
        });
    }
}

/// A number that is typed or dragged, called `name`.
fn number<N: egui::emath::Numeric>(
    ui: &mut Ui,
    name: &str,
    value: &mut N,
    range: std::ops::RangeInclusive<N>,
    suffix: &str,
) {
    ui.add(DragValue::new(value).range(range).speed(0.25).max_decimals(0).suffix(suffix)).accessible_name(name);
}
