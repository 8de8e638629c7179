//! `attacca-train data`: labelled audio.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::teach::{TeachCommand, TeachCommandError};
use crate::{
    data::{
        MakeError, Recipe, default_threads,
        fetch::{self, InstallError},
        make::{Places, make},
    },
    import::{ImportError, Settings, import},
    recipe_file::RecipeError,
};

/// Makes training data.
#[derive(Debug, Args)]
pub struct DataCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Say what a recipe needs from outside, what of it is there, and how to get the rest.
    Fetch {
        /// The recipe, a TOML file.
        recipe: PathBuf,
        /// Folder that holds the sources.
        #[arg(long, value_name = "DIR")]
        sources: PathBuf,
        /// Folder that holds SoundFonts; may be given several times.
        #[arg(long, value_name = "DIR", default_value = "/usr/share/sounds/sf2")]
        soundfonts: Vec<PathBuf>,
        /// Install the Debian packages that are missing.
        #[arg(long)]
        install: bool,
    },
    /// Render the labelled audio of a recipe; run again to go on after an interruption.
    Make {
        /// The recipe, a TOML file.
        recipe: PathBuf,
        /// Folder that holds the sources: see `data fetch`.
        #[arg(long, value_name = "DIR")]
        sources: PathBuf,
        /// Folder of the dataset.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Folder that holds SoundFonts; may be given several times.
        #[arg(long, value_name = "DIR", default_value = "/usr/share/sounds/sf2")]
        soundfonts: Vec<PathBuf>,
        /// Rendering threads [default: one a core].
        #[arg(long, value_name = "N")]
        jobs: Option<usize>,
    },
    /// Label unlabelled recordings by teachers; run again to go on after an interruption.
    Teach(TeachCommand),
    /// Make a dataset of recordings with annotations; run again to go on after an interruption.
    Import(ImportArguments),
}

/// What to import, and how.
#[derive(Debug, Args)]
struct ImportArguments {
    /// Folder with recordings and annotations of the same names, side by side or in parallel folders.
    folder: PathBuf,
    /// Folder of the dataset.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// What the material is called; goes into the card of every network that is fitted to it.
    #[arg(long, value_name = "NAME")]
    source_name: String,
    /// Licence of the material and the credit it asks for.
    #[arg(long, value_name = "LICENCE")]
    licence: String,
    /// Share of the recordings, or of the groups, that is kept for validation.
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, value_parser = share)]
    validation_share: f64,
    /// What the division into fitting and validation follows from.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// File with a recording, a tab or a comma, and its group a line: the recordings of a group stay together.
    #[arg(long, value_name = "FILE")]
    groups: Option<PathBuf>,
    /// Take beats from MIDI files that hold a single tempo, too.
    #[arg(long)]
    midi_beats: bool,
    /// Stop at the first problem instead of skipping what has one.
    #[arg(long)]
    strict: bool,
    /// Threads [default: one a core].
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "expected a share from 0 to 1, such as 0.1".to_owned())
}

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub enum DataCommandError {
    /// The recipe was refused.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The dataset could not be made.
    #[error(transparent)]
    Make(#[from] MakeError),
    /// The recordings could not be imported.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A package could not be installed.
    #[error(transparent)]
    Install(#[from] InstallError),
    /// The recordings could not be labelled.
    #[error(transparent)]
    Teach(#[from] TeachCommandError),
}

impl DataCommand {
    /// Runs the command.
    ///
    /// # Errors
    /// [`DataCommandError`] with a message for the user.
    pub fn run(self) -> Result<(), DataCommandError> {
        match self.action {
            Action::Fetch { recipe, sources, soundfonts, install } => {
                let needs = fetch::needs(&Recipe::read(&recipe)?, &sources, &soundfonts);
                if install {
                    let installed = fetch::install(&needs)?;
                    println!("installed {} packages", installed.len());
                }
                needs.iter().for_each(|need| println!("{need}"));
            }
            Action::Make { recipe, sources, out, soundfonts, jobs } => {
                let recipe = Recipe::read(&recipe)?;
                let threads = jobs.unwrap_or_else(default_threads);
                let places = Places { sources, soundfonts, output: out.clone(), threads };
                let examples = make(&recipe, &places)?;
                println!("{examples} excerpts of {} s in {}", recipe.excerpt_seconds, out.display());
            }
            Action::Import(arguments) => {
                let report = import(&arguments.settings())?;
                print!("{report}");
            }
            Action::Teach(command) => command.run()?,
        }
        Ok(())
    }
}

impl ImportArguments {
    fn settings(self) -> Settings {
        Settings {
            folder: self.folder,
            output: self.out,
            source_name: self.source_name,
            licence: self.licence,
            seed: self.seed,
            validation_share: self.validation_share,
            groups: self.groups,
            midi_beats: self.midi_beats,
            strict: self.strict,
            threads: self.jobs.unwrap_or_else(default_threads),
        }
    }
}
