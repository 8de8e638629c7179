//! Whether and where OSC is sent, as the audio thread, the window and the project need it.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use attacca_outputs::{
    OscSender, OscSettings,
    osc::{OscError, OscEvents},
};

/// The sender, if there is one.
#[derive(Debug)]
pub struct OscOutput {
    events: OscEvents,
    sending: AtomicBool,
    state: Mutex<(OscSettings, Option<OscSender>)>,
}

impl OscOutput {
    /// Sends nothing yet; takes what it will send from `events`.
    pub fn new(events: OscEvents) -> Self {
        Self { events, sending: AtomicBool::new(false), state: Mutex::default() }
    }

    /// Whether events are taken. Audio thread.
    pub fn is_sending(&self) -> bool {
        self.sending.load(Ordering::Relaxed)
    }

    /// Uses other settings, where they differ. Main, window or background thread.
    ///
    /// # Errors
    /// [`OscError`]; nothing is sent then.
    pub fn set(&self, settings: &OscSettings) -> Result<(), OscError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (used, sender) = &mut *state;
        if used == settings {
            return Ok(());
        }
        used.clone_from(settings);
        self.sending.store(false, Ordering::Relaxed);
        // The old one gives up the queue before the new one takes it.
        *sender = None;
        if settings.enabled {
            *sender = Some(OscSender::start(&settings.target, &self.events)?);
            self.sending.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}
