//! What a window remembers from one day to the next.

use attacca_engine::models::Spelling;
use serde::{Deserialize, Serialize};

/// How the window is to look. Whoever owns the window stores this; what is missing takes the default.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// Which view is shown.
    pub view: View,
    /// Dark or light.
    pub theme: ThemeChoice,
    /// How chords are written.
    pub spelling: Spelling,
    /// Whether a key's Camelot code stands beside its name.
    pub camelot: bool,
    /// Size of everything, 1 to 3; what the display's density asks for comes on top.
    pub scale: f32,
}

/// The views.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// What the music does now, to be read from afar.
    #[default]
    Stage,
    /// The last seconds in detail.
    Analysis,
    /// Whether all is well with the machine.
    Health,
    /// Whatever can be set.
    Settings,
}

/// Which theme is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeChoice {
    /// Dark, for stages.
    #[default]
    Dark,
    /// Light, for daylight.
    Light,
    /// What the system uses.
    System,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            view: View::default(),
            theme: ThemeChoice::default(),
            spelling: Spelling::default(),
            camelot: true,
            scale: 1.0,
        }
    }
}

impl Preferences {
    /// Sizes of everything.
    pub const SCALES: std::ops::RangeInclusive<f32> = 1.0..=3.0;

    /// The same with the scale in its range.
    pub fn clamped(self) -> Self {
        let scale = if self.scale.is_finite() { self.scale } else { 1.0 };
        Self { scale: scale.clamp(*Self::SCALES.start(), *Self::SCALES.end()), ..self }
    }
}

impl View {
    /// All views, in the order of their tabs.
    pub const ALL: [Self; 4] = [Self::Stage, Self::Analysis, Self::Health, Self::Settings];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stage => "Stage",
            Self::Analysis => "Analysis",
            Self::Health => "Health",
            Self::Settings => "Settings",
        }
    }
}

impl ThemeChoice {
    /// All themes.
    pub const ALL: [Self; 3] = [Self::Dark, Self::Light, Self::System];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::System => "as the system",
        }
    }
}

impl From<ThemeChoice> for egui::ThemePreference {
    fn from(choice: ThemeChoice) -> Self {
        match choice {
            ThemeChoice::Dark => Self::Dark,
            ThemeChoice::Light => Self::Light,
            ThemeChoice::System => Self::System,
        }
    }
}
