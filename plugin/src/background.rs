//! A thread for what is too slow for the audio thread: reading weights, opening sockets.
//!
//! The framework has a worker too, but all instances share it, and it ends for good when it is handed work of an instance
//! that has just been closed; closing the last instance then aborts the host. Hence one for each instance.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle, Thread},
};

/// Does work whenever it is woken, and ends when it is dropped.
pub struct Background {
    ending: Arc<AtomicBool>,
    thread: Thread,
    handle: Option<JoinHandle<()>>,
}

impl Background {
    /// A thread that calls `work` after each [`Background::wake`].
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn start(mut work: impl FnMut() + Send + 'static) -> io::Result<Self> {
        let ending = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&ending);
        let handle = thread::Builder::new().name("attacca-background".to_owned()).spawn(move || {
            while !told.load(Ordering::Acquire) {
                thread::park();
                work();
            }
        })?;
        Ok(Self { ending, thread: handle.thread().clone(), handle: Some(handle) })
    }

    /// Has the work done soon. Audio thread: never waits.
    pub fn wake(&self) {
        self.thread.unpark();
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
    fn it_works_when_woken_and_ends_when_dropped() {
        let (sender, receiver) = mpsc::channel();
        let background = Background::start(move || sender.send(()).unwrap_or_default()).unwrap();
        background.wake();
        receiver.recv_timeout(Duration::from_secs(10)).unwrap();
        drop(background);
        // The thread has ended: nothing can be sent any more, once what was sent is taken.
        while receiver.try_recv().is_ok() {}
        assert_eq!(receiver.try_recv(), Err(mpsc::TryRecvError::Disconnected));
    }
}
