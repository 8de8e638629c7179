//! Draws what egui tessellated, on the processor: slow and plain, so that pictures need neither a display nor a driver.
//!
//! Colours are blended as egui's shaders do it: premultiplied and in gamma space.

use std::collections::HashMap;

use egui::{
    ClippedPrimitive, ImageData, TextureId, TexturesDelta,
    epaint::{Mesh, Primitive, Vertex, textures::TextureFilter},
};

/// A picture, four bytes a pixel.
#[derive(Debug)]
pub struct Picture {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Red, green, blue and alpha of each pixel, row by row.
    pub bytes: Vec<u8>,
}

/// A texture and how it is filtered.
#[derive(Debug)]
struct Texture {
    size: [usize; 2],
    pixels: Vec<[f32; 4]>,
    linear: bool,
}

/// Textures by their ids.
#[derive(Debug, Default)]
pub struct Rasteriser {
    textures: HashMap<TextureId, Texture>,
}

impl Rasteriser {
    /// Takes new and changed textures.
    pub fn update(&mut self, delta: &TexturesDelta) {
        for (&id, patches) in &delta.set {
            for patch in patches {
                let ImageData::Color(image) = &patch.image;
                let pixels: Vec<_> = image.pixels.iter().map(|colour| colour.to_array().map(f32::from)).collect();
                match (patch.pos, self.textures.get_mut(&id)) {
                    (Some([left, top]), Some(texture)) => {
                        for (row, line) in pixels.chunks(image.size[0]).enumerate() {
                            let start = (top + row) * texture.size[0] + left;
                            texture.pixels[start..start + line.len()].copy_from_slice(line);
                        }
                    }
                    _ => {
                        let linear = patch.options.magnification == TextureFilter::Linear;
                        self.textures.insert(id, Texture { size: image.size, pixels, linear });
                    }
                }
            }
        }
    }

    /// Draws on black.
    pub fn draw(&self, primitives: &[ClippedPrimitive], size: [usize; 2], pixels_per_point: f32) -> Picture {
        let [width, height] = size;
        let mut canvas = vec![[0.0, 0.0, 0.0, 255.0]; width * height];
        for ClippedPrimitive { clip_rect, primitive } in primitives {
            let Primitive::Mesh(mesh) = primitive else { continue };
            let Some(texture) = self.textures.get(&mesh.texture_id) else { continue };
            let clip = (*clip_rect * pixels_per_point).round();
            let clip = [
                clip.min.x.max(0.0) as usize,
                clip.min.y.max(0.0) as usize,
                (clip.max.x.max(0.0) as usize).min(width),
                (clip.max.y.max(0.0) as usize).min(height),
            ];
            draw_mesh(&mut canvas, width, clip, mesh, texture, pixels_per_point);
        }
        let bytes = canvas.into_iter().flatten().map(|value| value.round().clamp(0.0, 255.0) as u8).collect();
        Picture { width, height, bytes }
    }
}

fn draw_mesh(
    canvas: &mut [[f32; 4]],
    width: usize,
    clip: [usize; 4],
    mesh: &Mesh,
    texture: &Texture,
    pixels_per_point: f32,
) {
    for triangle in mesh.indices.chunks_exact(3) {
        let corners: [Vertex; 3] = std::array::from_fn(|index| mesh.vertices[triangle[index] as usize]);
        let points = corners.map(|corner| (corner.pos.x * pixels_per_point, corner.pos.y * pixels_per_point));
        let area = edge(points[0], points[1], points[2]);
        if area == 0.0 {
            continue;
        }
        let [left, right] = bounds(points.map(|point| point.0), clip[0], clip[2]);
        let [top, bottom] = bounds(points.map(|point| point.1), clip[1], clip[3]);
        for y in top..bottom {
            for x in left..right {
                let point = (x as f32 + 0.5, y as f32 + 0.5);
                let weights: [f32; 3] =
                    std::array::from_fn(|index| edge(points[(index + 1) % 3], points[(index + 2) % 3], point) / area);
                if !inside(&weights, &points, area) {
                    continue;
                }
                let mix = |value: fn(&Vertex) -> f32| -> f32 { (0..3).map(|i| weights[i] * value(&corners[i])).sum() };
                let sample = texture.sample(mix(|vertex| vertex.uv.x), mix(|vertex| vertex.uv.y));
                let tint = [
                    mix(|vertex| f32::from(vertex.color.r())),
                    mix(|vertex| f32::from(vertex.color.g())),
                    mix(|vertex| f32::from(vertex.color.b())),
                    mix(|vertex| f32::from(vertex.color.a())),
                ];
                let pixel = &mut canvas[y * width + x];
                let alpha = sample[3] * tint[3] / 255.0;
                for channel in 0..3 {
                    let source = sample[channel] * tint[channel] / 255.0;
                    pixel[channel] = source + pixel[channel] * (1.0 - alpha / 255.0);
                }
            }
        }
    }
}

/// Twice the area that `point` and an edge span, signed.
fn edge(from: (f32, f32), to: (f32, f32), point: (f32, f32)) -> f32 {
    (to.0 - from.0) * (point.1 - from.1) - (to.1 - from.1) * (point.0 - from.0)
}

/// Whether weights lie in the triangle; a point on an edge belongs to one of the two triangles that share it.
fn inside(weights: &[f32; 3], points: &[(f32, f32); 3], area: f32) -> bool {
    (0..3).all(|index| {
        let (from, to) = (points[(index + 1) % 3], points[(index + 2) % 3]);
        let (dx, dy) = ((to.0 - from.0) * area.signum(), (to.1 - from.1) * area.signum());
        weights[index] > 0.0 || (weights[index] == 0.0 && (dy < 0.0 || (dy == 0.0 && dx > 0.0)))
    })
}

fn bounds(values: [f32; 3], from: usize, to: usize) -> [usize; 2] {
    let low = values.into_iter().fold(f32::INFINITY, f32::min).floor().max(0.0) as usize;
    let high = values.into_iter().fold(0.0, f32::max).ceil() as usize;
    [low.max(from), high.min(to)]
}

impl Texture {
    fn sample(&self, u: f32, v: f32) -> [f32; 4] {
        let [width, height] = self.size;
        let at = |x: f32, y: f32| {
            let (x, y) = (x.clamp(0.0, width as f32 - 1.0) as usize, y.clamp(0.0, height as f32 - 1.0) as usize);
            self.pixels[y * width + x]
        };
        let (x, y) = (u * width as f32, v * height as f32);
        if !self.linear {
            return at(x, y);
        }
        let (x, y) = (x - 0.5, y - 0.5);
        let (left, top) = (x.floor(), y.floor());
        let (right_share, low_share) = (x - left, y - top);
        let corners = [at(left, top), at(left + 1.0, top), at(left, top + 1.0), at(left + 1.0, top + 1.0)];
        std::array::from_fn(|channel| {
            let mix = |one: f32, other: f32, share: f32| one + (other - one) * share;
            let upper = mix(corners[0][channel], corners[1][channel], right_share);
            let lower = mix(corners[2][channel], corners[3][channel], right_share);
            mix(upper, lower, low_share)
        })
    }
}
