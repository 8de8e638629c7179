//! Keys for hands that are busy with music.
//!
//! | key | does |
//! | --- | --- |
//! | Space | tap |
//! | 1 | *this is one* |
//! | ← → | nudge beats by 5 ms |
//! | H, D | halve, double the tempo |
//! | F or F11 | the stage view on the whole screen, and back |
//! | M | the mini view, and back |
//! | Esc | back |

use attacca_engine::Command;
use egui::{Context, Key, Modifiers};

/// How far a nudge goes, in seconds: half of what is just heard.
const NUDGE_SECONDS: f32 = 0.005;

/// What a key wants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Wish {
    /// Ask the engine.
    Command(Command),
    /// Move beats by so much, in seconds.
    Nudge(f32),
    /// The stage view on the whole screen, or back.
    FullScreen,
    /// The mini view, or back.
    Mini,
    /// Back to the whole window.
    Whole,
}

/// Takes the keys of this frame, unless something is being written. While a control has the focus, arrows and Esc are its
/// own; `is_reduced` says whether Esc leads anywhere.
pub(super) fn wishes(context: &Context, is_reduced: bool) -> Vec<Wish> {
    if context.egui_wants_keyboard_input() {
        return Vec::new();
    }
    let has_focus = context.memory(|memory| memory.focused().is_some());
    let keys = [
        (Key::Space, Wish::Command(Command::Tap), !has_focus),
        (Key::Num1, Wish::Command(Command::ThisIsOne), true),
        (Key::ArrowLeft, Wish::Nudge(-NUDGE_SECONDS), !has_focus),
        (Key::ArrowRight, Wish::Nudge(NUDGE_SECONDS), !has_focus),
        (Key::H, Wish::Command(Command::HalveTempo), true),
        (Key::D, Wish::Command(Command::DoubleTempo), true),
        (Key::F, Wish::FullScreen, true),
        (Key::F11, Wish::FullScreen, true),
        (Key::M, Wish::Mini, true),
        (Key::Escape, Wish::Whole, is_reduced),
    ];
    let pressed = |key| context.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    keys.into_iter().filter(|&(key, _, is_ours)| is_ours && pressed(key)).map(|(_, wish, _)| wish).collect()
}

#[cfg(test)]
mod tests {
    use egui::{Event, RawInput};

    use super::*;

    fn pressed(key: Key, is_reduced: bool) -> Vec<Wish> {
        let context = Context::default();
        let event = Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers: Modifiers::NONE };
        let mut wished = Vec::new();
        let input = RawInput { events: vec![event], ..RawInput::default() };
        let mut output = context.run_ui(input, |ui| wished.extend(wishes(ui.ctx(), is_reduced)));
        // Nothing is drawn.
        output.textures_delta.clear();
        wished
    }

    #[test]
    fn keys_do_what_the_table_says() {
        assert_eq!(pressed(Key::Space, false), [Wish::Command(Command::Tap)]);
        assert_eq!(pressed(Key::Num1, false), [Wish::Command(Command::ThisIsOne)]);
        assert_eq!(pressed(Key::ArrowLeft, false), [Wish::Nudge(-0.005)]);
        assert_eq!(pressed(Key::ArrowRight, false), [Wish::Nudge(0.005)]);
        assert_eq!(pressed(Key::H, false), [Wish::Command(Command::HalveTempo)]);
        assert_eq!(pressed(Key::D, false), [Wish::Command(Command::DoubleTempo)]);
        assert_eq!(pressed(Key::F, false), [Wish::FullScreen]);
        assert_eq!(pressed(Key::M, false), [Wish::Mini]);
        assert_eq!((pressed(Key::Escape, true), pressed(Key::Escape, false)), (vec![Wish::Whole], Vec::new()));
    }
}
