//! A client of JACK that plays samples to the app and notes what MIDI it gets back, frame by frame.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use jack::{
    AsyncClient, AudioOut, Client, ClientOptions, Control, MidiIn, Port, PortFlags, ProcessHandler, ProcessScope,
};

use crate::app::wait;

/// A server that has not gone on for so long does not go on at all.
const SERVER_GONE_AFTER: Duration = Duration::from_secs(30);

/// A message, and when it came: frames since the client began.
#[derive(Clone, Debug, PartialEq)]
pub struct Received {
    pub frame: u64,
    pub bytes: Vec<u8>,
}

/// The client.
pub struct Player {
    client: AsyncClient<(), Playing>,
    received: rtrb::Consumer<Received>,
    position: Arc<AtomicU64>,
    begin: Arc<AtomicU64>,
}

/// Runs in JACK's thread. It may allocate: nobody asks a test for real time.
struct Playing {
    samples: Vec<f32>,
    audio: Port<AudioOut>,
    midi: Port<MidiIn>,
    received: rtrb::Producer<Received>,
    position: Arc<AtomicU64>,
    begin: Arc<AtomicU64>,
}

impl Player {
    /// A client that will play `samples`, connected to the app once that is there.
    pub fn connect(samples: Vec<f32>) -> Self {
        let (client, _) = Client::new("player", ClientOptions::NO_START_SERVER).unwrap();
        let audio = client.register_port("audio", AudioOut::default()).unwrap();
        let midi = client.register_port("midi", MidiIn::default()).unwrap();
        let (producer, received) = rtrb::RingBuffer::new(100_000);
        let (position, begin) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(u64::MAX)));
        let playing = Playing {
            samples,
            audio,
            midi,
            received: producer,
            position: Arc::clone(&position),
            begin: Arc::clone(&begin),
        };
        let client = client.activate_async((), playing).unwrap();
        let player = Self { client, received, position, begin };
        player.connect_to_app();
        player
    }

    /// Connects the ports, also to an app that has come back. Then the app hears the player alone: it takes what it hears
    /// to be as old as its latest source is, and the sound card's is later than a client's.
    pub fn connect_to_app(&self) {
        let client = self.client.as_client();
        let ports = |pattern: &str, flags| client.ports(Some(pattern), None, flags);
        wait("the app's ports", || {
            let inputs = ports("cpal_client.*:in_.*", PortFlags::IS_INPUT);
            let midi = ports("attacca.*:midi", PortFlags::IS_OUTPUT);
            let Some(midi) = midi.first().filter(|_| inputs.len() == 2) else { return false };
            for capture in ports("system:capture_.*", PortFlags::IS_OUTPUT) {
                for input in &inputs {
                    let _may_be_unconnected = client.disconnect_ports_by_name(&capture, input);
                }
            }
            // What an earlier attempt connected stays connected.
            let is_connected = |source: &str, destination: &str| {
                let result = client.connect_ports_by_name(source, destination);
                matches!(result, Ok(()) | Err(jack::Error::PortAlreadyConnected(..)))
            };
            inputs.iter().all(|input| is_connected("player:audio", input)) && is_connected(midi, "player:midi")
        });
    }

    /// Plays from the beginning; gives the frame with which it begins.
    pub fn play(&self) -> u64 {
        let begin = self.position.load(Ordering::Acquire) + 4096;
        self.begin.store(begin, Ordering::Release);
        begin
    }

    /// Waits until this frame has passed, for as long as the server goes on.
    pub fn wait_until(&self, frame: u64) {
        let mut seen = (self.position.load(Ordering::Acquire), Instant::now());
        while seen.0 < frame {
            std::thread::sleep(Duration::from_millis(20));
            let position = self.position.load(Ordering::Acquire);
            if position > seen.0 {
                seen = (position, Instant::now());
            }
            assert!(seen.1.elapsed() < SERVER_GONE_AFTER, "the server has stopped at frame {position} of {frame}");
        }
    }

    /// The messages that have come since the last call.
    pub fn received(&mut self) -> Vec<Received> {
        std::iter::from_fn(|| self.received.pop().ok()).collect()
    }
}

impl ProcessHandler for Playing {
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        let position = self.position.load(Ordering::Relaxed);
        let begin = self.begin.load(Ordering::Acquire);
        for (index, sample) in self.audio.as_mut_slice(scope).iter_mut().enumerate() {
            let place = (position + index as u64).checked_sub(begin);
            *sample = place.and_then(|place| self.samples.get(place as usize).copied()).unwrap_or(0.0);
        }
        for message in self.midi.iter(scope) {
            let frame = position + u64::from(message.time);
            self.received.push(Received { frame, bytes: message.bytes.to_vec() }).expect("there is room for minutes");
        }
        self.position.store(position + u64::from(scope.n_frames()), Ordering::Release);
        Control::Continue
    }
}
