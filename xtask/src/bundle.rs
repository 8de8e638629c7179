//! The plugin as hosts load it: `Attacca.vst3` and `Attacca.clap`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::shell;

const PACKAGE: &str = "attacca-plugin";
const BUNDLES: [&str; 2] = ["Attacca.vst3", "Attacca.clap"];

/// Builds and bundles the plugin under `target/bundled/`. `arguments` go to `cargo build`: `--release`, `--target`.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let mut build = vec!["build", "--locked", "--package", PACKAGE];
    build.extend(arguments.iter().map(String::as_str));
    shell::cargo(&build)?;
    // The bundler reads the bundles' names from the folder that it runs in.
    let folder = shell::root().join("plugin");
    std::env::set_current_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    nice_plug_xtask::bundle(&shell::target_folder()?, PACKAGE, arguments, false).map_err(|error| format!("{error:#}"))
}

/// Bundles the optimised plugin and copies it to where the user's hosts look for it.
pub fn install() -> Result<(), String> {
    run(&["--release".to_owned()])?;
    let bundled = shell::target_folder()?.join("bundled");
    for (bundle, folder) in BUNDLES.into_iter().zip(plugin_folders()?) {
        let destination = folder.join(bundle);
        remove(&destination).and_then(|()| copy(&bundled.join(bundle), &destination))?;
        println!("installed {}", destination.display());
    }
    Ok(())
}

/// The user's folders for VST3 and CLAP plugins.
fn plugin_folders() -> Result<[PathBuf; 2], String> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).ok_or(format!("expected {name} to be set"));
    if cfg!(windows) {
        let programs = variable("LOCALAPPDATA")?.join("Programs").join("Common");
        Ok([programs.join("VST3"), programs.join("CLAP")])
    } else if cfg!(target_os = "macos") {
        let plugins = variable("HOME")?.join("Library/Audio/Plug-Ins");
        Ok([plugins.join("VST3"), plugins.join("CLAP")])
    } else {
        let home = variable("HOME")?;
        Ok([home.join(".vst3"), home.join(".clap")])
    }
}

/// Removes an older bundle: what is a folder in one version may be a file in another.
fn remove(path: &Path) -> Result<(), String> {
    let removed = if path.is_dir() {
        fs::remove_dir_all(path)
    } else if path.exists() {
        fs::remove_file(path)
    } else {
        Ok(())
    };
    removed.map_err(|error| format!("{}: {error}", path.display()))
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let failed = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    if from.is_dir() {
        fs::create_dir_all(to).map_err(|error| failed(to, error))?;
        for entry in fs::read_dir(from).map_err(|error| failed(from, error))? {
            let name = entry.map_err(|error| failed(from, error))?.file_name();
            copy(&from.join(&name), &to.join(&name))?;
        }
        return Ok(());
    }
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).map_err(|error| failed(parent, error))?;
    }
    fs::copy(from, to).map(|_| ()).map_err(|error| failed(from, error))
}
