//! What must come from the system: Debian packages, installed where that is allowed and named where it is not.

use std::{path::Path, process::Command};

use crate::shell;

/// A Debian package and how to tell that what it brings is there.
#[derive(Clone, Copy, Debug)]
pub struct SystemPackage {
    name: &'static str,
    sign: Sign,
}

/// What tells that something is installed, from a package or otherwise.
#[derive(Clone, Copy, Debug)]
enum Sign {
    /// A file exists.
    File(&'static str),
    /// A Debian package of this name is installed: its files lie elsewhere with each version.
    Package(&'static str),
    /// Python can import these modules.
    PythonModules(&'static str),
}

impl SystemPackage {
    fn is_there(&self) -> bool {
        match self.sign {
            Sign::File(file) => Path::new(file).exists(),
            Sign::Package(package) => {
                let list = Command::new("dpkg").args(["-L", package]).output();
                list.is_ok_and(|output| output.status.success())
            }
            Sign::PythonModules(modules) => {
                let import = Command::new("python3").args(["-c", &format!("import {modules}")]).output();
                import.is_ok_and(|output| output.status.success())
            }
        }
    }
}

/// What the demo and the analyser need: a linker for Rust.
pub const BUILD: [SystemPackage; 1] = [SystemPackage { name: "gcc", sign: Sign::File("/usr/bin/cc") }];

/// What the live app is built with: the headers of ALSA and of JACK, and D-Bus's, by which it asks for real-time priority.
pub const LIVE: [SystemPackage; 4] = [
    SystemPackage { name: "pkg-config", sign: Sign::File("/usr/bin/pkg-config") },
    SystemPackage { name: "libasound2-dev", sign: Sign::File("/usr/include/alsa/asoundlib.h") },
    SystemPackage { name: "libjack-jackd2-dev", sign: Sign::File("/usr/include/jack/jack.h") },
    SystemPackage { name: "libdbus-1-dev", sign: Sign::File("/usr/include/dbus-1.0/dbus/dbus.h") },
];

/// What the tests need beside these: Python environments, in which the real mir_eval scores what the trainer scores; and audio
/// servers and a browser for the live app.
pub const TEST: [SystemPackage; 5] = [
    SystemPackage { name: "python3-venv", sign: Sign::PythonModules("venv, ensurepip") },
    SystemPackage { name: "jackd2", sign: Sign::File("/usr/bin/jackd") },
    SystemPackage { name: "pulseaudio", sign: Sign::File("/usr/bin/pulseaudio") },
    SystemPackage { name: "pulseaudio-utils", sign: Sign::File("/usr/bin/paplay") },
    SystemPackage { name: "chromium", sign: Sign::File("/usr/bin/chromium") },
];

/// What `cargo xtask neon` links for AArch64 with and runs it in.
pub const EMULATION: [SystemPackage; 3] = [
    SystemPackage { name: "qemu-user", sign: Sign::File("/usr/bin/qemu-aarch64") },
    SystemPackage { name: "gcc-aarch64-linux-gnu", sign: Sign::File("/usr/bin/aarch64-linux-gnu-gcc") },
    SystemPackage { name: "libc6-dev-arm64-cross", sign: Sign::File("/usr/aarch64-linux-gnu/lib/crt1.o") },
];

/// What `cargo xtask instructions` counts with.
pub const VALGRIND: [SystemPackage; 1] = [SystemPackage { name: "valgrind", sign: Sign::File("/usr/bin/valgrind") }];

/// What `cargo xtask validate` loads the plugin into beside what it gets from Python and Rust, and a display for windows.
pub const HOSTS: [SystemPackage; 4] = [
    SystemPackage { name: "ardour", sign: Sign::Package("ardour") },
    SystemPackage { name: "qtractor", sign: Sign::Package("qtractor") },
    SystemPackage { name: "xvfb", sign: Sign::File("/usr/bin/Xvfb") },
    SystemPackage { name: "libgl1-mesa-dri", sign: Sign::Package("libgl1-mesa-dri") },
];

/// What the trainer renders its data with.
pub const TRAINER: [SystemPackage; 2] = [
    SystemPackage { name: "mma", sign: Sign::File("/usr/bin/mma") },
    SystemPackage {
        name: "musescore-general-soundfont-lossless",
        sign: Sign::File("/usr/share/sounds/sf2/MuseScore_General_Full.sf2"),
    },
];

/// What `cargo xtask scores` renders its evaluation set with.
pub const SCORES: [SystemPackage; 6] = [
    SystemPackage { name: "fluidsynth", sign: Sign::File("/usr/bin/fluidsynth") },
    SystemPackage { name: "fluid-soundfont-gm", sign: Sign::File("/usr/share/sounds/sf2/FluidR3_GM.sf2") },
    SystemPackage { name: "sox", sign: Sign::File("/usr/bin/sox") },
    SystemPackage { name: "ktuberling-data", sign: Sign::File("/usr/share/ktuberling/sounds/gl") },
    SystemPackage { name: "fretsonfire-songs-muldjord", sign: Sign::Package("fretsonfire-songs-muldjord") },
    SystemPackage { name: "fretsonfire-songs-sectoid", sign: Sign::Package("fretsonfire-songs-sectoid") },
];

/// What the peers are compiled with and decode with.
pub const PEERS: [SystemPackage; 5] = [
    SystemPackage { name: "g++", sign: Sign::File("/usr/bin/c++") },
    SystemPackage { name: "python3-dev", sign: Sign::Package("python3-dev") },
    SystemPackage { name: "portaudio19-dev", sign: Sign::File("/usr/include/portaudio.h") },
    SystemPackage { name: "libsamplerate0-dev", sign: Sign::File("/usr/include/samplerate.h") },
    SystemPackage { name: "ffmpeg", sign: Sign::File("/usr/bin/ffmpeg") },
];

/// Installs what is missing with apt, if this user may; otherwise says which line to run.
pub fn install(packages: &[SystemPackage]) -> Result<(), String> {
    let missing: Vec<&str> =
        packages.iter().filter(|package| !package.is_there()).map(|package| package.name).collect();
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
