//! `cargo xtask neon`: the networks' arithmetic on AArch64, compiled here and run under emulation.

use std::process::Command;

use crate::{shell, system_packages};

const TARGET: &str = "aarch64-unknown-linux-gnu";

/// Where Debian keeps the C library of AArch64.
const LIBRARIES: &str = "/usr/aarch64-linux-gnu";

/// Cargo's names for a target's linker and runner.
const LINKER: &str = "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER";
const RUNNER: &str = "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER";

/// Runs the tests of kernels and layers, and those of whole networks.
///
/// # Errors
/// Where something that is needed is not to be had, or a test fails.
pub fn run() -> Result<(), String> {
    system_packages::install(&system_packages::EMULATION)?;
    shell::run(Command::new("rustup").args(["target", "add", TARGET]))?;
    test(&["--lib", "--", "kernels::", "layers::"])?;
    test(&["--test", "network"])
}

fn test(arguments: &[&str]) -> Result<(), String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["test", "--locked", "--package", "attacca-models", "--target", TARGET]).args(arguments);
    command.env(LINKER, "aarch64-linux-gnu-gcc").env(RUNNER, format!("qemu-aarch64 -L {LIBRARIES}"));
    shell::run(&mut command)
}
