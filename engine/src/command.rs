//! What a performer asks of the engine while audio runs.
//!
//! Commands come from any thread through [`Controller::send`](crate::Controller::send), or from whoever owns the
//! [`Processor`](crate::Processor) by [`Processor::command`](crate::Processor::command). They take effect before the next
//! hop, and at a cost that is bounded.

use serde::{Deserialize, Serialize};

use crate::{settings::Settings, time::Bpm};

/// A command. Those that speak of *now* mean the newest sample that was processed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", content = "value", rename_all = "snake_case")]
pub enum Command {
    /// Other settings from now on; values out of range are brought into it.
    Settings(Settings),
    /// The tempo is half of what was said: every other beat is none.
    HalveTempo,
    /// The tempo is double of what was said: there is a beat between any two.
    DoubleTempo,
    /// There is a beat now. From the second tap on, their distance is the tempo.
    Tap,
    /// The beat nearest to now is the first of its bar.
    ThisIsOne,
    /// The music is likely at this tempo (that of the host, say) until another is suggested; `None` takes the hint back.
    SuggestTempo(Option<Bpm>),
    /// Everything heard so far is forgotten; settings and a suggested tempo stay.
    Reset,
}
