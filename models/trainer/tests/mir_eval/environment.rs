//! A Python environment with the real mir_eval, kept in the target folder.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The package and the version that the metrics are held to.
const PACKAGE: &str = "mir_eval==0.8.2";

const ADVICE: &str = "the test runs the real mir_eval: it needs python3 with venv (Debian: apt-get install python3-venv, \
    or `cargo xtask setup`) and, the first time, a package index that pip can reach";

/// The environment's interpreter; makes the environment where it is missing or broken.
///
/// # Panics
/// When it cannot be made.
pub fn python() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python-mir-eval");
    let python = folder.join("bin/python");
    if is_whole(&python) {
        return python;
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder));
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE]));
    assert!(is_whole(&python), "{} cannot import {PACKAGE}; {ADVICE}", python.display());
    python
}

fn is_whole(python: &Path) -> bool {
    let check = format!(
        "import importlib.metadata as metadata, mir_eval; assert 'mir_eval==' + metadata.version('mir_eval') == '{PACKAGE}'"
    );
    Command::new(python).args(["-c", &check]).output().is_ok_and(|output| output.status.success())
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; {ADVICE}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} ended with {}: {said}\n{ADVICE}", output.status);
}
