//! Whether all is well: load, losses, latencies, networks, and what the user should know.

use attacca_engine::models::Task;
use egui::{Color32, Grid, Rect, RichText, ScrollArea, Sense, TextStyle, Ui, vec2};

use super::{Picture, card, columns};
use crate::{
    scene::NetworkInUse,
    widgets::{describe, meter, percent},
};

/// Load from which a host is likely to drop blocks.
const HIGH_LOAD: f32 = 0.8;
/// Width of the names left of values, in points.
const NAME_WIDTH: f32 = 144.0;
/// Characters of a content hash that tell networks apart.
const SHORT_HASH: usize = 8;

/// Shows the view in all the room there is.
pub(crate) fn show(ui: &mut Ui, picture: &Picture<'_>) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        notices(ui, picture);
        let cards = [load, losses, networks, input];
        columns(ui, cards.len(), |ui, index| cards[index](ui, picture));
    });
}

fn notices(ui: &mut Ui, picture: &Picture<'_>) {
    if picture.scene.notices.is_empty() {
        return;
    }
    egui::Frame::new().inner_margin(egui::Margin { left: 12, right: 12, top: 12, bottom: 0 }).show(ui, |ui| {
        card(ui, "Notices", &picture.palette, |ui| {
            for notice in &picture.scene.notices {
                ui.horizontal_wrapped(|ui| {
                    ui.label(RichText::new("!").color(picture.palette.onset).strong());
                    ui.label(notice);
                });
            }
        });
    });
}

fn load(ui: &mut Ui, picture: &Picture<'_>) {
    let machine = &picture.scene.machine;
    card(ui, "Load of the audio thread", &picture.palette, |ui| {
        for (name, share) in [("Mean", machine.mean_load), ("Worst", machine.worst_load)] {
            share_row(ui, name, share, picture);
        }
        count(ui, "Late blocks", machine.late_blocks, picture);
    });
}

/// Name, number and bar of a load.
fn share_row(ui: &mut Ui, name: &str, share: f32, picture: &Picture<'_>) {
    let palette = &picture.palette;
    let high = share >= HIGH_LOAD;
    let number = if share < 0.1 { format!("{:.1} %", share * 100.0) } else { percent(share) };
    ui.horizontal(|ui| {
        cell(ui, NAME_WIDTH, name, palette.muted);
        cell(ui, 70.0, &number, if high { palette.onset } else { palette.text });
        let width = ui.available_width().max(20.0);
        let (rect, _) = ui.allocate_exact_size(vec2(width, 18.0), Sense::hover());
        let bar = Rect::from_center_size(rect.center(), vec2(width, 8.0));
        meter(ui.painter(), bar, share, if high { palette.onset } else { palette.beat }, palette);
        describe(ui, rect, name, format!("{name} load {number}{}", if high { ", high" } else { "" }));
    });
}

fn losses(ui: &mut Ui, picture: &Picture<'_>) {
    let health = &picture.scene.snapshot.health;
    card(ui, "Lost and mended", &picture.palette, |ui| {
        count(ui, "Dropped events", health.dropped_events, picture);
        count(ui, "Dropped snapshots", health.dropped_snapshots, picture);
        count(ui, "Dropped portraits", health.dropped_portraits, picture);
        count(ui, "Neutralised samples", health.neutralised_samples, picture);
        count(ui, "Denormal samples", health.denormal_samples, picture);
    });
}

/// A counter: a word says whether it is as it should be.
fn count(ui: &mut Ui, name: &str, value: u64, picture: &Picture<'_>) {
    let palette = &picture.palette;
    ui.horizontal(|ui| {
        cell(ui, NAME_WIDTH, name, palette.muted);
        let text = match value {
            0 => RichText::new("none").color(palette.text),
            _ => RichText::new(format!("{value}  !")).color(palette.onset),
        };
        ui.label(text);
    });
}

fn networks(ui: &mut Ui, picture: &Picture<'_>) {
    let (palette, scene) = (&picture.palette, picture.scene);
    let rate = picture.sample_rate_hz();
    card(ui, "Networks and latency", palette, |ui| {
        if scene.machine.networks.is_empty() {
            ui.label(RichText::new("No network listens").color(palette.muted));
        }
        Grid::new("networks").num_columns(4).spacing(vec2(14.0, 6.0)).show(ui, |ui| {
            for network in &scene.machine.networks {
                row(ui, network, rate, palette.muted, scene.settings.task(network.task).enabled);
            }
        });
    });
}

fn row(ui: &mut Ui, network: &NetworkInUse, rate: u32, muted: Color32, enabled: bool) {
    let NetworkInUse { task, name, hash, latency_samples } = network;
    let milliseconds = f64::from(*latency_samples) * 1_000.0 / f64::from(rate);
    ui.label(RichText::new(task_name(*task)).color(muted));
    let latency = if enabled { format!("{milliseconds:.0} ms") } else { "off".to_owned() };
    ui.label(latency);
    ui.label(RichText::new(format!("{latency_samples} samples")).color(muted));
    let short: String = hash.chars().take(SHORT_HASH).collect();
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.label(name);
        ui.label(RichText::new(short).text_style(TextStyle::Monospace).color(muted)).on_hover_text(hash);
    });
    ui.end_row();
}

fn input(ui: &mut Ui, picture: &Picture<'_>) {
    let (scene, muted) = (picture.scene, picture.palette.muted);
    let machine = &scene.machine;
    card(ui, "Input", &picture.palette, |ui| {
        let mut fact = |name: &str, value: String| {
            ui.horizontal(|ui| {
                cell(ui, NAME_WIDTH, name, muted);
                ui.label(value);
            });
        };
        if machine.sample_rate_hz == 0 {
            return fact("Sample rate", "no audio yet".to_owned());
        }
        let block = f64::from(machine.block_samples) * 1_000.0 / f64::from(machine.sample_rate_hz);
        fact("Sample rate", format!("{} Hz", machine.sample_rate_hz));
        fact("Block", format!("{} samples, {block:.1} ms", machine.block_samples));
        fact("Heard", clock(scene.snapshot.position.seconds(machine.sample_rate_hz)));
        fact(
            "Level",
            format!("{:.1} dBFS, peak {:.2}", scene.snapshot.level_dbfs, scene.snapshot.peak).replace('-', "−"),
        );
    });
}

/// Seconds as hours, minutes and seconds.
fn clock(seconds: f64) -> String {
    let whole = seconds as u64;
    format!("{}:{:02}:{:02}", whole / 3_600, whole / 60 % 60, whole % 60)
}

/// Text in a column of its own width.
fn cell(ui: &mut Ui, width: f32, text: &str, colour: Color32) {
    ui.allocate_ui_with_layout(vec2(width, 18.0), egui::Layout::left_to_right(egui::Align::Center), |ui| {
        ui.set_min_width(width);
        ui.label(RichText::new(text).color(colour));
    });
}

/// A task's name, for people.
pub(crate) const fn task_name(task: Task) -> &'static str {
    match task {
        Task::Onset => "Onsets",
        Task::Beat => "Beats",
        Task::Voice => "Voice",
        Task::Chord => "Chords",
        Task::Key => "Key",
    }
}
