//! Hosts that play: pedalboard and DawDreamer in Python, clack and a small VST3 host in Rust.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use super::{Row, Subject};
use crate::shell;

/// Hosts with the versions that the plugin is held to, and what plays it in them.
const PYTHON_HOSTS: [(&str, &str); 2] =
    [("pedalboard==0.9.26", "pedalboard_host.py"), ("dawdreamer==0.9.0", "dawdreamer_host.py")];

/// The hosts that Python loads.
pub fn python(subject: &Subject) -> Vec<Row> {
    let environment = environment(subject);
    let row = |(package, script): (&str, &str)| {
        let played = environment.as_ref().map_err(String::clone).and_then(|python| {
            let script = shell::root().join("tests/hosts").join(script);
            shell::run(Command::new(python).arg(script).arg(&subject.vst3)).map(|()| String::new())
        });
        Row::new(package.replace("==", " "), "VST3: audio in blocks of 1 to 8192, latency, parameters, state", played)
    };
    PYTHON_HOSTS.into_iter().map(row).collect()
}

/// A Python environment with the hosts; gives its interpreter.
fn environment(subject: &Subject) -> Result<PathBuf, String> {
    let folder = subject.scratch.join("python");
    let python = folder.join("bin/python");
    if !python.exists() {
        shell::run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    }
    let packages = PYTHON_HOSTS.map(|(package, _)| package);
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "numpy"];
    shell::run(Command::new(&python).args(install).args(packages))?;
    Ok(python)
}

/// The hosts of `tests/tests/hosts`, with the optimised plugin.
pub fn rust(subject: &Subject) -> Vec<Row> {
    let tests =
        |arguments: &[&str], display: Option<&str>| run(subject, arguments, display, None).map(|()| String::new());
    let windows = |name: &str| {
        let screen = Screen::start()?;
        tests(&["--ignored", name], Some(&screen.name))
    };
    vec![
        Row::new(
            "clack-host 0.2",
            "CLAP: audio, events, state, parameters, rude hosts",
            tests(&["--skip", "vst3::"], None),
        ),
        Row::new("vst3 0.3 micro-host", "VST3: audio, events, state, rude hosts", tests(&["vst3::"], None)),
        Row::new("clack-host 0.2, Xvfb", "CLAP: a window 100 times", windows("a_clap_window")),
        Row::new("vst3 0.3, Xvfb", "VST3: a window 100 times", windows("a_vst3_window")),
    ]
}

/// Draws the plugin's window into `plugin/pictures`.
///
/// # Errors
/// Where there is no display to be had, or the window is not drawn.
pub fn pictures(subject: &Subject) -> Result<(), String> {
    let screen = Screen::start()?;
    let folder = shell::root().join("plugin/pictures");
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    run(subject, &["--ignored", "pictures_of"], Some(&screen.name), Some(&folder))
}

/// Runs tests of `tests/tests/hosts` with the optimised plugin.
fn run(subject: &Subject, arguments: &[&str], display: Option<&str>, pictures: Option<&Path>) -> Result<(), String> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .args(["test", "--quiet", "--locked", "--package", "attacca-tests", "--test", "hosts", "--"])
        .args(arguments)
        .env("ATTACCA_CLAP", &subject.clap)
        .env("ATTACCA_VST3", &subject.vst3)
        // What is freed is not kept in an arena for each thread that a window had.
        .env("MALLOC_ARENA_MAX", "1")
        .env("NICE_LOG", subject.scratch.join("plugin.log"));
    if let Some(display) = display {
        command.env("DISPLAY", display);
    }
    if let Some(folder) = pictures {
        command.env("ATTACCA_PICTURES", folder);
    }
    shell::run(&mut command)
}

/// A display without a screen; ends when it is dropped.
struct Screen {
    server: Child,
    name: String,
}

impl Screen {
    fn start() -> Result<Self, String> {
        // It chooses a free number and says which. A server that resets with its last client would refuse the next one.
        let mut server = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                "1280x800x24",
                "+extension",
                "GLX",
                "-nolisten",
                "tcp",
                "-noreset",
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("expected to run Xvfb, found: {error}"))?;
        let mut number = String::new();
        if let Some(output) = server.stdout.take() {
            BufReader::new(output).read_line(&mut number).map_err(|error| format!("Xvfb: {error}"))?;
        }
        Ok(Self { server, name: format!(":{}", number.trim()) })
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // One that is over already needs no end.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The library in a VST3 bundle for Linux.
pub fn library_in(bundle: &Path) -> PathBuf {
    bundle.join("Contents").join(format!("{}-linux", std::env::consts::ARCH)).join("Attacca.so")
}
