//! How a bar is divided.

use rand::Rng;

use super::{Random, pick, weighted};

/// Metre, subdivision and swing of a piece.
#[derive(Clone, Debug, PartialEq)]
pub struct Feel {
    /// Beats in a bar, 2 to 7.
    pub beats_per_bar: u8,
    /// Equal steps in a beat: 2, 3 or 4.
    pub steps_per_beat: u8,
    /// Where the second step of a pair lies within the pair: 0.5 is straight, 0.667 swung as triplets.
    pub swing: f64,
    /// Beats of the groups that a bar falls into, such as 3 + 2.
    pub groups: Vec<u8>,
}

impl Feel {
    /// Draws a feel for a metre.
    pub fn draw(beats_per_bar: u8, random: &mut Random) -> Self {
        let steps_per_beat = [2, 3, 4][weighted(&[0.35, 0.2, 0.45], random)];
        let swing = match steps_per_beat {
            3 => 0.5,
            _ if random.random_bool(0.7) => 0.5,
            2 => random.random_range(0.56..0.69),
            _ => random.random_range(0.52..0.64),
        };
        let groups: &[u8] = match beats_per_bar {
            4 => &[2, 2],
            5 => pick(&[&[3, 2], &[2, 3]], random),
            6 => pick(&[&[3, 3], &[2, 2, 2]], random),
            7 => pick(&[&[2, 2, 3], &[3, 2, 2], &[4, 3]], random),
            other => &[other],
        };
        Self { beats_per_bar, steps_per_beat, swing, groups: groups.to_vec() }
    }

    /// Steps in a bar.
    pub fn steps(&self) -> usize {
        usize::from(self.beats_per_bar) * usize::from(self.steps_per_beat)
    }

    /// The position of a step in beats from the bar's start, swing included.
    pub fn beat_of_step(&self, step: usize) -> f64 {
        let late = if self.steps_per_beat.is_multiple_of(2) && step % 2 == 1 { 2.0 * self.swing - 1.0 } else { 0.0 };
        (step as f64 + late) / f64::from(self.steps_per_beat)
    }

    /// Whether a step falls on a beat.
    pub fn on_beat(&self, step: usize) -> bool {
        step.is_multiple_of(usize::from(self.steps_per_beat))
    }

    /// First beats of the groups.
    pub fn group_starts(&self) -> Vec<u8> {
        let ends = self.groups.iter().scan(0, |sum, group| {
            let start = *sum;
            *sum += group;
            Some(start)
        });
        ends.collect()
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn groups_fill_the_bar() {
        let mut random = Random::seed_from_u64(3);
        for beats in 2..=7 {
            for _ in 0..20 {
                let feel = Feel::draw(beats, &mut random);
                assert_eq!(feel.groups.iter().sum::<u8>(), beats);
                assert_eq!(feel.group_starts()[0], 0);
            }
        }
    }

    #[test]
    fn swing_delays_every_second_step() {
        let feel = Feel { beats_per_bar: 4, steps_per_beat: 2, swing: 2.0 / 3.0, groups: vec![4] };
        assert_eq!(feel.beat_of_step(2), 1.0);
        assert!((feel.beat_of_step(3) - (1.0 + 2.0 / 3.0)).abs() < 1e-12);
    }
}
