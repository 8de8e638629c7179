//! The chord in the largest type that fits, and the two that are next.

use attacca_engine::{
    models::{
        Task,
        spelling::ChordName,
        vocabulary::{ChordClass, ChordOverBass},
    },
    snapshot::ChordState,
};
use egui::{Align2, Painter, Rect, Ui, pos2, vec2};

use super::{inside, small};
use crate::{
    views::Picture,
    widgets::{Lettering, certainty, describe, meter, percent, text_in},
};

/// Size of a chord's quality and bass against its root.
const QUALITY_SIZE: f32 = 0.5;

/// Shows the card.
pub(super) fn show(ui: &mut Ui, card: Rect, picture: &Picture<'_>) {
    let (palette, painter, room, small) = (&picture.palette, ui.painter(), inside(card), small(card));
    let Some(state) = picture.scene.snapshot.chord else {
        let enabled = picture.scene.settings.task(Task::Chord).enabled;
        let words = if enabled { "No chord yet" } else { "Chords are switched off" };
        let size = (card.height() * 0.15).clamp(14.0, 140.0);
        text_in(painter, room.center(), Align2::CENTER_CENTER, words, (size, room.width()), palette.muted);
        return describe(ui, card, "chord", words);
    };
    let name = picture.chord_name_over(state.chord.map(|chord| ChordOverBass { chord, bass: state.bass }));
    let side = (room.width() * 0.28).clamp(96.0, 840.0);
    let main = Rect::from_min_max(room.min, pos2(room.right() - side - small, room.bottom()));
    let foot = small * 1.6;
    let large = Rect::from_min_max(main.min, pos2(main.right(), main.bottom() - foot));
    paint_name(painter, large, &name, picture);
    let line = format!("{}  {}", certainty(state.confidence), percent(state.confidence));
    text_in(painter, main.left_bottom(), Align2::LEFT_BOTTOM, &line, (small, main.width()), palette.text);

    let others = Rect::from_min_max(pos2(room.right() - side, room.top()), room.max);
    paint_others(painter, others, &state, picture, small);
    describe(ui, card, "chord", description(&state, &name, picture));
}

fn description(state: &ChordState, name: &ChordName, picture: &Picture<'_>) -> String {
    let others = state
        .alternatives
        .iter()
        .map(|other| format!(", or {} {}", picture.chord_name(other.chord).joined(), percent(other.probability)));
    let certainty = format!("{} {}", certainty(state.confidence), percent(state.confidence));
    format!("Chord {}, {certainty}{}", name.joined(), others.collect::<String>())
}

/// Root, quality and bass on one base line, as large as fits.
fn paint_name(painter: &Painter, rect: Rect, name: &ChordName, picture: &Picture<'_>) {
    let letters = |size: f32| {
        let part = |text: &str, size: f32| Lettering::new(painter, text, size, f32::INFINITY, picture.palette.text);
        (part(&name.root, size), part(&name.suffix(), size * QUALITY_SIZE))
    };
    let (root, quality) = letters(rect.height());
    let scale = (rect.width() / (root.size().x + quality.size().x)).min(1.0);
    let (root, quality) = if scale < 1.0 { letters(rect.height() * scale) } else { (root, quality) };
    let place = pos2(rect.left(), rect.center().y - root.size().y / 2.0);
    let beside = place + vec2(root.size().x, root.base_line() - quality.base_line());
    root.paint(painter, place);
    quality.paint(painter, beside);
}

/// The two next-best chords with their probabilities.
fn paint_others(painter: &Painter, rect: Rect, state: &ChordState, picture: &Picture<'_>, small: f32) {
    let palette = &picture.palette;
    let row = rect.height() / 2.0;
    for (index, other) in state.alternatives.iter().enumerate() {
        let top = rect.top() + row * index as f32;
        let name = picture.chord_name(other.chord).joined();
        let share = percent(other.probability);
        let bar_height = (row * 0.07).clamp(4.0, 24.0);
        let bar_top = top + row * 0.78;
        let share_rect = text_in(
            painter,
            pos2(rect.right(), bar_top - 4.0),
            Align2::RIGHT_BOTTOM,
            &share,
            (small, rect.width()),
            palette.muted,
        );
        let width = share_rect.left() - rect.left() - 6.0;
        text_in(
            painter,
            pos2(rect.left(), bar_top - 2.0),
            Align2::LEFT_BOTTOM,
            &name,
            (row * 0.52, width),
            palette.text,
        );
        let bar = Rect::from_min_size(pos2(rect.left(), bar_top), vec2(rect.width(), bar_height));
        meter(painter, bar, other.probability, palette.chord, palette);
    }
}

impl Picture<'_> {
    /// A chord's name in the chosen spelling and the present key.
    pub fn chord_name(&self, chord: Option<ChordClass>) -> ChordName {
        self.chord_name_over(chord.map(|chord| ChordOverBass { chord, bass: None }))
    }

    /// As [`Picture::chord_name`], of a chord over its bass.
    pub fn chord_name_over(&self, chord: Option<ChordOverBass>) -> ChordName {
        self.preferences.spelling.chord(chord, self.scene.snapshot.key.map(|state| state.key))
    }
}
