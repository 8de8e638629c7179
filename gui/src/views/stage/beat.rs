//! The bar: a shape for each beat, the one that sounds filled.

use attacca_engine::{SamplePosition, models::Task, snapshot::BeatState};
use egui::{Align2, Color32, Rect, Stroke, StrokeKind, Ui, Vec2, pos2};

use super::inside;
use crate::{
    beat_clock::{SoundingBeat, glow, sounding_beat},
    views::Picture,
    widgets::{describe, percent, text_in},
};

/// How long a beat flashes, in seconds.
const FLASH_SECONDS: f32 = 0.22;
/// How long no new position may come while audio runs, in seconds: 8,192 samples at 44.1 kHz.
const LONGEST_BLOCK_SECONDS: f64 = 0.19;
/// Level below which silence is the reason why there is no beat.
const QUIET_DBFS: f32 = -60.0;

/// Shows the card.
pub(super) fn show(ui: &mut Ui, card: Rect, picture: &Picture<'_>) {
    let Some(beat) = picture.scene.snapshot.beat else {
        return show_absence(ui, card, picture);
    };
    let ahead = picture.still_seconds.clamp(0.0, LONGEST_BLOCK_SECONDS) * f64::from(picture.sample_rate_hz());
    let now = SamplePosition(picture.scene.now.0 + ahead as u64);
    let sounding = sounding_beat(&beat, now, picture.sample_rate_hz());
    for (number, centre, radius) in places(inside(card), beat.beats_per_bar) {
        shape(ui, picture, number, (centre, radius), sounding);
    }
    describe(ui, card, "beat", description(&beat, sounding));
}

fn description(beat: &BeatState, sounding: SoundingBeat) -> String {
    let (number, count) = (sounding.beat_in_bar, beat.beats_per_bar);
    format!("Beat {number} of {count}, {:.1} BPM, sure {}", beat.tempo.0, percent(beat.confidence))
}

fn show_absence(ui: &mut Ui, card: Rect, picture: &Picture<'_>) {
    let words = absence(picture);
    let palette = &picture.palette;
    let room = inside(card);
    let size = (card.height() * 0.17).clamp(15.0, 160.0);
    text_in(ui.painter(), room.center(), Align2::CENTER_CENTER, words, (size, room.width()), palette.text);
    describe(ui, card, "beat", words);
}

/// Why there is no beat.
fn absence(picture: &Picture<'_>) -> &'static str {
    let (scene, snapshot) = (picture.scene, &picture.scene.snapshot);
    match () {
        () if scene.machine.sample_rate_hz == 0 || snapshot.position.0 == 0 => "No audio yet",
        () if !scene.settings.task(Task::Beat).enabled => "The beat is switched off",
        () if snapshot.level_dbfs < QUIET_DBFS => "Silence",
        () => "Listening for the beat …",
    }
}

/// Number, centre and radius of each beat's shape.
fn places(room: Rect, count: u8) -> impl Iterator<Item = (u8, egui::Pos2, f32)> {
    let cell = room.width() / f32::from(count.max(1));
    let radius = (cell * 0.42).min(room.height() * 0.44);
    // Shapes stay together where there is more room than they need.
    let pitch = cell.min(radius * 2.9);
    let first = room.center().x - pitch * (f32::from(count) - 1.0) / 2.0;
    (1..=count).map(move |number| (number, pos2(first + pitch * f32::from(number - 1), room.center().y), radius))
}

/// The downbeat is a square, every other beat a circle. Beats of this bar that are over stay dimly filled.
fn shape(ui: &Ui, picture: &Picture<'_>, number: u8, (centre, radius): (egui::Pos2, f32), sounding: SoundingBeat) {
    let palette = &picture.palette;
    let colour = if number == 1 { palette.downbeat } else { palette.beat };
    let sounds = number == sounding.beat_in_bar;
    let flash = if sounds { glow(sounding.since_seconds, FLASH_SECONDS) } else { 0.0 };
    let (fill, ink) = match () {
        () if sounds => (colour.lerp_to_gamma(palette.text, flash * 0.7), palette.background),
        () if number < sounding.beat_in_bar => (palette.surface.lerp_to_gamma(colour, 0.22), palette.text),
        () => (Color32::TRANSPARENT, palette.muted),
    };
    let outline = if sounds { fill } else { palette.line.lerp_to_gamma(colour, 0.35) };
    let stroke = Stroke::new((radius * 0.05).clamp(1.5, 6.0), outline);
    let swell = radius * (0.92 + 0.08 * flash);
    let painter = ui.painter();
    if number == 1 {
        let rect = Rect::from_center_size(centre, Vec2::splat(swell * 1.84));
        painter.rect(rect, radius * 0.22, fill, stroke, StrokeKind::Inside);
    } else {
        painter.circle(centre, swell, fill, stroke);
    }
    text_in(painter, centre, Align2::CENTER_CENTER, &number.to_string(), (radius * 0.95, radius * 1.5), ink);
}
