//! Bundles with time tags, to several targets.
//!
//! A bundle holds one message of [the address space](super). Its time tag is when the event happened, by this machine's clock.
//! Beats are also said ahead, with the time at which they are predicted to fall:
//!
//! | address | arguments |
//! | --- | --- |
//! | `/attacca/next_beat` | beat in the bar from 1, beats in the bar, tempo in BPM, confidence, seconds until it falls |

use std::{
    net::UdpSocket,
    time::{Duration, SystemTime},
};

use attacca_engine::snapshot::BeatState;
use rosc::{OscBundle, OscMessage, OscPacket, OscTime, OscType, encoder};

use super::{OscError, TimedEvent, connect, message};

/// Sends bundles from the thread that calls it, which never waits: packets that a network does not take are lost, and counted.
#[derive(Debug)]
pub struct OscBundles {
    sockets: Vec<UdpSocket>,
    lost: u64,
}

impl OscBundles {
    /// Sends to `targets`: hosts with ports, separated by commas, such as `127.0.0.1:9000, 10.0.0.5:7000`.
    ///
    /// # Errors
    /// [`OscError`] for a target that cannot be understood, or a system that gives no socket.
    pub fn connect(targets: &str) -> Result<Self, OscError> {
        let named = targets.split(',').map(str::trim).filter(|target| !target.is_empty());
        let sockets = named.map(|target| {
            let socket = connect(target)?;
            socket.set_nonblocking(true).map_err(|source| OscError::System { target: target.to_owned(), source })?;
            Ok(socket)
        });
        Ok(Self { sockets: sockets.collect::<Result<_, OscError>>()?, lost: 0 })
    }

    /// Sends an event that happened at `happened`.
    pub fn event(&mut self, event: &TimedEvent, happened: SystemTime) {
        self.send(message(&event.event, event.sample_rate_hz), happened);
    }

    /// Sends that a beat will fall in a while, counted from `now`.
    pub fn next_beat(&mut self, beat: &BeatState, now: SystemTime, until: Duration) {
        let beat_in_bar = beat.beat_in_bar % beat.beats_per_bar.max(1) + 1;
        let [count, beats] = [beat_in_bar, beat.beats_per_bar].map(|count| OscType::Int(i32::from(count)));
        let numbers = [beat.tempo.0, beat.confidence, until.as_secs_f32()].map(OscType::Float);
        let args = [count, beats].into_iter().chain(numbers).collect();
        self.send(OscMessage { addr: "/attacca/next_beat".to_owned(), args }, now + until);
    }

    /// Packets that the network did not take.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    fn send(&mut self, message: OscMessage, time: SystemTime) {
        // A clock before 1900 or after 2036 has no time tag; the tag for "at once" is 1 fraction of a second.
        let timetag = OscTime::try_from(time).unwrap_or(OscTime { seconds: 0, fractional: 1 });
        let bundle = OscPacket::Bundle(OscBundle { timetag, content: vec![OscPacket::Message(message)] });
        let Ok(bytes) = encoder::encode(&bundle) else { return };
        let failed = self.sockets.iter().filter(|socket| socket.send(&bytes).is_err()).count();
        self.lost += failed as u64;
    }
}

#[cfg(test)]
mod tests {
    use attacca_engine::{Bpm, Event, EventKind, SamplePosition};

    use super::*;

    #[test]
    fn every_target_gets_the_bundle_with_its_time() {
        let listeners = [0, 1].map(|_| UdpSocket::bind("127.0.0.1:0").unwrap());
        let addresses: Vec<_> = listeners.iter().map(|listener| listener.local_addr().unwrap().to_string()).collect();
        let mut bundles = OscBundles::connect(&addresses.join(", ")).unwrap();
        let kind = EventKind::Voice { active: true };
        let event = Event { position: SamplePosition(0), latency_samples: 4800, confidence: 0.5, kind };
        let happened = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_250);
        bundles.event(&TimedEvent { event, sample_rate_hz: 48_000 }, happened);
        for listener in &listeners {
            let (tag, address, args) = received(listener);
            assert_eq!(address, "/attacca/voice");
            assert_eq!(args, [OscType::Int(1), OscType::Float(0.5), OscType::Float(0.1)]);
            // OSC counts from 1900, in 2⁻³² s.
            assert_eq!(tag.seconds, 1_700_000_000 + 2_208_988_800);
            assert!((f64::from(tag.fractional) / 2f64.powi(32) - 0.25).abs() < 1e-6);
        }
        assert_eq!(bundles.lost(), 0);
    }

    #[test]
    fn the_next_beat_is_tagged_with_when_it_falls() {
        let listener = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut bundles = OscBundles::connect(&listener.local_addr().unwrap().to_string()).unwrap();
        let beat = BeatState {
            tempo: Bpm(120.0),
            beat_in_bar: 4,
            beats_per_bar: 4,
            next_beat: SamplePosition(0),
            confidence: 0.75,
        };
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        bundles.next_beat(&beat, now, Duration::from_millis(500));
        let (tag, address, args) = received(&listener);
        assert_eq!(address, "/attacca/next_beat");
        let numbers = [120.0, 0.75, 0.5].map(OscType::Float);
        assert_eq!(args, [&[OscType::Int(1), OscType::Int(4)], &numbers[..]].concat());
        assert!((f64::from(tag.fractional) / 2f64.powi(32) - 0.5).abs() < 1e-6);
    }

    #[test]
    fn one_bad_target_is_named() {
        let error = OscBundles::connect("127.0.0.1:9000, nowhere").unwrap_err().to_string();
        assert!(error.contains("`nowhere`"), "{error}");
    }

    fn received(listener: &UdpSocket) -> (OscTime, String, Vec<OscType>) {
        listener.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut bytes = [0; 512];
        let length = listener.recv(&mut bytes).unwrap();
        let OscPacket::Bundle(mut bundle) = rosc::decoder::decode_udp(&bytes[..length]).unwrap().1 else {
            panic!("a bundle was sent")
        };
        match bundle.content.pop() {
            Some(OscPacket::Message(message)) => (bundle.timetag, message.addr, message.args),
            other => panic!("expected a message, found {other:?}"),
        }
    }
}
