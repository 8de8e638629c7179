//! Everything fits, from the smallest window to the largest.

use attacca_gui::{Preferences, View, Window};
use egui::{Rect, Vec2, accesskit::Role, pos2, vec2};
use egui_kittest::kittest::NodeT;

use crate::scenes::{harness, scene};

#[test]
fn controls_neither_overlap_nor_leave_the_window() {
    let sizes = [(480, 320), (600, 400), (700, 900), (1000, 640), (1920, 1080), (3840, 2160)];
    for (width, height) in sizes {
        for scale in [1.0, 1.5, 2.0, 3.0] {
            for view in View::ALL {
                check(view, vec2(width as f32, height as f32), scale);
            }
        }
    }
}

fn check(view: View, size: Vec2, scale: f32) {
    let window = Window::with_preferences(Preferences { view, scale, ..Preferences::default() });
    let harness = harness(window, scene(), size);
    let room = Rect::from_min_size(pos2(0.0, 0.0), size / harness.ctx.zoom_factor());
    let is_control =
        |role| matches!(role, Role::Button | Role::CheckBox | Role::Slider | Role::SpinButton | Role::TextInput);
    let nodes = harness.root().children_recursive();
    let controls: Vec<_> = nodes
        .filter(|node| is_control(node.accesskit_node().role()))
        .map(|node| (node.accesskit_node().label().unwrap_or_default(), node.rect()))
        .collect();
    let context = format!("{} at {size:?}, scale {scale}", view.name());
    for (index, (name, rect)) in controls.iter().enumerate() {
        // Half a point: positions are rounded to pixels.
        assert!(rect.left() >= -0.5 && rect.right() <= room.right() + 0.5, "{name} in {context}: {rect:?}");
        for (other, other_rect) in &controls[index + 1..] {
            // What is scrolled passes under the bars.
            let overlaps = is_in_bars(name) == is_in_bars(other) && rect.shrink(0.5).intersects(other_rect.shrink(0.5));
            assert!(!overlaps, "{name} over {other} in {context}: {rect:?} and {other_rect:?}");
        }
    }
    let whole = controls.iter().filter(|(name, rect)| is_in_bars(name) && room.contains_rect(*rect));
    assert_eq!(whole.count(), View::ALL.len() + CONTROLS.len(), "{context}");
}

/// Names of the controls under every view.
const CONTROLS: [&str; 6] = ["Halve tempo", "Double tempo", "Tap", "This is one", "Lock tempo", "Reset"];

fn is_in_bars(name: &str) -> bool {
    CONTROLS.contains(&name) || View::ALL.iter().any(|view| view.name() == name)
}

#[test]
fn a_scale_that_does_not_fit_is_not_applied() {
    let scaled = |size: [f32; 2], scale| {
        let window = Window::with_preferences(Preferences { scale, ..Preferences::default() });
        harness(window, scene(), size).ctx.zoom_factor()
    };
    assert_eq!(scaled([480.0, 320.0], 3.0), 1.0);
    assert_eq!(scaled([1000.0, 640.0], 3.0), 2.0);
    assert_eq!(scaled([1920.0, 1080.0], 3.0), 3.0);
}
