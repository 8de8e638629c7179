//! What the networks say from hop to hop.

use attacca_engine::{Snapshot, models::Task};
use egui::{Color32, Mesh, Painter, Pos2, Rect, Shape, Stroke, Ui, pos2};

use super::{axis::TimeAxis, lanes::title};
use crate::views::Picture;

/// Hops that may be missing between two values of one curve: a block of 8,192 samples at 44.1 kHz, and a frame.
const WIDEST_STEP_HOPS: f64 = 25.0;

/// Name, task and value of a curve.
type Curve = (&'static str, Task, fn(&Snapshot) -> f32);

const CURVES: [Curve; 4] = [
    ("onset", Task::Onset, |snapshot| snapshot.onset_activation),
    ("beat", Task::Beat, |snapshot| snapshot.beat_activation),
    ("downbeat", Task::Beat, |snapshot| snapshot.downbeat_activation),
    ("voice", Task::Voice, |snapshot| snapshot.voice_activation),
];

/// Shows a curve in each row.
pub(super) fn show(ui: &Ui, rows: [Rect; 4], axis: &TimeAxis, picture: &Picture<'_>, small: f32) {
    let palette = &picture.palette;
    let colours = [palette.onset, palette.beat, palette.downbeat, palette.voice];
    for (((name, task, value), row), colour) in CURVES.into_iter().zip(rows).zip(colours) {
        let lane = axis.under(row);
        ui.painter().rect_filled(lane, 2.0, palette.surface);
        title(ui, row, lane, name, small, palette.muted);
        let delays = &picture.scene.machine.activation_delays_samples;
        let points = picture.history.snapshots(task, picture.sample_rate_hz(), delays);
        let points = points.map(|(hop, snapshot)| (hop, value(snapshot)));
        area(ui, lane, axis, points, colour);
        ui.painter().hline(lane.x_range(), lane.bottom(), Stroke::new(1.0, palette.line));
    }
}

/// A filled curve, with one point for each pixel at most: the largest of its values.
fn area(ui: &Ui, lane: Rect, axis: &TimeAxis, points: impl Iterator<Item = (f64, f32)>, colour: Color32) {
    let painter = ui.painter().with_clip_rect(lane);
    let (mut mesh, mut line) = (Mesh::default(), Vec::<Pos2>::new());
    let pixel = 1.0 / painter.pixels_per_point();
    let mut last_hop = f64::NEG_INFINITY;
    for (hop, value) in points.filter(|(hop, _)| *hop >= axis.first_hop) {
        let place = pos2(axis.x_of_hop(hop), lane.bottom() - value.clamp(0.0, 1.0) * (lane.height() - 2.0));
        if hop - last_hop > WIDEST_STEP_HOPS {
            finish(&painter, &mut mesh, &mut line, lane, colour);
        }
        last_hop = hop;
        match line.last_mut().filter(|last| place.x - last.x < pixel) {
            Some(last) => last.y = last.y.min(place.y),
            None => line.push(place),
        }
    }
    finish(&painter, &mut mesh, &mut line, lane, colour);
    painter.add(Shape::mesh(mesh));
}

/// Strokes a stretch without gaps, adds what is under it to `mesh`, and leaves `line` empty.
fn finish(painter: &Painter, mesh: &mut Mesh, line: &mut Vec<Pos2>, lane: Rect, colour: Color32) {
    let body = colour.gamma_multiply(0.25);
    let first = mesh.vertices.len() as u32;
    for point in line.iter() {
        mesh.colored_vertex(pos2(point.x, lane.bottom()), body);
        mesh.colored_vertex(*point, body);
    }
    for step in 0..(line.len() as u32).saturating_sub(1) {
        let corner = first + 2 * step;
        mesh.add_triangle(corner, corner + 1, corner + 2);
        mesh.add_triangle(corner + 1, corner + 3, corner + 2);
    }
    if line.len() > 1 {
        painter.line(std::mem::take(line), Stroke::new(1.2, colour));
    }
    line.clear();
}
