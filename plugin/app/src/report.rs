//! The thread that says what was heard to whoever does not need it within a millisecond: standard output, the session's log,
//! OSC and browsers.

mod lines;

use std::{
    io::{self, Write},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread::JoinHandle,
    time::{Duration, SystemTime},
};

use attacca_engine::{Event, Snapshot, snapshot::BeatState};
use attacca_outputs::{osc::OscBundles, osc::TimedEvent};

pub use self::lines::{event_line, input_line};
use crate::{ear::InputFormat, web::Browsers};

/// Reports that may wait for the thread: minutes of music.
const WAITING: usize = 4096;

/// What is reported.
pub enum Report {
    /// From now on this is listened to; positions begin from 0.
    Input(InputFormat),
    /// Something happened in the music.
    Event {
        /// What.
        event: Event,
        /// When, by the clock of the day.
        happened: SystemTime,
    },
    /// A beat will fall.
    NextBeat {
        /// Which.
        beat: BeatState,
        /// How soon.
        until: Duration,
    },
    /// The newest state.
    State(Box<StateReport>),
    /// Something that the user should know.
    Notice(String),
    /// The file has been played to its end.
    Ended,
    /// Send OSC here from now on.
    Osc(Option<OscBundles>),
    /// Show browsers from now on, or none.
    Browsers(Option<Browsers>),
    /// Write events here from now on.
    Log(Option<Box<dyn Write + Send>>),
    /// There is nothing more to say.
    Close,
}

/// The newest state, as browsers show it.
#[derive(Clone, Copy, Debug)]
pub struct StateReport {
    /// The engine's snapshot.
    pub snapshot: Snapshot,
    /// Time until the next beat is predicted to fall, in seconds.
    pub until_next_beat_seconds: Option<f64>,
}

/// What the main thread is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Something that the user should know.
    Notice(String),
    /// The file has been played to its end.
    Ended,
    /// Nobody reads the standard output any more.
    Unread,
}

/// The thread, running until it is dropped; it then says what it still has to say.
#[derive(Debug)]
pub struct Reporter {
    reports: SyncSender<Report>,
    thread: Option<JoinHandle<()>>,
}

impl Reporter {
    /// Starts the thread; events are written to `out` as JSON lines where there is one. Gives what the main thread is told.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn start(out: Option<Box<dyn Write + Send>>) -> io::Result<(Self, Receiver<Told>)> {
        let (reports, received) = sync_channel(WAITING);
        let (told, teller) = sync_channel(WAITING);
        let run = move || {
            let saying = Saying { out, log: None, osc: None, browsers: None, sample_rate_hz: 1, told };
            saying.run(&received);
        };
        let thread = std::thread::Builder::new().name("attacca-report".to_owned()).spawn(run)?;
        Ok((Self { reports, thread: Some(thread) }, teller))
    }

    /// Where reports are handed over.
    pub fn sender(&self) -> SyncSender<Report> {
        self.reports.clone()
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        // A thread that is over takes nothing.
        let _ = self.reports.send(Report::Close);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Where everything goes.
struct Saying {
    out: Option<Box<dyn Write + Send>>,
    log: Option<Box<dyn Write + Send>>,
    osc: Option<OscBundles>,
    browsers: Option<Browsers>,
    sample_rate_hz: u32,
    told: SyncSender<Told>,
}

impl Saying {
    fn run(mut self, reports: &Receiver<Report>) {
        while let Ok(report) = reports.recv() {
            match report {
                Report::Close => break,
                Report::Osc(osc) => self.osc = osc,
                Report::Browsers(browsers) => self.browsers = browsers,
                Report::Log(log) => self.log = log,
                Report::Input(format) => {
                    self.sample_rate_hz = format.sample_rate_hz;
                    self.line(&input_line(&format));
                }
                Report::Event { event, happened } => {
                    self.line(&event_line(&event, self.sample_rate_hz));
                    if let Some(osc) = &mut self.osc {
                        osc.event(&TimedEvent { event, sample_rate_hz: self.sample_rate_hz }, happened);
                    }
                }
                Report::NextBeat { beat, until } => {
                    if let Some(osc) = &mut self.osc {
                        osc.next_beat(&beat, SystemTime::now(), until);
                    }
                }
                Report::State(state) => {
                    if let Some(browsers) = &mut self.browsers {
                        browsers.say(&lines::state_line(&state));
                    }
                }
                Report::Notice(text) => self.tell(Told::Notice(text)),
                Report::Ended => {
                    self.line(lines::END);
                    self.tell(Told::Ended);
                }
            }
        }
    }

    /// Writes a line to everybody who reads lines.
    fn line(&mut self, line: &str) {
        if let Some(browsers) = &mut self.browsers {
            browsers.say(line);
        }
        if self.out.as_mut().is_some_and(|out| write(out, line).is_err()) {
            self.out = None;
            self.tell(Told::Unread);
        }
        if let Some(Err(error)) = self.log.as_mut().map(|log| write(log, line)) {
            self.log = None;
            self.tell(Told::Notice(format!("The log of this session ends here, listening goes on: {error}")));
        }
    }

    fn tell(&self, told: Told) {
        // A main thread that has stopped looking has enough to show.
        let _ = self.told.try_send(told);
    }
}

fn write(out: &mut Box<dyn Write + Send>, line: &str) -> io::Result<()> {
    out.write_all(line.as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()
}
