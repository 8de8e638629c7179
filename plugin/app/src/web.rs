//! Browsers: a small page with the stage view, fed over a WebSocket with the same JSON lines that the standard output gets.
//!
//! The server has a thread for connections and one for each browser. A browser that does not keep up is dropped without the
//! others noticing; none can ask for anything. To this machine the server is open; to the network only with a token.

mod client;
mod request;

use std::{
    net::{SocketAddr, TcpListener, ToSocketAddrs},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::SyncSender,
    },
    thread::JoinHandle,
    time::Duration,
};

use serde::{Deserialize, Serialize};

use self::client::Client;

/// Browsers and other clients at a time.
pub const MAXIMUM_CLIENTS: usize = 16;
/// How often the server looks for new connections.
const IDLE: Duration = Duration::from_millis(20);
/// Random bytes of a token.
const TOKEN_BYTES: usize = 12;

/// Whether and where browsers are served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WebSettings {
    /// Whether they are.
    pub enabled: bool,
    /// Address and port, as `127.0.0.1:8600`; with `0.0.0.0` the network may look too.
    pub address: String,
    /// What clients have to know; empty for a new one each time, which only the network needs.
    pub token: String,
}

impl Default for WebSettings {
    fn default() -> Self {
        Self { enabled: false, address: "127.0.0.1:8600".to_owned(), token: String::new() }
    }
}

/// Why no browser is served.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// The address cannot be understood or used.
    #[error("page for browsers: expected a free address and port such as 127.0.0.1:8600, found `{address}` ({reason})")]
    Address {
        /// What was asked for.
        address: String,
        /// What the system says.
        reason: String,
    },
    /// No token, or no thread.
    #[error("page for browsers: {0}")]
    System(String),
}

/// The clients that are told of everything.
#[derive(Clone, Debug, Default)]
pub struct Browsers(Arc<Mutex<Vec<SyncSender<Arc<str>>>>>);

impl Browsers {
    /// Says a line to all of them. One whose queue is full is told nothing more, and goes.
    pub fn say(&mut self, line: &str) {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.is_empty() {
            return;
        }
        let line: Arc<str> = line.into();
        clients.retain(|client| client.try_send(Arc::clone(&line)).is_ok());
    }

    /// How many listen.
    pub fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn add(&self, client: SyncSender<Arc<str>>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(client);
    }
}

/// What a client has to know to be let in.
#[derive(Clone, Debug)]
struct Door {
    /// Empty where nothing has to be known.
    token: String,
    /// Whether only this machine can come.
    loopback: bool,
}

/// The server, until it is dropped.
#[derive(Debug)]
pub struct WebServer {
    address: SocketAddr,
    door: Door,
    browsers: Browsers,
    ending: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl WebServer {
    /// Serves browsers.
    ///
    /// # Errors
    /// [`WebError`] for an address that cannot be used.
    pub fn start(settings: &WebSettings) -> Result<Self, WebError> {
        let refused = |reason: String| WebError::Address { address: settings.address.clone(), reason };
        let mut addresses = settings.address.to_socket_addrs().map_err(|error| refused(error.to_string()))?;
        let wanted = addresses.next().ok_or_else(|| refused("no such host".to_owned()))?;
        let listener = TcpListener::bind(wanted).map_err(|error| refused(error.to_string()))?;
        let address = listener.local_addr().map_err(|error| refused(error.to_string()))?;
        listener.set_nonblocking(true).map_err(|error| WebError::System(error.to_string()))?;
        let loopback = address.ip().is_loopback();
        let token = if settings.token.is_empty() && !loopback { new_token()? } else { settings.token.clone() };
        let door = Door { token, loopback };
        let (browsers, ending) = (Browsers::default(), Arc::new(AtomicBool::new(false)));
        let run = {
            let (browsers, ending, door) = (browsers.clone(), Arc::clone(&ending), door.clone());
            move || serve(&listener, &door, &browsers, &ending)
        };
        let thread = std::thread::Builder::new().name("attacca-web".to_owned()).spawn(run);
        let thread = thread.map_err(|error| WebError::System(error.to_string()))?;
        Ok(Self { address, door, browsers, ending, thread: Some(thread) })
    }

    /// Where the page is.
    pub fn url(&self) -> String {
        let token = &self.door.token;
        let query = if token.is_empty() { String::new() } else { format!("?token={token}") };
        format!("http://{}/{query}", self.address)
    }

    /// Who is told.
    pub fn browsers(&self) -> Browsers {
        self.browsers.clone()
    }
}

impl Drop for WebServer {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so, and is over as well.
            let _ = thread.join();
        }
    }
}

fn new_token() -> Result<String, WebError> {
    let mut bytes = [0; TOKEN_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| WebError::System(error.to_string()))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Lets clients in until the server ends; then they end too.
fn serve(listener: &TcpListener, door: &Door, browsers: &Browsers, ending: &Arc<AtomicBool>) {
    let open = Arc::new(());
    while !ending.load(Ordering::Relaxed) {
        let Ok((stream, _)) = listener.accept() else {
            std::thread::sleep(IDLE);
            continue;
        };
        let client = Client { stream, door: door.clone(), browsers: browsers.clone(), ending: Arc::clone(ending) };
        // Each client holds a copy, this one included, and the server one more.
        let place = Arc::clone(&open);
        let crowded = Arc::strong_count(&open) > MAXIMUM_CLIENTS + 1;
        let attend = move || {
            client.attend(crowded);
            drop(place);
        };
        // Without a thread for it the connection closes, and whoever wanted it tries again.
        let _ = std::thread::Builder::new().name("attacca-browser".to_owned()).spawn(attend);
    }
}

#[cfg(test)]
mod tests;
