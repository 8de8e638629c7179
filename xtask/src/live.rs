//! `cargo xtask live` and `cargo xtask soak`: the live app, built to be quick, and started.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{shell, system_packages};

/// What a soak plays over and over.
const RECORDING: &str = "engine/cli/demo/bossa-nova-guitar.ogg";
/// How long a soak takes where nothing is said, in minutes.
const SOAK_MINUTES: u64 = 60;
/// Until then everything has been allocated that ever is.
const WARM_UP: Duration = Duration::from_secs(60);
/// How often memory is looked at.
const PERIOD: Duration = Duration::from_secs(10);
/// What memory may grow by after the warm-up, in KiB: an allocator's own doing.
const GROWTH_KIB: u64 = 2048;

/// Builds the live app and starts it with these arguments.
pub fn run(arguments: &[String]) -> Result<(), String> {
    shell::run(Command::new(built()?).args(arguments))
}

/// Lets the live app listen for an hour, or as many minutes as the arguments say, and watches its memory.
pub fn soak(arguments: &[String]) -> Result<(), String> {
    let minutes = match arguments {
        [] => SOAK_MINUTES,
        [minutes] => minutes.parse().map_err(|_| format!("expected minutes, found `{minutes}`"))?,
        _ => return Err("expected minutes at most".to_owned()),
    };
    let mut app = Command::new(built()?)
        .args(["--headless", "--file", RECORDING, "--loop", "--web", "127.0.0.1:0", "--osc", "127.0.0.1:9"])
        .arg("--config")
        .arg(shell::target_folder()?.join("soak.toml"))
        .current_dir(shell::root())
        .stdout(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let (begin, mut settled_kib, mut largest_kib) = (Instant::now(), None, 0);
    let result = loop {
        thread::sleep(PERIOD);
        if let Ok(Some(status)) = app.try_wait() {
            break Err(format!("attacca-live ended with {status}"));
        }
        let kib = resident_kib(app.id())?;
        if begin.elapsed() >= WARM_UP {
            let settled = *settled_kib.get_or_insert(kib);
            largest_kib = largest_kib.max(kib);
            if largest_kib > settled + GROWTH_KIB {
                break Err(format!("memory grew from {settled} to {largest_kib} KiB"));
            }
        }
        if begin.elapsed() >= WARM_UP + Duration::from_secs(60 * minutes) {
            let settled = settled_kib.unwrap_or(kib);
            println!(
                "{minutes} minutes: {settled} KiB after the first, {largest_kib} KiB at most, {kib} KiB at the end"
            );
            break Ok(());
        }
    };
    // It has nothing left to say.
    let _ = app.kill();
    let _ = app.wait();
    result
}

fn built() -> Result<PathBuf, String> {
    system_packages::install(&system_packages::BUILD)?;
    system_packages::install(&system_packages::LIVE)?;
    shell::cargo(&["build", "--release", "--locked", "--package", "attacca-app"])?;
    Ok(shell::target_folder()?.join("release/attacca-live"))
}

/// Memory that a process has in use, in KiB.
fn resident_kib(process: u32) -> Result<u64, String> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).map_err(|error| error.to_string())?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.ok_or_else(|| "expected VmRSS in the process's status".to_owned())
}
