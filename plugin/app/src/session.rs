//! Everything at work: the threads and what they share. Owned by the main thread, with a window or without.
//!
//! ```text
//! input (keeper thread) ─► audio thread: Ear ─► engine ─► timing thread ─► MIDI port
//!                                          │                 ├─► feed ─► window
//!                                          │                 └─► report thread ─► standard output, log, OSC, browsers
//!                                          └─► recorder thread ─► WAV
//! ```

use std::{
    io::{self, Write},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::AtomicBool,
        mpsc::{Receiver, SyncSender},
    },
};

use attacca_engine::{Command, Settings};
use attacca_gui::Networks;
use attacca_outputs::{
    MidiSettings, OscSettings,
    osc::{OscBundles, OscError},
};

use crate::{
    configuration::Configuration,
    feed::{Feed, feed},
    input::{InputChoice, InputStatus, Keeper, Means},
    midi_port::MidiPortChoice,
    recorder::RecorderSettings,
    report::{Report, Reporter, Told},
    timing::{Order, Timing},
    web::{WebError, WebServer, WebSettings},
};

/// The threads. They end in this order when it is dropped: no more samples, no more notes, no more words.
pub struct Session {
    keeper: Keeper,
    timing: Arc<Timing>,
    web: Option<WebServer>,
    networks: Arc<Networks>,
    settings: Arc<Mutex<Settings>>,
    reports: SyncSender<Report>,
    feed: Feed,
    told: Receiver<Told>,
    _reporter: Reporter,
}

impl Session {
    /// Starts everything that is configured, listening to nothing yet; events are written to `out` as JSON lines where there is
    /// one. What cannot be started is said by [`Session::next_told`].
    ///
    /// # Errors
    /// Where the system gives no threads.
    pub fn start(configuration: &Configuration, out: Option<Box<dyn Write + Send>>) -> io::Result<Self> {
        let networks = Arc::new(Networks::default());
        networks.restore(&configuration.weights.files, configuration.weights.slot);
        let settings = Arc::new(Mutex::new(configuration.listening));
        let (reporter, told) = Reporter::start(out)?;
        let reports = reporter.sender();
        let (feed_sender, feed) = feed();
        let port_lost = Arc::new(AtomicBool::new(false));
        let midi = &configuration.midi;
        let lost = Arc::clone(&port_lost);
        let timing = Arc::new(Timing::start(midi.messages, midi.clock, reports.clone(), feed_sender, lost)?);
        let means = Means {
            networks: Arc::clone(&networks),
            settings: Arc::clone(&settings),
            timing: Arc::clone(&timing),
            reports: reports.clone(),
            port_lost,
        };
        let keeper = Keeper::start(means, midi.port.clone(), configuration.record.clone())?;
        let mut session =
            Self { keeper, timing, web: None, networks, settings, reports, feed, told, _reporter: reporter };
        if let Err(error) = session.send_osc(&configuration.osc) {
            session.notice(error.to_string());
        }
        if let Err(error) = session.serve(&configuration.web) {
            session.notice(error.to_string());
        }
        Ok(session)
    }

    /// Listens to this from now on.
    pub fn listen(&self, choice: InputChoice) {
        self.keeper.listen(choice);
    }

    /// How the input does.
    pub fn input(&self) -> InputStatus {
        self.keeper.status()
    }

    /// What there is to show.
    pub fn feed(&self) -> &Feed {
        &self.feed
    }

    /// The networks that listen.
    pub fn networks(&self) -> &Networks {
        &self.networks
    }

    /// What the user is to be told next.
    pub fn next_told(&self) -> Option<Told> {
        self.told.try_recv().ok()
    }

    /// Where what the user is told comes from, to wait for it.
    pub fn told(&self) -> &Receiver<Told> {
        &self.told
    }

    /// Tells the user something.
    pub fn notice(&self, text: String) {
        // The reporter ends with this.
        let _ = self.reports.send(Report::Notice(text));
    }

    /// Asks the engine.
    pub fn command(&self, command: Command) {
        if let Err(error) = self.networks.send(command) {
            self.notice(format!("Nothing happens while nothing is heard: {error}"));
        }
    }

    /// Listens in another way.
    pub fn set(&self, settings: Settings) {
        *self.settings.lock().unwrap_or_else(PoisonError::into_inner) = settings;
        self.command(Command::Settings(settings));
    }

    /// Sends other MIDI messages.
    pub fn send_midi(&self, settings: MidiSettings) {
        self.timing.order(Order::Midi(settings));
    }

    /// Sends a MIDI clock, or none.
    pub fn send_clock(&self, clock: bool) {
        self.timing.order(Order::Clock(clock));
    }

    /// Sends MIDI to another port.
    pub fn use_port(&self, port: MidiPortChoice) {
        self.keeper.use_port(port);
    }

    /// Ends every note that sounds.
    pub fn end_notes(&self) {
        self.timing.order(Order::EndNotes);
    }

    /// Sends OSC elsewhere, or not at all.
    ///
    /// # Errors
    /// [`OscError`]; nothing is sent then.
    pub fn send_osc(&self, settings: &OscSettings) -> Result<(), OscError> {
        let bundles = if settings.enabled { OscBundles::connect(&settings.target).map(Some) } else { Ok(None) };
        let (bundles, result) = match bundles {
            Ok(bundles) => (bundles, Ok(())),
            Err(error) => (None, Err(error)),
        };
        let _ = self.reports.send(Report::Osc(bundles));
        result
    }

    /// Serves browsers elsewhere, or not at all.
    ///
    /// # Errors
    /// [`WebError`]; none is served then.
    pub fn serve(&mut self, settings: &WebSettings) -> Result<(), WebError> {
        // The old one gives up its address before the new one takes it.
        self.web = None;
        let server = if settings.enabled { WebServer::start(settings).map(Some) } else { Ok(None) };
        let result = server.map(|server| self.web = server);
        let _ = self.reports.send(Report::Browsers(self.web.as_ref().map(WebServer::browsers)));
        result
    }

    /// Where browsers find the page.
    pub fn url(&self) -> Option<String> {
        self.web.as_ref().map(WebServer::url)
    }

    /// Records from now on, or no longer; what is heard begins anew.
    pub fn record(&self, settings: RecorderSettings) {
        self.keeper.record(settings);
    }
}
