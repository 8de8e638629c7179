//! OSC and WebSocket clients.

use std::{
    net::{TcpStream, UdpSocket},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use rosc::{OscPacket, OscType};
use serde_json::Value;

/// Messages, by address.
type Messages = Vec<(String, Vec<OscType>)>;

/// A place to send OSC to, with what came.
pub struct OscTarget {
    pub address: String,
    messages: Arc<Mutex<Messages>>,
}

impl OscTarget {
    pub fn open() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap().to_string();
        let messages = Arc::<Mutex<Messages>>::default();
        let came = Arc::clone(&messages);
        std::thread::spawn(move || {
            let mut bytes = [0; 2048];
            while let Ok(length) = socket.recv(&mut bytes) {
                let OscPacket::Bundle(bundle) = rosc::decoder::decode_udp(&bytes[..length]).unwrap().1 else {
                    panic!("a bundle comes")
                };
                assert!(bundle.timetag.seconds > 3_900_000_000, "it has a time after 2023: {:?}", bundle.timetag);
                for packet in bundle.content {
                    let OscPacket::Message(message) = packet else { panic!("with messages in it") };
                    came.lock().unwrap().push((message.addr, message.args));
                }
            }
        });
        Self { address, messages }
    }

    /// What came to an address.
    pub fn came_to(&self, address: &str) -> Vec<Vec<OscType>> {
        let messages = self.messages.lock().unwrap();
        messages.iter().filter(|(to, _)| to == address).map(|(_, args)| args.clone()).collect()
    }
}

/// A port on this machine that is free.
pub fn free_address() -> String {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// A WebSocket client, with the lines that came.
pub struct Listener {
    lines: Arc<Mutex<Vec<Value>>>,
}

impl Listener {
    /// Connects, as soon as somebody answers.
    pub fn connect(address: &str) -> Self {
        let begin = Instant::now();
        let stream = loop {
            match TcpStream::connect(address) {
                Ok(stream) => break stream,
                Err(error) => assert!(begin.elapsed() < crate::app::PATIENCE, "{address}: {error}"),
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        let (mut socket, _) = tungstenite::client(format!("ws://{address}/lines"), stream).unwrap();
        let lines = Arc::<Mutex<Vec<Value>>>::default();
        let came = Arc::clone(&lines);
        std::thread::spawn(move || {
            while let Ok(message) = socket.read() {
                if let Ok(text) = message.to_text()
                    && let Ok(line) = serde_json::from_str(text)
                {
                    came.lock().unwrap().push(line);
                }
            }
        });
        Self { lines }
    }

    /// What came.
    pub fn lines(&self) -> Vec<Value> {
        self.lines.lock().unwrap().clone()
    }
}
