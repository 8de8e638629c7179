//! Key, voice and onsets.

use attacca_engine::{
    OnsetBand,
    models::{Task, spelling::camelot},
};
use egui::{Align2, Rect, Ui, pos2};

use super::{inside, small};
use crate::{
    beat_clock::glow,
    views::Picture,
    widgets::{LightShape, certainty, describe, light, percent, text_in},
};

/// How long an onset's light fades, in seconds.
const FADE_SECONDS: f32 = 0.3;

/// Shows the card.
pub(super) fn show(ui: &mut Ui, card: Rect, picture: &Picture<'_>) {
    let room = inside(card);
    let row = |from: f32, to: f32| {
        let at = |share: f32| room.top() + room.height() * share;
        Rect::from_min_max(pos2(room.left(), at(from)), pos2(room.right(), at(to)))
    };
    key(ui, row(0.0, 0.36), small(card), picture);
    voice(ui, row(0.42, 0.64), picture);
    onsets(ui, row(0.70, 1.0), picture);
}

fn key(ui: &mut Ui, rect: Rect, small: f32, picture: &Picture<'_>) {
    let (palette, painter) = (&picture.palette, ui.painter());
    let state = picture.scene.snapshot.key;
    let title = state.map_or_else(
        || "key".to_owned(),
        |state| format!("key, {} {}", certainty(state.confidence), percent(state.confidence)),
    );
    text_in(painter, rect.left_top(), Align2::LEFT_TOP, &title, (small, rect.width()), palette.muted);
    let (name, colour) = match state {
        Some(state) if picture.preferences.camelot => {
            (format!("{}  {}", picture.preferences.spelling.key(state.key), camelot(state.key)), palette.text)
        }
        Some(state) => (picture.preferences.spelling.key(state.key), palette.text),
        None => ("not yet clear".to_owned(), palette.muted),
    };
    let largest = if state.is_some() { 0.9 } else { 0.55 };
    let size = ((rect.height() - small * 1.2) * largest).clamp(12.0, 240.0);
    text_in(painter, rect.left_bottom(), Align2::LEFT_BOTTOM, &name, (size, rect.width()), colour);
    describe(ui, rect, "key", format!("{title}: {name}"));
}

fn voice(ui: &mut Ui, rect: Rect, picture: &Picture<'_>) {
    let (palette, painter, scene) = (&picture.palette, ui.painter(), picture.scene);
    let radius = rect.height() * 0.4;
    let (words, brightness) = match (scene.settings.task(Task::Voice).enabled, scene.snapshot.voice) {
        (false, _) => ("voice is switched off", 0.0),
        (true, true) => ("voice", 1.0),
        (true, false) => ("no voice", 0.0),
    };
    let centre = pos2(rect.left() + radius, rect.center().y);
    light(painter, LightShape::Circle, (centre, radius), brightness, palette.voice, palette);
    let colour = if brightness > 0.0 { palette.text } else { palette.muted };
    let size = (rect.height() * 0.62).clamp(12.0, 140.0);
    let place = pos2(rect.left() + radius * 2.0 + rect.height() * 0.3, rect.center().y);
    text_in(painter, place, Align2::LEFT_CENTER, words, (size, rect.right() - place.x), colour);
    describe(ui, rect, "voice", words);
}

/// A light for each band: low is a square, the middle a diamond, high a triangle.
fn onsets(ui: &mut Ui, rect: Rect, picture: &Picture<'_>) {
    let (palette, painter) = (&picture.palette, ui.painter());
    let rate = picture.sample_rate_hz();
    let now = picture.scene.now.max(picture.scene.snapshot.position).seconds(rate) + picture.still_seconds.max(0.0);
    let shapes = [LightShape::Square, LightShape::Diamond, LightShape::Triangle];
    let mut lit = Vec::new();
    for (index, (band, shape)) in OnsetBand::ALL.into_iter().zip(shapes).enumerate() {
        let cell = rect.width() / 3.0;
        let radius = (rect.height() * 0.3).min(cell * 0.3);
        let centre = pos2(rect.left() + cell * index as f32 + radius, rect.top() + radius * 1.1);
        let brightness = picture.history.lights[index].map_or(0.0, |(reported, strength)| {
            glow((now - reported.seconds(rate)).abs() as f32, FADE_SECONDS) * (0.35 + 0.65 * strength.min(1.0))
        });
        light(painter, shape, (centre, radius), brightness, palette.onset, palette);
        let size = (rect.height() * 0.26).clamp(10.0, 60.0);
        let place = pos2(centre.x, rect.bottom());
        text_in(painter, place, Align2::CENTER_BOTTOM, band.name(), (size, cell), palette.muted);
        if brightness > 0.0 {
            lit.push(band.name());
        }
    }
    let words = if lit.is_empty() { "no onset".to_owned() } else { format!("onset: {}", lit.join(", ")) };
    describe(ui, rect, "onsets", words);
}
