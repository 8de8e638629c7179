//! What was heard, over and beside the spectrogram.

use attacca_engine::{OnsetBand, portrait::SPECTRUM_HZ};
use egui::{Align2, Color32, FontId, Rect, Shape, Stroke, Ui, pos2, vec2};

use super::axis::TimeAxis;
use crate::{
    history::FAINTEST_LIGHT,
    views::Picture,
    widgets::{Lettering, describe, text_in},
};

/// HTK's mel scale.
fn mel(hz: f32) -> f32 {
    2595.0 * (1.0 + hz / 700.0).log10()
}

/// How high in the spectrogram a frequency lies: 0 at the bottom to 1.
fn height_of(hz: f32) -> f32 {
    let [lowest, highest] = SPECTRUM_HZ.map(|edge| mel(edge as f32));
    (mel(hz) - lowest) / (highest - lowest)
}

/// Frequencies left of the spectrogram.
pub(super) fn frequencies(ui: &Ui, row: Rect, spectrum: Rect, picture: &Picture<'_>, small: f32) {
    let palette = &picture.palette;
    let marks = [(100.0, "100 Hz"), (500.0, "500"), (1_000.0, "1 k"), (3_000.0, "3 k"), (10_000.0, "10 k")];
    for (hz, text) in marks {
        let y = spectrum.bottom() - spectrum.height() * height_of(hz);
        let painter = ui.painter();
        painter.hline(spectrum.left() - 4.0..=spectrum.left(), y, Stroke::new(1.0, palette.line));
        if y - small / 2.0 > row.top() && y + small / 2.0 < row.bottom() {
            let place = pos2(spectrum.left() - 6.0, y);
            painter.text(place, Align2::RIGHT_CENTER, text, FontId::proportional(small), palette.muted);
        }
    }
}

/// Lines at beats: thick and headed by a square at downbeats, thin at others.
pub(super) fn beats(ui: &Ui, spectrum: Rect, axis: &TimeAxis, picture: &Picture<'_>) {
    let (painter, palette) = (ui.painter().with_clip_rect(spectrum), &picture.palette);
    for beat in &picture.history.beats {
        let Some(x) = axis.x_of(beat.position) else { continue };
        if beat.beat_in_bar == 1 {
            painter.vline(x, spectrum.y_range(), Stroke::new(2.0, palette.downbeat));
            painter.rect_filled(
                Rect::from_center_size(pos2(x, spectrum.top() + 4.0), vec2(8.0, 8.0)),
                1.0,
                palette.downbeat,
            );
        } else {
            painter.vline(x, spectrum.y_range(), Stroke::new(1.0, palette.beat.gamma_multiply(0.75)));
        }
    }
}

/// A mark at each onset, as high as the band that rose most, and the larger the more it rose.
pub(super) fn onsets(ui: &Ui, spectrum: Rect, axis: &TimeAxis, picture: &Picture<'_>) {
    let (painter, palette) = (ui.painter().with_clip_rect(spectrum), &picture.palette);
    let ground = palette.background;
    for onset in &picture.history.onsets {
        let Some(x) = axis.x_of(onset.position) else { continue };
        for band in OnsetBand::ALL {
            let strength = onset.bands.of(band);
            if strength < FAINTEST_LIGHT {
                continue;
            }
            let hz = match band {
                OnsetBand::Low => 75.0,
                OnsetBand::Mid => 1_200.0,
                OnsetBand::High => 9_000.0,
            };
            let centre = pos2(x, spectrum.bottom() - spectrum.height() * height_of(hz));
            let size = (spectrum.size().min_elem() * 0.018).clamp(2.5, 9.0) * (0.5 + strength.min(1.0));
            // A small wedge that points at what came after.
            let points = vec![centre + vec2(0.0, -size), centre + vec2(size * 1.2, 0.0), centre + vec2(0.0, size)];
            painter.add(Shape::convex_polygon(points, palette.onset, Stroke::new(1.0, ground)));
        }
    }
}

/// The chords, one block for each.
pub(super) fn chords(ui: &Ui, row: Rect, axis: &TimeAxis, picture: &Picture<'_>, small: f32) {
    let palette = &picture.palette;
    let lane = axis.under(row);
    title(ui, row, lane, "chord", small, palette.muted);
    let painter = ui.painter().with_clip_rect(lane);
    let chords = &picture.history.chords;
    let mut names = Vec::new();
    for (index, change) in chords.iter().enumerate() {
        let left = axis.start_of(change.position);
        let right = chords.get(index + 1).map_or(lane.right(), |next| axis.start_of(next.position));
        if right <= lane.left() || right - left < 0.5 {
            continue;
        }
        let block = Rect::from_x_y_ranges(left..=right - 1.0, lane.y_range());
        let name = picture.chord_name_over(change.value).joined();
        if change.value.is_some() {
            painter.rect_filled(block, 3.0, palette.raised);
            painter.rect_filled(Rect::from_min_size(block.min, vec2(2.0, block.height())), 0.0, palette.chord);
        }
        let letters = Lettering::new(&painter, &name, small + 2.0, f32::INFINITY, palette.text);
        if letters.size().x + 8.0 < block.width() {
            let place = Align2::LEFT_CENTER.anchor_size(block.left_center() + vec2(6.0, 0.0), letters.size());
            letters.paint(&painter, place.min);
        }
        names.push(name);
    }
    describe(
        ui,
        lane,
        "chords",
        format!("Chords: {}", if names.is_empty() { "none".to_owned() } else { names.join(", ") }),
    );
}

/// A bar wherever there is a voice.
pub(super) fn voice(ui: &Ui, row: Rect, axis: &TimeAxis, picture: &Picture<'_>, small: f32) {
    let palette = &picture.palette;
    let lane = axis.under(row);
    title(ui, row, lane, "voice", small, palette.muted);
    let painter = ui.painter().with_clip_rect(lane);
    painter.rect_filled(lane.shrink2(vec2(0.0, lane.height() * 0.25)), 2.0, palette.surface);
    let voice = &picture.history.voice;
    for (index, change) in voice.iter().enumerate().filter(|(_, change)| change.value) {
        let right = voice.get(index + 1).map_or(lane.right(), |next| axis.start_of(next.position));
        let bar = Rect::from_x_y_ranges(axis.start_of(change.position)..=right, lane.y_range());
        painter.rect_filled(bar.shrink2(vec2(0.0, lane.height() * 0.2)), 2.0, palette.voice);
    }
}

/// What a lane shows, in the gutter left of it.
pub(super) fn title(ui: &Ui, row: Rect, lane: Rect, text: &str, small: f32, colour: Color32) {
    let place = pos2(lane.left() - 6.0, row.center().y);
    text_in(ui.painter(), place, Align2::RIGHT_CENTER, text, (small, place.x - row.left()), colour);
}
