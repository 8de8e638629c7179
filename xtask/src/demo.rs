//! `cargo xtask demo`: the analyser at work on the recording that ships with it.

use std::process::Command;

use crate::{shell, system_packages};

const RECORDING: &str = "engine/cli/demo/bossa-nova-guitar.ogg";

/// Builds the analyser (no trainer, no window) and runs it.
pub fn run() -> Result<(), String> {
    system_packages::install(&system_packages::BUILD)?;
    println!("Building the analyser …");
    shell::cargo(&["build", "--release", "--locked", "--package", "attacca-cli"])?;
    let target = shell::target_folder()?;
    let output = target.join("demo");
    println!();
    let arguments = ["--bars", "--spelling", "key", "--format", "html,text", "--out"];
    let mut attacca = Command::new(target.join("release/attacca"));
    shell::run(attacca.args(["analyze", RECORDING]).args(arguments).arg(&output))?;
    println!("\nOpen this page to see it:\n  {}", output.join("bossa-nova-guitar.html").display());
    Ok(())
}
