//! The inputs that this machine has, by name. Any thread that may wait: some systems take a second to answer.

use std::fmt::Write;

use cpal::{
    Device, DeviceDirection, DeviceId, HostId, SupportedBufferSize,
    traits::{DeviceTrait, HostTrait},
};

/// Sample rates that are named in a list, in Hz; devices say from where to where they go.
const COMMON_RATES_HZ: [u32; 7] = [32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000];

/// An input to choose.
#[derive(Clone, Debug)]
pub struct InputDevice {
    /// What it is called for as long as it is plugged in, such as `jack:input`; this is what is remembered.
    pub id: String,
    /// Its name for people, with that of its system: `PulseAudio: Monitor of Built-in Audio`.
    pub name: String,
    /// Most channels that it records.
    pub channels: u16,
    /// Common sample rates that it takes, in Hz, lowest first.
    pub sample_rates_hz: Vec<u32>,
    /// Smallest and largest buffer in frames, where it says so.
    pub buffer_frames: Option<(u32, u32)>,
    /// Whether its system would choose it.
    pub is_default: bool,
    /// The device itself.
    pub device: Device,
}

/// Why there is no such input.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// None of this name.
    #[error("no input called `{wanted}`: expected one of those that `attacca-live devices` lists{}", listed(.found))]
    Unknown {
        /// What was asked for.
        wanted: String,
        /// What there is.
        found: Vec<String>,
    },
    /// None at all.
    #[error("no audio input on this machine: plug one in, or start JACK or PulseAudio; --file SONG needs none")]
    None,
}

fn listed(found: &[String]) -> String {
    if found.is_empty() { " (there is none)".to_owned() } else { format!(", such as `{}`", found[0]) }
}

/// Every input, system by system. Systems that are not running have none.
pub fn inputs() -> Vec<InputDevice> {
    cpal::available_hosts().into_iter().flat_map(inputs_of).collect()
}

fn inputs_of(host_id: HostId) -> Vec<InputDevice> {
    jack::set_logger(jack::LoggerType::None);
    let Ok(host) = cpal::host_from_id(host_id) else { return Vec::new() };
    let default = host.default_input_device().and_then(|device| device.id().ok());
    let Ok(devices) = host.devices() else { return Vec::new() };
    devices.filter_map(|device| described(host_id, device, default.as_ref())).collect()
}

/// What there is to say of a device that can be listened to.
fn described(host_id: HostId, device: Device, default: Option<&DeviceId>) -> Option<InputDevice> {
    let id = device.id().ok()?;
    let description = device.description().ok()?;
    let mut name = format!("{}: {}", host_id.name(), description.name());
    // JACK's output says formats as if it were an input.
    let is_output = description.direction() == DeviceDirection::Output;
    let mut ranges: Vec<_> = device.supported_input_configs().map(Iterator::collect).unwrap_or_default();
    ranges.retain(|_| !is_output);
    if ranges.is_empty() && plays_back_what_it_is_given(host_id) {
        ranges = device.supported_output_configs().ok()?.collect();
        name.push_str(" (what it plays)");
    }
    let channels = ranges.iter().map(|range| range.channels()).max()?;
    let takes = |rate: &u32| ranges.iter().any(|range| range.contains_rate(*rate));
    let buffers = ranges.iter().filter_map(|range| match *range.buffer_size() {
        SupportedBufferSize::Range { min, max } => Some((min, max)),
        SupportedBufferSize::Unknown => None,
    });
    Some(InputDevice {
        is_default: default == Some(&id),
        id: id.to_string(),
        name,
        channels,
        sample_rates_hz: COMMON_RATES_HZ.into_iter().filter(takes).collect(),
        buffer_frames: buffers.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1))),
        device,
    })
}

/// Whether a system's outputs can be opened as inputs, which then hear what is played.
fn plays_back_what_it_is_given(host_id: HostId) -> bool {
    host_id.name() == "WASAPI"
}

/// The input that is meant by an id, or by a part of a name in whatever case; the first system's default where nothing is said.
///
/// # Errors
/// [`DeviceError`] where there is none.
pub fn find(wanted: Option<&str>) -> Result<InputDevice, DeviceError> {
    // Other systems are not disturbed for what an id says.
    let inputs = match wanted.and_then(|wanted| wanted.parse::<DeviceId>().ok()) {
        Some(id) => inputs_of(id.host()),
        None => inputs(),
    };
    chosen(wanted, inputs)
}

fn chosen(wanted: Option<&str>, mut inputs: Vec<InputDevice>) -> Result<InputDevice, DeviceError> {
    let Some(wanted) = wanted else {
        let default = inputs.iter().position(|input| input.is_default).unwrap_or(0);
        return if inputs.is_empty() { Err(DeviceError::None) } else { Ok(inputs.swap_remove(default)) };
    };
    let part = wanted.to_lowercase();
    let by_id = inputs.iter().position(|input| input.id == wanted);
    match by_id.or_else(|| inputs.iter().position(|input| input.name.to_lowercase().contains(&part))) {
        Some(position) => Ok(inputs.swap_remove(position)),
        None => {
            let found = inputs.into_iter().map(|input| input.name).collect();
            Err(DeviceError::Unknown { wanted: wanted.to_owned(), found })
        }
    }
}

/// A list for people.
pub fn table(inputs: &[InputDevice]) -> String {
    if inputs.is_empty() {
        return DeviceError::None.to_string();
    }
    let mut table = String::new();
    for input in inputs {
        let rates: Vec<_> = input.sample_rates_hz.iter().map(|&rate| format!("{}", f64::from(rate) / 1000.0)).collect();
        let rates = if rates.is_empty() { "unusual rates".to_owned() } else { format!("{} kHz", rates.join(", ")) };
        let buffers = match input.buffer_frames {
            Some((least, most)) if least == most => format!("buffers of {least} frames"),
            Some((least, most)) => format!("buffers of {least} to {most} frames"),
            None => "buffers of any size".to_owned(),
        };
        let default = if input.is_default { " (default)" } else { "" };
        // Writing to a string does not fail.
        let _ = writeln!(
            table,
            "{}{default}\n    {}; up to {} channels; {rates}; {buffers}",
            input.name, input.id, input.channels
        );
    }
    table
}
