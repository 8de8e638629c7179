//! The bar above the views: the input with its meter, the MIDI port, browsers, recording, and how much is shown.

use std::time::{Duration, Instant};

use egui::{
    Align, Button, Color32, CornerRadius, Frame, Layout, Margin, Panel, Rect, Role, Sense, Ui, WidgetInfo, vec2,
};

use super::BAR_HEIGHT;
use crate::{
    configuration::Configuration,
    input::DeviceChoice,
    midi_port::{self, MidiPortChoice},
    recorder::RecorderSettings,
    session::Session,
    web::WebSettings,
};

/// Buffer sizes to choose, in frames.
const BUFFERS: [u32; 6] = [64, 128, 256, 512, 1024, 2048];
/// Channels to choose.
const CHANNELS: u16 = 8;
/// The level at the meter's left end, in dB relative to full scale.
const QUIETEST_DBFS: f32 = -60.0;
/// How long the clip light stays on.
const CLIP_LIGHT: Duration = Duration::from_secs(2);
/// How often the ports of others are looked for while their menu is open.
const PORTS_PERIOD: Duration = Duration::from_secs(2);
/// Width below which texts are short, in points.
const SHORT_BELOW: f32 = 760.0;

/// The colour of the clip light, and of what is being recorded.
const RED: Color32 = Color32::from_rgb(255, 84, 84);

/// What the user wants of the bar.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ask {
    /// Look for an input.
    ChooseInput,
    /// Listen to this.
    Input(DeviceChoice),
    /// Send MIDI here.
    Port(MidiPortChoice),
    /// Send a MIDI clock, or none.
    Clock(bool),
    /// Serve browsers like this.
    Web(WebSettings),
    /// Record like this.
    Record(RecorderSettings),
    /// Choose where recordings go.
    RecordingFolder,
    /// The stage view on the whole screen.
    FullScreen,
    /// The mini view.
    Mini,
}

/// What the bar remembers between frames.
#[derive(Debug, Default)]
pub(super) struct Bar {
    clipped_blocks: u64,
    clipped_at: Option<Instant>,
    ports: Vec<String>,
    ports_at: Option<Instant>,
}

impl Bar {
    /// Shows the bar; gives what the user wants.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        session: &Session,
        configuration: &Configuration,
        is_choosing: bool,
    ) -> Vec<Ask> {
        let mut asked = Vec::new();
        let frame = Frame::new().fill(ui.visuals().faint_bg_color).inner_margin(Margin::symmetric(8, 5));
        Panel::top("live").exact_size(BAR_HEIGHT).show_separator_line(false).frame(frame).show(ui, |ui| {
            ui.horizontal_centered(|ui| {
                ui.spacing_mut().item_spacing.x = 6.0;
                let short = ui.available_width() < SHORT_BELOW;
                input(ui, session, configuration, is_choosing, short, &mut asked);
                self.meter(ui, session);
                self.midi(ui, configuration, &mut asked);
                browsers(ui, session, configuration, short, &mut asked);
                recording(ui, session, configuration, short, &mut asked);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let mut extent = |text, name, ask| {
                        if ui.add(Button::new(text)).accessible_name(name).on_hover_text(name).clicked() {
                            asked.push(ask);
                        }
                    };
                    extent("Mini", "Mini view, always on top (M)", Ask::Mini);
                    extent("Full", "Stage view on the whole screen (F)", Ask::FullScreen);
                });
            });
        });
        asked
    }

    /// The input's level, and a light that stays on for a while after it was as loud as can be.
    fn meter(&mut self, ui: &mut Ui, session: &Session) {
        let status = session.feed().status();
        if status.mark.clipped_blocks != self.clipped_blocks {
            // Another input counts from 0 again.
            self.clipped_at = (status.mark.clipped_blocks > self.clipped_blocks).then(Instant::now);
            self.clipped_blocks = status.mark.clipped_blocks;
        }
        let clips = self.clipped_at.is_some_and(|at| at.elapsed() < CLIP_LIGHT);
        let level = if status.input.is_some() { status.snapshot.level_dbfs } else { f32::NEG_INFINITY };
        let (rect, response) = ui.allocate_exact_size(vec2(70.0, 10.0), Sense::hover());
        level_bar(ui, Rect::from_min_size(rect.min, vec2(54.0, 10.0)), level, clips);
        ui.painter().circle_filled(
            rect.right_center() - vec2(6.0, 0.0),
            5.0,
            if clips { RED } else { ui.visuals().widgets.inactive.bg_fill },
        );
        let text = format!("Input {}{}", decibels(level), if clips { ", clips" } else { "" });
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
        response.on_hover_text(&text);
    }

    fn midi(&mut self, ui: &mut Ui, configuration: &Configuration, asked: &mut Vec<Ask>) {
        ui.menu_button("MIDI", |ui| {
            if self.ports_at.is_none_or(|at| at.elapsed() > PORTS_PERIOD) {
                (self.ports, self.ports_at) = (midi_port::port_names(), Some(Instant::now()));
            }
            let chosen = &configuration.midi.port;
            let own = [
                (MidiPortChoice::Automatic, "Where the input is"),
                (MidiPortChoice::Virtual, "A port of its own"),
                (MidiPortChoice::Jack, "A port in JACK"),
                (MidiPortChoice::Off, "Off"),
            ];
            let own = own.map(|(choice, text)| (choice, text.to_owned()));
            let others = self.ports.iter().map(|name| (MidiPortChoice::Named(name.clone()), name.clone()));
            for (choice, text) in own.into_iter().chain(others) {
                if ui.radio(*chosen == choice, text).clicked() {
                    asked.push(Ask::Port(choice));
                }
            }
            ui.separator();
            let mut clock = configuration.midi.clock;
            if ui.checkbox(&mut clock, "Send MIDI clock").changed() {
                asked.push(Ask::Clock(clock));
            }
        });
    }
}

fn input(
    ui: &mut Ui,
    session: &Session,
    configuration: &Configuration,
    is_choosing: bool,
    short: bool,
    asked: &mut Vec<Ask>,
) {
    let status = session.input();
    let heard = session.feed().status().input;
    let name = match (&heard, &status.trouble) {
        (Some(input), _) => input.name.clone(),
        (None, Some(_)) => "Input is gone …".to_owned(),
        (None, None) => "No input".to_owned(),
    };
    let most = if short { 14 } else { 30 };
    let text: String =
        if name.chars().count() > most { name.chars().take(most).chain(['…']).collect() } else { name };
    ui.menu_button(text, |ui| {
        if ui.add_enabled(!is_choosing, Button::new("Choose another …")).clicked() {
            asked.push(Ask::ChooseInput);
            ui.close();
        }
        let Some(device) = &configuration.input else { return };
        ui.separator();
        ui.label("Channels");
        let channels = heard.as_ref().map_or(2, |input| input.channels).min(usize::from(CHANNELS)) as u16;
        if ui.radio(device.channels.is_empty(), "All").clicked() {
            asked.push(Ask::Input(DeviceChoice { channels: Vec::new(), ..device.clone() }));
        }
        for channel in 1..=channels {
            let mut on = device.channels.contains(&channel);
            if ui.checkbox(&mut on, format!("Channel {channel}")).changed() {
                let mut channels = device.channels.clone();
                channels.retain(|&other| other != channel);
                if on {
                    channels.push(channel);
                }
                asked.push(Ask::Input(DeviceChoice { channels, ..device.clone() }));
            }
        }
        ui.separator();
        ui.label("Buffer");
        let sizes = std::iter::once((None, "As the device likes".to_owned()));
        let sizes = sizes.chain(BUFFERS.map(|frames| (Some(frames), format!("{frames} frames"))));
        for (buffer_frames, text) in sizes {
            if ui.radio(device.buffer_frames == buffer_frames, text).clicked() {
                asked.push(Ask::Input(DeviceChoice { buffer_frames, ..device.clone() }));
            }
        }
    });
}

fn browsers(ui: &mut Ui, session: &Session, configuration: &Configuration, short: bool, asked: &mut Vec<Ask>) {
    ui.menu_button(if short { "Web" } else { "Browsers" }, |ui| {
        let settings = &configuration.web;
        let mut enabled = settings.enabled;
        if ui.checkbox(&mut enabled, "Show the stage view in browsers").changed() {
            asked.push(Ask::Web(WebSettings { enabled, ..settings.clone() }));
        }
        let (host, port) = settings.address.rsplit_once(':').unwrap_or((&settings.address, "8600"));
        let mut open = host == "0.0.0.0";
        if ui.checkbox(&mut open, "To the network too").changed() {
            let host = if open { "0.0.0.0" } else { "127.0.0.1" };
            asked.push(Ask::Web(WebSettings { address: format!("{host}:{port}"), ..settings.clone() }));
        }
        if let Some(url) = session.url() {
            ui.separator();
            ui.label(&url);
            if ui.button("Copy the address").clicked() {
                ui.ctx().copy_text(url);
            }
        }
    });
}

fn recording(ui: &mut Ui, session: &Session, configuration: &Configuration, short: bool, asked: &mut Vec<Ask>) {
    let is_recorded = session.input().is_recorded;
    let text = if short { "Rec" } else { "Record" };
    let text = egui::RichText::new(text);
    ui.menu_button(if is_recorded { text.color(RED).strong() } else { text }, |ui| {
        let settings = &configuration.record;
        let text = if is_recorded { "Stop" } else { "Begin anew, and record" };
        if ui.button(text).clicked() {
            asked.push(Ask::Record(RecorderSettings { enabled: !is_recorded, ..settings.clone() }));
            ui.close();
        }
        let mut audio = settings.audio;
        if ui.checkbox(&mut audio, "The sound as well as the events").changed() && !is_recorded {
            asked.push(Ask::Record(RecorderSettings { audio, ..settings.clone() }));
        }
        ui.separator();
        let folder =
            settings.folder.as_ref().map_or_else(|| "the present folder".to_owned(), |it| it.display().to_string());
        ui.label(format!("Into {folder}"));
        if ui.button("Choose a folder …").clicked() {
            asked.push(Ask::RecordingFolder);
            ui.close();
        }
    });
}

/// A bar from [`QUIETEST_DBFS`] to full scale.
pub(super) fn level_bar(ui: &Ui, rect: Rect, level_dbfs: f32, clips: bool) {
    let visuals = ui.visuals();
    let share = (1.0 - level_dbfs / QUIETEST_DBFS).clamp(0.0, 1.0);
    let radius = CornerRadius::same(3);
    ui.painter().rect_filled(rect, radius, visuals.widgets.inactive.bg_fill);
    if share.is_finite() && share > 0.0 {
        let filled = Rect::from_min_size(rect.min, vec2(rect.width() * share, rect.height()));
        ui.painter().rect_filled(filled, radius, if clips { RED } else { visuals.selection.bg_fill });
    }
}

/// A level in words.
pub(super) fn decibels(level_dbfs: f32) -> String {
    if level_dbfs > -119.0 { format!("{level_dbfs:.0} dB") } else { "silent".to_owned() }
}
