//! What the music does now, to be read from three metres.

mod beat;
mod chord;
mod state;
mod tempo;

use egui::{Rect, Ui, pos2, vec2};

use super::Picture;

/// Shows the view in all the room there is.
pub(crate) fn show(ui: &mut Ui, picture: &Picture<'_>) {
    let [beat_rect, tempo_rect, chord_rect, state_rect] = cards(ui.max_rect());
    for rect in [beat_rect, tempo_rect, chord_rect, state_rect] {
        ui.painter().rect_filled(rect, 10.0, picture.palette.surface);
    }
    beat::show(ui, beat_rect, picture);
    tempo::show(ui, tempo_rect, picture);
    chord::show(ui, chord_rect, picture);
    state::show(ui, state_rect, picture);
}

/// Rectangles of the four cards: two rows of two, or a stack where the window is tall.
fn cards(room: Rect) -> [Rect; 4] {
    let gap = (room.size().min_elem() * 0.02).clamp(6.0, 32.0);
    let room = room.shrink(gap);
    let cell = |left: f32, top: f32, right: f32, bottom: f32| {
        let at = |x: f32, y: f32| pos2(room.left() + room.width() * x, room.top() + room.height() * y);
        let half = |edge: f32| if edge == 0.0 || edge == 1.0 { 0.0 } else { gap / 2.0 };
        let rect = Rect::from_min_max(at(left, top), at(right, bottom));
        Rect::from_min_max(rect.min + vec2(half(left), half(top)), rect.max - vec2(half(right), half(bottom)))
    };
    if room.width() < room.height() * 1.05 {
        let rows = [0.0, 0.22, 0.42, 0.74, 1.0];
        return std::array::from_fn(|row| cell(0.0, rows[row], 1.0, rows[row + 1]));
    }
    let (column, row) = (0.63, 0.45);
    [cell(0.0, 0.0, column, row), cell(column, 0.0, 1.0, row), cell(0.0, row, column, 1.0), cell(column, row, 1.0, 1.0)]
}

/// Size of the small print in a card, in points.
fn small(card: Rect) -> f32 {
    (card.size().min_elem() * 0.09).clamp(11.0, 60.0)
}

/// What is inside a card's margin.
fn inside(card: Rect) -> Rect {
    card.shrink((card.size().min_elem() * 0.09).clamp(8.0, 72.0))
}
