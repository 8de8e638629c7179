//! Chords: stretches on which a second opinion shares the main teacher's root and its third.
//!
//! The label is the main teacher's, sevenths included: of those there is one opinion only. Chords that are neither major
//! nor minor need a second opinion with the very same intervals.

use crate::{
    data::labels::Annotation,
    score::{Chord, TimedChord},
    teach::agreement::unknown,
};

/// Shortest stretch that is kept, in seconds: where two teachers agree for less, one of them was changing its mind.
const SHORTEST_SECONDS: f64 = 0.5;

/// What is compared of a chord.
#[derive(Clone, Copy, PartialEq)]
enum Family {
    None,
    Major(u8),
    Minor(u8),
    Other(u8, &'static [u8]),
}

/// The agreement of a main teacher with any of several second opinions over a recording of `seconds`; everybody's chords
/// are in order.
pub fn agree(main: &[(f64, f64, String)], seconds: f64, second: &[&[(f64, f64, String)]]) -> Annotation<TimedChord> {
    let mut chords = Annotation::<TimedChord>::default();
    for (start, end, label) in main {
        let Some(family) = family(label) else { continue };
        let name = Chord::parse(label).map_or_else(|| "N".to_owned(), |chord| chord.label());
        for [from, to] in supported([*start, end.min(seconds)], family, second) {
            chords.values.push(TimedChord { start: from, end: to, label: name.clone() });
        }
    }
    let known: Vec<[f64; 2]> = chords.values.iter().map(|chord| [chord.start, chord.end]).collect();
    chords.mask(unknown(&known, seconds));
    chords
}

/// The parts of a stretch in which somebody says the same, joined where they touch, without the short ones.
fn supported([start, end]: [f64; 2], of: Family, second: &[&[(f64, f64, String)]]) -> Vec<[f64; 2]> {
    let same = second.iter().flat_map(|chords| chords.iter()).filter(|(_, _, label)| family(label) == Some(of));
    let parts = same.map(|(from, to, _)| [from.max(start), to.min(end)]).filter(|[from, to]| from < to);
    let mut joined = Annotation::<()>::default();
    joined.mask(parts);
    joined.masked.into_iter().filter(|[from, to]| to - from >= SHORTEST_SECONDS).collect()
}

/// `None` for what is no chord label, and for a chord that the teacher has no name for.
fn family(label: &str) -> Option<Family> {
    if label == "N" {
        return Some(Family::None);
    }
    let Chord { root, intervals, .. } = Chord::parse(label)?;
    Some(match intervals {
        [0, 4, 7, ..] => Family::Major(root),
        [0, 3, 7, ..] => Family::Minor(root),
        _ => Family::Other(root, intervals),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chords(list: &[(f64, f64, &str)]) -> Vec<(f64, f64, String)> {
        list.iter().map(|(start, end, label)| (*start, *end, (*label).to_owned())).collect()
    }

    fn said(annotation: &Annotation<TimedChord>) -> Vec<(f64, f64, &str)> {
        annotation.values.iter().map(|chord| (chord.start, chord.end, &*chord.label)).collect()
    }

    #[test]
    fn root_and_third_decide_and_the_main_teacher_names() {
        let main = chords(&[(0.0, 2.0, "C:maj7"), (2.0, 4.0, "A:min7"), (4.0, 6.0, "F:maj")]);
        let other = chords(&[(0.0, 2.0, "C:maj"), (2.0, 4.0, "A:maj"), (4.0, 6.0, "F:7")]);
        let agreed = agree(&main, 6.0, &[&other]);
        assert_eq!(said(&agreed), [(0.0, 2.0, "C:maj7"), (4.0, 6.0, "F:maj")]);
        assert_eq!(agreed.masked, [[2.0, 4.0]]);
    }

    #[test]
    fn a_change_that_comes_at_different_times_is_masked_between_them() {
        let main = chords(&[(0.0, 2.0, "C:maj"), (2.0, 4.0, "G:maj")]);
        let other = chords(&[(0.0, 2.25, "C:maj"), (2.25, 4.0, "G:maj")]);
        let agreed = agree(&main, 4.0, &[&other]);
        assert_eq!(said(&agreed), [(0.0, 2.0, "C:maj"), (2.25, 4.0, "G:maj")]);
        assert_eq!(agreed.masked, [[2.0, 2.25]]);
    }

    #[test]
    fn any_second_opinion_will_do_and_theirs_add_up() {
        let main = chords(&[(0.0, 4.0, "Bb:min")]);
        let one = chords(&[(0.0, 2.0, "A#:min"), (2.0, 4.0, "C:maj")]);
        let other = chords(&[(0.0, 1.5, "C:maj"), (1.5, 3.0, "A#:min")]);
        assert_eq!(said(&agree(&main, 4.0, &[&one, &other])), [(0.0, 3.0, "A#:min")]);
    }

    #[test]
    fn short_agreement_is_none() {
        let main = chords(&[(0.0, 1.0, "C:maj"), (1.0, 2.0, "N")]);
        let other = chords(&[(0.0, 0.4, "C:maj"), (0.4, 2.0, "N")]);
        let agreed = agree(&main, 2.0, &[&other]);
        assert_eq!(said(&agreed), [(1.0, 2.0, "N")]);
        assert_eq!(agreed.masked, [[0.0, 1.0]]);
    }

    #[test]
    fn what_is_neither_major_nor_minor_needs_the_same_intervals() {
        let main = chords(&[(0.0, 1.0, "B:dim"), (1.0, 2.0, "C:sus4"), (2.0, 3.0, "X")]);
        let other = chords(&[(0.0, 1.0, "B:dim"), (1.0, 2.0, "C:maj"), (2.0, 3.0, "N")]);
        let agreed = agree(&main, 3.0, &[&other]);
        assert_eq!(said(&agreed), [(0.0, 1.0, "B:dim")]);
        assert_eq!(agreed.masked, [[1.0, 3.0]]);
    }
}
