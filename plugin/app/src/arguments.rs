//! The command line, as clap parses it.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::{
    configuration::Configuration,
    input::{DeviceChoice, InputChoice},
    midi_port::MidiPortChoice,
};

const EXAMPLES: &str = "\
Examples:
  attacca-live
      opens the window; the first time it looks for an input with a signal
  attacca-live --headless --input jack --osc 127.0.0.1:9000,10.0.0.5:7000
      needs no display: listens to JACK, sends MIDI and OSC, prints events as JSON lines
  attacca-live --headless --file song.flac
      plays a recording through it in real time and ends with it; --fast for as quickly as it can
  attacca-live --web 0.0.0.0:8600
      shows the stage view to browsers in the network, which need the token that is printed

Settings are remembered for the next time, apart from what the command line says.";

/// Listens to an input and tells lights, synths and screens what the music does.
#[derive(Clone, Debug, Parser)]
#[command(name = "attacca-live", version, after_long_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// Anything but listening.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Open no window: print events as JSON lines until a signal, or the end of the file
    #[arg(long)]
    pub headless: bool,

    /// The input: an id or a part of a name that `attacca-live devices` lists
    #[arg(short, long, value_name = "NAME", conflicts_with = "file")]
    pub input: Option<String>,

    /// Channels to listen to, counted from 1 and separated by commas; all where nothing is said. Their mean is heard
    #[arg(long, value_delimiter = ',', value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub channels: Vec<u16>,

    /// Frames in a buffer of the input
    #[arg(long, value_name = "FRAMES", value_parser = clap::value_parser!(u32).range(16..=8192))]
    pub buffer: Option<u32>,

    /// A recording as the input, in real time
    #[arg(short, long, value_name = "SONG")]
    pub file: Option<PathBuf>,

    /// Begin the recording again when it has ended
    #[arg(long = "loop", requires = "file")]
    pub repeat: bool,

    /// Hear the recording as quickly as possible; no MIDI is sent then
    #[arg(long, requires = "file", requires = "headless", conflicts_with = "repeat")]
    pub fast: bool,

    /// The MIDI port: a part of its name, `virtual`, `jack`, `automatic` or `off`
    #[arg(long, value_name = "PORT")]
    pub midi: Option<MidiPortChoice>,

    /// Send OSC to these hosts and ports, separated by commas
    #[arg(long, value_name = "TARGETS")]
    pub osc: Option<String>,

    /// Serve a page with the stage view; to the network only with an address such as 0.0.0.0:8600
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = "127.0.0.1:8600")]
    pub web: Option<String>,

    /// What browsers have to know; a new token each time where nothing is said and the network may look
    #[arg(long, value_name = "TOKEN", requires = "web")]
    pub token: Option<String>,

    /// Record the events of this session into a folder
    #[arg(long, value_name = "FOLDER")]
    pub record: Option<PathBuf>,

    /// Record what was heard as well, as WAV
    #[arg(long, requires = "record")]
    pub audio: bool,

    /// The file of settings, in place of the platform's
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
}

/// Subcommands.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum Command {
    /// List inputs with their channels, sample rates and buffer sizes, and MIDI ports
    Devices,
}

impl Arguments {
    /// The same configuration with what the command line says.
    pub fn applied_to(&self, mut configuration: Configuration) -> Configuration {
        configuration.record.enabled = self.record.is_some();
        if let Some(folder) = &self.record {
            configuration.record.folder = Some(folder.clone());
            configuration.record.audio = self.audio;
        }
        if let Some(port) = &self.midi {
            configuration.midi.port = port.clone();
        }
        if let Some(targets) = &self.osc {
            configuration.osc.target.clone_from(targets);
            configuration.osc.enabled = true;
        }
        if let Some(address) = &self.web {
            configuration.web.address.clone_from(address);
            configuration.web.enabled = true;
        }
        if let Some(token) = &self.token {
            configuration.web.token.clone_from(token);
        }
        if self.input.is_some() || !self.channels.is_empty() || self.buffer.is_some() {
            let remembered = configuration.input.unwrap_or_default();
            let channels = if self.channels.is_empty() { remembered.channels } else { self.channels.clone() };
            configuration.input = Some(DeviceChoice {
                device: self.input.clone().or(remembered.device),
                channels,
                buffer_frames: self.buffer.or(remembered.buffer_frames),
            });
        }
        configuration
    }

    /// What to listen to at first: the file, or the configured input.
    pub fn first_input(&self, configuration: &Configuration) -> InputChoice {
        match (&self.file, &configuration.input) {
            (Some(path), _) => InputChoice::File { path: path.clone(), repeat: self.repeat, fast: self.fast },
            (None, Some(device)) => InputChoice::Device(device.clone()),
            (None, None) if self.headless => InputChoice::Device(DeviceChoice::default()),
            (None, None) => InputChoice::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parsed(arguments: &[&str]) -> Arguments {
        Arguments::try_parse_from([&["attacca-live"], arguments].concat()).unwrap()
    }

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_command_line_goes_before_what_is_remembered() {
        let remembered = Configuration {
            input: Some(DeviceChoice { device: Some("alsa:x".to_owned()), channels: vec![1], buffer_frames: Some(64) }),
            ..Configuration::default()
        };
        let arguments = parsed(&["--input", "jack", "--web", "--osc", "a:1", "--midi", "off"]);
        let applied = arguments.applied_to(remembered.clone());
        let device = DeviceChoice { device: Some("jack".to_owned()), channels: vec![1], buffer_frames: Some(64) };
        assert_eq!(arguments.first_input(&applied), InputChoice::Device(device));
        assert_eq!((applied.web.enabled, applied.web.address.as_str()), (true, "127.0.0.1:8600"));
        assert_eq!((applied.osc.enabled, applied.osc.target.as_str()), (true, "a:1"));
        assert_eq!(applied.midi.port, MidiPortChoice::Off);
        assert_eq!(parsed(&[]).applied_to(remembered.clone()), remembered);
    }

    #[test]
    fn a_window_without_a_choice_listens_to_nothing_yet() {
        let configuration = Configuration::default();
        assert_eq!(parsed(&[]).first_input(&configuration), InputChoice::Nothing);
        let default = InputChoice::Device(DeviceChoice::default());
        assert_eq!(parsed(&["--headless"]).first_input(&configuration), default);
    }

    #[test]
    fn contradictions_are_refused() {
        for arguments in [&["--fast"][..], &["--input", "a", "--file", "b"], &["--audio"], &["--channels", "0"]] {
            assert!(Arguments::try_parse_from([&["attacca-live"], arguments].concat()).is_err(), "{arguments:?}");
        }
    }
}
