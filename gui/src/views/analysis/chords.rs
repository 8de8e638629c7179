//! How probable each chord is: the most probable ones by name, and all of them as a map of roots and qualities.

use attacca_engine::{
    Portrait,
    models::vocabulary::{ChordClass, ChordQuality, QUALITIES},
};
use egui::{Align2, FontId, Mesh, Painter, Rect, Shape, Ui, pos2, vec2};

use crate::{
    spelling::quality_suffix,
    views::Picture,
    widgets::{describe, meter, percent, text_in},
};

/// Room that the map needs, in points.
const MAP_ROOM: egui::Vec2 = vec2(190.0, 330.0);

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
    let bars_bottom = if with_map { room.top() + room.height() * 0.38 } else { room.bottom() };
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
    let mut classes: Vec<_> = portrait.chords.iter().copied().enumerate().collect();
    classes.sort_by_key(|&(class, probability)| (std::cmp::Reverse(probability), class));
    let row = (small * 1.9).max(rect.height() / 8.0);
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

/// Roots from bottom to top, qualities from left to right. The fourth root shows small probabilities too.
fn paint_map(painter: &Painter, rect: Rect, portrait: &Portrait, picture: &Picture<'_>, small: f32) {
    let palette = &picture.palette;
    let size = (small * 0.85).max(9.0);
    let key = picture.scene.snapshot.key.map(|state| state.key);
    let map = Rect::from_min_max(rect.min + vec2(size * 2.0, 0.0), rect.max - vec2(0.0, size * 1.6));
    let cell = vec2(map.width() / QUALITIES as f32, map.height() / 12.0);
    let mut mesh = Mesh::default();
    for root in 0..12_u8 {
        let top = map.bottom() - cell.y * f32::from(root + 1);
        for (column, quality) in ChordQuality::ALL.into_iter().enumerate() {
            let class = ChordClass { root, quality }.class();
            let share = (f32::from(portrait.chords[class]) / 255.0).sqrt().sqrt();
            let place = Rect::from_min_size(pos2(map.left() + cell.x * column as f32, top), cell).shrink(0.75);
            mesh.add_colored_rect(place, palette.raised.lerp_to_gamma(palette.chord, share));
        }
        let place = pos2(map.left() - 4.0, top + cell.y / 2.0);
        let note = picture.preferences.spelling.note(root, key);
        let font = FontId::proportional(size.min(cell.y));
        painter.text(place, Align2::RIGHT_CENTER, note, font, palette.muted);
    }
    painter.add(Shape::mesh(mesh));
    for (column, quality) in ChordQuality::ALL.into_iter().enumerate() {
        let text = match quality {
            ChordQuality::Major => "M",
            ChordQuality::MinorMajorSeventh => "mM",
            ChordQuality::MajorSeventh => "M7",
            ChordQuality::SuspendedSecond => "s2",
            ChordQuality::SuspendedFourth => "s4",
            quality => quality_suffix(quality),
        };
        let place = pos2(map.left() + cell.x * (column as f32 + 0.5), map.bottom() + 3.0);
        text_in(painter, place, Align2::CENTER_TOP, text, (size, cell.x - 2.0), palette.muted);
    }
}
