//! Whether the plugin would build for Windows: a type check with a nightly toolchain, where one is there.

use std::process::Command;

use super::{Outcome, Row};
use crate::shell;

const TARGET: &str = "x86_64-pc-windows-gnu";

/// The row of the type check.
pub fn check() -> Row {
    let installed = |arguments: &[&str], wanted: &str| {
        let output = Command::new("rustup").args(arguments).output();
        output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(wanted))
    };
    let outcome = if !installed(&["+nightly", "component", "list", "--installed"], "rust-src") {
        Outcome::Skipped("needs a nightly toolchain with rust-src".to_owned())
    } else if !std::path::Path::new("/usr/bin/x86_64-w64-mingw32-gcc").exists() {
        Outcome::Skipped("needs gcc-mingw-w64-x86-64".to_owned())
    } else {
        let arguments = ["check", "-Z", "build-std", "--target", TARGET, "--package", "attacca-plugin"];
        let mut command = Command::new("rustup");
        command.args(["run", "nightly", "cargo"]).args(arguments);
        // The cargo that runs this has told it which toolchain to use.
        command.env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN");
        shell::run(&mut command).map(|()| String::new()).into()
    };
    Row::new("Windows", "type-checks", outcome)
}
