//! Open Sound Control over UDP.
//!
//! | address | arguments |
//! | --- | --- |
//! | `/attacca/onset` | band (`low`, `mid`, `high`), strength 0 to 1, confidence 0 to 1 |
//! | `/attacca/beat` | beat in the bar from 1, beats in the bar, tempo in BPM, confidence |
//! | `/attacca/voice` | 1 while somebody sings, else 0; confidence |
//! | `/attacca/chord` | label in Harte's syntax (`N` for none), confidence; again as `C:maj/3` once its bass is clear |
//! | `/attacca/key` | label such as `A:min`, confidence |
//!
//! Each message is one packet, sent as soon as it is known; the last argument of each is how many seconds ago the event
//! happened. [`OscBundles`] are sent by whoever has a thread to spare; an [`OscSender`] has a thread of its own, which is handed events over a wait-free queue and looks for them
//! every two milliseconds. Messages are lost, and counted, where the network does not take them.

mod bundles;

use std::{
    net::{ToSocketAddrs, UdpSocket},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use attacca_engine::{Event, EventKind};
use rosc::{OscMessage, OscPacket, OscType, encoder};

pub use self::bundles::OscBundles;

/// How long the thread sleeps when there is nothing to send.
const IDLE: Duration = Duration::from_millis(2);

/// Events that wait for the thread at most.
const CAPACITY: usize = 1024;

/// An event, and what its samples are worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimedEvent {
    /// The event.
    pub event: Event,
    /// Samples a second of its positions.
    pub sample_rate_hz: u32,
}

/// The end of a queue from which events are sent. It outlives the senders, one of which may take from it at a time.
#[derive(Clone, Debug)]
pub struct OscEvents(Arc<Mutex<rtrb::Consumer<TimedEvent>>>);

/// A queue from the audio thread, which never waits, to whatever [`OscSender`] there is.
pub fn queue() -> (rtrb::Producer<TimedEvent>, OscEvents) {
    let (producer, consumer) = rtrb::RingBuffer::new(CAPACITY);
    (producer, OscEvents(Arc::new(Mutex::new(consumer))))
}

/// Why nothing can be sent.
#[derive(Debug, thiserror::Error)]
pub enum OscError {
    /// The target cannot be understood.
    #[error("OSC target: expected a host and a port such as 127.0.0.1:9000, found `{target}` ({reason})")]
    Target {
        /// What was asked for.
        target: String,
        /// What the system says.
        reason: String,
    },
    /// No socket, or no thread.
    #[error("OSC to {target}: {source}")]
    System {
        /// What was asked for.
        target: String,
        /// What the system says.
        source: std::io::Error,
    },
}

/// Sends events from a thread of its own until it is dropped.
#[derive(Debug)]
pub struct OscSender {
    stop: Arc<AtomicBool>,
    lost: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl OscSender {
    /// Starts to send to `target`, a host and a port. What waits in the queue from before is left out.
    ///
    /// # Errors
    /// [`OscError`] for a target that cannot be understood, or a system that gives no socket or thread.
    pub fn start(target: &str, events: &OscEvents) -> Result<Self, OscError> {
        let failed = |source| OscError::System { target: target.to_owned(), source };
        let socket = connect(target)?;
        let events = Arc::clone(&events.0);
        while events.lock().unwrap_or_else(PoisonError::into_inner).pop().is_ok() {}
        let stop = Arc::new(AtomicBool::new(false));
        let lost = Arc::new(AtomicU64::new(0));
        let (stopped, failures) = (Arc::clone(&stop), Arc::clone(&lost));
        let run = move || {
            let mut events = events.lock().unwrap_or_else(PoisonError::into_inner);
            while !stopped.load(Ordering::Relaxed) {
                while let Ok(TimedEvent { event, sample_rate_hz }) = events.pop() {
                    let sent = encoder::encode(&OscPacket::Message(message(&event, sample_rate_hz)))
                        .is_ok_and(|bytes| socket.send(&bytes).is_ok());
                    failures.fetch_add(u64::from(!sent), Ordering::Relaxed);
                }
                std::thread::sleep(IDLE);
            }
        };
        let thread = std::thread::Builder::new().name("attacca-osc".to_owned()).spawn(run).map_err(failed)?;
        Ok(Self { stop, lost, thread: Some(thread) })
    }

    /// Messages that the network did not take.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

impl Drop for OscSender {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It only sends and sleeps; should it have panicked, there is nothing left to stop.
            let _ = thread.join();
        }
    }
}

/// A socket whose packets go to `target`.
fn connect(target: &str) -> Result<UdpSocket, OscError> {
    let refused = |reason: String| OscError::Target { target: target.to_owned(), reason };
    let failed = |source| OscError::System { target: target.to_owned(), source };
    let mut addresses = target.to_socket_addrs().map_err(|error| refused(error.to_string()))?;
    let address = addresses.next().ok_or_else(|| refused("no such host".to_owned()))?;
    let local = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(local).map_err(failed)?;
    socket.connect(address).map_err(failed)?;
    Ok(socket)
}

/// The message of an event.
fn message(event: &Event, sample_rate_hz: u32) -> OscMessage {
    let confidence = OscType::Float(event.confidence);
    let label = |label: &str| OscType::String(label.to_owned());
    let (address, mut args) = match event.kind {
        EventKind::Onset { strength, bands } => {
            ("/attacca/onset", vec![label(bands.strongest().name()), OscType::Float(strength), confidence])
        }
        EventKind::Beat { beat_in_bar, beats_per_bar, tempo } => {
            let [beat, beats] = [beat_in_bar, beats_per_bar].map(|count| OscType::Int(i32::from(count)));
            ("/attacca/beat", vec![beat, beats, OscType::Float(tempo.0), confidence])
        }
        EventKind::Voice { active } => ("/attacca/voice", vec![OscType::Int(i32::from(active)), confidence]),
        EventKind::Chord { chord, bass } => {
            ("/attacca/chord", vec![label(chord.map_or("N", |chord| chord.label_over(bass))), confidence])
        }
        EventKind::Key { key } => ("/attacca/key", vec![label(key.label()), confidence]),
    };
    args.push(OscType::Float((f64::from(event.latency_samples) / f64::from(sample_rate_hz)) as f32));
    OscMessage { addr: address.to_owned(), args }
}

#[cfg(test)]
mod tests {
    use attacca_engine::{Bpm, OnsetBands, SamplePosition};

    use super::*;

    fn event(kind: EventKind) -> TimedEvent {
        let event = Event { position: SamplePosition(1000), latency_samples: 4410, confidence: 0.75, kind };
        TimedEvent { event, sample_rate_hz: 44_100 }
    }

    #[test]
    fn events_arrive_as_packets_with_their_age() {
        let listener = UdpSocket::bind("127.0.0.1:0").unwrap();
        listener.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let (mut events, queue) = queue();
        events.push(event(EventKind::Voice { active: true })).unwrap();
        let sender = OscSender::start(&listener.local_addr().unwrap().to_string(), &queue).unwrap();
        events.push(event(EventKind::Beat { beat_in_bar: 3, beats_per_bar: 4, tempo: Bpm(128.0) })).unwrap();
        let bands = OnsetBands { low: 0.9, ..OnsetBands::default() };
        events.push(event(EventKind::Onset { strength: 0.5, bands })).unwrap();
        events.push(event(EventKind::Chord { chord: None, bass: None })).unwrap();
        let receive = || {
            let mut bytes = [0; 512];
            let length = listener.recv(&mut bytes).unwrap();
            match rosc::decoder::decode_udp(&bytes[..length]).unwrap().1 {
                OscPacket::Message(message) => (message.addr, message.args),
                OscPacket::Bundle(_) => panic!("a message was sent"),
            }
        };
        let (float, label) = (OscType::Float, |label: &str| OscType::String(label.to_owned()));
        let beat = vec![OscType::Int(3), OscType::Int(4), float(128.0), float(0.75), float(0.1)];
        assert_eq!(receive(), ("/attacca/beat".to_owned(), beat));
        let onset = vec![label("low"), float(0.5), float(0.75), float(0.1)];
        assert_eq!(receive(), ("/attacca/onset".to_owned(), onset));
        assert_eq!(receive(), ("/attacca/chord".to_owned(), vec![label("N"), float(0.75), float(0.1)]));
        assert_eq!(sender.lost(), 0);
    }

    #[test]
    fn a_target_that_is_none_is_refused() {
        let error = OscSender::start("nowhere", &queue().1).unwrap_err().to_string();
        assert!(error.contains("expected a host and a port") && error.contains("nowhere"), "{error}");
    }
}
