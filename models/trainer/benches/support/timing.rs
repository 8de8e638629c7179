//! Times on a machine that others use too: many short batches of everything in turn, and the least of each.

use std::time::Instant;

/// How long a batch takes: short enough to fall between two interruptions, long against reading the clock.
const BATCH_NS: f64 = 100_000.0;

/// Batches of each contestant: enough that some fall into quiet moments of a machine whose caches are shared.
const ROUNDS: usize = 3000;

/// Runs something as many times as it is told.
pub type Run<'a> = Box<dyn FnMut(usize) + 'a>;

/// Something that is timed, and the least time that it took so far.
pub struct Contestant<'a> {
    /// The same several times, each in memory of its own: how fast a cache is depends on where its values lie.
    runs: Vec<Run<'a>>,
    repetitions: usize,
    least_ns: f64,
}

impl<'a> Contestant<'a> {
    /// Something that each of `runs`, at least one, does as many times as it is told.
    pub fn new(runs: Vec<Run<'a>>) -> Self {
        let mut contestant = Self { runs, repetitions: 1, least_ns: f64::INFINITY };
        loop {
            contestant.take_turn();
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

    /// Fills the caches anew after what ran before, then times a batch.
    fn take_turn(&mut self) {
        self.runs.rotate_left(1);
        let run = &mut self.runs[0];
        run(1);
        let start = Instant::now();
        run(self.repetitions);
        let elapsed_ns = start.elapsed().as_nanos() as f64;
        self.least_ns = self.least_ns.min(elapsed_ns / self.repetitions as f64);
    }
}

/// Times all contestants in turn, so that what disturbs one of them disturbs all.
pub fn compete<'a, 'b: 'a>(contestants: impl IntoIterator<Item = &'a mut Contestant<'b>>) {
    let mut contestants: Vec<_> = contestants.into_iter().collect();
    for _ in 0..ROUNDS {
        contestants.iter_mut().for_each(|contestant| contestant.take_turn());
    }
}
