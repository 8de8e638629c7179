//! Scenes and windows to test with.

use attacca_engine::{
    Bpm, Event, EventKind, OnsetBands, Portrait, SamplePosition, Snapshot,
    models::{
        Task,
        vocabulary::{ChordClass, ChordQuality, KeyClass, Mode},
    },
    snapshot::{BeatState, ChordCandidate, ChordState, KeyState},
};
use attacca_gui::{
    Action, Preferences, Scene, View, Window,
    scene::{Machine, NetworkInUse, WeightsSlot},
};
use attacca_outputs::{MidiSettings, OscSettings};
use egui::Vec2;
use egui_kittest::Harness;

/// Sample rate of everything here.
pub const RATE_HZ: u32 = 48_000;
/// Samples of a hop.
pub const HOP: u64 = 480;

/// Whoever owns a window.
pub struct Owner {
    pub window: Window,
    pub scene: Scene,
    pub actions: Vec<Action>,
}

/// Two minutes into a piece in F minor.
pub fn scene() -> Scene {
    let chord = |root, quality| Some(ChordClass { root, quality });
    let position = SamplePosition(12_000 * HOP);
    let snapshot = Snapshot {
        position,
        level_dbfs: -18.0,
        peak: 0.4,
        beat: Some(BeatState {
            tempo: Bpm(128.0),
            beat_in_bar: 2,
            beats_per_bar: 4,
            next_beat: SamplePosition(position.0 + 9_600),
            confidence: 0.93,
        }),
        voice: true,
        chord: Some(ChordState {
            chord: chord(10, ChordQuality::MinorSeventh),
            bass: Some(1),
            confidence: 0.72,
            alternatives: [
                ChordCandidate { chord: chord(1, ChordQuality::Major), probability: 0.18 },
                ChordCandidate { chord: None, probability: 0.04 },
            ],
        }),
        key: Some(KeyState { key: KeyClass { tonic: 5, mode: Mode::Minor }, confidence: 0.81 }),
        ..Snapshot::default()
    };
    let networks = Task::ALL.map(|task| NetworkInUse {
        task,
        name: format!("attacca {} 1", task.name()),
        hash: "88aa88c6b15a9653".to_owned(),
        latency_samples: 3_360,
    });
    Scene {
        snapshot,
        now: position,
        settings: Default::default(),
        midi: Some(MidiSettings::default()),
        osc: Some(OscSettings::default()),
        follow_transport: Some(true),
        use_host_tempo: Some(false),
        use_side_chain: Some(false),
        machine: Machine {
            sample_rate_hz: RATE_HZ,
            block_samples: 512,
            mean_load: 0.03,
            worst_load: 0.09,
            networks: networks.to_vec(),
            loaded: vec![(WeightsSlot::B, Task::Beat, "/music/beat-live.safetensors".into())],
            ..Machine::default()
        },
        notices: vec!["onset.safetensors is missing: the shipped network listens instead".to_owned()],
    }
}

/// A window in which all of the time that is kept was heard: onsets and beats, a chord a bar, a voice, and spectra.
pub fn full_window(view: View) -> Window {
    let mut window = Window::with_preferences(Preferences { view, ..Preferences::default() });
    let newest = scene().snapshot.position.0;
    for hop in 0..1_024 {
        let position = SamplePosition(newest - (1_023 - hop) * HOP);
        window.hear_portrait(&portrait(position, hop));
        let swing = (hop as f32 * 0.13).sin().abs();
        window.hear_snapshot(&Snapshot {
            position,
            onset_activation: swing,
            beat_activation: swing * swing,
            downbeat_activation: swing * 0.4,
            voice_activation: 0.6,
            ..Snapshot::default()
        });
        let event = |kind| Event { position, latency_samples: 1_440, confidence: 0.9, kind };
        if hop % 12 == 0 {
            let bands = OnsetBands { low: 0.9, mid: 0.4, high: 0.2 };
            window.hear_event(&event(EventKind::Onset { strength: 0.8, bands }));
        }
        if hop % 47 == 0 {
            let beat_in_bar = (hop / 47 % 4 + 1) as u8;
            window.hear_event(&event(EventKind::Beat { beat_in_bar, beats_per_bar: 4, tempo: Bpm(128.0) }));
        }
        if hop % 188 == 0 {
            let chord = ChordClass { root: (hop / 188 * 5 % 12) as u8, quality: ChordQuality::MinorSeventh };
            window.hear_event(&event(EventKind::Chord { chord: Some(chord), bass: None }));
            window.hear_event(&event(EventKind::Voice { active: hop % 376 == 0 }));
        }
    }
    window
}

/// A portrait in which all bands, tempi and chords have something.
pub fn portrait(position: SamplePosition, seed: u64) -> Portrait {
    let mut portrait = Portrait { position, ..Portrait::default() };
    for (band, level) in portrait.spectrum.iter_mut().enumerate() {
        *level = ((seed * 7 + band as u64 * 13) % 256) as u8;
    }
    portrait.tempi = std::array::from_fn(|bin| (bin * 3) as u8);
    portrait.chords = std::array::from_fn(|class| class as u8);
    portrait
}

/// A harness around a window.
pub fn harness(window: Window, scene: Scene, size: impl Into<Vec2>) -> Harness<'static, Owner> {
    let size = size.into();
    let owner = Owner { window, scene, actions: Vec::new() };
    let builder = Harness::builder().with_size(size).with_step_dt(1.0 / 60.0);
    let mut harness = builder.build_ui_state(
        |ui, owner: &mut Owner| {
            let actions = owner.window.show(ui, &owner.scene);
            owner.actions.extend(actions);
        },
        owner,
    );
    // Fonts and scale come with the first frames. The window stays as large as it is when its points grow.
    for _ in 0..4 {
        harness.run_steps(1);
        let points = size / harness.ctx.zoom_factor();
        harness.set_size(points);
    }
    harness.run_steps(1);
    harness.state_mut().actions.clear();
    harness
}
