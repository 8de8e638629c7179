//! `cargo xtask demo`: the analyser at work on the recording that ships with it.

use std::process::Command;

use crate::{shell, system_packages};

const RECORDING: &str = "engine/cli/demo/bossa-nova-guitar.ogg";
const OUTPUT: &str = "target/demo";

/// Builds the analyser (no trainer, no window) and runs it.
pub fn run() -> Result<(), String> {
    system_packages::install(&system_packages::BUILD)?;
    println!("Building the analyser …");
    shell::cargo(&["build", "--release", "--locked", "--package", "attacca-cli"])?;
    let attacca = shell::root().join("target/release/attacca");
    println!();
    let arguments = ["--bars", "--spelling", "key", "--out", OUTPUT, "--format", "html,text"];
    shell::run(Command::new(attacca).args(["analyze", RECORDING]).args(arguments))?;
    println!("\nOpen this page to see it:\n  {}", shell::root().join(OUTPUT).join("bossa-nova-guitar.html").display());
    Ok(())
}
