//! The thread that keeps the input open, and the MIDI port with it.
//!
//! An input that vanishes, stalls or changes its rate is let go, said so, and opened again once it is back; what is heard then
//! begins anew, with an engine for whatever rate it has. The thread may wait for devices; nobody waits for it.

pub mod file;
pub mod probe;
mod stream;

use std::{
    io,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use attacca_engine::{BuildError, Settings};
use attacca_gui::Networks;
use serde::{Deserialize, Serialize};

use self::{
    file::{FileError, FilePlayer},
    stream::{Fault, Stream, StreamError},
};
use crate::{
    devices::{self, DeviceError},
    ear::{InputFormat, Listening, listen},
    midi_port::{MidiPort, MidiPortChoice},
    recorder::{RecordError, Recorder, RecorderSettings},
    report::Report,
    timing::{Order, Timing},
};

/// How often the thread looks after its input.
const PERIOD: Duration = Duration::from_millis(100);
/// How long it waits before it tries to open one again.
const RETRY: Duration = Duration::from_secs(1);
/// How long it waits before it tries to open a MIDI port again.
const PORT_RETRY: Duration = Duration::from_secs(3);
/// An input that gives nothing for so long has stalled: no buffer is that long.
const STALL: Duration = Duration::from_secs(2);

/// What to listen to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum InputChoice {
    /// Nothing.
    #[default]
    Nothing,
    /// A device.
    Device(DeviceChoice),
    /// A recording.
    File {
        /// Which.
        path: PathBuf,
        /// Whether it begins again when it has ended.
        repeat: bool,
        /// Whether it is heard as quickly as possible, and not as it sounds.
        fast: bool,
    },
}

/// A device, and how to open it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeviceChoice {
    /// Its id or a part of its name; `None` for the system's default.
    pub device: Option<String>,
    /// Channels to listen to, counted from 1; their mean is heard. Empty for all.
    pub channels: Vec<u16>,
    /// Frames in a buffer; `None` for what the device likes.
    pub buffer_frames: Option<u32>,
}

/// Why nothing is heard.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// No such device.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// It does not open.
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// The recording cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The engine does not take it.
    #[error("this input cannot be listened to: {0}")]
    Build(#[from] BuildError),
}

/// How the input does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InputStatus {
    /// The device's id, once it has been opened.
    pub device: Option<String>,
    /// Whether something is heard.
    pub is_open: bool,
    /// Why nothing is heard.
    pub trouble: Option<String>,
    /// Buffers that came too late or not at all, since the start.
    pub xruns: u64,
    /// Whether what is heard is recorded.
    pub is_recorded: bool,
}

/// What the thread works with.
#[derive(Clone)]
pub struct Means {
    /// The networks that listen.
    pub networks: Arc<Networks>,
    /// How they listen.
    pub settings: Arc<Mutex<Settings>>,
    /// Where it is sent from.
    pub timing: Arc<Timing>,
    /// Where notices go.
    pub reports: SyncSender<Report>,
    /// Set by the sending thread when its port has gone.
    pub port_lost: Arc<AtomicBool>,
}

enum Request {
    Listen(InputChoice),
    Record(RecorderSettings),
    Port(MidiPortChoice),
}

/// The thread, running until it is dropped.
pub struct Keeper {
    requests: Option<Sender<Request>>,
    status: Arc<Mutex<InputStatus>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Starts the thread, which listens to nothing yet.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn start(means: Means, port: MidiPortChoice, recorder: RecorderSettings) -> io::Result<Self> {
        let (requests, received) = channel();
        let status = Arc::<Mutex<InputStatus>>::default();
        let keeping = Keeping {
            means,
            status: Arc::clone(&status),
            choice: InputChoice::Nothing,
            source: None,
            retry_at: Instant::now(),
            port: PortKeeping::new(port),
            recorder,
            recording: None,
        };
        let thread =
            std::thread::Builder::new().name("attacca-input".to_owned()).spawn(move || keeping.run(&received))?;
        Ok(Self { requests: Some(requests), status, thread: Some(thread) })
    }

    /// Listens to this from now on.
    pub fn listen(&self, choice: InputChoice) {
        self.request(Request::Listen(choice));
    }

    /// Records from now on, or no longer; what is heard begins anew.
    pub fn record(&self, recorder: RecorderSettings) {
        self.request(Request::Record(recorder));
    }

    /// Sends MIDI here from now on.
    pub fn use_port(&self, port: MidiPortChoice) {
        self.request(Request::Port(port));
    }

    /// How the input does.
    pub fn status(&self) -> InputStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn request(&self, request: Request) {
        if let Some(requests) = &self.requests {
            // The thread only ends with this.
            let _ = requests.send(request);
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so, and is over as well.
            let _ = thread.join();
        }
    }
}

/// Where samples come from.
enum Source {
    Stream { stream: Stream, name: String, blocks: u64, moved_at: Instant },
    File { _player: FilePlayer },
}

struct PortKeeping {
    choice: MidiPortChoice,
    /// Whether the port that is open, or is not to be had, was asked for beside an input of JACK's.
    settled_with_jack: Option<bool>,
    /// Whether it was said that it does not open.
    is_said: bool,
    retry_at: Instant,
}

impl PortKeeping {
    fn new(choice: MidiPortChoice) -> Self {
        Self { choice, settled_with_jack: None, is_said: false, retry_at: Instant::now() }
    }
}

struct Keeping {
    means: Means,
    status: Arc<Mutex<InputStatus>>,
    choice: InputChoice,
    source: Option<Source>,
    retry_at: Instant,
    port: PortKeeping,
    recorder: RecorderSettings,
    recording: Option<Recorder>,
}

impl Keeping {
    fn run(mut self, requests: &Receiver<Request>) {
        loop {
            match requests.recv_timeout(PERIOD) {
                Ok(request) => self.obey(request),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.keep_port();
            self.keep_source();
        }
        self.let_go();
    }

    fn obey(&mut self, request: Request) {
        match request {
            Request::Listen(choice) => self.choice = choice,
            Request::Record(recorder) => self.recorder = recorder,
            Request::Port(port) => {
                self.port = PortKeeping::new(port);
                return;
            }
        }
        self.let_go();
        self.status(|status| (status.device, status.trouble) = (None, None));
        self.retry_at = Instant::now();
    }

    /// Opens what is to be open, and lets go what no longer gives anything.
    fn keep_source(&mut self) {
        if let Some(reason) = self.trouble() {
            self.let_go();
            self.notice(format!("{reason}. Attacca listens again when it is back."));
            self.status(|status| status.trouble = Some(reason));
            self.retry_at = Instant::now() + RETRY;
        }
        if self.source.is_some() || self.choice == InputChoice::Nothing || Instant::now() < self.retry_at {
            return;
        }
        match self.open() {
            Ok(source) => {
                self.source = Some(source);
                self.status(|status| (status.is_open, status.trouble) = (true, None));
            }
            Err(error) => {
                let text = error.to_string();
                let is_new = self.status(|status| status.trouble.replace(text.clone()).is_none());
                if is_new {
                    self.notice(text);
                }
                self.retry_at = Instant::now() + RETRY;
                if let InputError::File(_) = error {
                    self.choice = InputChoice::Nothing;
                    self.report(Report::Ended);
                }
            }
        }
    }

    fn open(&mut self) -> Result<Source, InputError> {
        match self.choice.clone() {
            InputChoice::Nothing => Err(DeviceError::None.into()),
            InputChoice::File { path, repeat, fast } => {
                let player = FilePlayer::open(&path)?;
                let listening = self.listen(player.format(), !fast)?;
                Ok(Source::File { _player: player.play(listening, repeat, fast)? })
            }
            InputChoice::Device(choice) => {
                // One that was open before is waited for, even if the system has another default by now.
                let device = self.status(|status| status.device.clone()).or(choice.device);
                let device = devices::find(device.as_deref())?;
                let opening = stream::Opening::new(&device, choice.buffer_frames)?;
                let format = opening.format(&device.name, &choice.channels);
                let listening = self.listen(format, true)?;
                let stream = opening.listen(listening)?;
                self.status(|status| status.device = Some(device.id.clone()));
                Ok(Source::Stream { stream, name: device.name, blocks: 0, moved_at: Instant::now() })
            }
        }
    }

    /// Builds an engine and hands its results to whoever sends them; gives the ear that the source needs.
    fn listen(&mut self, format: InputFormat, real_time: bool) -> Result<crate::ear::Ear, InputError> {
        let networks = self.means.networks.in_use();
        let settings = *self.means.settings.lock().unwrap_or_else(PoisonError::into_inner);
        let record = self.recorder.enabled;
        let Listening { ear, take, controller, recorded } =
            listen(format.clone(), networks, settings, real_time, record)?;
        self.means.networks.connect(controller);
        self.recording = None;
        if record {
            match Recorder::start(&self.recorder, &format, recorded, self.means.reports.clone()) {
                Ok((recorder, log)) => {
                    self.recording = Some(recorder);
                    self.report(Report::Log(Some(log)));
                }
                Err(error) => self.refuse_to_record(&error),
            }
        }
        let is_recorded = self.recording.is_some();
        self.status(|status| status.is_recorded = is_recorded);
        self.means.timing.order(Order::Take(Box::new(take)));
        Ok(ear)
    }

    fn refuse_to_record(&mut self, error: &RecordError) {
        self.recorder.enabled = false;
        self.notice(error.to_string());
    }

    /// What is wrong with the source, if anything is.
    fn trouble(&mut self) -> Option<String> {
        let Some(Source::Stream { stream, name, blocks, moved_at }) = &mut self.source else { return None };
        let heard = stream.blocks();
        if heard != *blocks {
            (*blocks, *moved_at) = (heard, Instant::now());
        }
        let stalled = (moved_at.elapsed() > STALL).then(|| format!("{name} gives nothing any more"));
        let (name, mut lost, mut notices, mut xruns) = (name.clone(), stalled, Vec::new(), 0);
        while let Some(fault) = stream.next_fault() {
            match fault {
                Fault::Xrun => xruns += 1,
                Fault::NoPriority(reason) => notices.push(format!(
                    "{name}: no real-time priority ({reason}): samples may be lost while the machine is busy. \
                     Install rtkit, or allow it in /etc/security/limits.d."
                )),
                Fault::Lost(reason) => lost = Some(format!("{name} is gone: {reason}")),
            }
        }
        notices.into_iter().for_each(|notice| self.notice(notice));
        self.status(|status| status.xruns += xruns);
        lost
    }

    /// Opens the MIDI port that is wanted, if it is not open.
    fn keep_port(&mut self) {
        if self.means.port_lost.swap(false, Ordering::Relaxed) {
            self.port.settled_with_jack = None;
        }
        let with_jack = self.status(|status| status.device.as_ref().is_some_and(|device| device.starts_with("jack:")));
        let waits = self.choice != InputChoice::Nothing && self.source.is_none();
        if self.port.settled_with_jack == Some(with_jack) || waits || Instant::now() < self.port.retry_at {
            return;
        }
        match MidiPort::open(&self.port.choice, with_jack) {
            Ok(port) => {
                (self.port.settled_with_jack, self.port.is_said) = (Some(with_jack), false);
                self.means.timing.order(Order::Port(port));
            }
            Err(error) => {
                // A port that somebody named may come, and JACK may be busy; a system that has none gets none.
                let gives_up = self.port.choice == MidiPortChoice::Automatic && !with_jack;
                self.port.settled_with_jack = gives_up.then_some(with_jack);
                self.port.retry_at = Instant::now() + PORT_RETRY;
                if !std::mem::replace(&mut self.port.is_said, true) {
                    self.notice(error.to_string());
                }
            }
        }
    }

    fn let_go(&mut self) {
        self.source = None;
        self.means.timing.order(Order::Silence);
        if self.recording.take().is_some() {
            self.report(Report::Log(None));
        }
        self.status(|status| (status.is_open, status.is_recorded) = (false, false));
    }

    fn status<T>(&self, change: impl FnOnce(&mut InputStatus) -> T) -> T {
        change(&mut self.status.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn notice(&self, text: String) {
        self.report(Report::Notice(text));
    }

    fn report(&self, report: Report) {
        // The reporter outlives this thread; without one there is nobody to tell.
        let _ = self.means.reports.send(report);
    }
}

/// A count that an audio thread makes larger.
#[derive(Clone, Debug, Default)]
struct Count(Arc<AtomicU64>);

impl Count {
    fn add_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
