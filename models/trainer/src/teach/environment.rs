//! The teachers' own Python environment: made and filled on request, never otherwise.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use super::teachers::FILES;

/// The requirements, in order of their installation, with the options that `pip` needs for them. Those that are not
/// essential may fail.
const REQUIREMENTS: [(&str, &[&str], bool); 3] = [
    ("requirements-libraries.txt", &[], true),
    // Their own requirements would bring graphical and audio-device libraries, and other versions of the above.
    ("requirements-teachers.txt", &["--no-deps"], true),
    ("requirements-chordino.txt", &["--no-deps", "--no-build-isolation"], false),
];

/// Why the environment cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    /// It is not there.
    #[error("{}: expected the teachers' Python environment, found none. Make it with --install (about 7 GB)", folder.display())]
    Missing {
        /// Its folder.
        folder: PathBuf,
    },
    /// A file could not be written.
    #[error("{}: {source}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A program could not be started.
    #[error("{program}: {source}. Python 3.11 with venv and pip is needed")]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// A program ended with an error, which it has printed.
    #[error("`{command}` ended with {status}; see what it printed above")]
    Failed {
        /// The command line.
        command: String,
        /// How it ended.
        status: std::process::ExitStatus,
    },
}

/// A Python environment with the teachers' scripts in it.
#[derive(Clone, Debug)]
pub struct Environment {
    folder: PathBuf,
}

impl Environment {
    /// Opens an environment and writes the scripts of this version into it.
    ///
    /// # Errors
    /// [`EnvironmentError`] where there is none, or it cannot be written to.
    pub fn open(folder: &Path) -> Result<Self, EnvironmentError> {
        // A script runs in a folder of its own, and finds Python from there.
        let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        let environment = Self { folder };
        if !environment.python().is_file() {
            return Err(EnvironmentError::Missing { folder: environment.folder });
        }
        environment.write_scripts()?;
        Ok(environment)
    }

    /// Makes an environment with `python3.11` and installs the teachers' packages in it.
    ///
    /// # Errors
    /// [`EnvironmentError`] where Python or its package index is not to be had.
    pub fn install(folder: &Path) -> Result<Self, EnvironmentError> {
        run(Command::new("python3.11").args(["-m", "venv"]).arg(folder))?;
        let environment = Self::open(folder)?;
        for (file, options, is_essential) in REQUIREMENTS {
            let requirements = environment.script(file);
            let mut pip = Command::new(environment.python());
            pip.args(["-m", "pip", "install"]).args(options).arg("-r").arg(requirements);
            match run(&mut pip) {
                Err(error) if is_essential => return Err(error),
                Err(error) => eprintln!("attacca-train: {error}; going on without {file}, which needs a C++ compiler"),
                Ok(()) => {}
            }
        }
        Ok(environment)
    }

    /// Its Python.
    pub fn python(&self) -> PathBuf {
        self.folder.join("bin").join("python")
    }

    /// The path of a file of the teachers' side.
    pub fn script(&self, name: &str) -> PathBuf {
        self.folder.join("teachers").join(name)
    }

    fn write_scripts(&self) -> Result<(), EnvironmentError> {
        let folder = self.script("");
        fs::create_dir_all(&folder).map_err(|source| EnvironmentError::File { file: folder, source })?;
        for (name, text) in FILES {
            let file = self.script(name);
            fs::write(&file, text).map_err(|source| EnvironmentError::File { file: file.clone(), source })?;
        }
        Ok(())
    }
}

fn run(command: &mut Command) -> Result<(), EnvironmentError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|source| EnvironmentError::Start { program, source })?;
    if status.success() {
        return Ok(());
    }
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let command = words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ");
    Err(EnvironmentError::Failed { command, status })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_environment_says_how_to_make_it() {
        let message = Environment::open(Path::new("nowhere")).unwrap_err().to_string();
        assert!(message.starts_with("nowhere: ") && message.contains("--install"), "{message}");
    }
}
