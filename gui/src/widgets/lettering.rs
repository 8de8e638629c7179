//! Text as large as fits, up to sizes for which a font's texture has no room.
//!
//! Every size of a glyph takes room in one texture. Large text is therefore laid out at one of a few sizes and scaled from
//! there, so that neither a window of 4K nor chords of ever different widths fill it.

use std::sync::Arc;

use egui::{Align2, Color32, FontId, Galley, Painter, Pos2, Rect, Vec2, emath::TSTransform, epaint::TextShape};

/// Sizes at which large text is laid out, in pixels.
const SIZES: [f32; 5] = [48.0, 80.0, 128.0, 192.0, 256.0];

/// Text below this size is laid out at whole pixels, in pixels: scaled, it would blur.
const CRISP_BELOW: f32 = 36.0;

/// The smallest text, in points.
const SMALLEST: f32 = 8.0;

/// A line of text that was fitted.
#[derive(Clone, Debug)]
pub(crate) struct Lettering {
    galley: Arc<Galley>,
    scale: f32,
    colour: Color32,
}

impl Lettering {
    /// Lays `text` out as large as fits: at most `size` points, at most `width` wide.
    pub fn new(painter: &Painter, text: &str, size: f32, width: f32, colour: Color32) -> Self {
        let whole = Self::of_size(painter, text, size, colour);
        let actual = whole.size().x;
        if actual <= width { whole } else { Self::of_size(painter, text, size * width / actual, colour) }
    }

    fn of_size(painter: &Painter, text: &str, size: f32, colour: Color32) -> Self {
        let pixels_per_point = painter.pixels_per_point();
        let wanted = size.max(SMALLEST) * pixels_per_point;
        let laid_out = match wanted {
            small if small < CRISP_BELOW => small.floor(),
            large => SIZES.into_iter().find(|size| *size >= large).unwrap_or(SIZES[SIZES.len() - 1]),
        };
        let scale = if wanted < CRISP_BELOW { 1.0 } else { wanted / laid_out };
        let font = FontId::proportional(laid_out / pixels_per_point);
        Self { galley: painter.layout_no_wrap(text.to_owned(), font, colour), scale, colour }
    }

    /// Its width and height in points.
    pub fn size(&self) -> Vec2 {
        self.galley.size() * self.scale
    }

    /// How far below its top letters stand, in points.
    pub fn base_line(&self) -> f32 {
        let row = self.galley.rows.first();
        row.map_or(0.0, |row| row.pos.y + row.row.glyphs.first().map_or(0.0, |glyph| glyph.pos.y)) * self.scale
    }

    /// Paints it from its top left corner.
    pub fn paint(self, painter: &Painter, place: Pos2) {
        if self.scale == 1.0 {
            painter.galley(place, self.galley, self.colour);
            return;
        }
        let mut shape = TextShape::new(Pos2::ZERO, self.galley, self.colour);
        shape.transform(TSTransform::new(place.to_vec2(), self.scale));
        painter.add(shape);
    }
}

/// Paints text as large as fits, and returns where it is.
pub(crate) fn text_in(
    painter: &Painter,
    anchor: Pos2,
    align: Align2,
    text: &str,
    (size, width): (f32, f32),
    colour: Color32,
) -> Rect {
    let lettering = Lettering::new(painter, text, size, width, colour);
    let rect = align.anchor_size(anchor, lettering.size());
    lettering.paint(painter, rect.min);
    rect
}
