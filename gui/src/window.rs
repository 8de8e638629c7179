//! The window: what it remembers, and how a frame is drawn.

use std::time::Duration;

use attacca_engine::{Event, Portrait, SamplePosition, Snapshot};
use egui::{
    Button, CentralPanel, Context, FontData, FontFamily, Frame, Key, Margin, Modifiers, Panel, Rect, Theme, Ui, Vec2,
    epaint::text::{FontInsert, FontPriority, InsertFontFamily},
    vec2,
};

use crate::{
    Action, History, Palette, Preferences, Scene, View, controls,
    spectrogram::Spectrogram,
    views::{Picture, analysis, health, settings, stage},
    widgets::{describe, meter},
};

/// Sharp and flat signs, which egui's own fonts lack.
const ACCIDENTALS: &[u8] = include_bytes!("../fonts/NotoMusic-accidentals.ttf");
/// The size that the smallest layout is made for, in points.
pub const SMALLEST_SIZE: Vec2 = vec2(480.0, 320.0);
/// Time between two frames while music is drawn.
const FRAME: Duration = Duration::from_millis(16);
/// Time between two frames where only numbers change.
const SLOW_FRAME: Duration = Duration::from_millis(100);
/// How long after the last movement frames are still asked for, in seconds: blocks may be as long as 0.19 s (8,192
/// samples at 44.1 kHz), and every light has faded by then.
const STILL_AFTER_SECONDS: f64 = 0.5;

/// The state of a window between frames.
///
/// Frames are asked for while the positions in the scene advance, and not while nothing moves. Whoever owns the window
/// asks egui for a repaint when [`Window::is_outdated`] says so.
#[derive(Debug, Default)]
pub struct Window {
    preferences: Preferences,
    history: History,
    spectrogram: Spectrogram,
    /// The OSC target as far as it has been written.
    osc_target: Option<String>,
    /// Theme and scale that were last applied to the context.
    applied: Option<(egui::ThemePreference, f32)>,
    shown: (SamplePosition, SamplePosition),
    moved_at_seconds: f64,
}

impl Window {
    /// A window that looks as it did when it was last closed.
    pub fn with_preferences(preferences: Preferences) -> Self {
        Self { preferences: preferences.clamped(), ..Self::default() }
    }

    /// Looks like this from now on.
    pub fn set_preferences(&mut self, preferences: Preferences) {
        self.preferences = preferences.clamped();
    }

    /// What is to be remembered. It may have changed after every [`Window::show`].
    pub fn preferences(&self) -> Preferences {
        self.preferences
    }

    /// Takes an event. All are to be handed over, in the order in which the reader gives them.
    pub fn hear_event(&mut self, event: &Event) {
        self.history.hear_event(event);
    }

    /// Takes a portrait. All are to be handed over, in the order in which the reader gives them.
    pub fn hear_portrait(&mut self, portrait: &Portrait) {
        self.history.hear_portrait(portrait);
    }

    /// Takes a snapshot that was recorded, for curves with a value for each hop. The newest one of each frame, which
    /// [`Window::show`] takes from the scene, makes coarser ones.
    pub fn hear_snapshot(&mut self, snapshot: &Snapshot) {
        self.history.hear_snapshot(snapshot);
    }

    /// Whether a frame with this snapshot would show something that the last frame did not.
    pub fn is_outdated(&self, snapshot: &Snapshot) -> bool {
        snapshot.position != self.shown.0 || !self.history.fresh_portraits.is_empty()
    }

    /// Draws a frame into all of `ui`, and returns what the user wants.
    pub fn show(&mut self, ui: &mut Ui, scene: &Scene) -> Vec<Action> {
        if !self.begin(ui.ctx(), scene) {
            return Vec::new();
        }
        self.choose_view_by_key(ui.ctx());
        let mut actions = Vec::new();
        let theme = ui.ctx().theme();
        let palette = Palette::of(theme);
        let bar = Frame::new().fill(palette.surface).inner_margin(Margin::symmetric(8, 5));
        Panel::top("tabs").exact_size(36.0).show_separator_line(false).frame(bar).show(ui, |ui| {
            self.tabs(ui, scene, &palette);
        });
        Panel::bottom("controls").exact_size(38.0).show_separator_line(false).frame(bar).show(ui, |ui| {
            controls::show(ui, scene, &mut actions);
        });
        CentralPanel::default().frame(Frame::new().fill(palette.background)).show(ui, |ui| {
            self.view(ui, scene, theme, &mut actions);
        });
        let dropped = ui.input(|input| input.raw.dropped_files.clone());
        let dropped = dropped.into_iter().map(|file| file.path().to_path_buf());
        actions.extend(dropped.map(|path| Action::LoadWeights(scene.machine.slot, path)));
        let quick = matches!(self.preferences.view, View::Stage | View::Analysis);
        self.ask_for_frames(ui.ctx(), scene, quick);
        actions
    }

    /// Draws the stage view and nothing else into all of `ui`: for a whole screen, or a very small window.
    pub fn show_stage(&mut self, ui: &mut Ui, scene: &Scene) {
        if !self.begin(ui.ctx(), scene) {
            return;
        }
        let palette = Palette::of(ui.ctx().theme());
        CentralPanel::default().frame(Frame::new().fill(palette.background)).show(ui, |ui| {
            let still_seconds = ui.input(|input| input.time) - self.moved_at_seconds;
            let (history, preferences) = (&self.history, &self.preferences);
            stage::show(ui, &Picture { scene, history, preferences, palette, still_seconds });
        });
        self.ask_for_frames(ui.ctx(), scene, true);
    }

    /// Gives fonts, theme and scale to a context; says whether this frame is to be drawn, and not drawn anew with them. For owners
    /// that draw before or beside the views, which do it themselves.
    pub fn prepare(&mut self, context: &Context) -> bool {
        self.enter(context);
        !self.apply(context)
    }

    /// Takes in what was handed over since the last frame; says whether this frame is to be drawn.
    fn begin(&mut self, context: &Context, scene: &Scene) -> bool {
        if !self.prepare(context) {
            return false;
        }
        self.history.hear_snapshot(&scene.snapshot);
        while let Some(portrait) = self.history.fresh_portraits.pop_front() {
            self.spectrogram.hear(&portrait, scene.machine.sample_rate_hz);
        }
        self.notice_movement(context, scene);
        true
    }

    fn view(&mut self, ui: &mut Ui, scene: &Scene, theme: Theme, actions: &mut Vec<Action>) {
        let palette = Palette::of(theme);
        if self.preferences.view == View::Settings {
            let form = settings::Form::new(scene, palette, &mut self.preferences, &mut self.osc_target, actions);
            return form.show(ui);
        }
        let still_seconds = ui.input(|input| input.time) - self.moved_at_seconds;
        let (history, preferences) = (&self.history, &self.preferences);
        let picture = Picture { scene, history, preferences, palette, still_seconds };
        match self.preferences.view {
            View::Stage | View::Settings => stage::show(ui, &picture),
            View::Analysis => analysis::show(ui, &picture, &mut self.spectrogram, theme),
            View::Health => health::show(ui, &picture),
        }
    }

    fn tabs(&mut self, ui: &mut Ui, scene: &Scene, palette: &Palette) {
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            for view in View::ALL {
                let chosen = self.preferences.view == view;
                if ui.add(Button::selectable(chosen, view.name())).clicked() {
                    self.preferences.view = view;
                }
            }
            if ui.available_width() > 150.0 {
                level(ui, scene, palette);
            }
        });
    }

    /// The keys 1 to 4 choose a view, unless something is being written. Letters are left to whoever owns the window.
    fn choose_view_by_key(&mut self, context: &Context) {
        if context.egui_wants_keyboard_input() {
            return;
        }
        for (key, view) in [Key::Num1, Key::Num2, Key::Num3, Key::Num4].into_iter().zip(View::ALL) {
            if context.input_mut(|input| input.consume_key(Modifiers::NONE, key)) {
                self.preferences.view = view;
            }
        }
    }

    /// Prepares a context that knows nothing of this window yet: a window that is closed and opened again gets another.
    fn enter(&mut self, context: &Context) {
        let entered = egui::Id::unique("attacca entered");
        if context.data(|data| data.get_temp(entered)).unwrap_or(false) {
            return;
        }
        context.data_mut(|data| data.insert_temp(entered, true));
        set_up(context);
        self.applied = None;
        self.spectrogram.forget_texture();
        self.moved_at_seconds = context.input(|input| input.time);
    }

    /// Applies theme and scale; says whether this frame is to be drawn anew with them.
    fn apply(&mut self, context: &Context) -> bool {
        let wanted = (self.preferences.theme.into(), self.fitting_scale(context));
        if self.applied == Some(wanted) {
            return false;
        }
        context.set_theme(wanted.0);
        context.set_zoom_factor(wanted.1);
        self.applied = Some(wanted);
        context.request_repaint();
        context.request_discard("another theme or scale");
        true
    }

    /// The scale that was chosen, or the largest at which the smallest layout still fits.
    fn fitting_scale(&self, context: &Context) -> f32 {
        let size = context.viewport_rect().size() * context.zoom_factor();
        let largest = (size.x / SMALLEST_SIZE.x).min(size.y / SMALLEST_SIZE.y);
        // In steps, so that fonts are not drawn anew with every pixel that the window grows.
        self.preferences.scale.min((largest * 4.0).floor() / 4.0).max(1.0)
    }

    fn notice_movement(&mut self, context: &Context, scene: &Scene) {
        let shown = (scene.snapshot.position, scene.now);
        if shown != self.shown {
            (self.shown, self.moved_at_seconds) = (shown, context.input(|input| input.time));
        }
    }

    fn ask_for_frames(&self, context: &Context, scene: &Scene, quick: bool) {
        let seconds = context.input(|input| input.time);
        if seconds - self.moved_at_seconds < STILL_AFTER_SECONDS && scene.snapshot.position > SamplePosition(0) {
            context.request_repaint_after(if quick { FRAME } else { SLOW_FRAME });
        }
    }
}

/// Fonts and styles.
fn set_up(context: &Context) {
    let families = vec![InsertFontFamily { family: FontFamily::Proportional, priority: FontPriority::Lowest }];
    context.add_font(FontInsert::new("accidentals", FontData::from_static(ACCIDENTALS), families));
    for theme in [Theme::Dark, Theme::Light] {
        context.style_mut_of(theme, |style| Palette::of(theme).style(style));
    }
}

/// The input's level, at the end of the bar.
fn level(ui: &mut Ui, scene: &Scene, palette: &Palette) {
    let bar = ui.max_rect();
    let rect = Rect::from_min_max(bar.right_top(), bar.right_bottom());
    let rect = Rect::from_center_size(rect.center() - vec2(45.0, 0.0), vec2(90.0, 6.0));
    let level = scene.snapshot.level_dbfs;
    let clips = scene.snapshot.peak >= 1.0;
    let fill = if clips { palette.onset } else { palette.voice };
    let share = if scene.snapshot.position == SamplePosition(0) { 0.0 } else { 1.0 + level / 60.0 };
    meter(ui.painter(), rect, share, fill, palette);
    let text = if clips { "clips" } else { "level" };
    ui.painter().text(
        rect.left_center() - vec2(8.0, 0.0),
        egui::Align2::RIGHT_CENTER,
        text,
        egui::TextStyle::Small.resolve(ui.style()),
        palette.muted,
    );
    describe(ui, rect, "level", format!("Level {level:.0} dB{}", if clips { ", clips" } else { "" }));
}
