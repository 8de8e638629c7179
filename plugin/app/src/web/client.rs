//! One client, from its request to its end. A thread of its own.

use std::{
    io::{self, Write},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{RecvTimeoutError, sync_channel},
    },
    time::Duration,
};

use tungstenite::{
    Error, Message, WebSocket,
    handshake::derive_accept_key,
    protocol::{Role, WebSocketConfig},
};

use super::{
    Browsers, Door,
    request::{self, Wish},
};

/// The page. It needs nothing else from anywhere.
const PAGE: &str = include_str!("page.html");
/// Whatever the page is tricked into, it talks to this server only.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'";
/// How long a client may take to ask or to accept a line.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a client is listened to, which may want to say that it goes.
const LISTENING: Duration = Duration::from_millis(100);
/// Lines that may wait for a client: some ten seconds.
const WAITING: usize = 256;
/// Longest message from a client in bytes: none is expected.
const LONGEST_MESSAGE: usize = 1024;

/// A client that has connected.
#[derive(Debug)]
pub(super) struct Client {
    pub stream: TcpStream,
    pub door: Door,
    pub browsers: Browsers,
    pub ending: Arc<AtomicBool>,
}

impl Client {
    /// Gives it what it asks for, if there is room for it.
    pub fn attend(mut self, crowded: bool) {
        // A client that goes away before it got what it wanted has no one to tell.
        let _ = self.answer(crowded);
    }

    fn answer(&mut self, crowded: bool) -> io::Result<()> {
        self.stream.set_nonblocking(false)?;
        self.stream.set_read_timeout(Some(PATIENCE))?;
        self.stream.set_write_timeout(Some(PATIENCE))?;
        self.stream.set_nodelay(true)?;
        match request::read(&mut self.stream, &self.door)? {
            _ if crowded => self.say("503 Service Unavailable", "text/plain", "too many listen already"),
            Wish::Page => self.say("200 OK", "text/html", PAGE),
            Wish::Refused(status, reason) => self.say(status, "text/plain", reason),
            Wish::Lines { key, rest } => self.tell_lines(&key, rest),
        }
    }

    fn say(&mut self, status: &str, kind: &str, body: &str) -> io::Result<()> {
        let length = body.len();
        write!(
            self.stream,
            "HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {length}\r\n\
             Content-Security-Policy: {POLICY}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n{body}"
        )
    }

    /// Tells it everything until it goes, does not keep up, or the server ends.
    fn tell_lines(&mut self, key: &str, rest: Vec<u8>) -> io::Result<()> {
        let accepted = derive_accept_key(key.as_bytes());
        write!(
            self.stream,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accepted}\r\n\r\n"
        )?;
        let limits =
            WebSocketConfig::default().max_message_size(Some(LONGEST_MESSAGE)).max_frame_size(Some(LONGEST_MESSAGE));
        let stream = self.stream.try_clone()?;
        let mut socket = WebSocket::from_partially_read(stream, rest, Role::Server, Some(limits));
        let (sender, lines) = sync_channel(WAITING);
        self.browsers.add(sender);
        while !self.ending.load(Ordering::Relaxed) {
            match lines.recv_timeout(LISTENING) {
                Ok(line) => {
                    if socket.send(Message::text(&*line)).is_err() {
                        break;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.stream.set_nonblocking(true)?;
            let said = socket.read();
            self.stream.set_nonblocking(false)?;
            match said {
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => break,
            }
        }
        // It may have gone already.
        let _ = socket.close(None);
        let _ = socket.flush();
        Ok(())
    }
}
