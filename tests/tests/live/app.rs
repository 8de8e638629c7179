//! The app as a process: what it prints, and when.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::environment::folder;

/// How long something may take that takes a second on a quiet machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A running app.
pub struct App {
    process: Child,
    lines: Arc<Mutex<Vec<Value>>>,
    words: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
}

/// The program, as `cargo xtask test` and `cargo build -p attacca-app` leave it beside the tests.
pub fn program() -> PathBuf {
    let tests = env::current_exe().unwrap();
    let program = tests.ancestors().nth(2).unwrap().join("attacca-live");
    assert!(program.exists(), "{}: build it with `cargo build -p attacca-app`", program.display());
    program
}

impl App {
    /// Starts it without a window, with settings of its own.
    pub fn start(settings: &str, arguments: &[&str]) -> Self {
        let configuration = folder().join("settings.toml");
        fs::write(&configuration, settings).unwrap();
        let mut process = Command::new(program())
            .arg("--headless")
            .args(["--config", configuration.to_str().unwrap()])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (lines, words) = (Arc::<Mutex<Vec<Value>>>::default(), Arc::<Mutex<String>>::default());
        let (out, err) = (process.stdout.take().unwrap(), process.stderr.take().unwrap());
        let (read_lines, read_words) = (Arc::clone(&lines), Arc::clone(&words));
        let readers = vec![
            std::thread::spawn(move || {
                for line in BufReader::new(out).lines() {
                    read_lines.lock().unwrap().push(serde_json::from_str(&line.unwrap()).unwrap());
                }
            }),
            std::thread::spawn(move || {
                for line in BufReader::new(err).lines() {
                    let line = line.unwrap();
                    eprintln!("  {line}");
                    read_words.lock().unwrap().push_str(&format!("{line}\n"));
                }
            }),
        ];
        Self { process, lines, words, readers }
    }

    /// Every line so far.
    pub fn lines(&self) -> Vec<Value> {
        self.lines.lock().unwrap().clone()
    }

    /// The lines of a kind so far.
    pub fn lines_of(&self, kind: &str) -> Vec<Value> {
        let mut lines = self.lines();
        lines.retain(|line| line["kind"] == kind);
        lines
    }

    /// What it said to people so far.
    pub fn words(&self) -> String {
        self.words.lock().unwrap().clone()
    }

    /// Waits until it has printed `count` lines of a kind.
    pub fn wait_for(&self, kind: &str, count: usize) {
        wait(&format!("{count} lines of kind {kind}"), || self.lines_of(kind).len() >= count);
    }

    /// Waits until it ends by itself.
    pub fn wait(mut self) -> (ExitStatus, Vec<Value>) {
        let status = self.process.wait().unwrap();
        (status, self.finish())
    }

    /// Asks it to end, as a service manager does.
    pub fn terminate(mut self) -> (ExitStatus, Vec<Value>) {
        let kill = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status().unwrap();
        assert!(kill.success());
        let begin = Instant::now();
        let status = loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                break status;
            }
            assert!(begin.elapsed() < PATIENCE, "it does not end when asked to");
            std::thread::sleep(Duration::from_millis(10));
        };
        (status, self.finish())
    }

    fn finish(&mut self) -> Vec<Value> {
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
        self.lines()
    }
}

impl Drop for App {
    fn drop(&mut self) {
        // It has ended already where all went well.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Waits until something holds.
pub fn wait(what: &str, mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
