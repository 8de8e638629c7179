//! A chord as keys.

use attacca_engine::models::vocabulary::ChordOverBass;

use crate::settings::ChordVoicing;

/// The C in whose octave roots and close chords lie: middle C.
const MIDDLE_C: u8 = 60;

/// More notes than a chord of the vocabulary has, with its bass.
const LARGEST: usize = 6;

/// Keys, lowest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Keys {
    keys: [u8; LARGEST],
    count: usize,
}

impl Keys {
    pub(super) fn as_slice(&self) -> &[u8] {
        &self.keys[..self.count]
    }

    fn push(&mut self, key: u8) {
        if let Some(slot) = self.keys.get_mut(self.count) {
            *slot = key;
            self.count += 1;
        }
    }
}

/// The keys of a chord.
pub(super) fn keys(ChordOverBass { chord, bass }: ChordOverBass, voicing: ChordVoicing) -> Keys {
    let root = MIDDLE_C + chord.root;
    let mut keys = Keys::default();
    if voicing == ChordVoicing::WithBass {
        keys.push(MIDDLE_C - 24 + bass.unwrap_or(chord.root));
    }
    let intervals = match voicing {
        ChordVoicing::Root => &[0],
        _ => chord.quality.intervals(),
    };
    for interval in intervals {
        match voicing {
            ChordVoicing::Close => keys.push(MIDDLE_C + (chord.root + interval) % 12),
            _ => keys.push(root + interval),
        }
    }
    let Keys { keys: all, count } = &mut keys;
    all[..*count].sort_unstable();
    keys
}

#[cfg(test)]
mod tests {
    use attacca_engine::models::vocabulary::{ChordClass, ChordQuality};

    use super::*;

    fn over(bass: Option<u8>, voicing: ChordVoicing) -> Vec<u8> {
        // F:7
        let chord = ChordClass { root: 5, quality: ChordQuality::DominantSeventh };
        keys(ChordOverBass { chord, bass }, voicing).as_slice().to_vec()
    }

    fn of(voicing: ChordVoicing) -> Vec<u8> {
        over(None, voicing)
    }

    #[test]
    fn a_chord_is_laid_out_in_every_way() {
        assert_eq!(of(ChordVoicing::Close), [60, 63, 65, 69]);
        assert_eq!(of(ChordVoicing::RootPosition), [65, 69, 72, 75]);
        assert_eq!(of(ChordVoicing::WithBass), [41, 65, 69, 72, 75]);
        assert_eq!(of(ChordVoicing::Root), [65]);
        assert_eq!(over(Some(9), ChordVoicing::WithBass), [45, 65, 69, 72, 75]);
        assert_eq!(over(Some(9), ChordVoicing::Close), of(ChordVoicing::Close));
    }
}
