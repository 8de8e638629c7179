//! A process of its own for each test.

use std::{
    env, fs,
    path::PathBuf,
    process::Command,
    sync::{Mutex, PoisonError},
};

/// Set in the process of a test: its folder.
const FOLDER: &str = "ATTACCA_TEST_FOLDER";
/// One test at a time.
static TURN: Mutex<()> = Mutex::new(());

/// Runs the test called `name` in a process and a folder of its own.
pub fn alone(name: &str, test: impl FnOnce()) {
    if env::var_os(FOLDER).is_some() {
        return test();
    }
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let server = format!("attacca-{}-{}", std::process::id(), name.rsplit("::").next().unwrap());
    let folder = env::temp_dir().join(&server);
    fs::create_dir_all(&folder).unwrap();
    let status = Command::new(env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(FOLDER, &folder)
        .env("JACK_DEFAULT_SERVER", &server)
        .env("JACK_NO_AUDIO_RESERVATION", "1")
        .env("JACK_NO_START_SERVER", "1")
        .env("XDG_RUNTIME_DIR", &folder)
        .env("PULSE_SERVER", format!("unix:{}", folder.join("pulse.sock").display()))
        .env("PULSE_COOKIE", folder.join("cookie"))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .status()
        .unwrap();
    // What is left of a test that failed tells why.
    assert!(status.success(), "see above, and {}", folder.display());
    fs::remove_dir_all(&folder).unwrap();
}

/// The test's folder.
pub fn folder() -> PathBuf {
    PathBuf::from(env::var_os(FOLDER).expect("the test runs alone"))
}
