//! A JACK server without a sound card.

use std::process::{Child, Command, Stdio};

use crate::app::wait;

/// Frames in a period.
pub const PERIOD_FRAMES: u32 = 512;

/// A server, until it is dropped.
pub struct JackServer(Child);

impl JackServer {
    /// Starts the server of this process's environment, in real time where the system lets it.
    pub fn start(sample_rate_hz: u32) -> Self {
        jack::set_logger(jack::LoggerType::None);
        let name = std::env::var("JACK_DEFAULT_SERVER").expect("the test runs alone");
        let rate = sample_rate_hz.to_string();
        let period = PERIOD_FRAMES.to_string();
        let server = Command::new("jackd")
            .args(["--name", &name, "-d", "dummy", "-r", &rate, "-p", &period, "-C", "2", "-P", "2"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("jackd is installed: cargo xtask prepare");
        wait("JACK's server", || jack::Client::new("waiting", jack::ClientOptions::NO_START_SERVER).is_ok());
        Self(server)
    }
}

impl Drop for JackServer {
    fn drop(&mut self) {
        // Asked politely, it takes its shared memory with it.
        let _ = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        let _ = self.0.wait();
    }
}
