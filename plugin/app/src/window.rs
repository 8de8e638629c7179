//! The window: the plugin's views, and around them what only the live app has. Main thread.

mod bar;
mod chooser;
mod scene;
mod shortcuts;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::Receiver,
    },
    time::Duration,
};

use attacca_engine::Settings;
use attacca_gui::{Action, Scene, Window, networks::LoadedFile, scene::WeightsSlot, window::SMALLEST_SIZE};
use eframe::{CreationContext, Frame, NativeOptions, Renderer};
use egui::{Context, Ui, Vec2, ViewportBuilder, ViewportCommand, WindowLevel, vec2};

use self::{chooser::Chooser, shortcuts::Wish};
use crate::{
    arguments::Arguments,
    configuration::Configuration,
    feed::Shown,
    input::{DeviceChoice, InputChoice},
    report::Told,
    session::Session,
};

const TITLE: &str = "Attacca";
/// Size of a window that was never resized, in points.
const DEFAULT_SIZE: Vec2 = vec2(960.0, 640.0);
/// Size of the mini view, in points.
const MINI_SIZE: Vec2 = vec2(340.0, 230.0);
/// Room that the bar takes from the views, in points.
const BAR_HEIGHT: f32 = 40.0;
/// How often a frame is drawn while nothing moves: meters and notices.
const IDLE: Duration = Duration::from_millis(100);
/// Notices that are kept; the oldest give way.
const NOTICES: usize = 20;

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// No display, or none that can draw.
    #[error("no window can be opened ({0}); --headless needs no display")]
    Display(#[from] eframe::Error),
}

/// How much is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Extent {
    /// The window with all its views.
    #[default]
    Whole,
    /// The stage view on the whole screen.
    FullScreen,
    /// The stage view in a small window over all others.
    Mini,
}

/// Opens the window, and ends with it. What is to be remembered goes to `path`.
///
/// # Errors
/// [`WindowError`] without a display.
pub fn run(
    arguments: &Arguments,
    configuration: Configuration,
    notices: Vec<String>,
    path: Option<PathBuf>,
    stop: Arc<AtomicBool>,
) -> Result<(), WindowError> {
    let size = configuration.window.size_points.map_or(DEFAULT_SIZE, Vec2::from);
    let viewport = ViewportBuilder::default()
        .with_title(TITLE)
        .with_app_id("attacca-live")
        .with_inner_size(size)
        .with_min_inner_size(smallest());
    let options = NativeOptions { viewport, renderer: Renderer::Glow, ..NativeOptions::default() };
    let first = arguments.first_input(&configuration);
    let create = move |_: &CreationContext<'_>| {
        let session = Session::start(&configuration, None)?;
        let chooser = (first == InputChoice::Nothing).then(Chooser::start);
        session.listen(first);
        let app = App {
            window: Window::with_preferences(configuration.window.preferences),
            written: configuration.clone(),
            configuration,
            path,
            session,
            notices,
            chooser,
            extent: Extent::default(),
            bar: bar::Bar::default(),
            chosen: None,
            stop,
        };
        Ok(Box::new(app) as Box<dyn eframe::App>)
    };
    Ok(eframe::run_native(TITLE, options, Box::new(create))?)
}

fn smallest() -> Vec2 {
    SMALLEST_SIZE + vec2(0.0, BAR_HEIGHT)
}

/// What a file dialog is open for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialog {
    Weights(WeightsSlot),
    Recording,
    Folder,
}

struct App {
    session: Session,
    window: Window,
    configuration: Configuration,
    /// What is on disk.
    written: Configuration,
    path: Option<PathBuf>,
    notices: Vec<String>,
    /// Shown in place of the views while an input is looked for.
    chooser: Option<Chooser>,
    extent: Extent,
    bar: bar::Bar,
    /// A file dialog that is open, and what becomes of its answer.
    chosen: Option<(Dialog, Receiver<Option<PathBuf>>)>,
    stop: Arc<AtomicBool>,
}

impl eframe::App for App {
    fn ui(&mut self, ui: &mut Ui, _: &mut Frame) {
        let context = ui.ctx().clone();
        if self.stop.load(Ordering::Relaxed) {
            context.send_viewport_cmd(ViewportCommand::Close);
        }
        self.take_what_was_told();
        self.take_chosen();
        if !self.window.prepare(&context) {
            return;
        }
        let scene = scene::scene(&self.session, &self.configuration, &self.notices);
        for wish in shortcuts::wishes(&context, self.extent != Extent::Whole) {
            self.fulfil(&context, wish, &scene.settings);
        }
        match self.extent {
            Extent::FullScreen | Extent::Mini => self.window.show_stage(ui, &scene),
            Extent::Whole => self.show_whole(ui, &scene),
        }
        self.remember(&context);
        context.request_repaint_after(IDLE);
    }

    fn on_exit(&mut self, _: Option<&eframe::glow::Context>) {
        self.write();
    }
}

impl App {
    fn show_whole(&mut self, ui: &mut Ui, scene: &Scene) {
        let asked = self.bar.show(ui, &self.session, &self.configuration, self.chooser.is_some());
        for ask in asked {
            self.carry_out_of_bar(ui.ctx(), ask);
        }
        if let Some(chooser) = &mut self.chooser {
            let may_leave = self.configuration.input.is_some() || self.session.input().is_open;
            match chooser.show(ui, may_leave) {
                Some(chooser::Choice::Device(device)) => self.listen_to(device),
                Some(chooser::Choice::File) => self.ask_for(Dialog::Recording),
                Some(chooser::Choice::Again) => self.chooser = Some(Chooser::start()),
                Some(chooser::Choice::Leave) => self.chooser = None,
                None => {}
            }
            return;
        }
        for action in self.window.show(ui, scene) {
            self.carry_out(action);
        }
    }

    fn listen_to(&mut self, device: DeviceChoice) {
        self.chooser = None;
        self.configuration.input = Some(device.clone());
        self.session.listen(InputChoice::Device(device));
    }

    fn carry_out_of_bar(&mut self, context: &Context, ask: bar::Ask) {
        match ask {
            bar::Ask::ChooseInput => self.chooser = Some(Chooser::start()),
            bar::Ask::Input(device) => self.listen_to(device),
            bar::Ask::Port(port) => {
                self.session.use_port(port.clone());
                self.configuration.midi.port = port;
            }
            bar::Ask::Clock(clock) => {
                self.session.send_clock(clock);
                self.configuration.midi.clock = clock;
            }
            bar::Ask::Web(web) => {
                if let Err(error) = self.session.serve(&web) {
                    self.notice(error.to_string());
                }
                self.configuration.web = web;
            }
            bar::Ask::Record(record) => {
                self.session.record(record.clone());
                self.configuration.record = record;
            }
            bar::Ask::RecordingFolder => self.ask_for(Dialog::Folder),
            bar::Ask::FullScreen => self.fulfil(context, Wish::FullScreen, &Settings::default()),
            bar::Ask::Mini => self.fulfil(context, Wish::Mini, &Settings::default()),
        }
    }

    fn carry_out(&mut self, action: Action) {
        match action {
            Action::Command(command) => self.session.command(command),
            Action::Settings(settings) => self.set(settings),
            Action::Midi(midi) => {
                self.session.send_midi(midi);
                self.configuration.midi.messages = midi;
            }
            Action::Osc(osc) => {
                if let Err(error) = self.session.send_osc(&osc) {
                    self.notice(error.to_string());
                }
                self.configuration.osc = osc;
            }
            Action::Panic => self.session.end_notes(),
            // There is no host; the scene shows no control for these.
            Action::FollowTransport(_) | Action::UseHostTempo(_) | Action::UseSideChain(_) => {}
            Action::ChooseWeights(slot) => self.ask_for(Dialog::Weights(slot)),
            Action::LoadWeights(slot, path) => self.load(slot, &path),
            Action::UseWeights(slot) => {
                self.session.networks().use_slot(slot);
                self.configuration.weights.slot = slot;
            }
            Action::ForgetWeights(slot, task) => self.keep(self.session.networks().forget(slot, task)),
            Action::EmbedWeights(embed) => match self.session.networks().embed(embed) {
                Ok(files) => {
                    self.configuration.weights.embed = embed;
                    self.keep(files);
                }
                Err(error) => self.notice(error.to_string()),
            },
        }
    }

    fn fulfil(&mut self, context: &Context, wish: Wish, settings: &Settings) {
        match wish {
            Wish::Command(command) => self.session.command(command),
            Wish::Nudge(seconds) => {
                let beat_offset_seconds = settings.beat_offset_seconds + seconds;
                self.set(Settings { beat_offset_seconds, ..*settings }.clamped());
            }
            Wish::FullScreen => self.extend(context, Extent::FullScreen),
            Wish::Mini => self.extend(context, Extent::Mini),
            Wish::Whole => self.extend(context, Extent::Whole),
        }
    }

    /// Shows more or less; the same again leads back.
    fn extend(&mut self, context: &Context, extent: Extent) {
        let extent = if self.extent == extent { Extent::Whole } else { extent };
        let was_mini = self.extent == Extent::Mini;
        self.extent = extent;
        context.send_viewport_cmd(ViewportCommand::Fullscreen(extent == Extent::FullScreen));
        let level = if extent == Extent::Mini { WindowLevel::AlwaysOnTop } else { WindowLevel::Normal };
        context.send_viewport_cmd(ViewportCommand::WindowLevel(level));
        if extent == Extent::Mini {
            context.send_viewport_cmd(ViewportCommand::MinInnerSize(MINI_SIZE / 2.0));
            context.send_viewport_cmd(ViewportCommand::InnerSize(MINI_SIZE));
        } else if was_mini {
            let size = self.configuration.window.size_points.map_or(DEFAULT_SIZE, Vec2::from);
            context.send_viewport_cmd(ViewportCommand::InnerSize(size));
            context.send_viewport_cmd(ViewportCommand::MinInnerSize(smallest()));
        }
    }

    fn set(&mut self, settings: Settings) {
        self.session.set(settings);
        self.configuration.listening = settings;
    }

    fn load(&mut self, slot: WeightsSlot, path: &std::path::Path) {
        match self.session.networks().load(slot, path, self.configuration.weights.embed) {
            Ok(files) => self.keep(files),
            Err(error) => self.notice(error.to_string()),
        }
    }

    fn keep(&mut self, files: Vec<LoadedFile>) {
        self.configuration.weights.files = files;
    }

    /// Asks for a file in a dialog of the system's, which has a thread of its own.
    fn ask_for(&mut self, what: Dialog) {
        let (sender, receiver) = std::sync::mpsc::channel();
        let ask = move || {
            let dialog = rfd::FileDialog::new();
            let answer = match what {
                Dialog::Weights(_) => {
                    dialog.set_title("Load weights").add_filter("Weights", &["safetensors"]).pick_file()
                }
                Dialog::Recording => {
                    dialog.set_title("Play a recording").add_filter("Audio", &attacca_decode::EXTENSIONS).pick_file()
                }
                Dialog::Folder => dialog.set_title("Record into").pick_folder(),
            };
            // A window that was closed meanwhile does not want the answer.
            let _ = sender.send(answer);
        };
        match std::thread::Builder::new().name("attacca-dialog".to_owned()).spawn(ask) {
            Ok(_) => self.chosen = Some((what, receiver)),
            Err(error) => self.notice(format!("No file dialog: {error}")),
        }
    }

    fn take_chosen(&mut self) {
        let Some((what, answer)) =
            self.chosen.as_ref().and_then(|(what, chosen)| Some((*what, chosen.try_recv().ok()?)))
        else {
            return;
        };
        self.chosen = None;
        let Some(path) = answer else { return };
        match what {
            Dialog::Weights(slot) => self.load(slot, &path),
            Dialog::Folder => self.configuration.record.folder = Some(path),
            Dialog::Recording => {
                self.chooser = None;
                self.session.listen(InputChoice::File { path, repeat: true, fast: false });
            }
        }
    }

    fn take_what_was_told(&mut self) {
        while let Some(told) = self.session.next_told() {
            if let Told::Notice(text) = told {
                self.notice(text);
            }
        }
        while let Some(shown) = self.session.feed().next() {
            match shown {
                Shown::Event(event) => self.window.hear_event(&event),
                Shown::Portrait(portrait) => self.window.hear_portrait(&portrait),
                Shown::Input => self.window = Window::with_preferences(self.window.preferences()),
            }
        }
    }

    /// Says something, or says it again: then it moves to the end.
    fn notice(&mut self, text: String) {
        self.notices.retain(|said| *said != text);
        if self.notices.len() == NOTICES {
            self.notices.remove(0);
        }
        self.notices.push(text);
    }

    /// Keeps how the window looks, and writes what has changed once nothing is being changed.
    fn remember(&mut self, context: &Context) {
        self.configuration.window.preferences = self.window.preferences();
        if self.extent == Extent::Whole {
            let size = context.viewport_rect().size() * context.zoom_factor();
            self.configuration.window.size_points = Some(size.into());
        }
        let is_busy = context.input(|input| input.pointer.any_down());
        if !is_busy && self.configuration != self.written {
            self.write();
        }
    }

    fn write(&mut self) {
        // Whether something was recorded is not for the next time.
        self.written = self.configuration.clone();
        let mut lasting = self.configuration.clone();
        lasting.record.enabled = false;
        if let Some(Err(error)) = self.path.as_ref().map(|path| lasting.write(path)) {
            self.notice(error.to_string());
            self.path = None;
        }
    }
}
