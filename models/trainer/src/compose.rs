//! A composer: harmony, drums, bass, chords and melodies drawn at random, in beats.
//!
//! What it writes is plain, but it is exact and wide: every metre from 2 to 7, straight and swung, with and without
//! drums, at any tempo. The sources use it for whole pieces and for the parts that their material lacks. All of it is
//! a function of the random generator that is handed in.

pub mod bass;
pub mod comping;
pub mod drums;
pub mod feel;
pub mod form;
pub mod harmony;
pub mod melody;
pub mod pulse;
pub mod style;

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal};

use crate::score::{BeatGrid, Note};

pub use feel::Feel;

/// The random generator of all training data: portable and stable, so that a recipe renders the same everywhere.
pub type Random = ChaCha8Rng;

/// A note in beats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    /// Start, in beats of the grid.
    pub beat: f64,
    /// Length in beats.
    pub length: f64,
    /// MIDI key.
    pub key: u8,
    /// MIDI velocity.
    pub velocity: u8,
}

/// The shortest note that is rendered, in seconds.
const SHORTEST_NOTE_SECONDS: f64 = 0.04;

/// Plays events on a beat grid with a player's scatter: `looseness_seconds` is the standard deviation of the onsets,
/// `touch` that of the velocities. Events that would start before 0 s are left out.
pub fn perform(
    events: &[Event],
    grid: &BeatGrid,
    looseness_seconds: f64,
    touch: f64,
    random: &mut Random,
) -> Vec<Note> {
    events
        .iter()
        .map(|event| {
            let onset = grid.time(event.beat) + looseness_seconds * gaussian(random);
            let offset = grid.time(event.beat + event.length).max(onset + SHORTEST_NOTE_SECONDS);
            let velocity = (f64::from(event.velocity) + touch * gaussian(random)).clamp(8.0, 127.0) as u8;
            Note { onset, offset, key: event.key.min(127), velocity }
        })
        .filter(|note| note.onset >= 0.0)
        .collect()
}

/// A draw from the normal distribution, cut at three deviations.
pub fn gaussian(random: &mut Random) -> f64 {
    Normal::new(0.0, 1.0).map_or(0.0, |normal: Normal<f64>| normal.sample(random)).clamp(-3.0, 3.0)
}

/// Draws an index with a probability proportional to its weight; 0 if no weight is positive.
pub fn weighted(weights: &[f64], random: &mut Random) -> usize {
    let mut left = random.random_range(0.0..1.0) * weights.iter().sum::<f64>();
    for (index, weight) in weights.iter().enumerate() {
        left -= weight;
        if left < 0.0 {
            return index;
        }
    }
    0
}

/// Draws one of the items.
pub fn pick<T: Copy>(items: &[T], random: &mut Random) -> T {
    items[random.random_range(0..items.len())]
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn performing_without_scatter_is_exact() {
        let grid = BeatGrid::from_times([1.0, 1.5, 2.0], 4).unwrap();
        let event = Event { beat: 1.0, length: 1.0, key: 60, velocity: 90 };
        let notes = perform(&[event], &grid, 0.0, 0.0, &mut Random::seed_from_u64(1));
        assert_eq!(notes, vec![Note { onset: 1.5, offset: 2.0, key: 60, velocity: 90 }]);
    }

    #[test]
    fn weighted_draws_follow_their_weights() {
        let mut random = Random::seed_from_u64(7);
        let mut counts = [0usize; 3];
        for _ in 0..4000 {
            counts[weighted(&[1.0, 0.0, 3.0], &mut random)] += 1;
        }
        assert_eq!(counts[1], 0);
        // The share of 3/4 has a deviation of 0.7 % over 4,000 draws; the bounds are four of them.
        assert!((2890..3110).contains(&counts[2]), "{counts:?}");
    }
}
