//! From the audio thread to the window: events and portraits one by one, and the newest state.
//!
//! The queues exist as long as the plugin does, so that a window survives a change of the sample rate. Nothing is queued
//! while no window is open.

use attacca_engine::{Event, Portrait, SamplePosition, Snapshot, models::Task};
use attacca_gui::Load;

/// Ten seconds of portraits: a window that is not drawn for longer misses the rest.
const PORTRAITS: usize = 1000;
const EVENTS: usize = 1024;

/// What the window needs beside events and portraits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Status {
    /// The engine's newest snapshot.
    pub snapshot: Snapshot,
    /// Samples processed.
    pub now: SamplePosition,
    /// Sample rate of the input in Hz; 0 before audio runs.
    pub sample_rate_hz: u32,
    /// Samples in the newest block.
    pub block_samples: u32,
    /// What listening costs.
    pub load: Load,
    /// Latency of each of [`Task::ALL`] in samples.
    pub latencies_samples: [u32; Task::ALL.len()],
    /// Samples by which the activations of each of [`Task::ALL`] lie behind the snapshot's position.
    pub activation_delays_samples: [u64; Task::ALL.len()],
    /// Events that OSC or the window could not take.
    pub unsent_events: u64,
}

/// The audio thread's end.
#[derive(Debug)]
pub struct MonitorSender {
    events: rtrb::Producer<Event>,
    portraits: rtrb::Producer<Portrait>,
    status: triple_buffer::Input<Status>,
}

/// The window's end.
#[derive(Debug)]
pub struct Monitor {
    events: rtrb::Consumer<Event>,
    portraits: rtrb::Consumer<Portrait>,
    status: triple_buffer::Output<Status>,
}

/// A pair of ends.
pub fn monitor() -> (MonitorSender, Monitor) {
    let (event_sender, events) = rtrb::RingBuffer::new(EVENTS);
    let (portrait_sender, portraits) = rtrb::RingBuffer::new(PORTRAITS);
    let (status_sender, status) = triple_buffer::triple_buffer(&Status::default());
    let sender = MonitorSender { events: event_sender, portraits: portrait_sender, status: status_sender };
    (sender, Monitor { events, portraits, status })
}

impl MonitorSender {
    /// Shows an event; says whether there was room.
    pub fn event(&mut self, event: Event) -> bool {
        self.events.push(event).is_ok()
    }

    /// Shows a portrait; one for which there is no room is not missed.
    pub fn portrait(&mut self, portrait: Portrait) {
        let _ = self.portraits.push(portrait);
    }

    /// Shows the newest state.
    pub fn status(&mut self, status: Status) {
        self.status.write(status);
    }
}

impl Monitor {
    /// The next event.
    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop().ok()
    }

    /// The next portrait.
    pub fn next_portrait(&mut self) -> Option<Portrait> {
        self.portraits.pop().ok()
    }

    /// The newest state.
    pub fn status(&mut self) -> Status {
        *self.status.read()
    }
}
