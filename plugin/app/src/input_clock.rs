//! Which sample of the input sounds now, by the clock of this machine.
//!
//! Blocks come late by more or less, never early: the truth lies where the earliest ones say. The clock keeps the earliest of
//! the last seconds and moves towards it smoothly, so that what is timed by it does not jitter with the blocks.

use std::time::{Duration, Instant};

/// How long a block is remembered, in seconds, at least; twice as long at most. After samples were lost, the clock is right again
/// within that time. A device's clock drifts by less than 0.1 ms meanwhile.
const MEMORY_SECONDS: f64 = 1.0;
/// Time constant of the smoothing in seconds.
const SMOOTHING_SECONDS: f64 = 0.3;

/// Positions at instants, from the blocks that were heard.
#[derive(Clone, Debug)]
pub struct InputClock {
    sample_rate_hz: f64,
    begun: Option<Begun>,
}

#[derive(Clone, Copy, Debug)]
struct Begun {
    /// The first block.
    origin: Instant,
    /// When the last block came, in seconds since `origin`.
    newest: f64,
    /// Seconds from `origin` at which sample 0 sounded, smoothed.
    offset: f64,
    /// The least that a block of the present and of the last stretch said of it.
    earliest: [f64; 2],
    /// When the present stretch began.
    since: f64,
}

impl InputClock {
    /// A clock that has heard nothing yet.
    pub fn new(sample_rate_hz: u32) -> Self {
        Self { sample_rate_hz: f64::from(sample_rate_hz), begun: None }
    }

    /// A block ended with the sample before `position`, and came at `at`.
    pub fn hear(&mut self, position: u64, at: Instant) {
        let played = position as f64 / self.sample_rate_hz;
        let Some(begun) = &mut self.begun else {
            let earliest = [-played; 2];
            self.begun = Some(Begun { origin: at, newest: 0.0, offset: -played, earliest, since: 0.0 });
            return;
        };
        let now = at.saturating_duration_since(begun.origin).as_secs_f64();
        let offset = now - played;
        if now - begun.since > MEMORY_SECONDS {
            begun.earliest = [offset, begun.earliest[0]];
            begun.since = now;
        }
        begun.earliest[0] = begun.earliest[0].min(offset);
        let target = begun.earliest[0].min(begun.earliest[1]);
        begun.offset += (target - begun.offset) * (1.0 - (-(now - begun.newest) / SMOOTHING_SECONDS).exp());
        begun.newest = now;
    }

    /// The sample that sounds at `at`, with its fraction; `None` before a block was heard.
    pub fn position_at(&self, at: Instant) -> Option<f64> {
        let begun = self.begun?;
        let seconds = if at >= begun.origin {
            at.duration_since(begun.origin).as_secs_f64()
        } else {
            -begun.origin.duration_since(at).as_secs_f64()
        };
        Some(((seconds - begun.offset) * self.sample_rate_hz).max(0.0))
    }

    /// When a sample sounds; `None` before a block was heard.
    pub fn instant_of(&self, position: f64) -> Option<Instant> {
        let begun = self.begun?;
        let seconds = position / self.sample_rate_hz + begun.offset;
        let distance = Duration::try_from_secs_f64(seconds.abs()).ok()?;
        if seconds >= 0.0 { begun.origin.checked_add(distance) } else { begun.origin.checked_sub(distance) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE_HZ: u32 = 48_000;

    /// Blocks of 480 samples that come late by up to 8 ms; gives the clock and the instant of sample 0.
    fn heard(blocks: u64, lost: u64) -> (InputClock, Instant) {
        let begin = Instant::now() + Duration::from_secs(1);
        let mut clock = InputClock::new(RATE_HZ);
        let mut noise = 7u64;
        for block in 1..=blocks {
            noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let late = Duration::from_micros((noise >> 33) % 8000);
            let skipped = if block > blocks / 2 { lost } else { 0 };
            clock.hear(block * 480, begin + Duration::from_millis(10 * (block + skipped)) + late);
        }
        (clock, begin)
    }

    #[test]
    fn late_blocks_do_not_move_it() {
        let (clock, begin) = heard(500, 0);
        // Of 100 blocks in a second, the earliest of 8 ms of lateness is late by 0.1 ms on average.
        let position = clock.position_at(begin + Duration::from_secs(5)).unwrap();
        assert!((position - 240_000.0).abs() < 0.001 * 48_000.0, "{position}");
        let instant = clock.instant_of(position).unwrap();
        assert!(instant.duration_since(begin).abs_diff(Duration::from_secs(5)) < Duration::from_micros(10));
    }

    #[test]
    fn lost_samples_are_caught_up_with() {
        let (clock, begin) = heard(1000, 5);
        let position = clock.position_at(begin + Duration::from_millis(10_050)).unwrap();
        assert!((position - 480_000.0).abs() < 0.001 * 48_000.0, "{position}");
    }

    #[test]
    fn before_anything_was_heard_there_is_no_time() {
        let clock = InputClock::new(RATE_HZ);
        assert_eq!((clock.position_at(Instant::now()), clock.instant_of(1.0)), (None, None));
    }
}
