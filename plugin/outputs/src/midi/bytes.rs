//! Messages as they are transmitted.

use super::{MidiKind, MidiMessage};

/// A message of one to three bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MidiBytes {
    bytes: [u8; 3],
    length: usize,
}

impl MidiBytes {
    /// The first three of these bytes.
    pub fn new(message: &[u8]) -> Self {
        let length = message.len().min(3);
        let mut bytes = [0; 3];
        bytes[..length].copy_from_slice(&message[..length]);
        Self { bytes, length }
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl MidiMessage {
    /// The message as it is transmitted.
    pub fn bytes(&self) -> MidiBytes {
        let channel = self.channel & 0x0F;
        match self.kind {
            MidiKind::NoteOn { key, velocity } => MidiBytes::new(&[0x90 | channel, key, velocity]),
            MidiKind::NoteOff { key } => MidiBytes::new(&[0x80 | channel, key, 64]),
            MidiKind::Controller { number, value } => MidiBytes::new(&[0xB0 | channel, number, value]),
        }
    }
}

#[cfg(test)]
mod tests {
    use attacca_engine::SamplePosition;

    use super::*;

    #[test]
    fn messages_have_their_status_channel_and_data() {
        let bytes = |channel, kind| MidiMessage { position: SamplePosition(0), channel, kind }.bytes();
        assert_eq!(bytes(9, MidiKind::NoteOn { key: 36, velocity: 100 }).as_slice(), [0x99, 36, 100]);
        assert_eq!(bytes(15, MidiKind::NoteOff { key: 33 }).as_slice(), [0x8F, 33, 64]);
        assert_eq!(bytes(0, MidiKind::Controller { number: 20, value: 127 }).as_slice(), [0xB0, 20, 127]);
    }
}
