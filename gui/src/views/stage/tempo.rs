//! The tempo and how sure it is.

use egui::{Align2, Rect, Ui, pos2, vec2};

use super::{inside, small};
use crate::{
    views::Picture,
    widgets::{certainty, describe, meter, percent, text_in},
};

/// Shows the card.
pub(super) fn show(ui: &mut Ui, card: Rect, picture: &Picture<'_>) {
    let (palette, painter, room, small) = (&picture.palette, ui.painter(), inside(card), small(card));
    let beat = picture.scene.snapshot.beat;
    let number = beat.map_or_else(|| "–".to_owned(), |beat| format!("{:.1}", beat.tempo.0));
    let unit = if picture.scene.settings.tempo_locked { "BPM, locked" } else { "BPM" };
    text_in(painter, room.left_top(), Align2::LEFT_TOP, unit, (small, room.width()), palette.muted);
    let bar_height = (card.height() * 0.045).clamp(5.0, 32.0);
    let foot = room.bottom() - bar_height - small * 1.7;
    let (top, size) = (room.top() + small * 1.1, foot - room.top() - small * 1.1);
    let colour = if beat.is_some() { palette.text } else { palette.muted };
    let middle = pos2(room.center().x, top + size / 2.0);
    text_in(painter, middle, Align2::CENTER_CENTER, &number, (size * 0.95, room.width()), colour);
    let Some(beat) = beat else {
        text_in(painter, pos2(room.left(), foot), Align2::LEFT_TOP, "no tempo", (small, room.width()), palette.muted);
        return describe(ui, card, "tempo", "No tempo");
    };
    let (word, share) = (certainty(beat.confidence), percent(beat.confidence));
    text_in(painter, pos2(room.left(), foot), Align2::LEFT_TOP, word, (small, room.width() * 0.6), palette.text);
    text_in(painter, pos2(room.right(), foot), Align2::RIGHT_TOP, &share, (small, room.width() * 0.4), palette.text);
    let bar = Rect::from_min_size(pos2(room.left(), room.bottom() - bar_height), vec2(room.width(), bar_height));
    meter(painter, bar, beat.confidence, palette.beat, palette);
    describe(ui, card, "tempo", format!("{number} {unit}, {word}, {share}"));
}
