//! The views. Each is a function from a [`Picture`] to what is painted.

pub(crate) mod analysis;
pub(crate) mod health;
pub(crate) mod settings;
pub(crate) mod stage;

use egui::{Frame, Margin, RichText, Ui, UiBuilder, pos2};

use crate::{History, Palette, Preferences, Scene};

/// What a view draws from.
#[derive(Clone, Copy)]
pub(crate) struct Picture<'a> {
    pub scene: &'a Scene,
    pub history: &'a History,
    pub preferences: &'a Preferences,
    pub palette: Palette,
    /// Time since a position in the scene last advanced, in seconds, by the window's clock: what fades goes on fading
    /// between two blocks and after the last.
    pub still_seconds: f64,
}

impl Picture<'_> {
    /// Sample rate of the input in Hz; one that does no harm before audio runs.
    pub fn sample_rate_hz(&self) -> u32 {
        self.scene.machine.sample_rate_hz.max(1)
    }
}

/// Space around and between cards, in points.
const GAP: f32 = 12.0;
/// Width that a column of cards needs, in points.
const COLUMN: f32 = 380.0;

/// Shows cards in as many columns as there is room for, each card below the column that is shortest so far.
pub(crate) fn columns(ui: &mut Ui, cards: usize, mut show: impl FnMut(&mut Ui, usize)) {
    let room = ui.available_rect_before_wrap().shrink2(egui::vec2(GAP, 0.0));
    let count = ((room.width() + GAP) / (COLUMN + GAP)).floor().clamp(1.0, 4.0) as usize;
    let width = (room.width() - GAP * (count as f32 - 1.0)) / count as f32;
    let mut bottoms = vec![room.top() + GAP; count];
    for index in 0..cards {
        let shortest = (0..count).min_by(|&one, &other| bottoms[one].total_cmp(&bottoms[other])).unwrap_or(0);
        let left = room.left() + (width + GAP) * shortest as f32;
        let place = egui::Rect::from_min_max(pos2(left, bottoms[shortest]), pos2(left + width, f32::INFINITY));
        let shown = ui.scope_builder(UiBuilder::new().max_rect(place), |ui| show(ui, index));
        bottoms[shortest] = shown.response.rect.bottom() + GAP;
    }
    let bottom = bottoms.into_iter().fold(room.top(), f32::max);
    ui.expand_to_include_rect(egui::Rect::from_min_max(room.min, pos2(room.right(), bottom)));
}

/// A titled group.
pub(crate) fn card(ui: &mut Ui, title: &str, palette: &Palette, contents: impl FnOnce(&mut Ui)) {
    Frame::new().fill(palette.surface).corner_radius(8.0).inner_margin(Margin::symmetric(14, 12)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.label(RichText::new(title).heading());
        ui.add_space(4.0);
        contents(ui);
    });
}
