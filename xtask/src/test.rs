//! `cargo xtask test`: everything that a change must pass.

use std::{env::consts, fs};

use crate::{shell, system_packages};

/// With these, an allocation on the plugin's audio thread aborts. The same for both commands, so that nothing is built twice.
const WORKSPACE: [&str; 4] = ["--workspace", "--locked", "--features", "attacca-plugin/guarded"];

/// Installs what building and testing everything needs.
pub fn prepare() -> Result<(), String> {
    system_packages::install(&system_packages::BUILD)?;
    system_packages::install(&system_packages::LIVE)?;
    system_packages::install(&system_packages::TEST)
}

/// Builds everything, puts the plugin where the hosts' tests open it, and runs all tests.
pub fn run() -> Result<(), String> {
    prepare()?;
    shell::cargo(&[&["build", "--lib", "--bins", "--tests"], &WORKSPACE[..]].concat())?;
    let target = shell::target_folder()?;
    let library = format!("{}attacca_plugin{}", consts::DLL_PREFIX, consts::DLL_SUFFIX);
    let guarded = target.join("guarded");
    fs::create_dir_all(&guarded)
        .and_then(|()| fs::copy(target.join("debug").join(library), guarded.join("Attacca.clap")))
        .map_err(|error| format!("{}: {error}", guarded.display()))?;
    shell::cargo(&[&["test"], &WORKSPACE[..]].concat())
}
