//! What must come from the system: Debian packages, installed where that is allowed and named where it is not.

use std::{path::Path, process::Command};

use crate::shell;

/// A Debian package and a file by which to tell that it is there.
#[derive(Clone, Copy, Debug)]
pub struct SystemPackage {
    name: &'static str,
    file: &'static str,
}

/// What the demo, the analyser and the tests need: a linker for Rust.
pub const BUILD: [SystemPackage; 1] = [SystemPackage { name: "gcc", file: "/usr/bin/cc" }];

/// What the trainer renders its data with.
pub const TRAINER: [SystemPackage; 2] = [
    SystemPackage { name: "mma", file: "/usr/bin/mma" },
    SystemPackage {
        name: "musescore-general-soundfont-lossless",
        file: "/usr/share/sounds/sf2/MuseScore_General_Full.sf2",
    },
];

/// Installs what is missing with apt, if this user may; otherwise says which line to run.
pub fn install(packages: &[SystemPackage]) -> Result<(), String> {
    let missing: Vec<&str> =
        packages.iter().filter(|package| !Path::new(package.file).exists()).map(|package| package.name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let line = format!("apt-get install --yes --no-install-recommends {}", missing.join(" "));
    if !may_install() {
        return Err(format!("these system packages are missing; install them with:\n\n  sudo {line}\n"));
    }
    println!("Installing {} …", missing.join(", "));
    shell::run(Command::new("apt-get").args(["update", "--quiet"]))?;
    shell::run(Command::new("sh").args(["-c", &line]))
}

/// Whether this process may install packages: it is root, on a system with apt.
fn may_install() -> bool {
    let user = Command::new("id").arg("-u").output();
    Path::new("/usr/bin/apt-get").exists() && user.is_ok_and(|output| output.stdout == b"0\n")
}
