//! Written music: what scores in any notation are read into, lines of notes in quarter notes with bars, chord symbols and
//! tempo marks, their repeats played out.

pub mod metre;

pub(in crate::score) mod repeats;

use attacca_models::vocabulary::KeyClass;

use self::repeats::Marks;
use super::Chord;

/// How far ends and starts of tied notes may differ, in quarter notes: durations are rounded to a file's divisions.
const TIE_TOLERANCE_QUARTERS: f64 = 0.02;

/// A score, its repeats played out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WrittenScore {
    /// The parts, in the order of the score.
    pub parts: Vec<WrittenPart>,
    /// The bars, in the order in which they are played.
    pub bars: Vec<Bar>,
    /// Chord symbols and where they start, in quarter notes; each holds until the next.
    pub symbols: Vec<(f64, Symbol)>,
    /// Tempo marks: where, in quarter notes, and quarter notes a minute.
    pub tempi: Vec<(f64, f64)>,
}

/// A part.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WrittenPart {
    /// Its name in the score, which may be empty.
    pub name: String,
    /// Whether its notes have lyrics: somebody sings.
    pub sung: bool,
    /// The notes, in order of their starts.
    pub notes: Vec<WrittenNote>,
}

/// A note as it is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WrittenNote {
    /// Start in quarter notes from the start of the score.
    pub start: f64,
    /// Length in quarter notes, more than 0.
    pub length: f64,
    /// MIDI key as it sounds.
    pub key: u8,
    /// MIDI velocity by the dynamics in force.
    pub velocity: u8,
}

/// A bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// Start in quarter notes from the start of the score.
    pub start: f64,
    /// Length in quarter notes: shorter than the metre says for pickups and the two halves of a divided bar.
    pub length: f64,
    /// The time signature, such as (6, 8).
    pub metre: (u8, u8),
    /// The key signature: number of sharps, negative for flats.
    pub sharps: i8,
    /// The key, where the notation names it.
    pub key: Option<KeyClass>,
}

/// What a chord symbol says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symbol {
    /// A chord.
    Chord(Chord),
    /// That there is no chord.
    NoChord,
    /// Something that [`Chord`] does not know.
    Unknown,
}

/// A note that may be tied.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::score) struct WrittenTie {
    pub(in crate::score) note: WrittenNote,
    /// Whether it continues a note before it.
    pub(in crate::score) continues: bool,
    /// Whether a note after it continues it.
    pub(in crate::score) goes_on: bool,
}

impl WrittenTie {
    pub(in crate::score) fn later(&self, quarters: f64) -> Self {
        Self { note: WrittenNote { start: self.note.start + quarters, ..self.note }, ..*self }
    }
}

/// A measure; positions in quarter notes from its start.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::score) struct Measure {
    pub(in crate::score) length: f64,
    pub(in crate::score) metre: (u8, u8),
    pub(in crate::score) sharps: i8,
    pub(in crate::score) key: Option<KeyClass>,
    pub(in crate::score) sung: bool,
    pub(in crate::score) notes: Vec<WrittenTie>,
    pub(in crate::score) symbols: Vec<(f64, Symbol)>,
    pub(in crate::score) tempi: Vec<(f64, f64)>,
    pub(in crate::score) marks: Marks,
}

/// Puts the measures one after another in the order in which they are played.
pub(super) fn played_out(parts: &[(String, Vec<Measure>)]) -> WrittenScore {
    let count = parts.iter().map(|(_, measures)| measures.len()).max().unwrap_or(0);
    let at = |index: usize| parts.iter().filter_map(move |(_, measures)| measures.get(index));
    let marks: Vec<_> = (0..count).map(|index| Marks::united(at(index).map(|measure| &measure.marks))).collect();
    let mut score = WrittenScore {
        parts: parts
            .iter()
            .map(|(name, measures)| WrittenPart {
                name: name.clone(),
                sung: measures.iter().any(|measure| measure.sung),
                notes: Vec::new(),
            })
            .collect(),
        ..WrittenScore::default()
    };
    let mut start = 0.0;
    let mut ties: Vec<Vec<WrittenTie>> = vec![Vec::new(); parts.len()];
    for index in repeats::play_order(&marks) {
        let length = at(index).map(|measure| measure.length).fold(0.0, f64::max);
        let Some(first) = at(index).next() else { continue };
        score.bars.push(Bar { start, length, metre: first.metre, sharps: first.sharps, key: first.key });
        for measure in at(index) {
            score.symbols.extend(measure.symbols.iter().map(|(quarter, symbol)| (start + quarter, *symbol)));
            score.tempi.extend(measure.tempi.iter().map(|(quarter, tempo)| (start + quarter, *tempo)));
        }
        for (notes, (_, measures)) in ties.iter_mut().zip(parts) {
            let moved = measures.get(index).into_iter().flat_map(|measure| &measure.notes);
            notes.extend(moved.map(|tie| tie.later(start)));
        }
        start += length;
    }
    for (part, notes) in score.parts.iter_mut().zip(ties) {
        part.notes = joined(notes);
    }
    score.symbols.sort_by(|a, b| a.0.total_cmp(&b.0));
    score.tempi.sort_by(|a, b| a.0.total_cmp(&b.0));
    score
}

/// Joins tied notes; a tie whose ends do not meet (at the seam of a repeat) leaves two notes.
fn joined(mut notes: Vec<WrittenTie>) -> Vec<WrittenNote> {
    notes.sort_by(|a, b| a.note.start.total_cmp(&b.note.start));
    let mut whole: Vec<WrittenNote> = Vec::with_capacity(notes.len());
    let mut open: Vec<usize> = Vec::new();
    for tie in notes {
        open.retain(|index| whole[*index].start + whole[*index].length > tie.note.start - TIE_TOLERANCE_QUARTERS);
        let meets = |index: &usize| {
            let held = &whole[*index];
            held.key == tie.note.key && (held.start + held.length - tie.note.start).abs() < TIE_TOLERANCE_QUARTERS
        };
        let held = if tie.continues { open.iter().position(meets) } else { None };
        let index = match held {
            Some(position) => {
                let index = open.swap_remove(position);
                whole[index].length += tie.note.length;
                index
            }
            None => {
                whole.push(tie.note);
                whole.len() - 1
            }
        };
        if tie.goes_on {
            open.push(index);
        }
    }
    whole
}
