//! MIDI by JACK: messages go over a wait-free queue to JACK's thread, which plays each at its frame.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use attacca_outputs::midi::MidiBytes;
use jack::{AsyncClient, Client, ClientOptions, Control, MidiOut, Port, ProcessHandler, ProcessScope, RawMidi};

/// Messages that may wait for JACK's thread.
const WAITING: usize = 1024;
/// What the lead has over JACK's period: how late the sending thread may be.
const MARGIN: Duration = Duration::from_millis(4);
/// JACK's thread has gone when it has not come by for so long.
const SILENCE: Duration = Duration::from_secs(1);

/// A message and when it is due.
#[derive(Clone, Copy, Debug)]
struct Timed {
    due: Instant,
    message: MidiBytes,
}

/// A port of our own in JACK, open until it is dropped.
pub struct JackPort {
    queue: rtrb::Producer<Timed>,
    periods: Arc<AtomicU64>,
    /// How many periods had passed when that was last looked at, and when they had last become more.
    seen: (u64, Instant),
    client: AsyncClient<(), Player>,
}

impl JackPort {
    /// Registers the port.
    ///
    /// # Errors
    /// Where JACK does not run or does not want another client.
    pub fn open() -> Result<Self, jack::Error> {
        jack::set_logger(jack::LoggerType::None);
        let (client, _) = Client::new(&super::CLIENT_NAME.to_lowercase(), ClientOptions::NO_START_SERVER)?;
        let port = client.register_port("midi", MidiOut::default())?;
        let (queue, messages) = rtrb::RingBuffer::new(WAITING);
        let periods = Arc::new(AtomicU64::new(0));
        let player = Player { messages, waiting: Vec::with_capacity(WAITING), port, periods: Arc::clone(&periods) };
        let client = client.activate_async((), player)?;
        Ok(Self { queue, periods, seen: (0, Instant::now()), client })
    }

    /// How long before a message is due JACK's thread wants to have it.
    pub fn lead(&self) -> Duration {
        let client = self.client.as_client();
        let period = f64::from(client.buffer_size()) / f64::from(client.sample_rate().max(1));
        Duration::from_secs_f64(period) + MARGIN
    }

    /// Hands a message over; says whether there was room.
    pub fn send(&mut self, message: MidiBytes, due: Instant) -> bool {
        self.queue.push(Timed { due, message }).is_ok()
    }

    /// Whether JACK's thread has come by lately.
    pub fn is_alive(&mut self) -> bool {
        let periods = self.periods.load(Ordering::Relaxed);
        if periods != self.seen.0 {
            self.seen = (periods, Instant::now());
        }
        self.seen.1.elapsed() < SILENCE
    }
}

impl Drop for JackPort {
    /// Lets JACK's thread play what was handed over: ends of notes, as a rule.
    fn drop(&mut self) {
        std::thread::sleep(2 * self.lead());
    }
}

/// Plays messages. JACK's thread: nothing is allocated.
struct Player {
    messages: rtrb::Consumer<Timed>,
    /// Those that are due in a later period, latest first.
    waiting: Vec<Timed>,
    port: Port<MidiOut>,
    periods: Arc<AtomicU64>,
}

impl ProcessHandler for Player {
    fn process(&mut self, client: &Client, scope: &ProcessScope) -> Control {
        self.periods.fetch_add(1, Ordering::Relaxed);
        while self.waiting.len() < self.waiting.capacity()
            && let Ok(message) = self.messages.pop()
        {
            // Equally late ones stay in the order in which they came.
            let place = self.waiting.partition_point(|waiting| waiting.due > message.due);
            self.waiting.insert(place, message);
        }
        let frames = scope.n_frames();
        let since = scope.cycle_times().map_or(0, |times| client.time().saturating_sub(times.current_usecs));
        let now = Instant::now();
        let begin = now.checked_sub(Duration::from_micros(since)).unwrap_or(now);
        let rate = f64::from(client.sample_rate());
        let mut writer = self.port.writer(scope);
        while let Some(&Timed { due, message }) = self.waiting.last() {
            let frame = due.saturating_duration_since(begin).as_secs_f64() * rate;
            if frame >= f64::from(frames)
                || writer.write(&RawMidi { time: frame as u32, bytes: message.as_slice() }).is_err()
            {
                break;
            }
            self.waiting.pop();
        }
        Control::Continue
    }
}
