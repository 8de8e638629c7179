//! What the views are put together from.

mod lettering;

pub(crate) use lettering::{Lettering, text_in};

use std::f32::consts::FRAC_PI_2;

use egui::{
    Button, Color32, CornerRadius, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo,
    pos2, vec2,
};

use crate::palette::Palette;

/// Tells whoever cannot see `rect` what is painted there.
pub(crate) fn describe(ui: &Ui, rect: Rect, salt: &str, text: impl Into<String>) {
    let text = text.into();
    ui.interact(rect, ui.scope_id().with(salt), Sense::hover())
        .widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
}

/// A button whose text may be short, while its name is whole.
pub(crate) fn named_button(ui: &mut Ui, text: &str, name: &str) -> Response {
    ui.add(Button::new(text)).accessible_name(name)
}

/// A bar that is filled by `share`, 0 to 1.
pub(crate) fn meter(painter: &Painter, rect: Rect, share: f32, fill: Color32, palette: &Palette) {
    let radius = CornerRadius::same((rect.height() / 2.0).min(4.0) as u8);
    painter.rect_filled(rect, radius, palette.raised);
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    if share > 0.0 {
        let filled = Rect::from_min_size(rect.min, vec2((rect.width() * share).max(2.0), rect.height()));
        painter.rect_filled(filled, radius, fill);
    }
}

/// Shapes of lights, so that they differ in more than colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LightShape {
    /// A square with round corners.
    Square,
    /// A square on its corner.
    Diamond,
    /// A triangle that points up.
    Triangle,
    /// A circle.
    Circle,
}

/// A light of a brightness from 0 (an outline) to 1 (filled).
pub(crate) fn light(
    painter: &Painter,
    shape: LightShape,
    (centre, radius): (Pos2, f32),
    brightness: f32,
    colour: Color32,
    palette: &Palette,
) {
    let fill = palette.surface.lerp_to_gamma(colour, brightness.clamp(0.0, 1.0));
    let stroke = Stroke::new((radius * 0.09).clamp(1.0, 4.0), palette.line.lerp_to_gamma(colour, brightness));
    match shape {
        LightShape::Circle => {
            painter.circle(centre, radius, fill, stroke);
        }
        LightShape::Square => {
            let rect = Rect::from_center_size(centre, Vec2::splat(radius * 1.8));
            painter.rect(rect, radius * 0.3, fill, stroke, egui::StrokeKind::Inside);
        }
        LightShape::Diamond => polygon(painter, centre, radius * 1.1, 4, fill, stroke),
        LightShape::Triangle => polygon(painter, centre + vec2(0.0, radius * 0.2), radius * 1.15, 3, fill, stroke),
    }
}

/// A regular polygon with a corner on top.
fn polygon(painter: &Painter, centre: Pos2, radius: f32, corners: usize, fill: Color32, stroke: Stroke) {
    let corner = |index: usize| {
        let angle = std::f32::consts::TAU * index as f32 / corners as f32 - FRAC_PI_2;
        pos2(centre.x + radius * angle.cos(), centre.y + radius * angle.sin())
    };
    painter.add(Shape::convex_polygon((0..corners).map(corner).collect(), fill, stroke));
}

/// A probability in a word.
pub(crate) fn certainty(probability: f32) -> &'static str {
    match probability {
        p if p >= 0.9 => "sure",
        p if p >= 0.7 => "likely",
        p if p >= 0.5 => "perhaps",
        _ => "unsure",
    }
}

/// A share of 1 in percent.
pub(crate) fn percent(share: f32) -> String {
    match share {
        share if share > 0.0 && share < 0.005 => "<1 %".to_owned(),
        share if share.is_finite() => format!("{:.0} %", share.clamp(0.0, 9.99) * 100.0),
        _ => "– %".to_owned(),
    }
}
