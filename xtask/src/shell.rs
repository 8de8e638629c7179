//! Other programs, run in the workspace's root.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Command,
};

/// The workspace's root.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// The folder of what cargo builds.
pub fn target_folder() -> Result<PathBuf, String> {
    let metadata = cargo_metadata::MetadataCommand::new().current_dir(root()).no_deps().exec();
    metadata.map(|metadata| metadata.target_directory.into()).map_err(|error| error.to_string())
}

/// Runs cargo.
pub fn cargo(arguments: &[&str]) -> Result<(), String> {
    cargo_with(&[], arguments)
}

/// Runs cargo with these variables in its environment.
pub fn cargo_with(variables: &[(&str, &OsStr)], arguments: &[&str]) -> Result<(), String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    run(Command::new(cargo).args(arguments).envs(variables.iter().copied()))
}

/// Runs a command in the workspace's root and expects it to succeed.
pub fn run(command: &mut Command) -> Result<(), String> {
    let status = command
        .current_dir(root())
        .status()
        .map_err(|error| format!("expected to run {}, found: {error}", command.get_program().display()))?;
    if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", command.get_program().display())) }
}
