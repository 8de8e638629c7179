//! How probable each tempo is.

use attacca_engine::{Bpm, portrait::TEMPO_BINS};
use egui::{Align2, FontId, Mesh, Rect, Shape, Stroke, Ui, pos2};

use crate::{
    views::Picture,
    widgets::{describe, text_in},
};

/// Shows the card.
pub(super) fn show(ui: &Ui, card: Rect, picture: &Picture<'_>, small: f32) {
    let (palette, painter) = (&picture.palette, ui.painter().with_clip_rect(card));
    painter.rect_filled(card, 6.0, palette.surface);
    let room = card.shrink(8.0);
    let font = FontId::proportional(small);
    let beat = picture.scene.snapshot.beat;
    let words = beat.map_or_else(|| "tempo: none yet".to_owned(), |beat| format!("tempo: {:.1} BPM", beat.tempo.0));
    text_in(&painter, room.left_top(), Align2::LEFT_TOP, &words, (small + 1.0, room.width()), palette.text);
    let plot = Rect::from_min_max(
        pos2(room.left(), room.top() + small * 2.2),
        pos2(room.right(), room.bottom() - small * 1.5),
    );
    let x_of = |bpm: f32| {
        let octaves = (Bpm::MAXIMUM.0 / Bpm::MINIMUM.0).log2();
        plot.left() + plot.width() * (bpm / Bpm::MINIMUM.0).log2() / octaves
    };
    let range = picture.scene.settings.tempo_range;
    for (left, right) in [(plot.left(), x_of(range.slowest.0)), (x_of(range.fastest.0), plot.right())] {
        painter.rect_filled(Rect::from_x_y_ranges(left..=right.max(left), plot.y_range()), 0.0, palette.background);
    }
    for bpm in [30.0, 60.0, 120.0, 240.0] {
        painter.vline(x_of(bpm), plot.y_range(), Stroke::new(1.0, palette.raised));
        let align = if bpm == 30.0 { Align2::LEFT_TOP } else { Align2::CENTER_TOP };
        painter.text(pos2(x_of(bpm), plot.bottom() + 3.0), align, format!("{bpm:.0}"), font.clone(), palette.muted);
    }
    painter.hline(plot.x_range(), plot.bottom(), Stroke::new(1.0, palette.line));
    if let Some(portrait) = &picture.history.newest_portrait {
        let peak = portrait.tempi.iter().copied().max().unwrap_or(0).max(1);
        let mut mesh = Mesh::default();
        for (bin, &probability) in portrait.tempi.iter().enumerate() {
            let left = plot.left() + plot.width() * bin as f32 / TEMPO_BINS as f32;
            let height = plot.height() * f32::from(probability) / f32::from(peak);
            let right = left + (plot.width() / TEMPO_BINS as f32 - 0.5).max(1.0);
            let bar = Rect::from_min_max(pos2(left, plot.bottom() - height), pos2(right, plot.bottom()));
            mesh.add_colored_rect(bar, palette.beat);
        }
        painter.add(Shape::mesh(mesh));
    }
    if let Some(beat) = beat {
        let x = x_of(beat.tempo.0.clamp(Bpm::MINIMUM.0, Bpm::MAXIMUM.0));
        let tip = pos2(x, plot.top() - 1.0);
        let points = vec![tip, pos2(x - 4.0, tip.y - 6.0), pos2(x + 4.0, tip.y - 6.0)];
        painter.add(Shape::convex_polygon(points, palette.text, Stroke::NONE));
    }
    describe(ui, card, "tempi", words);
}
