//! The scrolling spectrogram: one texture used as a ring, of which only new columns are uploaded.

use attacca_engine::{
    Portrait,
    models::front_end::FRAMES_PER_SECOND,
    portrait::{SPECTRUM_BANDS, SPECTRUM_WINDOW_SECONDS},
};
use egui::{Color32, ColorImage, Context, Painter, Pos2, Rect, TextureHandle, TextureOptions, Theme, pos2};

use crate::{
    history::{HOPS, hops},
    palette::Palette,
};

/// How far before a portrait's position its spectrum's middle lies, in hops: half the window.
const CENTRE_HOPS: f64 = SPECTRUM_WINDOW_SECONDS / 2.0 * FRAMES_PER_SECOND as f64;

/// Spectra of the last seconds, and the texture that shows them.
pub struct Spectrogram {
    /// A column for each hop, at the hop's place in the ring; within it, the lowest band first.
    levels: Vec<[u8; SPECTRUM_BANDS]>,
    newest_hop: Option<u64>,
    texture: Option<TextureHandle>,
    theme: Theme,
    /// Columns that the texture lacks, ending with the newest.
    stale_columns: usize,
}

impl std::fmt::Debug for Spectrogram {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Spectrogram").field("newest_hop", &self.newest_hop).finish_non_exhaustive()
    }
}

impl Default for Spectrogram {
    fn default() -> Self {
        Self {
            levels: vec![[0; SPECTRUM_BANDS]; HOPS],
            newest_hop: None,
            texture: None,
            theme: Theme::Dark,
            stale_columns: HOPS,
        }
    }
}

impl Spectrogram {
    /// Takes the next portrait. Columns between it and the last stay silent; one from the past begins anew.
    pub fn hear(&mut self, portrait: &Portrait, sample_rate_hz: u32) {
        let hop = hops(portrait.position, sample_rate_hz).round() as u64;
        let skipped = match self.newest_hop {
            Some(newest) if hop > newest => ((hop - newest - 1) as usize).min(HOPS),
            Some(newest) if hop == newest => return,
            _ => HOPS,
        };
        for back in 1..=skipped {
            self.levels[ring_place(hop.wrapping_sub(back as u64))] = [0; SPECTRUM_BANDS];
        }
        self.levels[ring_place(hop)] = portrait.spectrum;
        self.newest_hop = Some(hop);
        self.stale_columns = (self.stale_columns + skipped + 1).min(HOPS);
    }

    /// Makes another texture for the next frame: the last one's context is gone.
    pub fn forget_texture(&mut self) {
        self.texture = None;
    }

    /// Uploads what the texture lacks, and draws the hops from `first_hop` to `last_hop` into `rect`.
    pub fn paint(&mut self, painter: &Painter, rect: Rect, theme: Theme, first_hop: f64, last_hop: f64) {
        self.upload(painter.ctx(), theme);
        let (Some(texture), Some(newest)) = (&self.texture, self.newest_hop) else { return };
        let x_of = |hop: f64| rect.left() + (rect.width() as f64 * (hop - first_hop) / (last_hop - first_hop)) as f32;
        let painter = painter.with_clip_rect(rect.intersect(painter.clip_rect()));
        // The column of hop n covers what is around n − CENTRE_HOPS. The ring is drawn as its two halves.
        let oldest = newest as f64 - HOPS as f64 + 1.0;
        let seam = ring_place(newest + 1);
        let seam_x = x_of(oldest - CENTRE_HOPS + (HOPS - seam) as f64);
        let seam_u = seam as f32 / HOPS as f32;
        let end_x = x_of(newest as f64 + 1.0 - CENTRE_HOPS);
        let draw = |left: f32, right: f32, left_u: f32, right_u: f32| {
            if right > left {
                let target = Rect::from_min_max(pos2(left, rect.top()), pos2(right, rect.bottom()));
                let uv = Rect::from_min_max(Pos2::new(left_u, 0.0), Pos2::new(right_u, 1.0));
                painter.image(texture.id(), target, uv, Color32::WHITE);
            }
        };
        draw(x_of(oldest - CENTRE_HOPS), seam_x, seam_u, 1.0);
        draw(seam_x, end_x, 0.0, seam_u);
    }

    fn upload(&mut self, context: &Context, theme: Theme) {
        let palette = Palette::of(theme);
        let Some(texture) = self.texture.as_mut().filter(|_| self.theme == theme) else {
            let image = image(&self.levels, &palette, 0, HOPS);
            self.texture = Some(context.load_texture("spectrogram", image, TextureOptions::LINEAR));
            (self.theme, self.stale_columns) = (theme, 0);
            return;
        };
        let Some(newest) = self.newest_hop.filter(|_| self.stale_columns > 0) else { return };
        let first = ring_place((newest + 1).wrapping_sub(self.stale_columns as u64));
        let until_seam = self.stale_columns.min(HOPS - first);
        for (start, columns) in [(first, until_seam), (0, self.stale_columns - until_seam)] {
            if columns > 0 {
                let image = image(&self.levels, &palette, start, columns);
                texture.set_partial([start, 0], image, TextureOptions::LINEAR);
            }
        }
        self.stale_columns = 0;
    }
}

/// Columns of the texture: low bands at the bottom.
fn image(levels: &[[u8; SPECTRUM_BANDS]], palette: &Palette, first: usize, columns: usize) -> ColorImage {
    let colours: [Color32; 256] = std::array::from_fn(|level| palette.level(level as u8));
    let pixels = (0..SPECTRUM_BANDS)
        .rev()
        .flat_map(|band| levels[first..first + columns].iter().map(move |column| usize::from(column[band])));
    ColorImage::new([columns, SPECTRUM_BANDS], pixels.map(|level| colours[level]).collect())
}

fn ring_place(hop: u64) -> usize {
    (hop % HOPS as u64) as usize
}
