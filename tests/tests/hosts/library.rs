//! Where the plugin's library comes from.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

use clack_host::entry::PluginEntry;

/// The library under test: what the environment names, or what `cargo xtask test` has built.
pub fn path(variable: &str, default: &str) -> PathBuf {
    let built = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("guarded");
    let path = std::env::var_os(variable).map_or_else(|| built.join(default), PathBuf::from);
    assert!(path.exists(), "expected the plugin at {}; run `cargo xtask test`, which builds it", path.display());
    path
}

/// The CLAP library, opened once.
pub fn clap() -> &'static PluginEntry {
    static ENTRY: OnceLock<PluginEntry> = OnceLock::new();
    ENTRY.get_or_init(|| {
        // SAFETY: the library is the one that this workspace builds; nothing else happens as it is opened.
        unsafe { PluginEntry::load(path("ATTACCA_CLAP", "Attacca.clap")) }.expect("it is a CLAP library")
    })
}
