//! Finds an input with a signal: lists every input with how loud it is, and lets the user choose.

use egui::{Align, Button, CentralPanel, Frame, Layout, Margin, RichText, ScrollArea, Sense, Ui, vec2};

use super::bar::{decibels, level_bar};
use crate::{
    devices::InputDevice,
    input::{
        DeviceChoice,
        probe::{Probe, Probed, SIGNAL_DBFS},
    },
};

/// What the user chose.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Choice {
    /// A device.
    Device(DeviceChoice),
    /// A recording, which is asked for.
    File,
    /// To look again.
    Again,
    /// What was heard before.
    Leave,
}

/// The inputs that were found so far.
#[derive(Debug)]
pub(super) struct Chooser {
    probe: Probe,
    found: Vec<Probed>,
}

impl Chooser {
    /// Begins to look.
    pub fn start() -> Self {
        Self { probe: Probe::start(), found: Vec::new() }
    }

    /// Shows what was found; gives what was chosen.
    pub fn show(&mut self, ui: &mut Ui, may_leave: bool) -> Option<Choice> {
        while let Some(probed) = self.probe.next() {
            match self.found.iter_mut().find(|known| known.input.id == probed.input.id) {
                Some(known) => *known = probed,
                None => self.found.push(probed),
            }
        }
        let frame = Frame::new().fill(ui.visuals().panel_fill).inner_margin(Margin::same(20));
        CentralPanel::default().frame(frame).show(ui, |ui| self.page(ui, may_leave)).inner
    }

    fn page(&self, ui: &mut Ui, may_leave: bool) -> Option<Choice> {
        let mut choice = None;
        ui.heading("What shall Attacca listen to?");
        ui.label("Play something: each input is listened to for a moment, and those that hear it are marked.");
        ui.add_space(10.0);
        let loudest = self.loudest();
        let room = ui.available_height() - 44.0;
        ScrollArea::vertical().max_height(room).auto_shrink(false).show(ui, |ui| {
            if self.found.is_empty() {
                ui.label("Looking …");
            }
            for probed in &self.found {
                if row(ui, probed, loudest == Some(&probed.input.id)) {
                    choice = Some(Choice::Device(DeviceChoice {
                        device: Some(probed.input.id.clone()),
                        ..DeviceChoice::default()
                    }));
                }
            }
        });
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            let others = [("Play a recording …", Choice::File, true), ("Look again", Choice::Again, true)];
            for (text, other, is_shown) in others.into_iter().chain([("Back", Choice::Leave, may_leave)]) {
                if is_shown && ui.button(text).clicked() {
                    choice = Some(other);
                }
            }
        });
        choice
    }

    /// The input with the loudest signal, once there is one.
    fn loudest(&self) -> Option<&String> {
        let heard = self.found.iter().filter_map(|probed| {
            let level = *probed.level_dbfs.as_ref()?.as_ref().ok()?;
            (level > SIGNAL_DBFS).then_some((level, &probed.input.id))
        });
        heard.max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, id)| id)
    }
}

/// A row for an input; says whether it was chosen.
fn row(ui: &mut Ui, probed: &Probed, is_loudest: bool) -> bool {
    let InputDevice { name, channels, is_default, .. } = &probed.input;
    let (text, level) = match &probed.level_dbfs {
        None => ("…".to_owned(), f32::NEG_INFINITY),
        Some(Ok(level)) if *level > SIGNAL_DBFS => (format!("signal, {}", decibels(*level)), *level),
        Some(Ok(level)) => ("no signal".to_owned(), *level),
        Some(Err(_)) => ("does not open".to_owned(), f32::NEG_INFINITY),
    };
    let default = if *is_default { ", default" } else { "" };
    let whole = format!("{name}, {channels} channels{default}: {text}");
    let title = if is_loudest { RichText::new(name).strong() } else { RichText::new(name) };
    let mut chosen = false;
    ui.horizontal(|ui| {
        ui.set_min_height(30.0);
        let button = Button::selectable(is_loudest, title).frame_when_inactive(true).min_size(vec2(300.0, 26.0));
        let response = ui.add(button).accessible_name(&whole);
        chosen = response.clicked();
        if let Some(Err(reason)) = &probed.level_dbfs {
            response.on_hover_text(reason);
        }
        let (rect, _) = ui.allocate_exact_size(vec2(90.0, 10.0), Sense::hover());
        level_bar(ui, rect, level, false);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| ui.label(text));
    });
    chosen
}
