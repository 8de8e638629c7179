//! Colours of the two themes, and the style that widgets take from them.
//!
//! The hues are those of Okabe and Ito (*Color universal design*, 2008), lightened for the dark theme and darkened for the
//! light one until text in them can be read. They only ever add to a shape, a word or a difference in brightness.

use egui::{Color32, CornerRadius, FontFamily, FontId, Stroke, Style, TextStyle, Theme, Vec2, style::WidgetVisuals};

/// Colours of one theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Behind everything.
    pub background: Color32,
    /// Cards and lanes.
    pub surface: Color32,
    /// Controls, and what is off.
    pub raised: Color32,
    /// Outlines and ticks: never text.
    pub line: Color32,
    /// Text.
    pub text: Color32,
    /// Text that matters less.
    pub muted: Color32,
    /// Beats, and whatever is chosen.
    pub beat: Color32,
    /// Downbeats.
    pub downbeat: Color32,
    /// The voice.
    pub voice: Color32,
    /// Chords.
    pub chord: Color32,
    /// Onsets, and warnings.
    pub onset: Color32,
    /// The spectrogram, from silence to full scale: brightness changes one way only.
    pub spectrum: [Color32; 6],
}

const DARK: Palette = Palette {
    background: Color32::from_rgb(0x10, 0x13, 0x18),
    surface: Color32::from_rgb(0x18, 0x1D, 0x24),
    raised: Color32::from_rgb(0x26, 0x2D, 0x37),
    line: Color32::from_rgb(0x3A, 0x44, 0x51),
    text: Color32::from_rgb(0xEC, 0xEF, 0xF3),
    muted: Color32::from_rgb(0xA6, 0xB1, 0xBF),
    beat: Color32::from_rgb(0x56, 0xB4, 0xE9),
    downbeat: Color32::from_rgb(0xF0, 0xAE, 0x30),
    voice: Color32::from_rgb(0x35, 0xC4, 0x98),
    chord: Color32::from_rgb(0xDC, 0x9A, 0xBE),
    onset: Color32::from_rgb(0xF5, 0x86, 0x55),
    spectrum: [
        Color32::from_rgb(0x0C, 0x0F, 0x14),
        Color32::from_rgb(0x14, 0x23, 0x3A),
        Color32::from_rgb(0x1F, 0x4A, 0x70),
        Color32::from_rgb(0x3F, 0x83, 0xA0),
        Color32::from_rgb(0x98, 0xC4, 0xB8),
        Color32::from_rgb(0xFD, 0xF3, 0xD2),
    ],
};

const LIGHT: Palette = Palette {
    background: Color32::from_rgb(0xF4, 0xF5, 0xF7),
    surface: Color32::from_rgb(0xFF, 0xFF, 0xFF),
    raised: Color32::from_rgb(0xE6, 0xE9, 0xED),
    line: Color32::from_rgb(0xC3, 0xCA, 0xD3),
    text: Color32::from_rgb(0x15, 0x19, 0x1F),
    muted: Color32::from_rgb(0x4D, 0x58, 0x66),
    beat: Color32::from_rgb(0x00, 0x5A, 0x96),
    downbeat: Color32::from_rgb(0x85, 0x50, 0x00),
    voice: Color32::from_rgb(0x00, 0x66, 0x49),
    chord: Color32::from_rgb(0x8A, 0x38, 0x6A),
    onset: Color32::from_rgb(0xA6, 0x40, 0x05),
    spectrum: [
        Color32::from_rgb(0xFF, 0xFF, 0xFF),
        Color32::from_rgb(0xDC, 0xE8, 0xEC),
        Color32::from_rgb(0x9C, 0xC4, 0xD2),
        Color32::from_rgb(0x4C, 0x8C, 0xAE),
        Color32::from_rgb(0x1F, 0x4A, 0x74),
        Color32::from_rgb(0x0A, 0x16, 0x2C),
    ],
};

impl Palette {
    /// The colours of a theme.
    pub const fn of(theme: Theme) -> Self {
        match theme {
            Theme::Dark => DARK,
            Theme::Light => LIGHT,
        }
    }

    /// The colour of a level in a spectrogram: 0 for silence to 255 for full scale.
    pub fn level(&self, level: u8) -> Color32 {
        let place = f32::from(level) / 255.0 * (self.spectrum.len() - 1) as f32;
        let below = (place as usize).min(self.spectrum.len() - 2);
        self.spectrum[below].lerp_to_gamma(self.spectrum[below + 1], place - below as f32)
    }

    /// The style of all widgets.
    pub(crate) fn style(&self, style: &mut Style) {
        let font = |size| FontId::new(size, FontFamily::Proportional);
        style.text_styles = [
            (TextStyle::Small, font(11.0)),
            (TextStyle::Body, font(14.0)),
            (TextStyle::Button, font(14.0)),
            (TextStyle::Heading, font(17.0)),
            (TextStyle::Monospace, FontId::new(13.0, FontFamily::Monospace)),
        ]
        .into();
        style.animation_time = 0.0;
        style.spacing.item_spacing = Vec2::new(8.0, 6.0);
        style.spacing.button_padding = Vec2::new(10.0, 4.0);
        style.spacing.interact_size = Vec2::new(40.0, 24.0);
        style.spacing.slider_width = 120.0;
        style.spacing.combo_width = 96.0;
        let visuals = &mut style.visuals;
        visuals.panel_fill = self.background;
        visuals.window_fill = self.surface;
        visuals.window_stroke = Stroke::new(1.0, self.line);
        visuals.extreme_bg_color = self.background;
        visuals.faint_bg_color = self.surface;
        visuals.weak_text_color = Some(self.muted);
        visuals.hyperlink_color = self.beat;
        visuals.warn_fg_color = self.onset;
        visuals.error_fg_color = self.onset;
        visuals.selection.bg_fill = self.beat;
        visuals.selection.stroke = Stroke::new(1.5, self.background);
        let widget = |fill: Color32, outline: Color32, ink: Color32| WidgetVisuals {
            bg_fill: fill,
            weak_bg_fill: fill,
            bg_stroke: Stroke::new(1.0, outline),
            corner_radius: CornerRadius::same(5),
            fg_stroke: Stroke::new(1.5, ink),
            expansion: 0.0,
        };
        visuals.widgets.noninteractive = widget(self.surface, self.line, self.text);
        visuals.widgets.inactive = widget(self.raised, self.raised, self.text);
        visuals.widgets.hovered = widget(self.line, self.muted, self.text);
        visuals.widgets.active = widget(self.line, self.beat, self.text);
        visuals.widgets.open = widget(self.raised, self.muted, self.text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast ratio of WCAG 2.2, 1 to 21.
    fn contrast(one: Color32, other: Color32) -> f32 {
        let luminance = |colour: Color32| {
            let linear = egui::Rgba::from(colour);
            0.2126 * linear.r() + 0.7152 * linear.g() + 0.0722 * linear.b()
        };
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_has_the_contrast_that_wcag_asks_for() {
        for theme in [Theme::Dark, Theme::Light] {
            let palette = Palette::of(theme);
            let inks = [palette.text, palette.muted, palette.beat, palette.downbeat, palette.voice, palette.chord];
            for (index, ink) in inks.into_iter().chain([palette.onset]).enumerate() {
                for (ground, name) in
                    [(palette.background, "background"), (palette.surface, "surface"), (palette.raised, "raised")]
                {
                    let ratio = contrast(ink, ground);
                    assert!(ratio >= 4.5, "{theme:?}: ink {index} on {name} has {ratio:.2}");
                }
            }
            // What is chosen is written in the background's colour.
            assert!(contrast(palette.background, palette.beat) >= 4.5);
            assert!(contrast(palette.text, palette.line) >= 4.5, "hovered controls");
        }
    }

    #[test]
    fn louder_is_always_further_from_silence() {
        for theme in [Theme::Dark, Theme::Light] {
            let palette = Palette::of(theme);
            let ratios: Vec<_> = (0..=255).map(|level| contrast(palette.level(level), palette.level(0))).collect();
            assert!(ratios.windows(2).all(|pair| pair[1] >= pair[0] - 0.02), "{theme:?}");
            assert!(ratios[255] > 12.0);
        }
    }
}
