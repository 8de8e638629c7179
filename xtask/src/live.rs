//! `cargo xtask live`: the live app, built to be quick, and started.

use std::process::Command;

use crate::{shell, system_packages};

/// Builds the live app and starts it with these arguments.
pub fn run(arguments: &[String]) -> Result<(), String> {
    system_packages::install(&system_packages::BUILD)?;
    system_packages::install(&system_packages::LIVE)?;
    shell::cargo(&["build", "--release", "--locked", "--package", "attacca-app"])?;
    shell::run(Command::new(shell::target_folder()?.join("release/attacca-live")).args(arguments))
}
