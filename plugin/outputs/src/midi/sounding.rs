//! The notes that sound, so that each ends.

use attacca_engine::SamplePosition;

/// Notes that may sound at once: a chord of five, a beat, and an onset every 25 ms for as long as a note lasts; and
/// many more. A note beyond is not begun.
const CAPACITY: usize = 32;

#[derive(Clone, Copy, Debug)]
struct Note {
    channel: u8,
    key: u8,
    /// When it ends; `None` for one that is held.
    end: Option<SamplePosition>,
}

/// The notes that sound.
#[derive(Clone, Debug, Default)]
pub(super) struct Sounding {
    notes: [Option<Note>; CAPACITY],
}

impl Sounding {
    /// Keeps track of a note; `false` if there are too many.
    pub(super) fn begin(&mut self, channel: u8, key: u8, end: Option<SamplePosition>) -> bool {
        let free = self.notes.iter_mut().find(|note| note.is_none());
        free.map(|slot| *slot = Some(Note { channel, key, end })).is_some()
    }

    /// Forgets a note; says whether it sounded.
    pub(super) fn end(&mut self, channel: u8, key: u8) -> bool {
        self.take(|note| note.channel == channel && note.key == key).is_some()
    }

    /// Ends the notes that are due before `before`, the first one first.
    pub(super) fn end_due(&mut self, before: SamplePosition, mut ended: impl FnMut(SamplePosition, u8, u8)) {
        while let Some(end) = self.notes.iter().flatten().filter_map(|note| note.end).min().filter(|end| *end < before)
        {
            if let Some(note) = self.take(|note| note.end == Some(end)) {
                ended(end, note.channel, note.key);
            }
        }
    }

    /// Ends the notes that are held.
    pub(super) fn end_held(&mut self, mut ended: impl FnMut(u8, u8)) {
        while let Some(note) = self.take(|note| note.end.is_none()) {
            ended(note.channel, note.key);
        }
    }

    /// Ends every note.
    pub(super) fn end_all(&mut self, mut ended: impl FnMut(u8, u8)) {
        while let Some(note) = self.take(|_| true) {
            ended(note.channel, note.key);
        }
    }

    fn take(&mut self, wanted: impl Fn(&Note) -> bool) -> Option<Note> {
        self.notes.iter_mut().find(|note| note.as_ref().is_some_and(&wanted))?.take()
    }
}
