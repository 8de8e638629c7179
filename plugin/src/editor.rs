//! The window: what the audio thread reports, drawn by `attacca-gui`, and what the user wants, carried out.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use attacca_engine::Command;
use attacca_gui::{
    Action, Networks, Scene, Window,
    networks::LoadedFile,
    scene::{Machine, WeightsSlot},
    window,
};
use nice_plug::prelude::ParamSetter;
use nice_plug_core::{
    context::gui::GuiContext,
    editor::{ResizeHint, dpi::LogicalSize},
};
use nice_plug_egui::{
    EguiEditor, EguiEditorState, EguiNiceSettings, Frame, NiceEguiApp, RepaintNotifier, baseview::HandlerError,
    create_egui_editor,
};

use crate::{
    monitor::{Monitor, Status},
    osc::OscOutput,
    parameters::{Parameters, set_if_changed},
    project::ProjectWeights,
};

/// Size of a window that was never resized, in points.
pub const DEFAULT_SIZE: LogicalSize<f32> = LogicalSize { width: 960.0, height: 600.0 };
const SMALLEST_SIZE: LogicalSize<f32> = LogicalSize { width: window::SMALLEST_SIZE.x, height: window::SMALLEST_SIZE.y };
const LARGEST_SIZE: LogicalSize<f32> = LogicalSize { width: 3840.0, height: 2160.0 };

/// What the window asks of the audio thread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Request {
    /// Ask the engine.
    Command(Command),
    /// End every note that sounds.
    EndNotes,
}

/// What main, window and background thread share. Locks are never taken by the audio thread.
#[derive(Clone)]
pub struct Shared {
    pub parameters: Arc<Parameters>,
    pub networks: Arc<Networks>,
    pub osc: Arc<OscOutput>,
    pub monitor: Arc<Mutex<Monitor>>,
    pub requests: Arc<Mutex<rtrb::Producer<Request>>>,
    pub window: Arc<EguiEditorState>,
}

/// The window's content. It outlives windows: one that is opened again goes on where the last one was.
pub struct EditorApp {
    shared: Shared,
    window: Window,
    host: Option<GuiContext>,
    /// How often a host had restored the window's state when it was last looked at.
    restored: u64,
    /// A file dialog that is open, and what becomes of its answer.
    chosen: Option<std::sync::mpsc::Receiver<Option<(WeightsSlot, PathBuf)>>>,
}

/// An editor over what threads share.
pub fn create(shared: Shared, repaint: RepaintNotifier) -> Option<EguiEditor<EditorApp>> {
    let window_state = Arc::clone(&shared.window);
    let window = Window::with_preferences(shared.parameters.window.get().preferences);
    let resize = ResizeHint::resizable().with_min_max_logical_size(Some(SMALLEST_SIZE), Some(LARGEST_SIZE));
    let settings = EguiNiceSettings::new().with_tile("Attacca").with_resize_hint(resize);
    create_egui_editor(
        window_state,
        repaint,
        settings,
        EditorApp { shared, window, host: None, restored: 0, chosen: None },
    )
}

impl NiceEguiApp for EditorApp {
    fn build(&mut self, context: egui::Context, host: GuiContext, _: &mut Frame) -> Result<(), HandlerError> {
        self.host = Some(host);
        // The host has asked for a window before it restored the project.
        if let Some([width, height]) = self.shared.parameters.window.get().size_points {
            context.send_viewport_cmd(egui::ViewportCommand::InnerSize(egui::vec2(width, height)));
        }
        // What was queued for the last window is history.
        let mut monitor = self.shared.monitor.lock().unwrap_or_else(PoisonError::into_inner);
        while monitor.next_event().is_some() || monitor.next_portrait().is_some() {}
        Ok(())
    }

    fn ui(&mut self, ui: &mut egui::Ui, _: &mut Frame) {
        self.look_as_restored();
        let scene = self.scene();
        let actions = self.window.show(ui, &scene);
        for action in actions {
            self.carry_out(action, &scene);
        }
        self.take_chosen();
        self.remember();
    }

    fn editor_closed(&mut self) {
        self.host = None;
    }
}

impl EditorApp {
    fn scene(&mut self) -> Scene {
        let status = {
            let mut monitor = self.shared.monitor.lock().unwrap_or_else(PoisonError::into_inner);
            while let Some(event) = monitor.next_event() {
                self.window.hear_event(&event);
            }
            while let Some(portrait) = monitor.next_portrait() {
                self.window.hear_portrait(&portrait);
            }
            monitor.status()
        };
        let Status {
            snapshot,
            now,
            sample_rate_hz,
            block_samples,
            load,
            latencies_samples,
            activation_delays_samples,
            unsent_events,
        } = status;
        let (slot, loaded, networks) = self.shared.networks.shown(latencies_samples);
        let parameters = &self.shared.parameters;
        let mut notices = self.shared.networks.notices();
        if unsent_events > 0 {
            notices.push(format!("{unsent_events} events could not be shown or sent by OSC in time"));
        }
        Scene {
            snapshot,
            now,
            settings: parameters.settings.value(),
            midi: Some(parameters.midi.value()),
            osc: Some(parameters.window.get().osc),
            follow_transport: Some(parameters.settings.follow_transport.value()),
            use_host_tempo: Some(parameters.settings.use_host_tempo.value()),
            use_side_chain: Some(parameters.settings.use_sidechain.value()),
            machine: Machine {
                sample_rate_hz,
                block_samples,
                mean_load: load.mean,
                worst_load: load.worst,
                late_blocks: load.late_blocks,
                networks,
                activation_delays_samples,
                slot,
                loaded,
                embed_weights: parameters.weights.get().embed,
            },
            notices,
        }
    }

    fn carry_out(&mut self, action: Action, scene: &Scene) {
        let parameters = Arc::clone(&self.shared.parameters);
        let networks = Arc::clone(&self.shared.networks);
        match action {
            Action::Command(command) => self.request(Request::Command(command)),
            Action::Panic => self.request(Request::EndNotes),
            Action::Settings(settings) => self.set(|setter| parameters.settings.set(setter, &settings)),
            Action::Midi(midi) => self.set(|setter| parameters.midi.set(setter, &midi)),
            Action::FollowTransport(follow) => {
                self.set(|setter| set_if_changed(setter, &parameters.settings.follow_transport, follow));
            }
            Action::UseHostTempo(uses) => {
                self.set(|setter| set_if_changed(setter, &parameters.settings.use_host_tempo, uses));
            }
            Action::UseSideChain(uses) => {
                self.set(|setter| set_if_changed(setter, &parameters.settings.use_sidechain, uses));
            }
            Action::UseWeights(slot) => {
                self.set(|setter| set_if_changed(setter, &parameters.settings.slot, slot.into()));
                networks.use_slot(slot);
            }
            Action::Osc(osc) => {
                if let Err(error) = self.shared.osc.set(&osc) {
                    networks.notice(error.to_string());
                }
                let mut window = parameters.window.get();
                window.osc = osc;
                parameters.window.remember(window);
            }
            Action::ChooseWeights(slot) => self.choose(slot),
            Action::LoadWeights(slot, path) => self.load(slot, &path),
            Action::ForgetWeights(slot, task) => {
                self.keep(networks.forget(slot, task), scene.machine.embed_weights);
            }
            Action::EmbedWeights(embed) => match networks.embed(embed) {
                Ok(files) => self.keep(files, embed),
                Err(error) => networks.notice(error.to_string()),
            },
        }
    }

    fn request(&self, request: Request) {
        let mut requests = self.shared.requests.lock().unwrap_or_else(PoisonError::into_inner);
        if requests.push(request).is_err() {
            self.shared.networks.notice("Nothing happens while no audio runs: start the host's engine.".to_owned());
        }
    }

    fn set(&self, set: impl FnOnce(&ParamSetter<'_>)) {
        if let Some(host) = &self.host {
            set(&host.param_setter());
        }
    }

    /// Asks for a file in a dialog of the system's, which has a thread of its own.
    fn choose(&mut self, slot: WeightsSlot) {
        let (sender, receiver) = std::sync::mpsc::channel();
        let ask = move || {
            let dialog = rfd::FileDialog::new().set_title("Load weights").add_filter("Weights", &["safetensors"]);
            // A window that was closed meanwhile does not want the answer.
            let _ = sender.send(dialog.pick_file().map(|path| (slot, path)));
        };
        match std::thread::Builder::new().name("attacca-dialog".to_owned()).spawn(ask) {
            Ok(_) => self.chosen = Some(receiver),
            Err(error) => self.shared.networks.notice(format!("No file dialog: {error}. Drop a file on the window.")),
        }
    }

    fn take_chosen(&mut self) {
        let Some(answer) = self.chosen.as_ref().and_then(|chosen| chosen.try_recv().ok()) else { return };
        self.chosen = None;
        if let Some((slot, path)) = answer {
            self.load(slot, &path);
        }
    }

    fn load(&self, slot: WeightsSlot, path: &std::path::Path) {
        let embed = self.shared.parameters.weights.get().embed;
        match self.shared.networks.load(slot, path, embed) {
            Ok(files) => self.keep(files, embed),
            Err(error) => self.shared.networks.notice(error.to_string()),
        }
    }

    fn keep(&self, files: Vec<LoadedFile>, embed: bool) {
        self.shared.parameters.weights.remember(ProjectWeights::new(files, embed));
    }

    /// Looks as a project says that a host has restored since the last frame.
    fn look_as_restored(&mut self) {
        let restored = self.shared.parameters.window.restored();
        if restored != self.restored {
            self.restored = restored;
            self.window.set_preferences(self.shared.parameters.window.get().preferences);
        }
    }

    /// Keeps the window's own state in the project.
    fn remember(&self) {
        let mut state = self.shared.parameters.window.get();
        let size = self.shared.window.logical_size();
        let preferences = self.window.preferences();
        // The window is as large as the host has it; what is in it is scaled on top.
        let scale = self.shared.window.user_scale_factor();
        let size_points = Some([size.width / scale, size.height / scale]);
        if state.preferences != preferences || state.size_points != size_points {
            state.preferences = preferences;
            state.size_points = size_points;
            self.shared.parameters.window.remember(state);
        }
    }
}
