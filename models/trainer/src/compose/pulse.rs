//! Tempo curves: steady, drifting, ramped, stepped, rubato.

use rand::Rng;

use super::{Random, gaussian, weighted};
use crate::score::{Beat, BeatGrid};

/// How a piece's tempo moves.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Curve {
    /// As a machine plays.
    Steady,
    /// As a band plays without a click: a bounded random walk of a few per cent.
    Drift,
    /// Faster or slower from one end to the other.
    Ramp { change: f64 },
    /// Another tempo from a bar on.
    Step { at: f64, ratio: f64 },
    /// A slow sway of every phrase, with a walk on top.
    Rubato { depth: f64, beats: f64 },
}

/// Slowest and fastest factor on the drawn tempo, so that walks stay musical.
const FACTOR_RANGE: (f64, f64) = (0.6, 1.6);

/// What [`draw`] needs to know of a piece.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pulse {
    /// Tempo in beats per minute.
    pub bpm: f64,
    /// Number of beats, at least 2.
    pub beats: usize,
    /// Beats in a bar.
    pub beats_per_bar: u8,
    /// Beats before the first downbeat, fewer than `beats_per_bar`.
    pub pickup: u8,
    /// Time of the first beat in seconds.
    pub start: f64,
    /// Probability of a tempo that moves more than a band's drift does.
    pub free: f64,
}

/// Draws the beats of a piece; `None` if there are fewer than 2.
pub fn draw(pulse: Pulse, random: &mut Random) -> Option<BeatGrid> {
    let Pulse { bpm, beats, beats_per_bar, pickup, start, free } = pulse;
    let curve = if random.random_bool(free) {
        match weighted(&[1.0, 1.0, 1.2], random) {
            0 => Curve::Ramp { change: random.random_range(-0.3..0.4) },
            1 => Curve::Step { at: random.random_range(0.25..0.75), ratio: random.random_range(0.72..1.4) },
            _ => Curve::Rubato { depth: random.random_range(0.03..0.16), beats: random.random_range(8.0..40.0) },
        }
    } else if random.random_bool(0.5) {
        Curve::Steady
    } else {
        Curve::Drift
    };
    let phase = random.random_range(0.0..std::f64::consts::TAU);
    let mut walk = 0.0f64;
    let mut time = start;
    let total = beats as f64;
    let beats = (0..beats)
        .map(|beat| {
            let now = time;
            let progress = beat as f64 / total;
            let factor = match curve {
                Curve::Steady => 1.0,
                Curve::Drift => 1.0 + walk,
                Curve::Ramp { change } => 1.0 + change * progress,
                Curve::Step { at, ratio } => {
                    let bar = (at * total / f64::from(beats_per_bar)).floor() * f64::from(beats_per_bar);
                    if (beat as f64) < bar { 1.0 } else { ratio }
                }
                Curve::Rubato { depth, beats } => {
                    1.0 + depth * (std::f64::consts::TAU * beat as f64 / beats + phase).sin() + 2.0 * walk
                }
            };
            walk = (0.96 * walk + 0.006 * gaussian(random)).clamp(-0.06, 0.06);
            time += 60.0 / (bpm * factor.clamp(FACTOR_RANGE.0, FACTOR_RANGE.1));
            let in_bar = (beat + usize::from(beats_per_bar - pickup)) % usize::from(beats_per_bar);
            Beat { time: now, position: in_bar as u8 + 1, beats_per_bar }
        })
        .collect();
    BeatGrid::new(beats)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn every_curve_advances_within_its_bounds() {
        let mut random = Random::seed_from_u64(5);
        for _ in 0..200 {
            let pulse = Pulse { bpm: 120.0, beats: 80, beats_per_bar: 4, pickup: 1, start: 0.5, free: 0.7 };
            let grid = draw(pulse, &mut random).unwrap();
            assert_eq!((grid.beats()[0].time, grid.beats()[0].position), (0.5, 4));
            assert_eq!(grid.beats()[1].position, 1);
            for pair in grid.beats().windows(2) {
                let bpm = 60.0 / (pair[1].time - pair[0].time);
                assert!((72.0 - 1e-9..=192.0 + 1e-9).contains(&bpm), "{bpm}");
            }
        }
    }
}
