//! Looks for an input with a signal: opens one after the other for a moment. A thread of its own.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    time::{Duration, Instant},
};

use attacca_engine::Settings;

use super::{InputError, stream::Opening};
use crate::{
    devices::{self, InputDevice},
    ear::listen,
};

/// How long each input is listened to: a beat of slow music.
const LISTENING: Duration = Duration::from_millis(700);
/// How often its level is read.
const PERIOD: Duration = Duration::from_millis(20);
/// What is louder is a signal and not a converter's noise, in dB relative to full scale.
pub const SIGNAL_DBFS: f32 = -60.0;
/// Inputs that may wait to be shown.
const WAITING: usize = 64;

/// An input, and how loud it is.
#[derive(Clone, Debug)]
pub struct Probed {
    /// The input.
    pub input: InputDevice,
    /// Its loudest 10 ms as a root mean square in dB relative to full scale, or why it does not open; `None` before it was
    /// listened to.
    pub level_dbfs: Option<Result<f32, String>>,
}

/// Listens to every input in turn until it is dropped. All are named first, then again one by one with their levels.
#[derive(Debug)]
pub struct Probe {
    probed: Receiver<Probed>,
    stop: Arc<AtomicBool>,
}

impl Probe {
    /// Begins. Where the system gives no thread there is nothing to be found.
    pub fn start() -> Self {
        let (sender, probed) = sync_channel(WAITING);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let run = move || look(&sender, &stopped);
        let _ = std::thread::Builder::new().name("attacca-probe".to_owned()).spawn(run);
        Self { probed, stop }
    }

    /// What was found next.
    pub fn next(&self) -> Option<Probed> {
        self.probed.try_recv().ok()
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn look(sender: &SyncSender<Probed>, stop: &AtomicBool) {
    let inputs = devices::inputs();
    for input in &inputs {
        // Whoever looked for inputs may have found one.
        let _ = sender.send(Probed { input: input.clone(), level_dbfs: None });
    }
    for input in inputs {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let level_dbfs = Some(level(&input).map_err(|error| error.to_string()));
        let _ = sender.send(Probed { input, level_dbfs });
    }
}

/// Listens for a moment, without any network.
fn level(input: &InputDevice) -> Result<f32, InputError> {
    let opening = Opening::new(input, None)?;
    let listening = listen(opening.format(&input.name, &[]), Vec::new(), Settings::default(), true, false)?;
    let mut reader = listening.take.reader;
    let stream = opening.listen(listening.ear)?;
    let begin = Instant::now();
    let mut loudest = f32::NEG_INFINITY;
    while begin.elapsed() < LISTENING {
        std::thread::sleep(PERIOD);
        while let Some(snapshot) = reader.next_recorded_snapshot() {
            loudest = loudest.max(snapshot.level_dbfs);
        }
    }
    drop(stream);
    Ok(loudest)
}
