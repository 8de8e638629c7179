//! From the sending thread to the window: events and portraits one by one, and the newest state. Nothing waits for a window.

use std::sync::{
    Arc, Mutex, PoisonError,
    mpsc::{Receiver, SyncSender, sync_channel},
};

use attacca_engine::{Event, Portrait, SamplePosition, Snapshot};

use crate::ear::{InputFormat, Mark};

/// Ten seconds of portraits, and the events among them: a window that is not drawn for longer misses the rest.
const SHOWN: usize = 1200;

/// What the window is told of one by one.
#[derive(Clone, Debug)]
pub enum Shown {
    /// An event.
    Event(Event),
    /// A portrait; one is seldom alone, and is not worth a box of its own.
    Portrait(Box<Portrait>),
    /// Everything begins anew: another input.
    Input,
}

/// The newest state.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// What is listened to.
    pub input: Option<InputFormat>,
    /// The engine's newest snapshot.
    pub snapshot: Snapshot,
    /// Where the input is now.
    pub now: SamplePosition,
    /// The newest block.
    pub mark: Mark,
    /// Samples by which the activations of each task lie behind the snapshot's position.
    pub activation_delays_samples: [u64; attacca_engine::models::Task::ALL.len()],
    /// Messages that the MIDI port did not take.
    pub unsent_midi: u64,
    /// Events that found no room on their way.
    pub unsent_events: u64,
}

/// The sending thread's end.
#[derive(Clone, Debug)]
pub struct FeedSender {
    shown: SyncSender<Shown>,
    status: Arc<Mutex<Status>>,
}

/// The window's end.
#[derive(Debug)]
pub struct Feed {
    shown: Receiver<Shown>,
    status: Arc<Mutex<Status>>,
}

/// A pair of ends.
pub fn feed() -> (FeedSender, Feed) {
    let (sender, shown) = sync_channel(SHOWN);
    let status = Arc::<Mutex<Status>>::default();
    (FeedSender { shown: sender, status: Arc::clone(&status) }, Feed { shown, status })
}

impl FeedSender {
    /// Shows something, if there is a window that looks.
    pub fn show(&self, shown: Shown) {
        let _ = self.shown.try_send(shown);
    }

    /// Shows another state, unless the window is reading the last one just now.
    pub fn status(&self, change: impl FnOnce(&mut Status)) {
        if let Ok(mut status) = self.status.try_lock() {
            change(&mut status);
        }
    }
}

impl Feed {
    /// What there is to show next.
    pub fn next(&self) -> Option<Shown> {
        self.shown.try_recv().ok()
    }

    /// The newest state.
    pub fn status(&self) -> Status {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
