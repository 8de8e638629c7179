//! The threads that share the work of a step.
//!
//! candle spreads each of its operations over the threads of rayon, which gets in the way here: the operations of a step
//! are small, and the threads of a fit keep every core busy. So each worker is a pool of one thread, which is all that
//! the operations on it see. With them, a step takes half the time.

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

/// Threads with a pool of their own.
#[derive(Debug)]
pub(super) struct Workers {
    pools: Vec<ThreadPool>,
}

impl Workers {
    /// Starts `count` threads.
    pub(super) fn new(count: usize) -> Result<Self, ThreadPoolBuildError> {
        let pools = (0..count).map(|_| ThreadPoolBuilder::new().num_threads(1).build()).collect::<Result<_, _>>()?;
        Ok(Self { pools })
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.pools.len()
    }

    /// Does `work` on each item, the items spread over the workers in turn; the results in the items' order.
    pub(super) fn each<T: Sync, R: Send>(&self, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
        let (work, count) = (&work, self.count());
        let mut results = std::thread::scope(|scope| {
            let spawned = self.pools.iter().enumerate().map(|(worker, pool)| {
                scope.spawn(move || pool.install(|| items.iter().skip(worker).step_by(count).map(work).collect()))
            });
            let joined = |thread: std::thread::ScopedJoinHandle<'_, Vec<R>>| {
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)).into_iter()
            };
            spawned.collect::<Vec<_>>().into_iter().map(joined).collect::<Vec<_>>()
        });
        (0..items.len()).filter_map(|index| results[index % count].next()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_order_and_each_worker_has_one_thread() {
        let workers = Workers::new(3).unwrap();
        let items = (0..8).collect::<Vec<usize>>();
        let results = workers.each(&items, |item| (item * 10, rayon::current_num_threads()));
        assert_eq!(results, items.iter().map(|item| (item * 10, 1)).collect::<Vec<_>>());
    }
}
