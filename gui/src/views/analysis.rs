//! The last seconds in detail: spectrogram, what was heard in it, activations, and what the filters believe.

mod axis;
mod chords;
mod curves;
mod lanes;
mod tempi;

use egui::{Rect, Theme, Ui, pos2, vec2};

use self::axis::TimeAxis;
use super::Picture;
use crate::spectrogram::Spectrogram;

/// Width below which labels and lanes are drawn smaller, in points.
const COMPACT_BELOW: f32 = 700.0;

/// Shows the view in all the room there is.
pub(crate) fn show(ui: &mut Ui, picture: &Picture<'_>, spectrogram: &mut Spectrogram, theme: Theme) {
    let compact = ui.max_rect().width() < COMPACT_BELOW;
    let gap = if compact { 6.0 } else { 12.0 };
    let room = ui.max_rect().shrink(gap);
    let side = (room.width() * 0.25).clamp(110.0, 800.0);
    let time = Rect::from_min_max(room.min, pos2(room.right() - side - gap, room.bottom()));
    let beliefs = Rect::from_min_max(pos2(room.right() - side, room.top()), room.max);

    let lane = (room.height() * 0.045).clamp(16.0, 48.0);
    let small = (lane * 0.66).min(room.width() * 0.022).clamp(10.0, 22.0);
    let curve = (room.height() * 0.07).clamp(18.0, 140.0);
    let gutter = small * 4.9;
    let mut below = time.top();
    let mut row = |height: f32, space: f32| {
        let rect = Rect::from_min_size(pos2(time.left(), below), vec2(time.width(), height));
        below += height + space;
        rect
    };
    let space = if compact { 2.0 } else { 4.0 };
    let fixed = 2.0 * lane + (small + 4.0) + 4.0 * (curve + space) + 3.0 * space;
    let chord_row = row(lane, space);
    let spectrum_row = row(time.height() - fixed, space);
    let voice_row = row(lane, 0.0);
    let ticks_row = row(small + 4.0, space);
    let curve_rows = [(); 4].map(|()| row(curve, space));

    let axis = TimeAxis::new(picture, Rect::from_min_max(pos2(time.left() + gutter, time.top()), time.max));
    let spectrum = axis.under(spectrum_row);
    ui.painter().rect_filled(spectrum, 0.0, picture.palette.spectrum[0]);
    spectrogram.paint(ui.painter(), spectrum, theme, axis.first_hop, axis.last_hop);
    lanes::frequencies(ui, spectrum_row, spectrum, picture, small);
    lanes::beats(ui, axis.under(spectrum_row), &axis, picture);
    lanes::onsets(ui, axis.under(spectrum_row), &axis, picture);
    lanes::chords(ui, chord_row, &axis, picture, small);
    lanes::voice(ui, voice_row, &axis, picture, small);
    axis.ticks(ui, ticks_row, picture, small);
    curves::show(ui, curve_rows, &axis, picture, small);

    let split = beliefs.top() + beliefs.height() * 0.4;
    let card = |top: f32, bottom: f32| Rect::from_min_max(pos2(beliefs.left(), top), pos2(beliefs.right(), bottom));
    tempi::show(ui, card(beliefs.top(), split - gap / 2.0), picture, small);
    chords::show(ui, card(split + gap / 2.0, beliefs.bottom()), picture, small);
}
