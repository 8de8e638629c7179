//! Times on a machine that others use too: many short batches of everything in turn, and the least of each.

use std::time::Instant;

/// How long a batch takes: short enough to fall between two interruptions, long against reading the clock.
const BATCH_NS: f64 = 100_000.0;

/// Batches of each contestant.
const ROUNDS: usize = 1000;

/// Something that is timed, and the least time that it took so far.
pub struct Contestant<'a> {
    /// Runs it as many times as it is told.
    run: Box<dyn FnMut(usize) + 'a>,
    repetitions: usize,
    least_ns: f64,
}

impl<'a> Contestant<'a> {
    /// Something that `run` does as many times as it is told.
    pub fn new(run: impl FnMut(usize) + 'a) -> Self {
        let mut contestant = Self { run: Box::new(run), repetitions: 1, least_ns: f64::INFINITY };
        loop {
            contestant.time();
            if contestant.least_ns * contestant.repetitions as f64 > BATCH_NS / 4.0 {
                break;
            }
            contestant.repetitions *= 2;
        }
        contestant.repetitions = ((BATCH_NS / contestant.least_ns) as usize).max(1);
        contestant.least_ns = f64::INFINITY;
        contestant
    }

    /// The least time of one repetition.
    pub fn least_ns(&self) -> f64 {
        self.least_ns
    }

    fn time(&mut self) {
        let start = Instant::now();
        (self.run)(self.repetitions);
        let elapsed_ns = start.elapsed().as_nanos() as f64;
        self.least_ns = self.least_ns.min(elapsed_ns / self.repetitions as f64);
    }

    /// Fills the caches anew after what ran before, then times a batch.
    fn take_turn(&mut self) {
        (self.run)(1);
        self.time();
    }
}

/// Times all contestants in turn, so that what disturbs one of them disturbs all.
pub fn compete<'a, 'b: 'a>(contestants: impl IntoIterator<Item = &'a mut Contestant<'b>>) {
    let mut contestants: Vec<_> = contestants.into_iter().collect();
    for _ in 0..ROUNDS {
        contestants.iter_mut().for_each(|contestant| contestant.take_turn());
    }
}
