//! Music as bowed strings play it: without drums, each part in its range, one note running into the next.
//!
//! Nothing marks such notes but a change of pitch and a slow rise, so that a network which hears few of them finds none.

use rand::Rng;

use crate::{
    compose::{Random, pick, weighted},
    score::{Note, Part, Role, Score},
};

/// Bowed instruments with the lowest key of each, highest first: violin, viola, cello, contrabass.
const BOWED: [(u8, u8); 4] = [(40, 55), (41, 48), (42, 36), (43, 24)];

/// Programs of General MIDI in which many players bow at once.
const SECTIONS: [u8; 2] = [48, 49];

/// Probability that sections play in place of soloists.
const SECTIONS_SHARE: f64 = 0.2;

/// Probability that a part plays its notes as long as it can, and of each being short of the next by up to a tenth.
const LEGATO_SHARE: f64 = 0.8;

/// A rest longer than this is kept, in seconds.
const LONGEST_CLOSED_REST: f64 = 0.4;

/// Notes of one chord are struck within this, in seconds.
pub(super) const TOGETHER_SECONDS: f64 = 0.05;

/// Gives a score to bowed strings. The drums are taken out, unless nothing else plays.
pub fn cast(score: &mut Score, random: &mut Random) {
    if score.parts.iter().any(|part| part.role != Role::Drums) {
        score.parts.retain(|part| part.role != Role::Drums);
    }
    let section = random.random_bool(SECTIONS_SHARE).then(|| pick(&SECTIONS, random));
    for part in score.parts.iter_mut().filter(|part| part.role != Role::Drums) {
        part.program = section.unwrap_or_else(|| player(part, random));
        if random.random_bool(LEGATO_SHARE) {
            legato(part, random);
        }
    }
}

/// An instrument that reaches the part's lowest note, likelier one whose range starts not far below it.
fn player(part: &Part, random: &mut Random) -> u8 {
    let lowest = part.notes.iter().map(|note| note.key).min().unwrap_or(60);
    let weights = BOWED.map(|(_, low)| match lowest.checked_sub(low) {
        None => 0.0,
        Some(above) if above < 14 => 1.0,
        Some(above) if above < 26 => 0.35,
        Some(_) => 0.05,
    });
    BOWED[weighted(&weights, random)].0
}

/// Lets each note sound until shortly before the part's next one, where the rest between them is short.
fn legato(part: &mut Part, random: &mut Random) {
    let mut starts: Vec<f64> = part.notes.iter().map(|note| note.onset).collect();
    starts.sort_by(f64::total_cmp);
    let reach = random.random_range(0.9..=1.0);
    for note in &mut part.notes {
        // Notes of one chord do not end each other.
        let next = starts.partition_point(|start| *start < note.onset + TOGETHER_SECONDS);
        let Some(next) = starts.get(next) else { continue };
        if *next - note.offset < LONGEST_CLOSED_REST {
            *note = Note { offset: note.onset + reach * (next - note.onset), ..*note };
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    fn part(role: Role, key: u8) -> Part {
        let note = |index: u8| {
            let onset = f64::from(index) * 0.5;
            Note { onset, offset: onset + 0.2, key: key + index % 3, velocity: 80 }
        };
        Part { role, program: 0, notes: (0..6).map(note).collect() }
    }

    #[test]
    fn strings_play_within_their_ranges_and_drums_are_silent() {
        for seed in 0..40 {
            let parts = vec![
                part(Role::Drums, 36),
                part(Role::Bass, 28),
                part(Role::Accompaniment, 50),
                part(Role::Melody, 70),
            ];
            let mut score = Score { parts, ..Score::default() };
            cast(&mut score, &mut Random::seed_from_u64(seed));
            assert_eq!(score.parts.len(), 3);
            for part in &score.parts {
                let lowest = BOWED.iter().find(|(program, _)| *program == part.program).map(|(_, lowest)| *lowest);
                assert!(SECTIONS.contains(&part.program) || lowest.is_some_and(|lowest| part.notes[0].key >= lowest));
            }
        }
    }

    #[test]
    fn notes_run_into_the_next_and_never_into_what_follows_it() {
        let mut played = part(Role::Melody, 60);
        // A chord of two, and a rest of more than a second.
        played.notes.push(Note { key: 67, ..played.notes[2] });
        played.notes.push(Note { onset: 5.0, offset: 5.2, key: 60, velocity: 80 });
        legato(&mut played, &mut Random::seed_from_u64(1));
        for index in 0..5 {
            let (note, next) = (played.notes[index], played.notes[index + 1]);
            assert!((0.449..=0.5001).contains(&(note.offset - note.onset)) && note.offset <= next.onset + 1e-9);
        }
        assert!((played.notes[5].offset - 2.7).abs() < 1e-9);
        assert!(played.notes[6].offset > 1.4);
    }
}
