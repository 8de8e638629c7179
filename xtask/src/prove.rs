//! `cargo xtask prove`: what tests alone cannot show of the threads, with the tools that can.
//!
//! The real-time sanitizer, ThreadSanitizer and Miri are parts of the nightly compiler; loom is a crate, Valgrind a program.
//! What a tool needs otherwise compiled is built apart from the rest, under `target/proofs`.

use std::process::Command;

use crate::{shell, system_packages};

/// What to do where a nightly tool does not run.
const NIGHTLY_HINT: &str = "is the nightly compiler there? `rustup toolchain install nightly`";

/// Runs the proofs that are named, or all of them.
pub fn run(names: &[String]) -> Result<(), String> {
    let all = [
        ("realtime", realtime as fn() -> Result<(), String>),
        ("threads", threads),
        ("handover", handover),
        ("memory", memory),
        ("soak", soak),
    ];
    if let Some(unknown) = names.iter().find(|name| !all.iter().any(|(known, _)| known == name)) {
        return Err(format!("expected `realtime`, `threads`, `handover`, `memory` or `soak`, found `{unknown}`"));
    }
    let mut wanted = all.iter().filter(|(name, _)| names.is_empty() || names.iter().any(|wanted| wanted == name));
    wanted.try_for_each(|(_, prove)| prove())
}

/// No entry point of the processor blocks, allocates, frees or makes a system call.
fn realtime() -> Result<(), String> {
    let flags = "-Zsanitizer=realtime --cfg realtime_sanitizer";
    nightly(flags, &["test", "-p", "attacca-engine", "--test", "proofs", "--locked", "--target", &host()?])
}

/// No two threads touch the same memory at once, the standard library's own included.
fn threads() -> Result<(), String> {
    add_to_nightly("rust-src")?;
    let test = ["test", "-p", "attacca-engine", "--test", "proofs", "--locked", "-Zbuild-std"];
    nightly("-Zsanitizer=thread", &[&test[..], &["--target", &host()?]].concat())
}

/// In every order in which two threads can hand graphs over, each comes back to be freed.
fn handover() -> Result<(), String> {
    let proofs = proofs()?;
    let variables = [("RUSTFLAGS", "--cfg loom".as_ref()), ("CARGO_TARGET_DIR", proofs.as_os_str())];
    let test = ["test", "-p", "attacca-engine", "--lib", "--locked", "--", "handover_model", "--nocapture"];
    shell::cargo_with(&variables, &test)
}

/// The kernels, where all unsafe code of `engine` and `models` but one line is, read and write nothing but what is theirs,
/// and nothing that nobody has written: every test of theirs in Valgrind, on every instruction set that it runs. And they
/// keep the language's rules about pointers, on the one that Miri runs.
fn memory() -> Result<(), String> {
    let kernels = ["test", "--locked", "-p", "attacca-models", "--lib"];
    if cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        system_packages::install(&system_packages::VALGRIND)?;
        let runner = ("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER", "valgrind --quiet --error-exitcode=1".as_ref());
        shell::cargo_with(&[runner], &kernels)?;
    } else {
        println!("Valgrind looks at memory on Linux on x86-64 alone.");
    }
    if let Err(error) = add_to_nightly("miri") {
        println!("Miri, which not every nightly compiler has, is left out: {error}");
        return Ok(());
    }
    nightly("", &[&["miri"], &kernels[..], &["--", "kernels::"]].concat())
}

/// An hour of audio, as quickly as it can be heard: nothing is lost uncounted, no memory is kept, the clock does not drift.
fn soak() -> Result<(), String> {
    shell::cargo(&["bench", "--locked", "-p", "attacca-tests", "--bench", "soak"])
}

/// Adds a component to the nightly compiler, where it is not there yet.
fn add_to_nightly(component: &str) -> Result<(), String> {
    shell::run(Command::new("rustup").args(["component", "add", component, "--toolchain", "nightly"]))
        .map_err(|error| format!("{error}; {NIGHTLY_HINT}"))
}

fn nightly(flags: &str, arguments: &[&str]) -> Result<(), String> {
    let mut rustup = Command::new("rustup");
    rustup.args(["run", "nightly", "cargo"]).args(arguments);
    // Random tests read the time and write down what failed.
    rustup.env("MIRIFLAGS", "-Zmiri-disable-isolation");
    // What the cargo that runs this tells its children is the stable one's.
    for stable in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN"] {
        rustup.env_remove(stable);
    }
    shell::run(rustup.env("RUSTFLAGS", flags).env("CARGO_TARGET_DIR", proofs()?))
        .map_err(|error| format!("{error}; {NIGHTLY_HINT}"))
}

fn proofs() -> Result<std::path::PathBuf, String> {
    Ok(shell::target_folder()?.join("proofs"))
}

/// The target that this machine builds for.
fn host() -> Result<String, String> {
    let output = Command::new("rustc").arg("-vV").output().map_err(|error| format!("rustc: {error}"))?;
    let version = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| format!("rustc -vV: expected a line `host: …`, found\n{version}"))
}
