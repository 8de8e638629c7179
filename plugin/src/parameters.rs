//! What the host can automate, show and store.
//!
//! Identifiers never change, since projects refer to them. Three kinds live here: settings, which are kept; buttons, which
//! act when they are pressed (rise from off to on) and mean nothing in between; and results, which the plugin writes and the
//! host reads. The framework has no read-only parameters: results are marked as not to be automated, and what a host
//! writes to them is gone with the next hop.

mod midi;
mod results;
mod settings;

use nice_plug::prelude::*;

pub use self::{
    midi::MidiParameters,
    results::ResultParameters,
    settings::{SettingParameters, Slot},
};
use crate::project::{ProjectWeights, Restorable, WindowState};

/// All parameters, and what else a project keeps.
#[derive(Params)]
pub struct Parameters {
    #[id = "bypass"]
    pub bypass: BoolParam,
    #[nested(group = "Listening")]
    pub settings: SettingParameters,
    #[nested(group = "Buttons")]
    pub buttons: Buttons,
    #[nested(group = "MIDI")]
    pub midi: MidiParameters,
    #[nested(group = "Results")]
    pub results: ResultParameters,
    #[persist = "weights"]
    pub weights: Restorable<ProjectWeights>,
    #[persist = "window"]
    pub window: Restorable<WindowState>,
}

/// Whether a project that opens restores a parameter: neither buttons nor results, which hosts save with the rest.
pub fn is_restored(id: &str) -> bool {
    !id.starts_with("out_") && !["halve", "double", "tap", "this_is_one", "reset", "panic"].contains(&id)
}

/// What acts when it is pressed.
#[derive(Params)]
pub struct Buttons {
    #[id = "halve"]
    pub halve: BoolParam,
    #[id = "double"]
    pub double: BoolParam,
    #[id = "tap"]
    pub tap: BoolParam,
    #[id = "this_is_one"]
    pub this_is_one: BoolParam,
    #[id = "reset"]
    pub reset: BoolParam,
    #[id = "panic"]
    pub panic: BoolParam,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            bypass: BoolParam::new("Bypass", false).make_bypass(),
            settings: SettingParameters::default(),
            buttons: Buttons::default(),
            midi: MidiParameters::default(),
            results: ResultParameters::default(),
            weights: Restorable::default(),
            window: Restorable::default(),
        }
    }
}

impl Default for Buttons {
    fn default() -> Self {
        Self {
            halve: BoolParam::new("Halve tempo", false),
            double: BoolParam::new("Double tempo", false),
            tap: BoolParam::new("Tap", false),
            this_is_one: BoolParam::new("This is one", false),
            reset: BoolParam::new("Reset", false),
            panic: BoolParam::new("End all notes", false),
        }
    }
}

/// Asks the host for another value, as one gesture. Main thread.
pub(crate) fn set_if_changed<P>(setter: &ParamSetter<'_>, parameter: &P, value: P::Plain)
where
    P: Param,
    P::Plain: PartialEq,
{
    if parameter.unmodulated_plain_value() != value {
        setter.begin_set_parameter(parameter);
        setter.set_parameter(parameter, value);
        setter.end_set_parameter(parameter);
    }
}
