//! Every control, found by its label, does what it says.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use attacca_engine::{
    Bpm, ChordVocabulary, Command, Settings, TempoRange,
    models::{Spelling, Task},
};
use attacca_gui::{Action, Preferences, ThemeChoice, View, scene::WeightsSlot};
use attacca_outputs::{ChordVoicing, MidiSettings, OscSettings, presets};
use egui::{Key, accesskit::Role};
use egui_kittest::{Harness, kittest::NodeT, kittest::Queryable};

use crate::scenes::{Owner, full_window, harness, scene};

fn opened(view: View) -> Harness<'static, Owner> {
    harness(full_window(view), scene(), [1920.0, 1400.0])
}

/// What comes of a click on `label`.
fn clicked(harness: &mut Harness<'_, Owner>, label: &str) -> Vec<Action> {
    harness.get_by_label(label).click();
    harness.run_steps(2);
    std::mem::take(&mut harness.state_mut().actions)
}

/// What comes of `value` set in the control called `label`.
fn set(harness: &mut Harness<'_, Owner>, label: &str, value: f64) -> Vec<Action> {
    let editable = |role| matches!(role, Role::Slider | Role::SpinButton);
    harness
        .get_all_by_label(label)
        .find(|node| editable(node.accesskit_node().role()))
        .unwrap()
        .set_value_accesskit(value);
    harness.run_steps(1);
    let actions = std::mem::take(&mut harness.state_mut().actions);
    harness.run_steps(1);
    harness.state_mut().actions.clear();
    actions
}

#[test]
fn the_bar_is_under_every_view() {
    let locked = Settings { tempo_locked: true, ..Settings::default() };
    let expected = [
        ("Halve tempo", Action::Command(Command::HalveTempo)),
        ("Double tempo", Action::Command(Command::DoubleTempo)),
        ("Tap", Action::Command(Command::Tap)),
        ("This is one", Action::Command(Command::ThisIsOne)),
        ("Lock tempo", Action::Settings(locked)),
        ("Reset", Action::Command(Command::Reset)),
    ];
    for view in View::ALL {
        let mut harness = opened(view);
        for (label, action) in &expected {
            assert_eq!(clicked(&mut harness, label), std::slice::from_ref(action), "{label} under {}", view.name());
        }
    }
}

#[test]
fn a_preset_sets_everything_at_once() {
    let mut harness = opened(View::Settings);
    let click = presets().into_iter().find(|preset| preset.name == "Click").unwrap();
    let expected = [Action::Settings(click.settings), Action::Midi(click.midi)];
    assert_eq!(clicked(&mut harness, "Preset: Click"), expected);
}

#[test]
fn a_tap_counts_when_the_finger_goes_down_and_by_keyboard() {
    let mut harness = opened(View::Stage);
    let place = harness.get_by_label("Tap").rect().center();
    harness.drag_at(place);
    harness.step();
    assert_eq!(harness.state_mut().actions, [Action::Command(Command::Tap)]);
    harness.drop_at(place);
    harness.run_steps(2);
    assert_eq!(harness.state_mut().actions.len(), 1, "going up is no tap");
    harness.get_by_label("Tap").focus();
    harness.step();
    harness.key_press(Key::Enter);
    harness.run_steps(2);
    assert_eq!(harness.state_mut().actions.len(), 2);
}

#[test]
fn tabs_and_number_keys_choose_the_view() {
    let mut harness = opened(View::Stage);
    for view in View::ALL {
        assert_eq!(clicked(&mut harness, view.name()), []);
        assert_eq!(harness.state().window.preferences().view, view);
    }
    harness.key_press(Key::Num2);
    harness.run_steps(2);
    assert_eq!(harness.state().window.preferences().view, View::Analysis);
}

#[test]
fn every_control_can_be_reached_by_the_tab_key() {
    for view in View::ALL {
        let mut harness = opened(view);
        let controls = controls(&harness).len();
        let mut focused = std::collections::HashSet::new();
        for _ in 0..controls {
            harness.key_press(Key::Tab);
            harness.step();
            focused.extend(harness.ctx.memory(|memory| memory.focused()));
        }
        assert_eq!(focused.len(), controls, "{}", view.name());
    }
}

/// Names and kinds of all controls.
fn controls(harness: &Harness<'_, Owner>) -> Vec<(String, Role)> {
    let roles = [
        Role::Button,
        Role::CheckBox,
        Role::Slider,
        Role::SpinButton,
        Role::TextInput,
        Role::ComboBox,
        Role::RadioButton,
    ];
    let nodes = harness.root().children_recursive();
    let controls = nodes.filter(|node| roles.contains(&node.accesskit_node().role()));
    controls.map(|node| (node.accesskit_node().label().unwrap_or_default(), node.accesskit_node().role())).collect()
}

#[test]
fn every_control_has_a_name_of_its_own() {
    for view in View::ALL {
        let mut names = controls(&opened(view));
        assert!(names.len() >= 10, "{names:?}");
        names.sort_by_key(|(name, role)| (name.clone(), *role as u8));
        for pair in names.windows(2) {
            assert_ne!(pair[0], pair[1], "in {}", view.name());
        }
        assert!(!names[0].0.is_empty(), "{}: {names:?}", view.name());
    }
}

#[test]
fn settings_of_the_engine_change() {
    let mut harness = opened(View::Settings);
    let plain = Settings::default();
    let slow = TempoRange { slowest: Bpm(60.0), ..TempoRange::default() };
    let fast = TempoRange { fastest: Bpm(180.0), ..TempoRange::default() };
    let mut deaf = plain;
    deaf.tasks[Task::Voice as usize].enabled = false;
    for (label, expected) in [
        ("Tempo: lock", Settings { tempo_locked: true, ..plain }),
        ("Metre: 3", Settings { metre: Some(3), ..plain }),
        ("Nudge 5 ms earlier", Settings { beat_offset_seconds: -0.005, ..plain }),
        ("Nudge 1 ms earlier", Settings { beat_offset_seconds: -0.001, ..plain }),
        ("Nudge 1 ms later", Settings { beat_offset_seconds: 0.001, ..plain }),
        ("Nudge 5 ms later", Settings { beat_offset_seconds: 0.005, ..plain }),
        ("Vocabulary: triads", Settings { chord_vocabulary: ChordVocabulary::Triads, ..plain }),
        ("Voice", deaf),
    ] {
        assert_eq!(clicked(&mut harness, label), [Action::Settings(expected)], "{label}");
    }
    for (label, value, expected) in [
        ("Slowest tempo", 60.0, Settings { tempo_range: slow, ..plain }),
        ("Fastest tempo", 180.0, Settings { tempo_range: fast, ..plain }),
        ("Nudge", 12.0, Settings { beat_offset_seconds: 0.012, ..plain }),
        ("Chord lag", 350.0, Settings { chord_lag_seconds: 0.35, ..plain }),
    ] {
        assert_eq!(set(&mut harness, label, value), [Action::Settings(expected)], "{label}");
    }
    for (task, label) in Task::ALL.into_iter().zip(["Onsets", "Beats", "Voice", "Chords", "Key"]) {
        let mut keen = plain;
        keen.tasks[task as usize].sensitivity = 0.5;
        assert_eq!(set(&mut harness, &format!("{label} sensitivity"), 0.5), [Action::Settings(keen)], "{label}");
    }
}

#[test]
fn outputs_change() {
    let mut harness = opened(View::Settings);
    let midi = MidiSettings::default();
    for (label, expected) in [
        ("Onsets as MIDI", MidiSettings { onsets: false, ..midi }),
        ("Beats as MIDI", MidiSettings { beats: false, ..midi }),
        ("Chords as MIDI", MidiSettings { chords: false, ..midi }),
        ("Controllers as MIDI", MidiSettings { controllers: false, ..midi }),
        ("anticipate", MidiSettings { anticipate: false, ..midi }),
        ("Voicing: with bass", MidiSettings { chord_voicing: ChordVoicing::WithBass, ..midi }),
    ] {
        assert_eq!(clicked(&mut harness, label), [Action::Midi(expected)], "{label}");
    }
    for (label, value, expected) in [
        ("Onset channel", 3.0, MidiSettings { onset_channel: 2, ..midi }),
        ("Mid onset note", 40.0, MidiSettings { onset_notes: [36, 40, 42], ..midi }),
        ("Beat channel", 1.0, MidiSettings { beat_channel: 0, ..midi }),
        ("Downbeat note", 76.0, MidiSettings { downbeat_note: 76, ..midi }),
        ("Beat note", 77.0, MidiSettings { beat_note: 77, ..midi }),
        ("Chord channel", 16.0, MidiSettings { chord_channel: 15, ..midi }),
        ("Controller channel", 2.0, MidiSettings { controller_channel: 1, ..midi }),
        ("Voice controller", 1.0, MidiSettings { voice_controller: 1, ..midi }),
        ("Tempo controller", 2.0, MidiSettings { tempo_controller: 2, ..midi }),
        ("Confidence controller", 3.0, MidiSettings { confidence_controller: 3, ..midi }),
    ] {
        assert_eq!(set(&mut harness, label, value), [Action::Midi(expected)], "{label}");
    }
    assert_eq!(clicked(&mut harness, "follow its transport"), [Action::FollowTransport(false)]);
    assert_eq!(clicked(&mut harness, "expect its tempo"), [Action::UseHostTempo(true)]);
    assert_eq!(clicked(&mut harness, "listen to the side-chain"), [Action::UseSideChain(true)]);
    let sending = OscSettings { enabled: true, ..OscSettings::default() };
    assert_eq!(clicked(&mut harness, "send"), [Action::Osc(sending)]);
    assert_eq!(clicked(&mut harness, "Panic"), [Action::Panic]);
    assert_eq!(clicked(&mut harness, "Forget what was heard"), [Action::Command(Command::Reset)]);
}

#[test]
fn an_osc_target_is_used_once_it_is_written() {
    let mut harness = opened(View::Settings);
    harness.get_by_label("OSC target").focus();
    harness.step();
    harness.get_by_label("OSC target").type_text("0");
    harness.run_steps(2);
    assert_eq!(harness.state().actions, []);
    harness.key_press(Key::Enter);
    harness.run_steps(2);
    let target = OscSettings { target: "127.0.0.1:90000".to_owned(), ..OscSettings::default() };
    assert_eq!(harness.state().actions.first(), Some(&Action::Osc(target)));
}

#[test]
fn networks_are_chosen_used_forgotten_and_kept() {
    let mut harness = opened(View::Settings);
    for (label, action) in [
        ("Load weights into A", Action::ChooseWeights(WeightsSlot::A)),
        ("Load weights into B", Action::ChooseWeights(WeightsSlot::B)),
        ("Listen with: B", Action::UseWeights(WeightsSlot::B)),
        ("Forget the beat weights of B", Action::ForgetWeights(WeightsSlot::B, Task::Beat)),
        ("Keep loaded weights inside the project", Action::EmbedWeights(true)),
    ] {
        assert_eq!(clicked(&mut harness, label), [action], "{label}");
    }
}

#[test]
fn what_is_remembered_can_be_set() {
    let mut harness = opened(View::Settings);
    for label in ["Theme: light", "Scale: 1.25×", "Spelling: Roman", "with its Camelot code"] {
        assert_eq!(clicked(&mut harness, label), [], "{label}");
    }
    let expected = Preferences {
        view: View::Settings,
        theme: ThemeChoice::Light,
        spelling: Spelling::Roman,
        camelot: false,
        scale: 1.25,
    };
    assert_eq!(harness.state().window.preferences(), expected);
    assert_eq!(harness.ctx.theme(), egui::Theme::Light);
    assert_eq!(harness.ctx.zoom_factor(), 1.25);
}

/// A file as a window system drops it.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("the window reads no files".to_owned())
    }
}

#[test]
fn a_file_that_is_dropped_is_loaded() {
    let mut harness = opened(View::Stage);
    let path = PathBuf::from("/music/beat-live.safetensors");
    harness.input_mut().dropped_files.push(Arc::new(Dropped(path.clone())));
    harness.run_steps(2);
    assert_eq!(harness.state().actions, [Action::LoadWeights(WeightsSlot::A, path)]);
}
