//! Where MIDI leaves: a port of our own that others connect to, or one of theirs.
//!
//! | system | port of our own | others' ports |
//! | --- | --- | --- |
//! | Linux | ALSA sequencer, or JACK | ALSA sequencer |
//! | macOS | CoreMIDI | CoreMIDI |
//! | Windows | none: install a loop-back driver | WinMM |
//!
//! JACK plays a message at the very frame for which it is due, if it has it a period before; the others at once.

mod jack_port;

use std::{
    convert::Infallible,
    fmt,
    str::FromStr,
    time::{Duration, Instant},
};

use attacca_outputs::midi::MidiBytes;
use midir::{MidiOutput, MidiOutputConnection};
use serde::{Deserialize, Serialize};

use self::jack_port::JackPort;

/// What others see as the name of our client and its port.
pub const CLIENT_NAME: &str = "Attacca";
const PORT_NAME: &str = "Attacca MIDI";

/// Which port is wanted. Written as `off`, `automatic`, `virtual`, `jack`, or a part of a port's name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum MidiPortChoice {
    /// None.
    Off,
    /// JACK's where the input is JACK's, else a port of our own.
    #[default]
    Automatic,
    /// A port of our own.
    Virtual,
    /// A port of our own in JACK.
    Jack,
    /// The first port whose name has this in it, in whatever case.
    Named(String),
}

impl From<String> for MidiPortChoice {
    fn from(text: String) -> Self {
        match text.as_str() {
            "off" => Self::Off,
            "automatic" => Self::Automatic,
            "virtual" => Self::Virtual,
            "jack" => Self::Jack,
            _ => Self::Named(text),
        }
    }
}

impl From<MidiPortChoice> for String {
    fn from(choice: MidiPortChoice) -> Self {
        choice.to_string()
    }
}

impl FromStr for MidiPortChoice {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(text.to_owned().into())
    }
}

impl fmt::Display for MidiPortChoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Off => "off",
            Self::Automatic => "automatic",
            Self::Virtual => "virtual",
            Self::Jack => "jack",
            Self::Named(name) => name,
        })
    }
}

/// Why nothing can be sent.
#[derive(Debug, thiserror::Error)]
pub enum MidiPortError {
    /// The system's MIDI does not answer.
    #[error("no MIDI on this machine: {reason}; --midi off does without, --midi jack asks JACK")]
    System {
        /// What the system says.
        reason: String,
    },
    /// No port of this name.
    #[error("no MIDI port called `{wanted}`: expected one of {}", listed(.found))]
    Unknown {
        /// What was asked for.
        wanted: String,
        /// What there is.
        found: Vec<String>,
    },
    /// JACK does not give one.
    #[error("no MIDI port in JACK: {0}; is its server running?")]
    Jack(#[from] jack::Error),
}

fn listed(found: &[String]) -> String {
    if found.is_empty() { "none, since there is no port".to_owned() } else { format!("`{}`", found.join("`, `")) }
}

/// An open port.
pub enum MidiPort {
    /// The system's.
    System(MidiOutputConnection),
    /// JACK's.
    Jack(JackPort),
}

impl MidiPort {
    /// Opens a port; `with_jack` says whether the input is JACK's.
    ///
    /// # Errors
    /// [`MidiPortError`].
    pub fn open(choice: &MidiPortChoice, with_jack: bool) -> Result<Option<Self>, MidiPortError> {
        let port = match choice {
            MidiPortChoice::Off => return Ok(None),
            MidiPortChoice::Jack => Self::Jack(JackPort::open()?),
            MidiPortChoice::Automatic if with_jack => Self::Jack(JackPort::open()?),
            MidiPortChoice::Automatic | MidiPortChoice::Virtual => Self::System(own_port()?),
            MidiPortChoice::Named(name) => Self::System(named_port(name)?),
        };
        Ok(Some(port))
    }

    /// How long before a message is due the port wants to have it.
    pub fn lead(&self) -> Duration {
        match self {
            Self::System(_) => Duration::ZERO,
            Self::Jack(port) => port.lead(),
        }
    }

    /// Sends a message that is due at `due`; says whether the port took it.
    pub fn send(&mut self, message: MidiBytes, due: Instant) -> bool {
        match self {
            Self::System(connection) => connection.send(message.as_slice()).is_ok(),
            Self::Jack(port) => port.send(message, due),
        }
    }

    /// Whether messages still reach somebody.
    pub fn is_alive(&mut self) -> bool {
        match self {
            Self::System(_) => true,
            Self::Jack(port) => port.is_alive(),
        }
    }
}

/// Names of the ports of others.
pub fn port_names() -> Vec<String> {
    let Ok(output) = MidiOutput::new(CLIENT_NAME) else { return Vec::new() };
    output.ports().iter().filter_map(|port| output.port_name(port).ok()).collect()
}

fn system() -> Result<MidiOutput, MidiPortError> {
    MidiOutput::new(CLIENT_NAME).map_err(|error| MidiPortError::System { reason: error.to_string() })
}

#[cfg(unix)]
fn own_port() -> Result<MidiOutputConnection, MidiPortError> {
    use midir::os::unix::VirtualOutput;

    system()?.create_virtual(PORT_NAME).map_err(|error| MidiPortError::System { reason: error.to_string() })
}

#[cfg(not(unix))]
fn own_port() -> Result<MidiOutputConnection, MidiPortError> {
    let reason = "Windows has no MIDI ports of programs: install a loop-back driver and choose its port".to_owned();
    Err(MidiPortError::System { reason })
}

fn named_port(wanted: &str) -> Result<MidiOutputConnection, MidiPortError> {
    let output = system()?;
    let ports = output.ports();
    let names: Vec<_> = ports.iter().map(|port| output.port_name(port).unwrap_or_default()).collect();
    let part = wanted.to_lowercase();
    match names.iter().position(|name| name.to_lowercase().contains(&part)) {
        Some(index) => output
            .connect(&ports[index], PORT_NAME)
            .map_err(|error| MidiPortError::System { reason: error.to_string() }),
        None => Err(MidiPortError::Unknown { wanted: wanted.to_owned(), found: names }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_written_as_they_are_read() {
        for text in ["off", "automatic", "virtual", "jack", "Synth 1"] {
            let choice: MidiPortChoice = text.to_owned().into();
            assert_eq!(choice.to_string(), text);
        }
        assert_eq!(MidiPortChoice::from("Synth".to_owned()), MidiPortChoice::Named("Synth".to_owned()));
    }
}
