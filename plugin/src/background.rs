//! A thread for what is too slow for the audio thread: reading weights, opening sockets.
//!
//! The framework has a worker too, but all instances share it, and it ends for good when it comes to work of an instance
//! that has been closed; closing the last instance then aborts the host. Hence one for each instance, and [`drain`] for the
//! work that the framework itself gives its worker.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread::{self, JoinHandle, Thread},
    time::Duration,
};

use nice_plug::prelude::AsyncExecutor;

use crate::Attacca;

/// The only work that is given to the framework's worker: to tell that it has come so far.
#[derive(Debug)]
pub struct Mark {
    reached: mpsc::SyncSender<()>,
}

impl Mark {
    /// Tells that the worker has come so far.
    pub fn reach(self) {
        // Whoever set the mark may have stopped waiting.
        let _ = self.reached.try_send(());
    }
}

/// Attempts to set a mark, and how long one is waited for: the worker's queue may be full, but is emptied in no time.
const ATTEMPTS: usize = 20;
const PATIENCE: Duration = Duration::from_millis(500);

/// How long the worker is given to let go of the instance after it has reached a mark: nothing tells when it has, and until
/// then it might be the one that closes the instance, and wait for itself to end.
const LETTING_GO: Duration = Duration::from_millis(20);

/// Waits until the framework's worker has done everything that it was given so far. Main thread.
pub fn drain(executor: &AsyncExecutor<Attacca>) {
    for _ in 0..ATTEMPTS {
        let (sender, receiver) = mpsc::sync_channel(1);
        executor.execute_background(Mark { reached: sender });
        match receiver.recv_timeout(PATIENCE) {
            // The mark was dropped, since there was no room for it.
            Err(mpsc::RecvTimeoutError::Disconnected) => thread::sleep(PATIENCE / 100),
            Ok(()) => return thread::sleep(LETTING_GO),
            Err(mpsc::RecvTimeoutError::Timeout) => return,
        }
    }
}

/// How long what is to be done waits at most. Nobody has to wake the thread: that would be a system call of the audio
/// thread's.
const PERIOD: Duration = Duration::from_millis(50);

/// Looks for work time and again, and ends when it is dropped.
#[derive(Debug)]
pub struct Background {
    ending: Arc<AtomicBool>,
    thread: Thread,
    handle: Option<JoinHandle<()>>,
}

impl Background {
    /// A thread that calls `work` twenty times a second.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn start(mut work: impl FnMut() + Send + 'static) -> io::Result<Self> {
        let ending = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&ending);
        let handle = thread::Builder::new().name("attacca-background".to_owned()).spawn(move || {
            while !told.load(Ordering::Acquire) {
                work();
                thread::park_timeout(PERIOD);
            }
        })?;
        Ok(Self { ending, thread: handle.thread().clone(), handle: Some(handle) })
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::Release);
        self.thread.unpark();
        if let Some(handle) = self.handle.take() {
            // A thread that panicked has said so, and is over as well.
            let _ = handle.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use super::*;

    #[test]
    fn it_works_again_and_again_and_ends_when_dropped() {
        let (sender, receiver) = mpsc::channel();
        let background = Background::start(move || sender.send(()).unwrap_or_default()).unwrap();
        for _ in 0..3 {
            receiver.recv_timeout(Duration::from_secs(10)).unwrap();
        }
        drop(background);
        // The thread has ended: nothing can be sent any more, once what was sent is taken.
        while receiver.try_recv().is_ok() {}
        assert_eq!(receiver.try_recv(), Err(mpsc::TryRecvError::Disconnected));
    }
}
