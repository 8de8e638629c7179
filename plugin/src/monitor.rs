//! From the audio thread to the window: events and portraits one by one, and the newest state.
//!
//! The queues exist as long as the plugin does, so that a window survives a change of the sample rate. Nothing is queued
//! while no window is open.

use attacca_engine::{Event, Portrait, SamplePosition, Snapshot, models::Task};

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

/// Time spent in the audio callback as a share of the block's duration.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Load {
    /// Mean over about five seconds.
    pub mean: f32,
    /// The largest, forgotten within about five seconds.
    pub worst: f32,
    /// Blocks that took longer than they last.
    pub late_blocks: u64,
}

/// Time in which a load is forgotten.
const LOAD_SECONDS: f32 = 5.0;

impl Load {
    /// Takes in a block.
    pub fn add(&mut self, spent_seconds: f32, block_seconds: f32) {
        if block_seconds <= 0.0 {
            return;
        }
        let share = spent_seconds / block_seconds;
        let forget = (-block_seconds / LOAD_SECONDS).exp();
        self.mean = share + (self.mean - share) * forget;
        self.worst = share.max(self.worst * forget);
        self.late_blocks += u64::from(share > 1.0);
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_is_a_mean_and_a_worst_that_fades() {
        let mut load = Load::default();
        for _ in 0..5000 {
            load.add(0.001, 0.01);
        }
        assert!((load.mean - 0.1).abs() < 1e-3 && load.late_blocks == 0);
        load.add(0.02, 0.01);
        assert_eq!((load.worst, load.late_blocks), (2.0, 1));
        for _ in 0..1000 {
            load.add(0.001, 0.01);
        }
        assert!(load.worst < 0.3, "{load:?}");
    }
}
