//! The audio thread's half: samples in, events out.
//!
//! Everything here runs on the audio thread. It never allocates, frees, locks, blocks, logs, panics or makes a system
//! call, and its cost for a second of audio does not depend on how the audio is cut. What is done of a hop's work, and what
//! is said, depends on nothing but the samples heard: that is why events are bit-identical for every split into blocks.

use attacca_models::Task;

use crate::{
    command::Command,
    controller::Message,
    event::Event,
    graph::Graph,
    input::Input,
    listener::Listener,
    portrait::Portrait,
    queue::{Consumer, Producer},
    settings::Settings,
    snapshot::Snapshot,
    time::SamplePosition,
};

/// Turns samples into events; see the crate's documentation for the three thread roles.
#[derive(Debug)]
pub struct Processor {
    input: Input,
    listener: Listener,
}

/// What the processor takes from and gives back to the controller.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub messages: Consumer<Message>,
    pub returned: Producer<Box<Graph>>,
}

/// Where results go.
#[derive(Debug)]
pub(crate) struct Outputs {
    pub events: Producer<Event>,
    pub newest: triple_buffer::Input<Snapshot>,
    pub recorded: Option<Producer<Snapshot>>,
    pub portraits: Option<Producer<Portrait>>,
}

impl Processor {
    pub(crate) fn new(input: Input, graph: Box<Graph>, exchange: Exchange, outputs: Outputs) -> Self {
        let listener = Listener::new(graph, exchange, outputs, &input);
        Self { input, listener }
    }

    /// Processes interleaved samples: frames of one sample for each channel. A last incomplete frame is ignored.
    #[cfg_attr(realtime_sanitizer, sanitize(realtime = "nonblocking"))]
    pub fn process_interleaved(&mut self, samples: &[f32]) {
        let Self { input, listener } = self;
        without_denormals(|| {
            listener.take_messages(input);
            let mut rest = samples;
            while input.hear_interleaved(&mut rest) {
                listener.work(input);
            }
        });
    }

    /// Processes planar samples: one slice for each channel, all as long as the shortest.
    #[cfg_attr(realtime_sanitizer, sanitize(realtime = "nonblocking"))]
    pub fn process_planar(&mut self, channels: &[&[f32]]) {
        let Self { input, listener } = self;
        without_denormals(|| {
            listener.take_messages(input);
            let mut heard = 0;
            while input.hear_planar(channels, &mut heard) {
                listener.work(input);
            }
        });
    }

    /// Carries out a command before the next hop, for whoever has the audio thread's half in hand. Others use
    /// [`Controller::send`](crate::Controller::send). More commands within a hop than anybody gives are dropped, and counted
    /// in [`Health::dropped_commands`](crate::snapshot::Health::dropped_commands).
    #[cfg_attr(realtime_sanitizer, sanitize(realtime = "nonblocking"))]
    pub fn command(&mut self, command: Command) {
        let Self { input, listener } = self;
        without_denormals(|| listener.command(command, input));
    }

    /// Samples processed since the beginning or the last reset.
    #[cfg_attr(realtime_sanitizer, sanitize(realtime = "nonblocking"))]
    pub fn position(&self) -> SamplePosition {
        self.input.position()
    }

    /// What was set last, or is about to be.
    #[cfg_attr(realtime_sanitizer, sanitize(realtime = "nonblocking"))]
    pub fn settings(&self) -> &Settings {
        self.listener.wanted_settings()
    }

    /// The longest time between an event and its report, in samples of the input, over all tasks.
    #[cfg_attr(realtime_sanitizer, sanitize(realtime = "nonblocking"))]
    pub fn latency_samples(&self) -> u32 {
        Task::ALL.into_iter().map(|task| self.task_latency_samples(task)).max().unwrap_or(0)
    }

    /// The longest time between an event of one task and its report, in samples of the input; 0 for a task without a
    /// network. The beat decoder keeps to it while it is locked on; a beat it changes its mind about may come later.
    #[cfg_attr(realtime_sanitizer, sanitize(realtime = "nonblocking"))]
    pub fn task_latency_samples(&self, task: Task) -> u32 {
        self.listener.latency_samples(task)
    }
}

/// Number of samples in a number of 10 ms frames.
pub(crate) fn frames_to_samples(frames: f64, sample_rate_hz: u32) -> f64 {
    frames * f64::from(sample_rate_hz) / f64::from(attacca_models::front_end::FRAMES_PER_SECOND)
}

/// Runs `work` with denormal numbers flushed to zero: recursive filters and recurrent networks decay into them, and
/// each would cost a hundred times an ordinary number.
fn without_denormals(work: impl FnOnce()) {
    // SAFETY: the function is unsafe since Rust leaves floating-point results under a changed control register
    // unspecified. Every operation inside is ordinary arithmetic whose result is right with or without denormals, and
    // the register is restored before returning.
    unsafe { no_denormals::no_denormals(work) }
}
