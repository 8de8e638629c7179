//! What somebody who listens says of the beat, as belief: it moves probability, and the music may contradict it.

use super::{BeatFilter, LOST, MINIMUM_PERIOD_FRAMES};

impl BeatFilter {
    /// Takes twice the tempo for what was believed: a state becomes the one at half its period.
    pub fn double_tempo(&mut self) {
        self.move_all(|period, position| {
            let half = period / 2;
            [Some((half, position % half.max(1))), None]
        });
    }

    /// Takes half the tempo for what was believed: the last beat may have been either of two.
    pub fn halve_tempo(&mut self) {
        self.move_all(|period, position| [Some((2 * period, position)), Some((2 * period, position + period))]);
    }

    /// Believes, with the weight of everything that was believed so far, that the last beat was `position_frames` ago (up to
    /// two frames more or less) at a period of `period_frames` (up to 4 % more or less).
    pub fn believe(&mut self, period_frames: f32, position_frames: f32) {
        let mut total = 0.0;
        self.spare.fill(0.0);
        for (index, ring) in self.rings.iter().enumerate() {
            let period = ring.period as f32;
            let deviations = (period / period_frames).ln() / 0.04;
            if deviations.abs() > 2.0 || self.preferred[index] == 0.0 {
                continue;
            }
            for (position, spare) in self.spare[ring.start..ring.start + ring.period].iter_mut().enumerate() {
                let distance = (position as f32 - position_frames).rem_euclid(period);
                let frames = distance.min(period - distance) / 2.0;
                *spare = (-0.5 * (deviations * deviations + frames * frames)).exp();
                total += *spare;
            }
        }
        if total <= 0.0 {
            return;
        }
        self.write_all();
        for ring in &self.rings {
            for position in 0..ring.period {
                let element = ring.start + (ring.head + position) % ring.period;
                self.values[element] += self.spare[ring.start + position] / total;
            }
        }
        self.settle();
    }

    /// Moves the probability of every state to those that `targets` names for its period and position, in equal parts.
    /// What has no target among the states is forgotten; nothing is done where that would be all.
    fn move_all(&mut self, targets: impl Fn(usize, usize) -> [Option<(usize, usize)>; 2]) {
        self.write_all();
        self.spare.fill(0.0);
        let mut moved = 0.0;
        for ring in &self.rings {
            for position in 0..ring.period {
                let value = self.values[ring.start + (ring.head + position) % ring.period];
                let targets = targets(ring.period, position);
                let share = value / targets.iter().flatten().count().max(1) as f32;
                for &(period, position) in targets.iter().flatten() {
                    let known = period.checked_sub(MINIMUM_PERIOD_FRAMES).and_then(|index| self.rings.get(index));
                    if let Some(target) = known {
                        self.spare[target.start + (target.head + position) % target.period] += share;
                        moved += share;
                    }
                }
            }
        }
        if moved > LOST {
            std::mem::swap(&mut self.values, &mut self.spare);
            self.settle();
        }
    }
}
