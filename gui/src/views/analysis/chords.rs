//! How probable each chord is: the most probable ones by name, and all of them as a map of roots and qualities.

use attacca_engine::{
    Portrait,
    models::{
        spelling::quality_suffix,
        vocabulary::{ChordClass, ChordQuality, QUALITIES},
    },
};
use egui::{Align2, Mesh, Painter, Rect, Shape, Ui, pos2, vec2};

use crate::{
    views::Picture,
    widgets::{describe, meter, percent, text_in},
};

/// Room that the map needs, in points.
const MAP_ROOM: egui::Vec2 = vec2(170.0, 240.0);

/// Shows the card.
pub(super) fn show(ui: &Ui, card: Rect, picture: &Picture<'_>, small: f32) {
    let (palette, painter) = (&picture.palette, ui.painter().with_clip_rect(card));
    painter.rect_filled(card, 6.0, palette.surface);
    let room = card.shrink(8.0);
    let Some(portrait) = &picture.history.newest_portrait else {
        text_in(
            &painter,
            room.left_top(),
            Align2::LEFT_TOP,
            "chord: none yet",
            (small + 1.0, room.width()),
            palette.text,
        );
        return describe(ui, card, "chord probabilities", "No chord probabilities yet");
    };
    let with_map = room.width() >= MAP_ROOM.x && room.height() >= MAP_ROOM.y;
    let bars_bottom = if with_map { room.top() + room.height() * 0.3 } else { room.bottom() };
    let bars = Rect::from_min_max(room.min, pos2(room.right(), bars_bottom));
    let words = paint_bars(&painter, bars, portrait, picture, small);
    if with_map {
        let map = Rect::from_min_max(pos2(room.left(), bars_bottom + small), room.max);
        paint_map(&painter, map, portrait, picture, small);
    }
    describe(ui, card, "chord probabilities", format!("Chord probabilities: {words}"));
}

/// As many of the most probable chords as there is room for, with bars; returns them in words.
fn paint_bars(painter: &Painter, rect: Rect, portrait: &Portrait, picture: &Picture<'_>, small: f32) -> String {
    let palette = &picture.palette;
    let probable = portrait.chords.iter().copied().enumerate().filter(|&(_, probability)| probability > 0);
    let mut classes: Vec<_> = probable.collect();
    classes.sort_by_key(|&(class, probability)| (std::cmp::Reverse(probability), class));
    let row = (small * 1.75).max(rect.height() / 8.0);
    let count = ((rect.height() / row) as usize).min(8);
    let mut words = Vec::new();
    for (index, &(class, byte)) in classes.iter().take(count).enumerate() {
        let name = picture.chord_name(ChordClass::from_class(class)).joined();
        let share = f32::from(byte) / 255.0;
        let line = Rect::from_min_size(rect.min + vec2(0.0, row * index as f32), vec2(rect.width(), row));
        let (name_width, share_width) = (rect.width() * 0.36, rect.width() * 0.24);
        let size = small + 1.0;
        text_in(painter, line.left_center(), Align2::LEFT_CENTER, &name, (size, name_width - 4.0), palette.text);
        let ink = palette.muted;
        text_in(painter, line.right_center(), Align2::RIGHT_CENTER, &percent(share), (small, share_width), ink);
        let bar = Rect::from_min_max(
            pos2(line.left() + name_width, line.center().y - 3.0),
            pos2(line.right() - share_width - 4.0, line.center().y + 3.0),
        );
        meter(painter, bar, share, palette.chord, palette);
        words.push(format!("{name} {}", percent(share)));
    }
    words.join(", ")
}

/// Roots from left to right, qualities from top to bottom. The fourth root of a probability shows small ones too.
fn paint_map(painter: &Painter, rect: Rect, portrait: &Portrait, picture: &Picture<'_>, small: f32) {
    let palette = &picture.palette;
    let key = picture.scene.snapshot.key.map(|state| state.key);
    let map = Rect::from_min_max(rect.min + vec2(small * 3.6, 0.0), rect.max - vec2(0.0, small * 1.4));
    let cell = vec2(map.width() / 12.0, map.height() / QUALITIES as f32);
    let mut mesh = Mesh::default();
    for (row, quality) in ChordQuality::ALL.into_iter().enumerate() {
        let top = map.top() + cell.y * row as f32;
        for root in 0..12_u8 {
            let class = ChordClass { root, quality }.class();
            let share = (f32::from(portrait.chords[class]) / 255.0).sqrt().sqrt();
            let place = Rect::from_min_size(pos2(map.left() + cell.x * f32::from(root), top), cell).shrink(0.75);
            mesh.add_colored_rect(place, palette.raised.lerp_to_gamma(palette.chord, share));
        }
        let name = if quality == ChordQuality::Major { "major" } else { quality_suffix(quality) };
        let place = pos2(map.left() - 5.0, top + cell.y / 2.0);
        let size = (small.min(cell.y * 0.95), small * 3.4);
        text_in(painter, place, Align2::RIGHT_CENTER, name, size, palette.muted);
    }
    painter.add(Shape::mesh(mesh));
    for root in 0..12_u8 {
        let place = pos2(map.left() + cell.x * (f32::from(root) + 0.5), map.bottom() + 2.0);
        let note = picture.preferences.spelling.note(root, key);
        text_in(painter, place, Align2::CENTER_TOP, note, (small, cell.x), palette.muted);
    }
}
